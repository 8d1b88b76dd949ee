"""Colour management: what a file says about its colours, applied and told."""

from __future__ import annotations

import numpy as np

from varcolor.image.profile import encoding as encodings
from varcolor.image.profile import icc as profiles
from varcolor.image.profile.encoding import Encoding
from varcolor.image.profile.icc import Kind
from varcolor.typing import Array


def to_srgb(
    pixels: Array, kind: Kind, icc: bytes | None, encoding: Encoding | None
) -> tuple[Array, bool, list[str]]:
    """Bring decoded pixels to sRGB.

    Parameters
    ----------
    pixels : ndarray
        (H, W) for "gray", (H, W, 3) for "rgb", (H, W, 4) for "cmyk"; without alpha.
    kind : {"gray", "rgb", "cmyk"}
        What the pixels are.
    icc : bytes or None
        The embedded profile; used only if there is no `encoding`.
    encoding : Encoding or None
        What the file says by numbers, where that comes before a profile.

    Returns
    -------
    pixels : ndarray
        (H, W) or (H, W, 3) sRGB in the same dtype.
    profiled : bool
        Whether the file said what its colours are, so that a copy should, too.
    notes : list of str
        What was done, in words.

    Raises
    ------
    ValueError
        If a CMYK picture's profile cannot be used: without it the colours are unknown.
    """
    if pixels.dtype.kind != "f" and pixels.dtype not in (np.uint8, np.uint16):
        return pixels, icc is not None, []  # no picture: what reads on says so
    if encoding is not None:
        if encoding.is_srgb:
            return pixels, icc is not None, []
        pixels, outside = encodings.to_srgb(pixels, encoding)
        text = f"converted from {encoding.name} ({encoding.carrier}) to sRGB"
        remark = encoding.transfer.remark
        return pixels, True, [_with_clipped(f"{text}: {remark}" if remark else text, outside)]
    if icc is None:
        return pixels, False, []
    try:
        pixels, clipped = profiles.to_srgb(pixels, icc, kind)
    except ValueError as error:
        if kind == "cmyk":
            raise
        return pixels, False, [f"{error}: taken as sRGB"]
    if clipped is None:
        return pixels, True, []
    return pixels, True, [_with_clipped("converted from its ICC profile to sRGB", clipped)]


def _with_clipped(note: str, outside: float) -> str:
    """Return a note that also tells how much of the picture left the gamut."""
    if outside == 0:
        return note
    share = f"{100 * outside:.1f}" if outside >= 0.001 else "less than 0.1"
    return f"{note}; {share} % of the pixels had colours outside of sRGB and were clipped"
