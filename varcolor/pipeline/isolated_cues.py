"""Cues whose colour does not leave them: total variation closes its edges around small ones.

The energy of an edge grows with its length, the gain of colouring a region with the region's own
border: around few pixels an edge is cheap. So a total variation leaves isolated cues as specks in
the colour of the strongest neighbour, and a whole picture can turn sky blue.
"""

from __future__ import annotations

import numpy as np

from varcolor.typing import Array, BoolArray, FloatArray

#: Largest difference of a cue and its surroundings, as a part of the range of all cues' chroma,
#: that still counts as the same colour.
_SAME = 0.25


def drowned(at: Array, values: FloatArray, u: Array) -> list[tuple[int, int]]:
    """Return a pixel (row, column) of each group of cues that colours nothing around it.

    Parameters
    ----------
    at : ndarray, shape (N, 2)
        Rows and columns of the cues.
    values : ndarray, shape (N, 2)
        Their chroma.
    u : ndarray, shape (H, W, 2)
        The solution.

    Returns
    -------
    list of (int, int)
        For every connected group of cues (eight neighbours): none of the pixels beside it has a
        chroma within a quarter of the cues' range of the cue that it touches. Groups that touch no
        other pixel do not count.
    """
    from scipy.ndimage import label

    height, width = u.shape[:2]
    cued = np.zeros((height, width), bool)
    cued[at[:, 0], at[:, 1]] = True
    group, count = label(cued, np.ones((3, 3), int))
    span = float(np.linalg.norm(values.max(axis=0) - values.min(axis=0)))
    touches, spreads = np.zeros(count + 1, bool), np.zeros(count + 1, bool)
    mine = group[at[:, 0], at[:, 1]]
    for row, column in ((-1, 0), (1, 0), (0, -1), (0, 1)):
        there = at + np.array([row, column])
        inside = ((there >= 0) & (there < (height, width))).all(axis=1)
        inside[inside] &= ~cued[there[inside, 0], there[inside, 1]]
        there, own = there[inside], values[inside]
        same: BoolArray = np.linalg.norm(u[there[:, 0], there[:, 1]] - own, axis=1) <= _SAME * span
        touches[mine[inside]] = True
        spreads[mine[inside][same]] = True
    lost = np.flatnonzero(touches & ~spreads)
    first = np.searchsorted(mine, lost, sorter=np.argsort(mine, kind="stable"))
    places = at[np.argsort(mine, kind="stable")[first]]
    return [(int(row), int(column)) for row, column in places]
