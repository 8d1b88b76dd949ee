"""Colour spaces: each splits sRGB into luma and chroma, exactly and reversibly.

Luma is scaled to 0..1 (black to white); chroma is zero on every grey. Both directions are defined
for colours outside the sRGB gamut, too: the transfer function is continued by its own branches.
All but the derivatives takes arrays of any library (`varcolor.backend.base.namespace`).

References
----------
BT.601: ITU-R BT.601-7, luma 0.299 R + 0.587 G + 0.114 B. sRGB: IEC 61966-2-1.
Lab: CIE 15:2004, white D65. Oklab: B. Ottosson, "A perceptual color space for image processing",
2020; its published digits are rescaled (by less than 5e-8) so that greys have no chroma at all.
"""

from __future__ import annotations

from typing import Any, Protocol, cast

import numpy as np

from varcolor.backend.base import namespace
from varcolor.errors import InputError
from varcolor.registry import Registry
from varcolor.typing import Array, FloatArray


class Space(Protocol):
    """A colour space with luma in 0..1 and two chroma channels."""

    name: str
    linear: bool
    """Whether sRGB is linear in luma and chroma."""

    def split(self, rgb: Array) -> tuple[FloatArray, FloatArray]:
        """Return luma (...,) and chroma (..., 2) of sRGB colours (..., 3)."""
        ...

    def luma(self, rgb: Array) -> FloatArray:
        """Return the luma alone."""
        ...

    def merge(self, luma: Array, chroma: Array) -> FloatArray:
        """Return sRGB colours (..., 3), not clipped: the inverse of `split`."""
        ...

    def jacobian(self, luma: Array, chroma: Array) -> FloatArray:
        """Return d RGB / d chroma, shape (..., 3, 2)."""
        ...

    def luma_of_gray(self, gray: Array) -> FloatArray:
        """Return the luma of the neutral colour (g, g, g)."""
        ...

    def gray_of_luma(self, luma: Array) -> FloatArray:
        """Return the grey level g, 0..1, that has this luma."""
        ...


def _double(value: Any) -> FloatArray:
    """Return float64, in the library that the values belong to."""
    xp = namespace(value)
    return cast("FloatArray", xp.asarray(value, dtype=xp.float64))


def _mixed(values: FloatArray, matrix: FloatArray) -> FloatArray:
    """Return matrix times the vectors on the last axis."""
    xp = namespace(values)
    if xp is np:
        return np.asarray(values @ matrix.T)
    return cast("FloatArray", xp.stack([_along(values, row) for row in matrix], axis=-1))


def _along(values: FloatArray, direction: FloatArray) -> FloatArray:
    """Return the dot product of the vectors on the last axis with one vector."""
    if namespace(values) is np:
        return np.asarray(values @ direction)
    return cast("FloatArray", sum(d * values[..., k] for k, d in enumerate(direction.tolist())))


def _cube_root(value: FloatArray) -> FloatArray:
    """Return the real cube root; the array-API standard has none."""
    xp = namespace(value)
    if xp is np:
        return np.asarray(np.cbrt(value))
    return cast("FloatArray", xp.sign(value) * xp.abs(value) ** (1 / 3))


def linearise(value: Array) -> FloatArray:
    """SRGB transfer function: encoded value to linear light."""
    xp, value = namespace(value), _double(value)
    bent = (xp.maximum(value, 0.04045) / 1.055 + 0.055 / 1.055) ** 2.4
    return cast("FloatArray", xp.where(value <= 0.04045, value / 12.92, bent))


def encode(linear: Array) -> FloatArray:
    """SRGB transfer function: linear light to encoded value."""
    xp, linear = namespace(linear), _double(linear)
    bent = 1.055 * xp.maximum(linear, 0.0031308) ** (1 / 2.4) - 0.055
    return cast("FloatArray", xp.where(linear <= 0.0031308, 12.92 * linear, bent))


def encode_slope(linear: Array) -> FloatArray:
    """Derivative of `encode`."""
    linear = np.asarray(linear, dtype=np.float64)
    return np.where(
        linear <= 0.0031308, 12.92, 1.055 / 2.4 * np.maximum(linear, 0.0031308) ** (1 / 2.4 - 1)
    )


class YUV:
    """BT.601: luma Y' of the encoded values, chroma Cb, Cr in -0.5..0.5.

    Levin's YIQ is the same luma with the chroma plane rotated and scaled, so results agree.
    """

    name = "yuv"
    linear = True
    _jacobian = np.array(
        [[0.0, 1.402], [-1.772 * 0.114 / 0.587, -1.402 * 0.299 / 0.587], [1.772, 0.0]]
    )

    def luma(self, rgb: Array) -> FloatArray:
        rgb = _double(rgb)
        green = rgb[..., 1]
        # Written with differences, a grey has exactly its own level as luma and zero chroma.
        luma: FloatArray = green + 0.299 * (rgb[..., 0] - green) + 0.114 * (rgb[..., 2] - green)
        return luma

    def split(self, rgb: Array) -> tuple[FloatArray, FloatArray]:
        luma = self.luma(rgb)
        parts = [(rgb[..., 2] - luma) / 1.772, (rgb[..., 0] - luma) / 1.402]
        return luma, namespace(luma).stack(parts, axis=-1)

    def merge(self, luma: Array, chroma: Array) -> FloatArray:
        luma = _double(luma)
        cb, cr = chroma[..., 0], chroma[..., 1]
        to_green = self._jacobian[1]
        green = luma + float(to_green[0]) * _double(cb) + float(to_green[1]) * _double(cr)
        parts = [luma + 1.402 * cr, green, luma + 1.772 * cb]
        return cast("FloatArray", namespace(luma).stack(parts, axis=-1))

    def jacobian(self, luma: Array, chroma: Array) -> FloatArray:
        return np.broadcast_to(self._jacobian, (*np.shape(luma), 3, 2))

    def luma_of_gray(self, gray: Array) -> FloatArray:
        return _double(gray)

    def gray_of_luma(self, luma: Array) -> FloatArray:
        return _double(luma)


_XYZ = np.array(
    [
        [0.4123907992659595, 0.357584339383878, 0.1804807884018343],
        [0.21263900587151036, 0.715168678767756, 0.07219231536073371],
        [0.01933081871559185, 0.11919477979462598, 0.9505321522496607],
    ]
)


class Lab:
    """CIE L*a*b*, white D65: luma L*/100, chroma a*, b*."""

    name = "lab"
    linear = False
    # Rows divided by the white point: white is (1, 1, 1), and so every grey has a* = b* = 0.
    _to_xyz = _XYZ / _XYZ.sum(axis=1, keepdims=True)
    _from_xyz = np.linalg.inv(_to_xyz)
    _edge = 6 / 29

    def _compress(self, t: FloatArray) -> FloatArray:
        xp, edge = namespace(t), self._edge**3
        bent = _cube_root(xp.maximum(t, edge))
        return cast("FloatArray", xp.where(t > edge, bent, t * (841 / 108) + 4 / 29))

    def _expand(self, f: FloatArray) -> FloatArray:
        straight = (f - 4 / 29) * (108 / 841)
        return cast("FloatArray", namespace(f).where(f > self._edge, f**3, straight))

    def _expand_slope(self, f: FloatArray) -> FloatArray:
        return np.where(f > self._edge, 3 * f**2, 108 / 841)

    def _xyz_roots(self, luma: Array, chroma: Array) -> tuple[FloatArray, FloatArray, FloatArray]:
        fy = (_double(luma) * 100 + 16) / 116
        return fy + chroma[..., 0] / 500, fy, fy - chroma[..., 1] / 200

    def luma(self, rgb: Array) -> FloatArray:
        return (116 * self._compress(_along(linearise(rgb), self._to_xyz[1])) - 16) / 100

    def split(self, rgb: Array) -> tuple[FloatArray, FloatArray]:
        f = self._compress(_mixed(linearise(rgb), self._to_xyz))
        luma = (116 * f[..., 1] - 16) / 100
        parts = [500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])]
        return luma, namespace(f).stack(parts, axis=-1)

    def merge(self, luma: Array, chroma: Array) -> FloatArray:
        parts = [self._expand(f) for f in self._xyz_roots(luma, chroma)]
        return encode(_mixed(namespace(parts[0]).stack(parts, axis=-1), self._from_xyz))

    def jacobian(self, luma: Array, chroma: Array) -> FloatArray:
        fx, fy, fz = self._xyz_roots(luma, chroma)
        xyz = np.stack([self._expand(f) for f in (fx, fy, fz)], axis=-1)
        slope = encode_slope(xyz @ self._from_xyz.T)
        by_a = (self._expand_slope(fx) / 500)[..., None] * self._from_xyz[:, 0]
        by_b = (self._expand_slope(fz) / -200)[..., None] * self._from_xyz[:, 2]
        return slope[..., None] * np.stack([by_a, by_b], axis=-1)

    def luma_of_gray(self, gray: Array) -> FloatArray:
        return (116 * self._compress(linearise(gray)) - 16) / 100

    def gray_of_luma(self, luma: Array) -> FloatArray:
        return encode(self._expand((_double(luma) * 100 + 16) / 116))


_OKLAB_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_OKLAB_MIX = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


class Oklab:
    """Oklab: luma L, chroma a, b."""

    name = "oklab"
    linear = False
    cones = _OKLAB_CONES / _OKLAB_CONES.sum(axis=1, keepdims=True)
    from_cones = np.linalg.inv(cones)
    mix = np.vstack(
        [
            _OKLAB_MIX[0] / _OKLAB_MIX[0].sum(),
            _OKLAB_MIX[1:] - _OKLAB_MIX[1:].mean(axis=1, keepdims=True),
        ]
    )
    unmix = np.linalg.inv(mix)
    unmix[:, 0] = 1.0  # exact: a grey has three equal roots, equal to L

    def luma(self, rgb: Array) -> FloatArray:
        return _along(_cube_root(_mixed(linearise(rgb), self.cones)), self.mix[0])

    def split(self, rgb: Array) -> tuple[FloatArray, FloatArray]:
        mixed = _mixed(_cube_root(_mixed(linearise(rgb), self.cones)), self.mix)
        return mixed[..., 0], mixed[..., 1:]

    def _roots(self, luma: Array, chroma: Array) -> FloatArray:
        return _double(luma)[..., None] + _mixed(_double(chroma), self.unmix[:, 1:])

    def merge(self, luma: Array, chroma: Array) -> FloatArray:
        return encode(_mixed(self._roots(luma, chroma) ** 3, self.from_cones))

    def jacobian(self, luma: Array, chroma: Array) -> FloatArray:
        roots = self._roots(luma, chroma)
        slope = encode_slope(roots**3 @ self.from_cones.T)
        inner = 3 * roots[..., None] ** 2 * self.unmix[:, 1:]
        return np.asarray(slope[..., None] * (self.from_cones @ inner))

    def luma_of_gray(self, gray: Array) -> FloatArray:
        return _cube_root(linearise(gray))

    def gray_of_luma(self, luma: Array) -> FloatArray:
        return encode(_double(luma) ** 3)


yuv: Space = YUV()
lab: Space = Lab()
oklab: Oklab = Oklab()

SPACES: Registry[Space] = Registry(
    "space",
    {
        "yuv": "varcolor.image.color:yuv",
        "lab": "varcolor.image.color:lab",
        "oklab": "varcolor.image.color:oklab",
    },
)


def as_space(space: str | Space) -> Space:
    """Return the space of this name, or the space itself.

    Raises
    ------
    InputError
        If there is none of this name, or it is no space.
    """
    found = SPACES[space] if isinstance(space, str) else space
    if not hasattr(found, "jacobian"):  # the names would be looked for among installed packages
        raise InputError(f"space {space!r}: expected {', '.join(SPACES)}, or a Space")
    return found
