"""Greys as old photos have them, from the lightness of a picture in colour."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np

from varcolor.typing import FloatArray


def gamma(luma: FloatArray) -> FloatArray:
    """Return a print that is too dark: luma^1.4."""
    return np.asarray(luma**1.4)


def noise(luma: FloatArray) -> FloatArray:
    """Return it with Gaussian noise of 0.03."""
    return np.clip(luma + np.random.default_rng(5).normal(0, 0.03, luma.shape), 0, 1)


def jpeg(luma: FloatArray) -> FloatArray:
    """Return it after JPEG of quality 60."""
    from PIL import Image

    file = io.BytesIO()
    levels = np.rint(255 * np.clip(luma, 0, 1)).astype(np.uint8)
    Image.fromarray(levels).save(file, "JPEG", quality=60)
    return np.asarray(Image.open(file)) / 255.0


def blur(luma: FloatArray) -> FloatArray:
    """Return it with a Gaussian blur of 1 pixel."""
    from scipy.ndimage import gaussian_filter

    return np.asarray(gaussian_filter(luma, 1.0))


GREYS: dict[str, Callable[[FloatArray], FloatArray]] = {
    "gamma": gamma,
    "noise": noise,
    "jpeg": jpeg,
    "blur": blur,
}
