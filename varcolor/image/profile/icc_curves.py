"""ICC profiles made of curves and a matrix, evaluated exactly in float64.

lcms rounds tabulated curves to 1/65536, which the steep start of the sRGB curve makes visible in
numbers; profiles of tables are left to it.

References
----------
ICC.1:2022, 8.3 (which tags count), 10.6 (curveType), 10.18 (parametricCurveType); annex F
(three-component matrix-based profiles, grey profiles).
"""

from __future__ import annotations

import struct
from collections.abc import Callable

import numpy as np

from varcolor.image.profile.encoding import D50, adaptation
from varcolor.image.profile.recode import Recoding, mixed
from varcolor.typing import Array, FloatArray

Curve = Callable[[FloatArray], FloatArray]

#: Largest distance of a profile's white from D50 that is taken for rounding, and undone.
_WHITE_ROUNDING = 3e-4
_TABLES = (b"A2B0", b"A2B1", b"D2B0", b"D2B1")
#: Numbers of the parametric curves, by type: g a b c d e f.
_PARAMETERS = (1, 3, 4, 5, 7)


def recoding(profile: bytes, *, gray: bool, to_linear_srgb: FloatArray) -> Recoding | None:
    """Return the conversion of stored values to linear sRGB light.

    Parameters
    ----------
    profile : bytes
        A profile for grey or RGB.
    gray : bool
        Whether the pixels are grey; they may have an RGB profile: R = G = B.
    to_linear_srgb : ndarray
        (3, 3), from XYZ of the connection space.

    Returns
    -------
    callable or None
        None if the profile is not made of curves and a matrix, or is damaged.
    """
    try:
        tags = _tags(profile)
        if any(tag in tags for tag in _TABLES) or profile[20:24] != b"XYZ ":
            return None
        if b"kTRC" in tags and profile[16:20] == b"GRAY":
            return _Light([_curve(tags[b"kTRC"])], None)
        curves = [_curve(tags[tag]) for tag in (b"rTRC", b"gTRC", b"bTRC")]
        columns = np.stack([_xyz(tags[tag]) for tag in (b"rXYZ", b"gXYZ", b"bXYZ")], axis=1)
    except (KeyError, ValueError, struct.error):
        return None
    if gray:  # the luminance alone: R = G = B is neutral
        weights = columns[1]
        return _Light([lambda v: sum(w * c(v) for w, c in zip(weights, curves, strict=True))], None)
    white = columns.sum(axis=1)
    if np.abs(white - D50).max() <= _WHITE_ROUNDING:
        columns = adaptation(white, D50) @ columns  # so that greys stay grey
    return _Light(curves, to_linear_srgb @ columns)


class _Light:
    """Curves and a matrix; whole numbers go through tables of all levels."""

    def __init__(self, curves: list[Curve], matrix: FloatArray | None) -> None:
        self._curves, self._matrix = curves, matrix
        self._tables: dict[int, list[FloatArray]] = {}

    def __call__(self, stored: Array) -> FloatArray:
        with np.errstate(all="ignore"):  # damaged curves: values that are not finite are refused
            return self._light(stored)

    def _light(self, stored: Array) -> FloatArray:
        channels = [stored] if self._matrix is None else list(stored.T)
        if stored.dtype.kind == "u":
            tables = self._levels(int(np.iinfo(stored.dtype).max))
            light = [t.take(c) for t, c in zip(tables, channels, strict=True)]
        else:
            light = [f(c.astype(np.float64)) for f, c in zip(self._curves, channels, strict=True)]
        return light[0] if self._matrix is None else mixed(self._matrix, np.stack(light, axis=-1))

    def _levels(self, top: int) -> list[FloatArray]:
        if top not in self._tables:
            self._tables[top] = [curve(np.arange(top + 1) / top) for curve in self._curves]
        return self._tables[top]


def _tags(profile: bytes) -> dict[bytes, bytes]:
    """Return the tags of a profile by signature; those that lie outside are cut off."""
    (count,) = struct.unpack_from(">I", profile, 128)
    if 132 + 12 * count > len(profile):
        raise ValueError("it is damaged")
    entries = struct.iter_unpack(">4sII", profile[132 : 132 + 12 * count])
    return {tag: profile[start : start + size] for tag, start, size in entries}


def _xyz(tag: bytes) -> FloatArray:
    kind, *fixed = struct.unpack_from(">4s4x3i", tag)
    if kind != b"XYZ ":
        raise ValueError("it is damaged")
    return np.array(fixed) / 65536


def _curve(tag: bytes) -> Curve:
    if tag[:4] == b"curv":
        (count,) = struct.unpack_from(">I", tag, 8)
        if count == 0:
            return _power(1.0)
        if count == 1:
            return _power(struct.unpack_from(">H", tag, 12)[0] / 256)
        samples = np.frombuffer(tag, ">u2", count, 12) / 65535
        places = np.linspace(0, 1, count)
        return lambda v: np.interp(v, places, samples)
    if tag[:4] == b"para":
        (kind,) = struct.unpack_from(">H", tag, 8)
        if kind < len(_PARAMETERS):
            fixed = struct.unpack_from(f">{_PARAMETERS[kind]}i", tag, 12)
            return _parametric(kind, *(n / 65536 for n in fixed))
    raise ValueError("it is damaged")


def _power(gamma: float) -> Curve:
    if gamma == 1:
        return lambda v: v
    return lambda v: np.maximum(v, 0) ** gamma


def _parametric(
    kind: int,
    gamma: float,
    a: float = 1.0,
    b: float = 0.0,
    c: float = 0.0,
    d: float = 0.0,
    e: float = 0.0,
    f: float = 0.0,
) -> Curve:
    if kind == 0:
        return _power(gamma)
    if kind in (1, 2):
        if a == 0:
            raise ValueError("it is damaged")
        d, e, f, c = -b / a, c, c, 0.0
    return lambda v: np.where(v >= d, np.maximum(a * v + b, 0) ** gamma + e, c * v + f)
