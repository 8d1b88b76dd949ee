"""By how much the chroma of every pixel is to change, and how sure that is: the plain forms.

A pixel at x in Oklab belongs to the main colours s_k with parts p_k proportional to
exp(-|x - s_k|^2 / (2 w^2)), where lightness counts a half. The width w is that of the place: with
the squared distances d1, d2 to the nearest two main colours, w^2 = min(0.1 (d1 + d2), 0.05^2), so
that a pixel that has a main colour is that colour's alone (to 1.4 %), however near others are, and
half way between two each has a half. A main colour with chroma z that becomes z' turns and
stretches the plane: its pixels' chroma c becomes m c with m = z' / z (complex numbers), so that
light and shadow keep their saturation in proportion. A neutral one has no hue to turn: its pixels
are shifted by z' - z. Between both, q = |z|^2 / (|z|^2 + 0.03^2) mixes:

    t(x) = sum_k p_k [q_k (m_k - 1) c + (1 - q_k) (z'_k - z_k)].

The confidence of t is highest where one colour has all of the pixel, and low on rims between two.
Pictures take the compiled form (`varcolor.palette.wanted`).

Reference: H. Chang et al., "Palette-based photo recoloring", ACM TOG 2015, for pixels that follow
the main colours they are near to, and a change that is exact at these.
"""

from __future__ import annotations

import numpy as np

from varcolor.palette.plan import Plan
from varcolor.typing import Array, FloatArray

#: Largest width of a main colour, what it is of the nearest two squared distances together, and
#: what lightness counts in distances.
WIDTH, OVERLAP, LIGHT = 0.05, 0.1, 0.5
#: Chroma below which a colour has no hue to turn.
_VIVID = 0.03
#: How far saturation may be raised where a dull colour becomes a vivid one.
_MOST_GAIN = 3.0
#: Confidence of a pixel that has one colour alone, in units of an equal neighbour's weight.
SURE, UNSURE = 0.2, 1e-4
#: Least squared width: of colours that are the same twice.
_LEAST = 1e-12


def parts_of(lab: FloatArray, centers: FloatArray) -> FloatArray:
    """Return the parts (..., K) that main colours (K, 3) have in pixels (..., 3) of Oklab."""
    scale = np.array([LIGHT, 1.0, 1.0])
    gap = (((lab[..., None, :] - centers) * scale) ** 2).sum(axis=-1)
    if len(centers) == 1:
        return np.ones_like(gap)
    two = np.partition(gap, 1, axis=-1)[..., :2]
    width = np.clip(OVERLAP * two.sum(axis=-1), _LEAST, WIDTH**2)
    part = np.exp(-(gap - two[..., :1]) / (2 * width[..., None]))
    return np.asarray(part / part.sum(axis=-1, keepdims=True))


def shift_of(lab: FloatArray, plan: Plan) -> tuple[FloatArray, FloatArray]:
    """Return the change (..., 3) of Oklab that is wanted of pixels (..., 3), and confidences (...).

    The first channel is the change of lightness, for those who move it.
    """
    part = parts_of(lab, plan.source)
    factors, offsets, lights = terms_of(plan)
    wanted = (part @ factors) * _complex(lab) + part @ offsets
    return np.stack([part @ lights, wanted.real, wanted.imag], axis=-1), sureness(part)


def terms_of(plan: Plan) -> tuple[Array, Array, FloatArray]:
    """Return q (m - 1), (1 - q) (z' - z), and the change of lightness of every main colour, (K,).

    The first two are complex.
    """
    z, new = _complex(plan.source), _complex(plan.target)
    q = np.abs(z) ** 2 / (np.abs(z) ** 2 + _VIVID**2)
    turn = np.where(np.abs(z) > 0, new / np.where(z == 0, 1, z), 0)
    turn *= np.minimum(1, _MOST_GAIN / np.maximum(np.abs(turn), 1e-12))
    return q * (turn - 1), (1 - q) * (new - z), plan.target[:, 0] - plan.source[:, 0]


def mapped_chroma(chroma: FloatArray, cells: FloatArray, images: FloatArray) -> FloatArray:
    """Return the change (..., 2) of chroma (..., 2) that goes from cells (K, 2) to images (K, 2).

    Every chroma follows the cells that are near to it, with parts as above of a third of the width.
    """
    gap = (chroma**2).sum(axis=-1)[..., None] - 2 * chroma @ cells.T + (cells**2).sum(axis=1)
    gap -= gap.min(axis=-1, keepdims=True)
    part = np.exp(-gap / (2 * (WIDTH / 3) ** 2))
    part /= part.sum(axis=-1, keepdims=True)
    return np.asarray(part @ (images - cells))


def sureness(part: FloatArray) -> FloatArray:
    """Return the confidence (...) of pixels with parts (..., K)."""
    best = part.max(axis=-1)
    return np.asarray(UNSURE + SURE * np.clip(2 * best - 1, 0, 1) ** 2)


def _complex(lab: Array) -> Array:
    return np.asarray(lab[..., 1] + 1j * lab[..., 2])
