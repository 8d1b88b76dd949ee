"""ICC profiles: everything is converted to sRGB when it is read."""

from __future__ import annotations

from typing import Literal

import numpy as np

from varcolor.typing import Array

Kind = Literal["gray", "rgb", "cmyk"]

_RELATIVE_COLORIMETRIC = 1
_BLACK_POINT_COMPENSATION = 0x2000
#: Largest difference, in 1/255, up to which a profile counts as sRGB under another name.
_SAME = 1.0


def srgb_profile() -> bytes:
    """Return an ICC profile of sRGB."""
    import imagecodecs

    return bytes(imagecodecs.cms_profile("srgb"))


def _transform(pixels: Array, profile: bytes, kind: Kind) -> Array:
    import imagecodecs

    return np.asarray(
        imagecodecs.cms_transform(
            np.ascontiguousarray(pixels),
            profile,
            srgb_profile(),
            colorspace=kind,
            outcolorspace="rgb",
            intent=_RELATIVE_COLORIMETRIC,
            flags=_BLACK_POINT_COMPENSATION,
        )
    )


def _probe(kind: Kind) -> Array:
    """Return a small picture that spans the profile's input."""
    steps = np.linspace(0, 65535, 17).astype(np.uint16)
    if kind == "gray":
        return steps[None, :]
    return np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(17, -1, 3)


def to_srgb(pixels: Array, profile: bytes, kind: Kind) -> tuple[Array, bool]:
    """Convert pixels from an ICC profile to sRGB (grey stays grey).

    Parameters
    ----------
    pixels : ndarray
        (H, W) for "gray", (H, W, 3) for "rgb", (H, W, 4) for "cmyk"; uint8, uint16 or float32.
    profile : bytes
        The embedded profile.
    kind : {"gray", "rgb", "cmyk"}
        What the pixels are.

    Returns
    -------
    pixels : ndarray
        In the same dtype; the same object if the profile is sRGB already.
    converted : bool
        Whether anything was done.

    Raises
    ------
    ValueError
        If the profile is broken or does not fit the pixels.
    """
    import imagecodecs

    try:
        if kind != "cmyk":
            probe = _probe(kind)
            same = _transform(probe, profile, kind).astype(float)
            wanted = probe[..., None] if kind == "gray" else probe
            if np.abs(same - wanted).max() <= _SAME * 257:
                return pixels, False
        rgb = _transform(pixels, profile, kind)
    except (imagecodecs.CmsError, RuntimeError, ValueError, TypeError) as error:
        raise ValueError(f"unusable ICC profile ({error})") from error
    return (rgb[..., 1] if kind == "gray" else rgb), True
