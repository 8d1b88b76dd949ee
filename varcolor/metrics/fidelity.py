"""Differences of stored values."""

from __future__ import annotations

import math

from varcolor.errors import InputError
from varcolor.image.picture import Picture, as_picture
from varcolor.typing import Array


def psnr(reference: Picture | Array, result: Picture | Array) -> float:
    """Return the peak signal-to-noise ratio over RGB in dB.

    10 log10(1 / MSE) with one mean over all pixels and the three channels, values in 0..1; a grey
    picture counts as three equal channels.

    Returns
    -------
    float
        Infinite for identical pictures.

    Raises
    ------
    InputError
        If the sizes differ.
    """
    first, second = as_picture(reference, "the reference"), as_picture(result, "the result")
    if first.shape != second.shape:
        raise InputError(f"sizes differ: {first.shape} and {second.shape}")
    a, b = first.as_float(), second.as_float()
    if a.ndim != b.ndim:
        a, b = (x[..., None] if x.ndim == 2 else x for x in (a, b))
    error = float(((a - b) ** 2).mean())
    return math.inf if error == 0 else -10 * math.log10(error)
