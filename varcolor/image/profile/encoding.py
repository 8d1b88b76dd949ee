"""RGB encodings that a file names by numbers instead of a profile: exact conversion to sRGB.

References
----------
ITU-T H.273 (code points, also ISO/IEC 23091-2); BT.709, BT.2020, BT.2100 (PQ, HLG), BT.2408
(reference white at 203 cd/m2); IEC 61966-2-1 (sRGB). White points are adapted by the linear
Bradford transform, as ICC.1 does it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from varcolor.image.color import linearise
from varcolor.image.profile.recode import mixed, recode
from varcolor.typing import Array, FloatArray

Chromaticities = tuple[tuple[float, float], ...]

#: Luminance of diffuse white in HDR pictures, in cd/m2 (BT.2408).
_REFERENCE_WHITE = 203.0
#: Chromaticities closer than this are the same primaries: files round them.
_SAME_XY = 0.001
#: White of the ICC profile connection space, as XYZ (ICC.1, 7.2.16).
D50 = np.array([0.9642, 1.0, 0.8249])
_BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)


@dataclass(frozen=True, slots=True)
class Transfer:
    """A transfer function: encoded values to linear light, reference white at 1."""

    name: str
    decode: Callable[[FloatArray], FloatArray]
    remark: str = ""
    """What else the user should know, for notes."""
    by_luminance: bool = False
    """HLG: the display's luminance follows a power of the scene's (BT.2100, OOTF)."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """Primaries, white and transfer function of RGB values."""

    name: str
    """For notes: "Display P3"."""
    transfer: Transfer
    primaries: Chromaticities
    """CIE xy of red, green, blue and white."""
    carrier: str = ""
    """Where the file says so, for notes: "cICP chunk"."""
    full_range: bool = True
    """False: black lies at 16 and white at 235 of 255, as in video."""

    @property
    def is_srgb(self) -> bool:
        """Whether nothing has to be converted."""
        return self.full_range and self.transfer is SRGB and same_primaries(self.primaries, BT709)


def to_srgb(pixels: Array, encoding: Encoding) -> tuple[Array, float]:
    """Convert grey or RGB pixels to sRGB; as `varcolor.image.profile.recode.recode`.

    Parameters
    ----------
    pixels : ndarray
        (H, W) or (H, W, 3); uint8, uint16 or floats with white at 1.
    encoding : Encoding
        What the values mean.

    Returns
    -------
    pixels : ndarray
        Same shape and dtype, clipped to sRGB.
    outside : float
        Share of the pixels whose colour lay outside of sRGB.
    """
    white = float(np.iinfo(pixels.dtype).max) if pixels.dtype.kind == "u" else 1.0
    weights = xyz_of_rgb(encoding.primaries)[1]
    matrix = to_linear_srgb(encoding.primaries)

    def function(stored: Array) -> FloatArray:
        values = stored.astype(np.float64)
        if not encoding.full_range:
            step = (white + 1) / 256 if white > 1 else 1 / 255
            values = (values - 16 * step) / (219 * step)
        else:
            values /= white
        linear = encoding.transfer.decode(values)
        if encoding.transfer.by_luminance:
            linear = _hlg_display(linear, weights)
        return linear if linear.ndim == 1 else mixed(matrix, linear)

    return recode(pixels, function)


def xyz_of_rgb(primaries: Chromaticities) -> FloatArray:
    """Return the (3, 3) matrix from linear RGB to XYZ; white has Y = 1.

    Raises
    ------
    ValueError
        If the primaries span no triangle or lie at y = 0.
    """
    if min(abs(y) for _, y in primaries) < 1e-4:
        raise ValueError("its primaries are impossible")
    xyz = np.array([[x / y, 1.0, (1 - x - y) / y] for x, y in primaries]).T
    if abs(np.linalg.det(xyz[:, :3])) < 1e-6:
        raise ValueError("its primaries are impossible")
    matrix: FloatArray = xyz[:, :3] * np.linalg.solve(xyz[:, :3], xyz[:, 3])
    return matrix


def adaptation(source: FloatArray, target: FloatArray) -> FloatArray:
    """Return the (3, 3) Bradford matrix that takes one white, as XYZ, to another."""
    gains = np.diag((_BRADFORD @ target) / (_BRADFORD @ source))
    return np.asarray(np.linalg.solve(_BRADFORD, gains @ _BRADFORD))


def to_linear_srgb(primaries: Chromaticities) -> FloatArray:
    """Return the (3, 3) matrix to linear sRGB; white goes to white, greys stay grey exactly."""
    matrix, target = xyz_of_rgb(primaries), xyz_of_rgb(BT709)
    adapted = adaptation(matrix.sum(axis=1), target.sum(axis=1)) @ matrix
    result = np.linalg.solve(target, adapted)
    return np.asarray(result / result.sum(axis=1, keepdims=True), np.float64)


def same_primaries(a: Chromaticities, b: Chromaticities) -> bool:
    """Whether primaries and white agree but for rounding."""
    return bool(np.abs(np.array(a) - np.array(b)).max() < _SAME_XY)


def gamma(exponent: float) -> Transfer:
    """Return the transfer function of a pure power."""
    return Transfer(f"gamma {exponent:g}", lambda v: np.copysign(np.abs(v) ** exponent, v))


def _bt709(v: FloatArray) -> FloatArray:
    """Invert the camera curve of BT.709, BT.601 and BT.2020 (constants of BT.2020, 12 bits)."""
    alpha, beta = 1.09929682680944, 0.018053968510807
    size = np.abs(v)
    bent = ((np.maximum(size, 4.5 * beta) + alpha - 1) / alpha) ** (1 / 0.45)
    return np.copysign(np.where(size < 4.5 * beta, size / 4.5, bent), v)


def _smpte240(v: FloatArray) -> FloatArray:
    alpha, beta = 1.1115, 0.0228
    size = np.abs(v)
    bent = ((np.maximum(size, 4 * beta) + alpha - 1) / alpha) ** (1 / 0.45)
    return np.copysign(np.where(size < 4 * beta, size / 4, bent), v)


def _logarithm(decades: float) -> Callable[[FloatArray], FloatArray]:
    return lambda v: np.where(v > 0, 10.0 ** ((np.maximum(v, 0) - 1) * decades), 0.0)


def _pq(v: FloatArray) -> FloatArray:
    m1, m2 = 2610 / 16384, 2523 / 4096 * 128
    c1, c2, c3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32
    root = np.clip(v, 0, 1) ** (1 / m2)
    light = (np.maximum(root - c1, 0) / (c2 - c3 * root)) ** (1 / m1)
    return np.asarray(light * (10_000 / _REFERENCE_WHITE))


def _hlg_scene(v: FloatArray) -> FloatArray:
    a = 0.17883277
    b, c = 1 - 4 * a, 0.5 - a * np.log(4 * a)
    v = np.maximum(v, 0)
    return np.where(v <= 0.5, v * v / 3, (np.exp((np.maximum(v, 0.5) - c) / a) + b) / 12)


def _hlg_display(scene: FloatArray, weights: FloatArray) -> FloatArray:
    """Show scene light on the nominal display of 1000 cd/m2, whose system gamma is 1.2."""
    luminance = scene if scene.ndim == 1 else (scene @ weights)[:, None]
    return np.asarray(scene * np.maximum(luminance, 0) ** 0.2 * (1000 / _REFERENCE_WHITE))


_HDR = "reference white, 203 cd/m2, becomes white; brighter light is clipped"
SRGB = Transfer("the sRGB curve", linearise)
LINEAR = Transfer("linear light", lambda v: v)
_BT709_CURVE = Transfer("the BT.709 curve", _bt709)

#: Transfer characteristics of H.273 by code point (2 is "unspecified").
TRANSFERS: dict[int, Transfer] = {
    **dict.fromkeys((1, 6, 11, 12, 14, 15), _BT709_CURVE),
    4: gamma(2.2),
    5: gamma(2.8),
    7: Transfer("the SMPTE 240M curve", _smpte240),
    8: LINEAR,
    9: Transfer("a logarithm of 2 decades", _logarithm(2)),
    10: Transfer("a logarithm of 2.5 decades", _logarithm(2.5)),
    13: SRGB,
    16: Transfer("PQ", _pq, _HDR),
    17: Transfer("SMPTE 428", lambda v: np.copysign(np.abs(v) ** 2.6 * (52.37 / 48), v)),
    18: Transfer("HLG", _hlg_scene, _HDR, by_luminance=True),
}

_D65, _C = (0.3127, 0.3290), (0.310, 0.316)
BT709: Chromaticities = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06), _D65)
_SMPTE170: Chromaticities = ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070), _D65)
_P3 = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))

#: Colour primaries of H.273 by code point, with names.
PRIMARIES: dict[int, tuple[str, Chromaticities]] = {
    1: ("BT.709", BT709),
    4: ("NTSC 1953", ((0.67, 0.33), (0.21, 0.71), (0.14, 0.08), _C)),
    5: ("BT.601 (625 lines)", ((0.64, 0.33), (0.29, 0.60), (0.15, 0.06), _D65)),
    6: ("BT.601 (525 lines)", _SMPTE170),
    7: ("SMPTE 240M", _SMPTE170),
    8: ("film", ((0.681, 0.319), (0.243, 0.692), (0.145, 0.049), _C)),
    9: ("BT.2020", ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046), _D65)),
    10: ("CIE XYZ", ((1.0, 0.0), (0.0, 1.0), (0.0, 0.0), (1 / 3, 1 / 3))),
    11: ("DCI P3", (*_P3, (0.314, 0.351))),
    12: ("Display P3", (*_P3, _D65)),
    22: ("EBU 3213", ((0.630, 0.340), (0.295, 0.605), (0.155, 0.077), _D65)),
}


def by_code_points(
    primaries: int, transfer: int, carrier: str, *, full_range: bool = True
) -> Encoding | None:
    """Return the encoding that two code points of H.273 name; None if one is not known."""
    curve, found = TRANSFERS.get(transfer), PRIMARIES.get(primaries)
    if curve is None or found is None:
        return None
    name = found[0] if curve is SRGB and primaries != 1 else f"{found[0]} with {curve.name}"
    return Encoding(name, curve, found[1], carrier, full_range)
