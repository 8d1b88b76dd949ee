"""Optimal transport of colours: between palettes, and between the a, b histograms of two pictures.

min over P >= 0 of sum_ij P_ij C_ij with row sums p and column sums q: a linear program, solved
exactly by HiGHS. Between pictures p and q are their histograms over cells of Oklab's a, b plane,
and a cell goes to the mean of where its mass goes (barycentric projection). That map may jump from
one cell to the next; it is smoothed, each cell's step becoming the mean of its neighbours' with
weights p_j exp(-|x_i - x_j|^2 / (2 * 0.03^2)), so that shades of one colour do not part.

Reference: G. Peyré, M. Cuturi, "Computational optimal transport", 2019, sections 3 and 4.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from varcolor.palette.kmeans import kmeans, nearest
from varcolor.typing import FloatArray

#: Cells of a histogram that mass is moved between: the linear program has their square as unknowns.
_CELLS = 96
#: Distance in the a, b plane over which shades go together.
_TOGETHER = 0.03


def plan_of(p: FloatArray, q: FloatArray, cost: FloatArray, room: float = 1.0) -> FloatArray:
    """Return the plan (K, M) that moves masses (K,) to masses (M,) at the least cost (K, M).

    With ``room`` above 1 a mass may take up to so many times its own: sum_i P_ij <= room * q_j.
    """
    from scipy.optimize import linprog
    from scipy.sparse import eye_array, kron, vstack

    count, other = cost.shape
    rows: Any = kron(eye_array(count), np.ones((1, other)))
    columns: Any = kron(np.ones((1, count)), eye_array(other))
    p, q = p / p.sum(), q / q.sum()
    if room > 1:
        system, sides = rows.tocsr(), p
        limits: Any = {"A_ub": columns.tocsr(), "b_ub": room * q}
    else:
        # One equation follows from the others; rounding could make it contradict them.
        system, sides = vstack([rows, columns.tocsr()[:-1]]).tocsr(), np.concatenate([p, q[:-1]])
        limits = {}
    solve: Any = linprog
    found = solve(cost.ravel(), A_eq=system, b_eq=sides, method="highs", **limits)
    if found.x is None:  # pragma: no cover - the program always has a solution
        raise ArithmeticError(found.message)
    return np.asarray(found.x).reshape(count, other)


def chroma_map(
    own: tuple[FloatArray, FloatArray], other: tuple[FloatArray, FloatArray]
) -> tuple[FloatArray, FloatArray]:
    """Return where chroma goes: cells (K, 2) of the a, b plane and their images (K, 2).

    Parameters
    ----------
    own, other : (ndarray, ndarray)
        Colours (N, 3) in Oklab and shares (N,) of the picture and of the one that gives colours.
    """
    cells, mass = _cells(*own)
    theirs, wanted = _cells(*other)
    cost = ((cells[:, None] - theirs[None]) ** 2).sum(axis=2)
    plan = plan_of(mass, wanted, cost)
    step = plan @ theirs / plan.sum(axis=1, keepdims=True) - cells
    apart = ((cells[:, None] - cells[None]) ** 2).sum(axis=2)
    weight = mass * np.exp(-apart / (2 * _TOGETHER**2))
    return cells, cells + weight @ step / weight.sum(axis=1, keepdims=True)


def _cells(colors: FloatArray, shares: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the centres (K, 2) of cells of the a, b plane, and the share in each."""
    flat = np.column_stack([np.zeros(len(colors)), colors[:, 1:]])
    centers = kmeans(flat, shares, _CELLS)
    mass = np.bincount(nearest(flat, centers), shares, len(centers)).astype(np.float64)
    used = mass > 0
    return centers[used, 1:], mass[used]
