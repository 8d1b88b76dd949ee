"""Differences of colours as people see them."""

from __future__ import annotations

import numpy as np

from varcolor.errors import InputError
from varcolor.image.color import lab
from varcolor.image.picture import Picture, as_picture
from varcolor.typing import Array, FloatArray


def ciede2000_map(reference: Picture | Array, result: Picture | Array) -> FloatArray:
    """Return the CIEDE2000 difference of every pixel, (H, W).

    Reference: G. Sharma, W. Wu, E. Dalal, "The CIEDE2000 color-difference formula", 2005.

    Raises
    ------
    InputError
        If the sizes differ.
    """
    from skimage.color import deltaE_ciede2000

    first, second = as_picture(reference, "the reference"), as_picture(result, "the result")
    if first.shape != second.shape:
        raise InputError(f"sizes differ: {first.shape} and {second.shape}")
    difference: FloatArray = np.asarray(deltaE_ciede2000(_lab(first), _lab(second)))
    return difference


def ciede2000(reference: Picture | Array, result: Picture | Array) -> float:
    """Return the mean CIEDE2000 difference."""
    return float(ciede2000_map(reference, result).mean())


def _lab(picture: Picture) -> FloatArray:
    rgb = picture.as_float()
    luma, chroma = lab.split(np.repeat(rgb[..., None], 3, axis=2) if picture.is_gray else rgb)
    return np.concatenate([100 * luma[..., None], chroma], axis=-1)
