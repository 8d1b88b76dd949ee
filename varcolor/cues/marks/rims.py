"""Rims of strokes: pixels that mix the photo with paint that its neighbours show purely.

A brush leaves M = P + a (C - P): photo P, paint C, coverage a. Soft and antialiased brushes end in
rims with a < 1; taken as cues these would fence in each stroke with half-grey colours. A marked
pixel p is such a rim if a marked pixel q near it shows the same paint more strongly:

    M_p - P_p = r (M_q - P_q) + s (P_q - P_p),   0 <= s <= r < 1,

where r = a_p / a_q and s = r times the coverage at q. For paint without transparency s = r, which
gives r alone; for other paint r is the ratio of the chroma, which a grey photo does not have. The
law is tried on stored levels and, as some editors mix light, on linear ones. Ramps of wide brushes
are too flat to be seen between neighbours, and lines thinner than a pixel reach full strength here
and there only: both are held against the strongest pixel of blocks of 4 to 128 pixels.

Hard-edged paint has no rims, and colours that look like mixtures by chance. So a connected stroke
loses pixels only if its border shows that its brush was soft.

Where soft strokes of two colours overlap, rims are mixtures of the photo and both.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from varcolor.cues.marks.mixture import FAINT, LUMA, Paint, Slack, largest
from varcolor.typing import Array, BoolArray

_DIRECTIONS = [(0, 1), (1, 0), (1, 1), (1, -1), (0, -1), (-1, 0), (-1, -1), (-1, 1)]
_AROUND = [(0, 0), *_DIRECTIONS]
_REACH = 3
_NEAR = [(n * y, n * x) for n in (_REACH, 1) for y, x in _DIRECTIONS]
_BLOCKS = (4, 8, 16, 32, 64, 128)
_CHUNK = 1 << 17
#: A stroke is soft if this share of its border are rims; the second, if other strokes are, too.
_SOFT, _SOFT_LIKE_OTHERS, _OTHERS = 0.3, 0.03, 0.05
#: A soft stroke among hard ones shows so many pixels of rim, a copy in all at least so many.
_ENOUGH, _FEW = 20, 3
#: Its ramps are wide if so many rims, for each pixel of the border, lie within.
_WIDE = 0.3
#: A border is faint below this part of a stroke's strength, and six levels.
_FAINT_SHARE = 0.15
#: Strokes of so few levels among stronger ones are the last traces of rims.
_DUST = 4.0
#: Two paints differ in hue by 6 degrees or more: the square of its sine.
_HUE = 0.01


def rims(photo: Array, marked: Array, mask: BoolArray, slack: Slack) -> BoolArray:
    """Return which marked pixels are rims of stronger neighbours.

    Parameters
    ----------
    photo, marked : ndarray, shape (H, W, 3), float32
        Levels in 0..255.
    mask : ndarray of bool, shape (H, W)
        Where the two differ by paint.
    slack : Slack
        Rounding and noise that are to be expected.

    Returns
    -------
    ndarray of bool, shape (H, W)
        Subset of ``mask``; of every connected stroke something is left.
    """
    from scipy import ndimage

    paint = Paint.of(photo, marked, mask)
    square = np.ones((3, 3), bool)
    label, strokes = ndimage.label(ndimage.binary_dilation(mask, square), square)
    stroke = label[mask] - 1
    strength = largest(paint.copy - paint.photo)
    most = np.zeros(strokes, np.float32)
    np.maximum.at(most, stroke, strength)
    near, thin = _near(paint, mask, slack)
    border = ~ndimage.binary_erosion(mask, square, border_value=1)[mask]
    faint = (strength <= np.minimum(_FAINT_SHARE * most[stroke], FAINT)) & border

    def count(pixels: BoolArray) -> Array:
        return np.bincount(stroke[pixels], minlength=strokes)

    around, rim = np.maximum(count(border), 1), count((near | faint) & border)
    if rim.sum() >= max(_OTHERS * around.sum(), _FEW):
        soft = rim >= _SOFT_LIKE_OTHERS * around
    else:
        soft = (rim >= _SOFT * around) & (rim >= _ENOUGH)
    wide = soft & ((count(near & ~border) >= _WIDE * around) | (count(faint) >= _WIDE * around))
    gone = near & soft[stroke]
    tried = soft[stroke] & (wide[stroke] | thin)
    for size in _BLOCKS:
        gone |= _below_strongest(paint, stroke, gone, tried & ~gone, size, slack)
    for size in _BLOCKS[1:] if slack.share == 0 else ():
        gone |= _of_two(paint, stroke, gone, tried & thin & ~gone, size, slack)
    gone &= (count(~gone) > 0)[stroke] | (strength < most[stroke])
    if soft.any():
        gone |= (most[stroke] <= _DUST) & (most.max() > 3 * _DUST)
    found = np.zeros(mask.shape, bool)
    found[mask] = gone
    return found


def _near(paint: Paint, mask: BoolArray, slack: Slack) -> tuple[BoolArray, BoolArray]:
    """Return which pixels are rims of near ones, and which have few neighbours of their colour."""
    number = np.full(np.array(mask.shape) + 2 * _REACH, -1, np.int32)
    number[_REACH:-_REACH, _REACH:-_REACH][mask] = np.arange(len(paint.at), dtype=np.int32)
    width = number.shape[1]
    flat = (paint.at[:, 0] + _REACH) * width + paint.at[:, 1] + _REACH
    number = number.reshape(-1)
    found, thin = np.zeros(len(flat), bool), np.zeros(len(flat), bool)
    for begin in range(0, len(flat), _CHUNK):
        here = np.arange(begin, min(begin + _CHUNK, len(flat)))
        alike = np.zeros(len(here), np.int8)
        for down, across in _DIRECTIONS:
            other = number[flat[here] + down * width + across]
            gap = paint.copy[:, here] - paint.copy[:, other]
            alike += (other >= 0) & (largest(gap) <= 2)
        thin[here] = alike < 6
        for down, across in _NEAR:
            other = number[flat[here] + down * width + across]
            own, other = here[other >= 0], other[other >= 0]
            differs = largest(paint.copy[:, own] - paint.copy[:, other]) > 0.9
            own, other = own[differs], other[differs]
            found[own] = paint.coverage(own, other, slack) < 1
            here = here[~found[here]]
    return found, thin


@dataclass(frozen=True, slots=True, eq=False)
class _Strongest:
    """The strongest pixel of each block of ``size`` pixels a side, -1 where there is none."""

    size: int
    table: Array

    @classmethod
    def of(cls, paint: Paint, left: BoolArray, size: int) -> _Strongest:
        rows, columns = paint.at.max(axis=0) // size + 1
        change = paint.copy - paint.photo
        luma = LUMA @ change
        strength = np.square(change - luma).sum(axis=0) + np.float32(0.01) * luma**2
        here = np.flatnonzero(left)
        order = here[np.argsort(strength[here], kind="stable")]
        table = np.full((rows + 2, columns + 2), -1)
        table[paint.at[order, 0] // size + 1, paint.at[order, 1] // size + 1] = order
        return cls(size, table)  # of equal places the last, which is the strongest, has stayed

    def beside(self, paint: Paint, own: Array, down: int, across: int) -> Array:
        """Return the strongest pixels of the blocks beside those of some pixels."""
        row, column = (paint.at[own] // self.size + 1).T
        beside: Array = self.table[row + down, column + across]
        return beside


def _below_strongest(
    paint: Paint, stroke: Array, gone: BoolArray, tried: BoolArray, size: int, slack: Slack
) -> BoolArray:
    """Return which pixels are mixtures with the strongest one of a block near by."""
    below = np.zeros(len(gone), bool)
    strongest = _Strongest.of(paint, ~gone, size)
    own = np.flatnonzero(tried)
    for down, across in _AROUND:
        other = strongest.beside(paint, own, down, across)
        here = np.flatnonzero((other >= 0) & (stroke[other] == stroke[own]))
        gap = largest(paint.copy[:, own[here]] - paint.copy[:, other[here]])
        here = here[gap > 0.9]
        below[own[here]] = paint.coverage(own[here], other[here], slack) < 1
        own = own[~below[own]]
    return below


def _of_two(
    paint: Paint, stroke: Array, gone: BoolArray, tried: BoolArray, size: int, slack: Slack
) -> BoolArray:
    """Return which pixels mix the photo and the strongest paints of two blocks near by."""
    mixed = np.zeros(len(gone), bool)
    strongest = _Strongest.of(paint, ~gone, size)
    own = np.flatnonzero(tried)
    beside = [strongest.beside(paint, own, *way) for way in _AROUND]
    paints = [paint.copy[:, other] - paint.photo[:, own] for other in beside]
    same = [(other >= 0) & (stroke[other] == stroke[own]) & (other != own) for other in beside]
    change = paint.copy[:, own] - paint.photo[:, own]
    for one, two in combinations(range(len(_AROUND)), 2):
        a, b = paints[one], paints[two]
        aa, bb, ab = (a * a).sum(axis=0), (b * b).sum(axis=0), (a * b).sum(axis=0)
        det = aa * bb - ab * ab
        apart = same[one] & same[two] & (det > 0.001 * aa * bb) & _of_other_hue(a, b)
        ac, bc = (a * change).sum(axis=0), (b * change).sum(axis=0)
        safe = np.where(apart, det, np.float32(1))
        s, t = (bb * ac - ab * bc) / safe, (aa * bc - ab * ac) / safe
        allowed = slack.distance + slack.share * np.sqrt(np.maximum(aa, bb))
        fits = apart & (largest(change - s * a - t * b) <= allowed) & (s > -0.02) & (t > -0.02)
        fits &= (s + t < 1.02) & (np.maximum(s, t) < 0.97)
        mixed[own] |= fits
    return mixed


def _of_other_hue(a: Array, b: Array) -> BoolArray:
    """Return where two paints differ in hue: not only in strength, or in the photo beneath."""
    a, b = a - LUMA @ a, b - LUMA @ b
    aa, bb, ab = (a * a).sum(axis=0), (b * b).sum(axis=0), (a * b).sum(axis=0)
    other: BoolArray = (aa * bb - ab * np.maximum(ab, 0) > _HUE * aa * bb) & (aa * bb > FAINT**4)
    return other
