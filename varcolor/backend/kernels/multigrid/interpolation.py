"""Interpolation between grids that follows the weights: rows of P.

A pixel between two coarse ones takes their values in the ratio of the weights that lead to either
side; the pixels amid four coarse ones follow from their own equation. Then the former are improved:
weights that lead to pixels amid four are shared between the sides as those pixels share them. Rows
of P sum to less than one where a pixel is tied to something outside the grid; this `deficit` is
carried as a number of its own, never as one minus a sum.

Reference: J. Dendy, "Black box multigrid", J. Comput. Phys. 48 (1982); the improvement is ours.
"""

from __future__ import annotations

import numpy as np

from varcolor.backend.jit.kernel import A2, A3, ROW, kernel
from varcolor.typing import Array

_TINY = np.float32(1e-30)
_ONE, _ZERO = np.float32(1), np.float32(0)


@kernel(f"void({A3}, {A2}, {A3}, {A2}, boolean, boolean, {ROW}, {ROW})")
def interpolate_sides(
    w: Array,
    reaction: Array,
    p: Array,
    deficit: Array,
    again: bool,
    refined: bool,
    top: int,
    bottom: int,
) -> None:
    """Set the rows of P of pixels between two coarse ones, for coarse rows ``top`` to ``bottom``.

    ``again``: use the rows of the pixels amid four coarse ones, which are known by then. Else, if
    that is to follow (``refined``), these are taken to move as the pixel does, but to be tied to
    nothing outside the grid: where its links to coarse pixels are weaker than what ties it (a
    prior), it would otherwise stay where it is. Without a refinement they have no say.
    """
    height, width = w.shape[1] - 2, w.shape[2] - 2
    for rc in range(top, bottom):
        r = 2 * rc - 1
        for c in range(1, p.shape[2] - 1):
            f = 2 * c - 1
            p[8, rc, c] = _ONE
            deficit[r, f] = _ZERO
            a, b, t = _ZERO, _ZERO, _ONE
            if f + 1 <= width:
                a = w[0, r, f] + w[3, r - 1, f] + w[1, r, f + 1]
                b = w[0, r, f + 1] + w[1, r - 1, f + 2] + w[3, r, f + 1]
                t = reaction[r, f + 1]
                if again:
                    e = w[2, r - 1, f + 1]
                    a += e * (p[4, rc - 1, c] + p[6, rc - 1, c])
                    b += e * (p[5, rc - 1, c] + p[7, rc - 1, c])
                    t += e * deficit[r - 1, f + 1]
                    e = w[2, r, f + 1]
                    a += e * (p[4, rc, c] + p[6, rc, c])
                    b += e * (p[5, rc, c] + p[7, rc, c])
                    t += e * deficit[r + 1, f + 1]
                elif refined:
                    t *= (a + b) / (a + b + w[2, r - 1, f + 1] + w[2, r, f + 1] + _TINY)
                s = a + b + t
                if s > _TINY:
                    a, b, t = a / s, b / s, t / s
                else:
                    a, b, t = _ZERO, _ZERO, _ONE
            p[0, rc, c], p[1, rc, c], deficit[r, f + 1] = a, b, t
            a, b, t = _ZERO, _ZERO, _ONE
            if r + 1 <= height:
                a = w[2, r, f] + w[3, r, f - 1] + w[1, r, f + 1]
                b = w[2, r + 1, f] + w[3, r + 1, f] + w[1, r + 1, f]
                t = reaction[r + 1, f]
                if again:
                    e = w[0, r + 1, f - 1]
                    a += e * (p[4, rc, c - 1] + p[5, rc, c - 1])
                    b += e * (p[6, rc, c - 1] + p[7, rc, c - 1])
                    t += e * deficit[r + 1, f - 1]
                    e = w[0, r + 1, f]
                    a += e * (p[4, rc, c] + p[5, rc, c])
                    b += e * (p[6, rc, c] + p[7, rc, c])
                    t += e * deficit[r + 1, f + 1]
                elif refined:
                    t *= (a + b) / (a + b + w[0, r + 1, f - 1] + w[0, r + 1, f] + _TINY)
                s = a + b + t
                if s > _TINY:
                    a, b, t = a / s, b / s, t / s
                else:
                    a, b, t = _ZERO, _ZERO, _ONE
            p[2, rc, c], p[3, rc, c], deficit[r + 1, f] = a, b, t


@kernel(f"void({A3}, {A2}, {A3}, {A2}, {ROW}, {ROW})")
def interpolate_centres(
    w: Array, reaction: Array, p: Array, deficit: Array, top: int, bottom: int
) -> None:
    """Set the rows of P of pixels amid four coarse ones, from those between two."""
    height, width = w.shape[1] - 2, w.shape[2] - 2
    for rc in range(top, bottom):
        r = 2 * rc
        if r > height:
            continue
        for c in range(1, p.shape[2] - 1):
            f = 2 * c
            if f > width:
                continue
            above, below, left, right = w[2, r - 1, f], w[2, r, f], w[0, r, f - 1], w[0, r, f]
            ul = w[3, r - 1, f - 1] + above * p[0, rc, c] + left * p[2, rc, c]
            ur = w[1, r - 1, f + 1] + above * p[1, rc, c] + right * p[2, rc, c + 1]
            ll = w[1, r, f] + below * p[0, rc + 1, c] + left * p[3, rc, c]
            lr = w[3, r, f] + below * p[1, rc + 1, c] + right * p[3, rc, c + 1]
            t = reaction[r, f] + above * deficit[r - 1, f] + left * deficit[r, f - 1]
            t += below * deficit[r + 1, f] + right * deficit[r, f + 1]
            s = ul + ur + ll + lr + t
            if s > _TINY:
                ul, ur, ll, lr, t = ul / s, ur / s, ll / s, lr / s, t / s
            else:
                ul, ur, ll, lr, t = _ZERO, _ZERO, _ZERO, _ZERO, _ONE
            p[4, rc, c], p[5, rc, c], p[6, rc, c], p[7, rc, c] = ul, ur, ll, lr
            deficit[r, f] = t


@kernel(f"void({A2}, {A3}, {A2}, {ROW}, {ROW})")
def zero_fixed_rows(inverse: Array, p: Array, deficit: Array, top: int, bottom: int) -> None:
    """Clear the rows of P of fixed pixels: corrections leave them as they are."""
    for rc in range(top, bottom):
        r = 2 * rc - 1
        for c in range(1, p.shape[2] - 1):
            f = 2 * c - 1
            if inverse[r, f] == 0:
                p[8, rc, c], deficit[r, f] = _ZERO, _ONE
            if inverse[r, f + 1] == 0:
                p[0, rc, c], p[1, rc, c], deficit[r, f + 1] = _ZERO, _ZERO, _ONE
            if inverse[r + 1, f] == 0:
                p[2, rc, c], p[3, rc, c], deficit[r + 1, f] = _ZERO, _ZERO, _ONE
            if inverse[r + 1, f + 1] == 0:
                p[4, rc, c], p[5, rc, c], p[6, rc, c], p[7, rc, c] = _ZERO, _ZERO, _ZERO, _ZERO
                deficit[r + 1, f + 1] = _ONE
