"""ICC profiles: everything is converted to sRGB when it is read.

lcms evaluates the profile's own side, from the stored values to CIE XYZ of the D50 connection
space, as floats and without its resampled tables (those are up to 14 levels of 255 off). From
there to sRGB is exact arithmetic: an sRGB *profile* as target, whose numbers are rounded to
1/65536, would cost up to 0.2 of a level in the shadows.

References
----------
ICC.1:2022 (profile format); IEC 61966-2-1 (sRGB); white points are adapted by the linear Bradford
transform, as ICC.1, Annex E.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from varcolor.image.color import encode
from varcolor.image.encoding import BT709, adaptation, xyz_of_rgb
from varcolor.image.recode import Recoding, mixed, recode
from varcolor.typing import Array, FloatArray

Kind = Literal["gray", "rgb", "cmyk"]

_RELATIVE_COLORIMETRIC = 1
_NO_CACHE, _NO_OPTIMISATION, _BLACK_POINT_COMPENSATION = 0x40, 0x100, 0x2000
#: White of the profile connection space, as XYZ (ICC.1, 7.2.16).
_D50 = np.array([0.9642, 1.0, 0.8249])
#: Largest difference, in 1/255, up to which a profile counts as sRGB under another name: for greys,
#: and for colours, where primaries that were rounded to four digits make 0.7.
_SAME_GRAY, _SAME_COLOR = 0.5, 1.0
#: Largest distance of a profile's white from D50 that is taken for rounding and undone.
_WHITE_ROUNDING = 3e-4
#: Largest deviation of linear light up to which a profile counts as three curves and a matrix.
_ADDITIVE = 4e-6
#: Values from which on tables of every level pay for themselves.
_WORTH_TABLES = 1 << 21
_SPACES: dict[bytes, Kind] = {b"GRAY": "gray", b"RGB ": "rgb", b"CMYK": "cmyk"}
_WORDS = {"gray": "grey", "rgb": "RGB", "cmyk": "CMYK"}
#: Device classes whose profiles say what stored colours mean.
_CLASSES = (b"scnr", b"mntr", b"prtr", b"spac")


def srgb_profile() -> bytes:
    """Return an ICC profile of sRGB."""
    import imagecodecs

    return bytes(imagecodecs.cms_profile("srgb"))


def to_srgb(pixels: Array, profile: bytes, kind: Kind) -> tuple[Array, float | None]:
    """Convert pixels from an ICC profile to sRGB (grey stays grey).

    Relative colorimetric with black point compensation. Colours outside of sRGB are clipped.

    Parameters
    ----------
    pixels : ndarray
        (H, W) for "gray", (H, W, 3) for "rgb", (H, W, 4) for "cmyk"; uint8, uint16, or floats
        with white (for CMYK: full ink) at 1.
    profile : bytes
        The embedded profile. An RGB profile fits grey pixels, too: a grey is R = G = B.
    kind : {"gray", "rgb", "cmyk"}
        What the pixels are.

    Returns
    -------
    pixels : ndarray
        In the same dtype; the same object if the profile is sRGB already.
    outside : float or None
        Share of the pixels, 0..1, whose colour lay outside of sRGB; None if nothing was done.

    Raises
    ------
    ValueError
        If the profile is broken or does not fit the pixels.
    """
    import imagecodecs

    space = _space(profile, kind)
    try:
        function = _Exact(profile, kind, space)
        probe = _probe(kind)
        found = function(probe)
        if not np.isfinite(found).all():
            raise ValueError("it gives values that are not finite")
        if kind != "cmyk" and _is_srgb(probe / 65535, encode(found)):
            return pixels, None
        if kind == "rgb" and pixels.dtype.kind == "u" and pixels.size > _WORTH_TABLES:
            return recode(pixels, function.by_curves(pixels.dtype) or function)
        return recode(pixels, function)
    except (imagecodecs.CmsError, RuntimeError, ValueError, TypeError) as error:
        raise ValueError(f"unusable ICC profile ({error})") from error


def _space(profile: bytes, kind: Kind) -> Kind:
    """Return what a profile is for, by its header (ICC.1, 7.2).

    Raises
    ------
    ValueError
        If it is no profile or does not fit the pixels.
    """
    if len(profile) < 132 or profile[36:40] != b"acsp":
        raise ValueError("unusable ICC profile (it is damaged)")
    space = _SPACES.get(profile[16:20])
    if space is None or profile[12:16] not in _CLASSES:
        raise ValueError("unusable ICC profile (it does not say what stored colours mean)")
    if space != kind and (space, kind) != ("rgb", "gray"):
        raise ValueError(
            f"unusable ICC profile (it is made for {_WORDS[space]}, the picture is {_WORDS[kind]})"
        )
    return space


class _Exact:
    """The conversion of stored values, (n,) or (n, C), to linear sRGB light."""

    def __init__(self, profile: bytes, kind: Kind, space: Kind) -> None:
        import imagecodecs

        self._profile, self._kind, self._space = profile, kind, space
        self._target = bytes(imagecodecs.cms_profile("xyz"))
        channels = {"gray": (), "rgb": (3,), "cmyk": (4,)}[kind]
        paper = 0 if kind == "cmyk" else 65535
        white = self._xyz(np.full((1, *channels), paper, np.uint16))[0]
        if not 0.5 < white[1] < 2:
            raise ValueError("white would not be white")
        target = xyz_of_rgb(BT709)
        d65 = target.sum(axis=1)
        near = np.abs(white - _D50).max() <= _WHITE_ROUNDING
        self._matrix = np.asarray(
            np.linalg.solve(target, adaptation(white if near else _D50, d65)), np.float64
        )

    def _xyz(self, stored: Array) -> FloatArray:
        """Return XYZ of the connection space, (n, 3), as the profile says."""
        import imagecodecs

        if self._kind != self._space:
            stored = np.repeat(stored[:, None], 3, axis=1)
        if stored.dtype.kind == "f":
            stored = stored.astype(np.float32) * np.float32(100 if self._kind == "cmyk" else 1)
        xyz = np.asarray(
            imagecodecs.cms_transform(
                stored[None],
                self._profile,
                self._target,
                colorspace=self._space,
                outcolorspace="xyz",
                outdtype="float32",
                intent=_RELATIVE_COLORIMETRIC,
                flags=_NO_CACHE | _NO_OPTIMISATION | _BLACK_POINT_COMPENSATION,
            )
        )
        return np.asarray(xyz[0], np.float64)

    def __call__(self, stored: Array) -> FloatArray:
        xyz = self._xyz(stored)
        # A grey's X and Z say nothing but that it is neutral; a tint of the medium is left out.
        return np.asarray(xyz[:, 1]) if self._kind == "gray" else mixed(self._matrix, xyz)

    def by_curves(self, dtype: np.dtype[Any]) -> Recoding | None:
        """Return a faster function if the profile is three curves and a matrix, else None.

        Then light is the sum of what each channel gives alone, which is tabulated for every level;
        whether it is so, colours between the nodes of any table show.
        """
        top = int(np.iinfo(dtype).max)
        alone = np.zeros((3, top + 1, 3), dtype)
        for channel in range(3):
            alone[channel, :, channel] = np.arange(top + 1)
        xyz = self._xyz(alone.reshape(-1, 3)).reshape(alone.shape)
        black, primaries = xyz[0, 0], xyz[:, -1] - xyz[0, 0]
        # Each channel's curve is the share of its primary.
        curves = [(x - black) @ p / max(p @ p, 1e-12) for x, p in zip(xyz, primaries, strict=True)]
        matrix = self._matrix @ primaries.T
        offset = self._matrix @ black

        def function(stored: Array) -> FloatArray:
            shares = [curve.take(stored[:, c]) for c, curve in enumerate(curves)]
            light: FloatArray = mixed(matrix, np.stack(shares, axis=-1)) + offset
            return light

        probe = (_probe("rgb") >> (8 if top == 255 else 0)).astype(dtype)
        return function if np.abs(function(probe) - self(probe)).max() <= _ADDITIVE else None


def _is_srgb(values: FloatArray, found: FloatArray) -> bool:
    off = np.abs(found - values) * 255
    if values.ndim == 1:
        return bool(off.max() <= _SAME_GRAY)
    gray = np.ptp(values, axis=1) == 0
    return bool(off[gray].max() <= _SAME_GRAY and off.max() <= _SAME_COLOR)


def _probe(kind: Kind) -> Array:
    """Return 16-bit colours, (n,) or (n, C), that span the profile's input.

    23 steps a channel are nodes of no usual table (9, 17, 33, ...), the shadows are closer.
    """
    if kind == "gray":
        return np.arange(0, 65536, 15, dtype=np.uint16)
    if kind == "cmyk":
        steps = np.linspace(0, 65535, 5).astype(np.uint16)
        return np.stack(np.meshgrid(*[steps] * 4), axis=-1).reshape(-1, 4)
    steps = np.append(np.linspace(0, 65535, 23), [150, 700, 1500]).astype(np.uint16)
    grays = np.repeat(_probe("gray")[:, None], 3, axis=1)
    return np.concatenate([np.stack(np.meshgrid(*[steps] * 3), axis=-1).reshape(-1, 3), grays])
