"""Augmentation of L*: what old photos and scans have, and grey versions of new photos have not.

All of it changes L* alone; the colours to be learnt stay those of the picture.
"""

from __future__ import annotations

import io

import numpy as np

from varcolor.training.config import AugmentOptions
from varcolor.typing import FloatArray

_NOISE_BLUR = 0.8
_QUALITY = 30, 95


def augmented(light: FloatArray, own: AugmentOptions, rng: np.random.Generator) -> FloatArray:
    """Return L* (H, W), 0 to 100, of a picture as an old photo might show it.

    Parameters
    ----------
    light : ndarray, shape (H, W)
        L*, 0 to 100.
    own : AugmentOptions
        How much of everything.
    rng : Generator
        Decides.
    """
    x = np.clip(light / 100, 0, 1)
    if own.gamma:
        x = x ** np.exp(own.gamma * rng.standard_normal())
    if own.contrast:
        less = own.contrast * rng.random()
        x = x * (1 - less) + less * rng.random()
    if own.blur:
        from scipy.ndimage import gaussian_filter

        x = gaussian_filter(x, own.blur * rng.random(), mode="nearest")
    if own.noise:
        x = x + _grain(x.shape, own.noise / 100 * rng.random(), rng)
    if own.stains and rng.random() < own.stains:
        x = _stained(x, rng)
    x = np.clip(x, 0, 1)
    if own.jpeg and rng.random() < own.jpeg:
        x = _through_jpeg(x, int(rng.integers(*_QUALITY)))
    return np.asarray(x * 100, np.float64)


def _grain(shape: tuple[int, ...], deviation: float, rng: np.random.Generator) -> FloatArray:
    """Return noise of this standard deviation, part of it correlated over a pixel or two."""
    from scipy.ndimage import gaussian_filter

    white = rng.standard_normal(shape)
    soft = gaussian_filter(white, _NOISE_BLUR, mode="wrap")
    grain = white * rng.random() + soft / max(float(soft.std()), 1e-9)
    return np.asarray(grain * deviation / max(float(grain.std()), 1e-9))


def _stained(x: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Return a picture with a vignette, soft stains, scratches and dust."""
    height, width = x.shape
    row, column = np.mgrid[0:height, 0:width]
    x = x.copy()
    radius2 = (row / height - 0.5) ** 2 + (column / width - 0.5) ** 2
    x *= 1 - 0.6 * rng.random() * radius2
    for _ in range(int(rng.integers(0, 4))):
        r, c, size = rng.random() * height, rng.random() * width, (0.02 + 0.2 * rng.random())
        distance2 = ((row - r) ** 2 + (column - c) ** 2) / (size * max(height, width)) ** 2
        x += rng.uniform(-0.25, 0.25) / (1 + distance2**3)
    for _ in range(int(rng.integers(0, 3))):
        angle, offset = rng.random() * np.pi, rng.random()
        line = (row - height * offset) * np.cos(angle) + (column - width * offset) * np.sin(angle)
        x[np.abs(line) < 0.5 + rng.random()] += rng.choice([-0.4, 0.4])
    dust = rng.random(x.shape) < 0.002 * rng.random()
    x[dust] = rng.choice([0.0, 1.0])
    return x


def _through_jpeg(x: FloatArray, quality: int) -> FloatArray:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(np.rint(x * 255).astype(np.uint8)).save(buffer, "JPEG", quality=quality)
    with Image.open(buffer) as picture:
        return np.asarray(picture, np.float64) / 255
