"""By how much the chroma of every pixel is to change, and how sure that is.

A pixel at x in Oklab belongs to the main colours s_k with parts p_k proportional to
exp(-|x - s_k|^2 / (2 * 0.05^2)), where lightness counts a half. A main colour with chroma z that
becomes z' turns and stretches the plane: its pixels' chroma c becomes m c with m = z' / z (complex
numbers), so that light and shadow keep their saturation in proportion. A neutral one has no hue to
turn: its pixels are shifted by z' - z. Between both, q = |z|^2 / (|z|^2 + 0.03^2) mixes:

    t(x) = sum_k p_k [q_k (m_k - 1) c + (1 - q_k) (z'_k - z_k)].

The confidence of t is highest where one colour has all of the pixel, and low on rims between two.

Reference: H. Chang et al., "Palette-based photo recoloring", ACM TOG 2015, for pixels that follow
the main colours they are near to.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from varcolor.palette.plan import Plan
from varcolor.typing import Array, FloatArray

#: Width of a main colour, and what lightness counts in distances.
_WIDTH, _LIGHT = 0.05, 0.5
#: Chroma below which a colour has no hue to turn.
_VIVID = 0.03
#: How far saturation may be raised where a dull colour becomes a vivid one.
_MOST_GAIN = 3.0
#: Confidence of a pixel that has one colour alone, in units of an equal neighbour's weight.
_SURE, _UNSURE = 0.2, 1e-4
#: Range of chroma that a table covers, and its cells a side.
_RANGE, _STEPS = 0.4, 257


def parts_of(lab: FloatArray, centers: FloatArray) -> FloatArray:
    """Return the parts (..., K) that main colours (K, 3) have in pixels (..., 3) of Oklab."""
    scale = np.array([_LIGHT, 1.0, 1.0])
    x, c = lab * scale, centers * scale
    gap = (x**2).sum(axis=-1)[..., None] - 2 * x @ c.T + (c**2).sum(axis=1)
    gap -= gap.min(axis=-1, keepdims=True)
    part = np.exp(-gap / (2 * _WIDTH**2))
    return np.asarray(part / part.sum(axis=-1, keepdims=True))


def shift_of(lab: FloatArray, plan: Plan) -> tuple[FloatArray, FloatArray]:
    """Return the change (..., 3) of Oklab that is wanted of pixels (..., 3), and confidences (...).

    The first channel is the change of lightness, for those who move it.
    """
    part = parts_of(lab, plan.source)
    z, new = _complex(plan.source), _complex(plan.target)
    q = np.abs(z) ** 2 / (np.abs(z) ** 2 + _VIVID**2)
    turn = np.where(np.abs(z) > 0, new / np.where(z == 0, 1, z), 0)
    turn *= np.minimum(1, _MOST_GAIN / np.maximum(np.abs(turn), 1e-12))
    factor, offset = part @ (q * (turn - 1)), part @ ((1 - q) * (new - z))
    wanted = factor * _complex(lab) + offset
    light = part @ (plan.target[:, 0] - plan.source[:, 0])
    return np.stack([light, wanted.real, wanted.imag], axis=-1), sureness(part)


def mapped_chroma(chroma: FloatArray, cells: FloatArray, images: FloatArray) -> FloatArray:
    """Return the change (..., 2) of chroma (..., 2) that goes from cells (K, 2) to images (K, 2).

    Every chroma follows the cells that are near to it, with parts as above of a third of the width.
    """
    gap = (chroma**2).sum(axis=-1)[..., None] - 2 * chroma @ cells.T + (cells**2).sum(axis=1)
    gap -= gap.min(axis=-1, keepdims=True)
    part = np.exp(-gap / (2 * (_WIDTH / 3) ** 2))
    part /= part.sum(axis=-1, keepdims=True)
    return np.asarray(part @ (images - cells))


@dataclass(frozen=True, slots=True, eq=False)
class ChromaTable:
    """`mapped_chroma` in a table over the a, b plane, for pictures of any size."""

    table: FloatArray
    """(2, N, N): the change at chroma from -0.4 to 0.4, which sRGB lies within."""

    @classmethod
    def of(cls, cells: FloatArray, images: FloatArray) -> ChromaTable:
        """Return the table of cells and their images (K, 2)."""
        axis = np.linspace(-_RANGE, _RANGE, _STEPS)
        table = np.empty((2, _STEPS, _STEPS))
        for row, a in enumerate(axis):
            plane = np.column_stack([np.full(_STEPS, a), axis])
            table[:, row] = mapped_chroma(plane, cells, images).T
        return cls(table)

    def __call__(self, lab: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the change (..., 3) of Oklab at pixels (..., 3), and confidences (...)."""
        from scipy.ndimage import map_coordinates

        at = np.moveaxis((lab[..., 1:] + _RANGE) / (2 * _RANGE) * (_STEPS - 1), -1, 0)
        found = [map_coordinates(own, at, order=1, mode="nearest") for own in self.table]
        shift = np.stack([np.zeros(lab.shape[:-1]), *found], axis=-1)
        return shift, np.full(lab.shape[:-1], _SURE)


def sureness(part: FloatArray) -> FloatArray:
    """Return the confidence (...) of pixels with parts (..., K)."""
    best = part.max(axis=-1)
    return np.asarray(_UNSURE + _SURE * np.clip(2 * best - 1, 0, 1) ** 2)


def _complex(lab: Array) -> Array:
    return np.asarray(lab[..., 1] + 1j * lab[..., 2])
