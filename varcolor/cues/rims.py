"""Rims of strokes: pixels that mix the photo with paint that its neighbours show purely.

A brush leaves M = P + a (C - P): photo P, paint C, coverage a. Soft and antialiased brushes end in
rims with a < 1; taken as cues these would fence in each stroke with half-grey colours. A marked
pixel p is such a rim if a marked pixel q near it shows the same paint more strongly:

    M_p - P_p = r (M_q - P_q) + s (P_q - P_p),   0 <= s <= r < 1,

where r = a_p / a_q and s = r times the coverage at q. For paint without transparency s = r, which
gives r alone; for other paint r is the ratio of the chroma, which a grey photo does not have. The
law is tried on stored levels and, as some editors mix light, on linear ones. Ramps of wide brushes
are too flat to be seen between neighbours, and lines thinner than a pixel reach full strength here
and there only: both are held against the strongest pixel of blocks of 4, 8, 16 and 32 pixels.

Hard-edged paint has no rims, and colours that look like mixtures by chance. So a connected stroke
loses pixels only if its border shows that its brush was soft.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from varcolor.typing import Array, BoolArray

_DIRECTIONS = [(0, 1), (1, 0), (1, 1), (1, -1), (0, -1), (-1, 0), (-1, -1), (-1, 1)]
_NEAR = [(n * y, n * x) for n in (1, 3) for y, x in _DIRECTIONS]
_AROUND = [(0, 0), *_DIRECTIONS]
_BLOCKS = (4, 8, 16, 32)
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
#: Paint below so many levels of chroma is judged by its lightness alone.
_FAINT = 6.0
_CHUNK = 1 << 18
#: A stroke is soft if this share of its border are rims; the second, if other strokes are, too.
_SOFT, _SOFT_LIKE_OTHERS, _OTHERS = 0.3, 0.03, 0.05
#: A soft stroke among hard ones shows so many pixels of rim.
_ENOUGH = 20
#: Its ramps are wide if so many rims, for each pixel of the border, lie within.
_WIDE = 0.3
#: A border is faint below this part of a stroke's strength.
_FAINT_SHARE = 0.15


@dataclass(frozen=True, slots=True)
class Slack:
    """How exactly the law of mixtures is met, in levels of 255."""

    distance: float = 1.5
    """Largest distance from the mixture."""
    share: float = 0.0
    """The same as a part of the strength of the paint."""
    least: float = 0.01
    """A rim has at least so much less coverage than its neighbour."""


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

    at = np.argwhere(mask)
    p, m = photo[mask], marked[mask]
    near = np.zeros(len(at), bool)
    for begin in range(0, len(at), _CHUNK):
        part = slice(begin, begin + _CHUNK)
        near[part] = _next_to_stronger(photo, marked, mask, at[part], slack)
    label, strokes = ndimage.label(mask, np.ones((3, 3)))
    stroke = label[mask] - 1
    strength = np.abs(m - p).max(axis=1)
    most = np.zeros(strokes, np.float32)
    np.maximum.at(most, stroke, strength)
    inner = ndimage.binary_erosion(mask, np.ones((3, 3)), border_value=1)[mask]
    faint = (strength <= _FAINT_SHARE * most[stroke]) & ~inner
    around = np.maximum(np.bincount(stroke[~inner], minlength=strokes), 1)
    rim = np.bincount(stroke[(near | faint) & ~inner], minlength=strokes)
    share = rim / around
    within = np.bincount(stroke[near & inner], minlength=strokes) / around
    if rim.sum() >= _OTHERS * max((~inner).sum(), 1):
        soft = share >= _SOFT_LIKE_OTHERS
    else:
        soft = (share >= _SOFT) & (rim >= _ENOUGH)
    wide = soft & (
        (within >= _WIDE) | (np.bincount(stroke[faint], minlength=strokes) >= _WIDE * around)
    )
    gone = near & soft[stroke]
    thin = _alone(marked, mask, at, m)
    for size in _BLOCKS:
        tried = ~gone & soft[stroke] & (wide[stroke] | thin)
        gone |= _below_strongest(p, m, at, stroke, gone, tried, size, slack)
    kept = np.zeros(strokes, bool)
    kept[stroke[~gone]] = True
    gone &= kept[stroke] | (strength < most[stroke])
    found = np.zeros(mask.shape, bool)
    found[mask] = gone
    return found


def coverage(p: Array, m: Array, q: Array, n: Array, slack: Slack) -> Array:
    """Return which part of the paint at a neighbour a pixel has, 2 where it is no such mixture.

    Parameters
    ----------
    p, m : ndarray, shape (N, 3)
        Photo and marked copy at the pixels.
    q, n : ndarray, shape (N, 3)
        The same at their neighbours.
    """
    share = _of_levels(p, m, q, n, 1.0, slack)
    rest = np.flatnonzero(share > 1)
    if len(rest):
        light = [_light(x[rest]) for x in (p, m, q, n)]
        slope = np.maximum(2.2 * (m[rest] / 255) ** 1.2, 0.08)  # levels of light a level
        share[rest] = _of_levels(*light, slope, slack)
    return share


def _of_levels(p: Array, m: Array, q: Array, n: Array, slope: Array | float, slack: Slack) -> Array:
    own, other, step = m - p, n - q, q - p
    full = other + step
    strength = np.einsum("ij,ij->i", full, full)
    r = np.einsum("ij,ij->i", own, full) / np.maximum(strength, 1e-3)
    allowed = slack.distance + slack.share * np.sqrt(strength)
    fits = _off(own - r[:, None] * full, slope) <= allowed
    share = np.where(fits & (r > -0.1) & (r < 1 - _doubt(full, slope, slack)), r, 2.0)
    own_luma, luma, rise = own @ _LUMA, other @ _LUMA, step @ _LUMA
    chroma = other - luma[:, None]
    squared = np.einsum("ij,ij->i", chroma, chroma)
    r = np.einsum("ij,ij->i", own, chroma) / np.maximum(squared, 1e-3)
    safe = np.where(np.abs(rise) < 0.5, np.inf, rise)
    s = np.clip((own_luma - r * luma) / safe, 0, np.maximum(r, 0))
    gap = own - r[:, None] * other - s[:, None] * step
    allowed = slack.distance + slack.share * np.sqrt(squared)
    fits = (_off(gap, slope) <= allowed) & (squared > _FAINT**2)
    fits &= (r > -0.1) & (r < 1 - _doubt(chroma, slope, slack))
    return np.where((share > 1) & fits, r, share).astype(np.float32)


def _off(gap: Array, slope: Array | float) -> Array:
    off: Array = np.abs(gap / slope).max(axis=1)
    return off


def _doubt(paint: Array, slope: Array | float, slack: Slack) -> Array:
    """Return how much less coverage can come from rounding alone."""
    doubt: Array = slack.least + 0.8 / np.maximum(np.abs(paint / slope).max(axis=1), 0.8)
    return doubt


def _light(levels: Array) -> Array:
    x = np.clip(levels, 0, None) / 255
    light = np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4)
    return (255 * light).astype(np.float32)


def _next_to_stronger(
    photo: Array, marked: Array, mask: BoolArray, at: Array, slack: Slack
) -> BoolArray:
    height, width = mask.shape
    found = np.zeros(len(at), bool)
    own = marked[at[:, 0], at[:, 1]]
    for down, across in _NEAR:
        left = np.flatnonzero(~found)
        row, column = at[left, 0] + down, at[left, 1] + across
        inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
        left, row, column = left[inside], row[inside], column[inside]
        painted = mask[row, column]
        left, row, column = left[painted], row[painted], column[painted]
        other = marked[row, column]
        differs = np.abs(other - own[left]).max(axis=1) > 0.9
        left, row, column, other = left[differs], row[differs], column[differs], other[differs]
        p = photo[at[left, 0], at[left, 1]]
        found[left] = coverage(p, own[left], photo[row, column], other, slack) < 1
    return found


def _alone(marked: Array, mask: BoolArray, at: Array, own: Array) -> BoolArray:
    """Return which pixels have less than four neighbours of their colour: thin lines, and ramps."""
    like = np.zeros(len(at), np.int8)
    height, width = mask.shape
    for down, across in _DIRECTIONS:
        row = np.clip(at[:, 0] + down, 0, height - 1)
        column = np.clip(at[:, 1] + across, 0, width - 1)
        like += mask[row, column] & (np.abs(marked[row, column] - own).max(axis=1) <= 2)
    return like < 4


def _below_strongest(
    p: Array,
    m: Array,
    at: Array,
    stroke: Array,
    gone: BoolArray,
    tried: BoolArray,
    size: int,
    slack: Slack,
) -> BoolArray:
    """Return which pixels are mixtures with the strongest one of a block near by."""
    rows, columns = at.max(axis=0) // size + 1
    block = (at[:, 0] // size) * columns + at[:, 1] // size
    paint = m - p
    strength = np.square(paint - (paint @ _LUMA)[:, None]).sum(axis=1) + 0.01 * (paint @ _LUMA) ** 2
    here = np.flatnonzero(~gone)
    order = here[np.argsort(strength[here], kind="stable")]
    strongest = np.full(rows * columns, -1)
    strongest[block[order]] = order  # the last one stays
    below = np.zeros(len(at), bool)
    for down, across in _AROUND:
        left = np.flatnonzero(tried & ~below)
        row, column = at[left, 0] // size + down, at[left, 1] // size + across
        inside = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
        left, other = left[inside], strongest[(row * columns + column)[inside]]
        same = (other >= 0) & (stroke[other] == stroke[left])
        left, other = left[same], other[same]
        below[left] = coverage(p[left], m[left], p[other], m[other], slack) < 1
    return below
