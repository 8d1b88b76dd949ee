"""The chroma that is coded: axes in which errors count as they do in RGB, scaled by luma.

Chroma (Cb, Cr) is divided by ((Y + 16) / 120)^(1/3), Y the 8-bit grey: dark pixels have less of it.
It is then mapped by the square root of J'J, J the Jacobian of RGB by chroma, so that squared
distances are those of RGB, and turned by a whole number of 64ths of pi, to the picture's principal
axis. Everything is in levels of 255.
"""

from __future__ import annotations

import numpy as np

from varcolor.image.color import yuv
from varcolor.typing import Array, FloatArray

#: Steps of the angle in half a turn.
ANGLES = 64
_JACOBIAN = yuv.jacobian(np.zeros(()), np.zeros(2))
_VALUES, _VECTORS = np.linalg.eigh(_JACOBIAN.T @ _JACOBIAN)
_TO_AXES = (_VECTORS * np.sqrt(_VALUES)) @ _VECTORS.T
_FROM_AXES = np.linalg.inv(_TO_AXES)


def gray8(gray: Array) -> Array:
    """Return a grey picture (H, W) with the 8 bits that the tree reads.

    uint16: (v * 255 + 32767) // 65535. Floats are rounded.
    """
    if gray.dtype == np.uint8:
        return gray
    if gray.dtype == np.uint16:
        return ((gray.astype(np.uint32) * 255 + 32767) // 65535).astype(np.uint8)
    return np.floor(np.clip(gray, 0, 1) * 255 + 0.5).astype(np.uint8)


def _strength() -> FloatArray:
    """Return the scale of chroma by grey level (256,)."""
    return ((np.arange(256) + 16) / 120) ** (1 / 4)


def rotation(angle: int) -> FloatArray:
    """Return the rotation (2, 2) by ``angle`` steps."""
    turn = angle * np.pi / ANGLES
    return np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])


def to_axes(rgb: Array, white: float, gray: Array) -> tuple[Array, int]:
    """Return the coded chroma (2, H, W), float32, of a colour picture, and its angle.

    Parameters
    ----------
    rgb : ndarray, shape (H, W, 3)
        sRGB levels, 0 to ``white``.
    gray : ndarray of uint8, shape (H, W)
        The grey that the stream will be decoded with.
    """
    scaled = 255 / (white * _strength())[gray]
    flat = rgb.astype(np.float32)
    luma = yuv.luma(rgb)
    plain = np.empty((2, *gray.shape), np.float32)
    plain[0] = (flat[..., 2] - luma) / 1.772 * scaled
    plain[1] = (flat[..., 0] - luma) / 1.402 * scaled
    axes = np.tensordot(_TO_AXES.astype(np.float32), plain, 1)
    a, b = (axes[k].astype(np.float64) - axes[k].mean(dtype=np.float64) for k in range(2))
    turn = 0.5 * np.arctan2(2 * (a * b).sum(), (a * a).sum() - (b * b).sum())
    angle = round(turn / np.pi * ANGLES) % ANGLES
    return np.tensordot(rotation(angle).T.astype(np.float32), axes, 1), angle


def from_axes(coded: Array, angle: int, gray: Array) -> Array:
    """Return chroma (H, W, 2), float32, in the units of the space yuv.

    ``coded`` (2, H, W) is what `to_axes` returns, ``gray`` (H, W) uint8 the grey.
    """
    back = (_FROM_AXES @ rotation(angle)).astype(np.float32) / np.float32(255)
    chroma = np.moveaxis(np.tensordot(back, coded, 1), 0, -1)
    return np.ascontiguousarray(chroma * _strength().astype(np.float32)[gray][..., None])
