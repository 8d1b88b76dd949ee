"""ICC profiles: everything is converted to sRGB when it is read.

The profile's own side, from the stored values to CIE XYZ of the D50 connection space, is evaluated
exactly where it is made of curves and a matrix, else by lcms: as floats and without its resampled
tables, which are up to 14 levels of 255 off. From there to sRGB is exact arithmetic: an sRGB
*profile* as target, whose numbers are rounded to 1/65536, would cost up to 0.2 of a level in the
shadows.

References
----------
ICC.1:2022 (profile format); IEC 61966-2-1 (sRGB); white points are adapted by the linear Bradford
transform, as ICC.1, Annex E.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from varcolor.image.color import encode
from varcolor.image.profile import icc_curves
from varcolor.image.profile.encoding import BT709, D50, adaptation, xyz_of_rgb
from varcolor.image.profile.recode import Recoding, mixed, recode
from varcolor.typing import Array, FloatArray

Kind = Literal["gray", "rgb", "cmyk"]

_RELATIVE_COLORIMETRIC = 1
_NO_CACHE, _NO_OPTIMISATION, _BLACK_POINT_COMPENSATION = 0x40, 0x100, 0x2000
#: Largest difference, in 1/255, up to which a profile counts as sRGB under another name: for greys,
#: and for colours, where primaries that were rounded to four digits make 0.7.
_SAME_GRAY, _SAME_COLOR = 0.5, 1.0
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
        function = icc_curves.recoding(
            profile, gray=kind == "gray", to_linear_srgb=_to_linear_srgb()
        ) or _by_lcms(profile, kind, space)
        probe = _probe(kind)
        found = function(probe)
        _check(found, kind)
        if kind != "cmyk" and _is_srgb(probe / 65535, encode(found)):
            return pixels, None
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


def _to_linear_srgb() -> FloatArray:
    """Return the (3, 3) matrix from XYZ of the connection space."""
    target = xyz_of_rgb(BT709)
    adapted = adaptation(D50, target.sum(axis=1))
    return np.asarray(np.linalg.solve(target, adapted), np.float64)


def _by_lcms(profile: bytes, kind: Kind, space: Kind) -> Recoding:
    """Return the conversion of stored values, (n,) or (n, C), to linear sRGB light."""
    import imagecodecs

    target, matrix = bytes(imagecodecs.cms_profile("xyz")), _to_linear_srgb()

    def function(stored: Array) -> FloatArray:
        if kind != space:
            stored = np.repeat(stored[:, None], 3, axis=1)
        if stored.dtype.kind == "f":
            stored = stored.astype(np.float32) * np.float32(100 if kind == "cmyk" else 1)
        xyz = np.asarray(
            imagecodecs.cms_transform(
                stored[None],
                profile,
                target,
                colorspace=space,
                outcolorspace="xyz",
                outdtype="float32",
                intent=_RELATIVE_COLORIMETRIC,
                flags=_NO_CACHE | _NO_OPTIMISATION | _BLACK_POINT_COMPENSATION,
            )
        )[0].astype(np.float64)
        # A grey's X and Z say nothing but that it is neutral; a tint of the medium is left out.
        return np.asarray(xyz[:, 1]) if kind == "gray" else mixed(matrix, xyz)

    return function


def _check(found: FloatArray, kind: Kind) -> None:
    """Refuse what no profile of a picture gives for its `_probe`."""
    if not np.isfinite(found).all():
        raise ValueError("it gives values that are not finite")
    white = found[0 if kind == "cmyk" else -1]  # no ink, or full light
    if not 0.5 < np.mean(white) < 2:
        raise ValueError("white would not be white")


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
