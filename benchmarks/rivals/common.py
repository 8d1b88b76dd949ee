"""What the rivals share: cues as pictures, chroma merged with the grey's lightness."""

from __future__ import annotations

import numpy as np

import varcolor as vc
from varcolor.image.color import lab
from varcolor.typing import BoolArray, FloatArray


def cue_pictures(cues: vc.Cues) -> tuple[BoolArray, FloatArray]:
    """Return the mask (H, W) of the cued pixels and their chroma in Lab, (H, W, 2)."""
    mask = np.zeros(cues.shape, bool)
    chroma = np.zeros((*cues.shape, 2))
    mask[cues.at[:, 0], cues.at[:, 1]] = True
    chroma[cues.at[:, 0], cues.at[:, 1]] = lab.split(cues.color.astype(np.float64))[1]
    return mask, chroma


def merged(gray: FloatArray, chroma: FloatArray) -> FloatArray:
    """Return the colours (H, W, 3) of a grey picture with this chroma."""
    return np.clip(lab.merge(lab.luma_of_gray(gray), chroma), 0, 1)
