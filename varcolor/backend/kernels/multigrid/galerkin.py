"""Coarse matrices: the Galerkin product P'AP, whose few negative weights are replaced.

``deficit`` is what rows of P (`varcolor.backend.kernels.multigrid.interpolation`) lack of one. What
is done about negative weights is ours.
"""

from __future__ import annotations

import numpy as np

from varcolor.backend.jit.kernel import A2, A3, ROW, fast_helper, kernel
from varcolor.typing import Array

_TINY = np.float32(1e-30)
_ONE, _ZERO = np.float32(1), np.float32(0)


@kernel(f"void({A3}, {A2}, {A3}, {A2}, {A3}, {A2}, {A2}, {ROW}, {ROW})")
def galerkin(  # noqa: PLR0915 (one cell, edge by edge)
    w: Array,
    reaction: Array,
    p: Array,
    deficit: Array,
    w_coarse: Array,
    reaction_coarse: Array,
    tail: Array,
    top: int,
    bottom: int,
) -> None:
    """Write P'AP for coarse rows ``top`` to ``bottom``.

    A = sum over edges of w (e_r - e_s)(e_r - e_s)' + diag(reaction), so P'AP is the sum of
    w (p_r - p_s)(p_r - p_s)', with p_r the rows of P. All edges between four neighbouring coarse
    pixels A B / C D are summed cell by cell. What belongs to row ``bottom`` goes to ``tail`` (2,
    w + 2): edges to the right, reaction.
    """
    height, width = w.shape[1] - 2, w.shape[2] - 2
    for k in range(4):
        w_coarse[k, top:bottom, :] = 0
    reaction_coarse[top:bottom, :] = 0
    tail[:, :] = 0
    for rc in range(top, bottom):
        r = 2 * rc - 1
        last = rc == bottom - 1
        for c in range(1, p.shape[2] - 1):
            f = 2 * c - 1
            a, b, cc, d = p[8, rc, c], p[8, rc, c + 1], p[8, rc + 1, c], p[8, rc + 1, c + 1]
            ta, tb, tc, td = _ONE - a, _ONE - b, _ONE - cc, _ONE - d
            n0, n1, tn = p[0, rc, c], p[1, rc, c], deficit[r, f + 1]
            w0, w2, tw = p[2, rc, c], p[3, rc, c], deficit[r + 1, f]
            ab, ac, ad, bc, bd, cd = _ZERO, _ZERO, _ZERO, _ZERO, _ZERO, _ZERO
            xa, xb, xc, xd = _ZERO, _ZERO, _ZERO, _ZERO
            # Along the upper side: A - north, north - B. Along the left side: A - west, west - C.
            e = w[0, r, f]
            d0, t = a - n0, tn - ta
            ab += e * d0 * n1
            xa += e * d0 * t
            xb -= e * n1 * t
            e = w[0, r, f + 1]
            d1, t = n1 - b, tb - tn
            ab -= e * n0 * d1
            xa += e * n0 * t
            xb += e * d1 * t
            e = w[2, r, f]
            d0, t = a - w0, tw - ta
            ac += e * d0 * w2
            xa += e * d0 * t
            xc -= e * w2 * t
            e = w[2, r + 1, f]
            d2, t = w2 - cc, tc - tw
            ac -= e * w0 * d2
            xa += e * w0 * t
            xc += e * d2 * t
            # The reaction of A, north, west.
            xa += reaction[r, f] * a * (_ONE - ta)
            h = reaction[r, f + 1]
            g = h * (_ONE - tn)
            xa += g * n0
            xb += g * n1
            ab -= h * n0 * n1
            h = reaction[r + 1, f]
            g = h * (_ONE - tw)
            xa += g * w0
            xc += g * w2
            ac -= h * w0 * w2
            if r + 1 <= height and f + 1 <= width:
                c0, c1, c2, c3 = p[4, rc, c], p[5, rc, c], p[6, rc, c], p[7, rc, c]
                tm = deficit[r + 1, f + 1]
                e1, e3 = p[2, rc, c + 1], p[3, rc, c + 1]
                s2, s3 = p[0, rc + 1, c], p[1, rc + 1, c]
                te, ts = deficit[r + 1, f + 2], deficit[r + 2, f + 1]
                h = reaction[r + 1, f + 1]
                g = h * (_ONE - tm)
                xa += g * c0
                xb += g * c1
                xc += g * c2
                xd += g * c3
                ab -= h * c0 * c1
                ac -= h * c0 * c2
                ad -= h * c0 * c3
                bc -= h * c1 * c2
                bd -= h * c1 * c3
                cd -= h * c2 * c3
                # From the centre to A, B, C, D, north, west, east, south.
                for q in range(8):
                    d0, d1, d2, d3 = c0, c1, c2, c3
                    if q == 0:
                        e, t = w[3, r, f], ta - tm
                        d0 -= a
                    elif q == 1:
                        e, t = w[1, r, f + 2], tb - tm
                        d1 -= b
                    elif q == 2:
                        e, t = w[1, r + 1, f + 1], tc - tm
                        d2 -= cc
                    elif q == 3:
                        e, t = w[3, r + 1, f + 1], td - tm
                        d3 -= d
                    elif q == 4:
                        e, t = w[2, r, f + 1], tn - tm
                        d0 -= n0
                        d1 -= n1
                    elif q == 5:
                        e, t = w[0, r + 1, f], tw - tm
                        d0 -= w0
                        d2 -= w2
                    elif q == 6:
                        e, t = w[0, r + 1, f + 1], te - tm
                        d1 -= e1
                        d3 -= e3
                    else:
                        e, t = w[2, r + 1, f + 1], ts - tm
                        d2 -= s2
                        d3 -= s3
                    a0, a1, a2 = e * d0, e * d1, e * d2
                    ab -= a0 * d1
                    ac -= a0 * d2
                    ad -= a0 * d3
                    bc -= a1 * d2
                    bd -= a1 * d3
                    cd -= a2 * d3
                    xa += a0 * t
                    xb += a1 * t
                    xc += a2 * t
                    xd += e * d3 * t
                # North - west, north - east, west - south, east - south.
                e, t = w[1, r, f + 1], tw - tn
                a0, a1, a2 = e * (n0 - w0), e * n1, -e * w2
                ab -= a0 * n1
                ac += a0 * w2
                bc += a1 * w2
                xa += a0 * t
                xb += a1 * t
                xc += a2 * t
                e, t = w[3, r, f + 1], te - tn
                d1 = n1 - e1
                a0, a1, a3 = e * n0, e * d1, -e * e3
                ab -= a0 * d1
                ad += a0 * e3
                bd += a1 * e3
                xa += a0 * t
                xb += a1 * t
                xd += a3 * t
                e, t = w[3, r + 1, f], ts - tw
                d2 = w2 - s2
                a0, a2, a3 = e * w0, e * d2, -e * s3
                ac -= a0 * d2
                ad += a0 * s3
                cd += a2 * s3
                xa += a0 * t
                xc += a2 * t
                xd += a3 * t
                e, t = w[1, r + 1, f + 2], ts - te
                d3 = e3 - s3
                a1, a2 = e * e1, -e * s2
                bc += a1 * s2
                bd -= a1 * d3
                cd -= a2 * d3
                xb += a1 * t
                xc += a2 * t
                xd += e * d3 * t
            w_coarse[0, rc, c] += ab
            w_coarse[2, rc, c] += ac
            w_coarse[2, rc, c + 1] += bd
            w_coarse[3, rc, c] += ad
            w_coarse[1, rc, c + 1] += bc
            reaction_coarse[rc, c] += xa
            reaction_coarse[rc, c + 1] += xb
            if last:
                tail[0, c] += cd
                tail[1, c] += xc
                tail[1, c + 1] += xd
            else:
                w_coarse[0, rc + 1, c] += cd
                reaction_coarse[rc + 1, c] += xc
                reaction_coarse[rc + 1, c + 1] += xd


@kernel(f"void({A3}, {ROW}, float32[::1])")
def diagonal_to_sides(w: Array, r: int, out: Array) -> None:
    """Write what the cells between rows r and r + 1 take from their diagonals; see below."""
    right, ll, lower, lr = w[0, r], w[1, r, 1:], w[2, r], w[3, r]
    beneath, lower2 = w[0, r + 1], w[2, r, 1:]
    for c in range(1, w.shape[2] - 2):
        need = max(-right[c], -beneath[c], -lower[c], -lower2[c])
        out[c] = max(min(need, lr[c], ll[c]), _ZERO)


@kernel(f"void({A3}, {A2}, float32[::1], float32[::1], {ROW}, {ROW})")
def make_positive(
    w: Array, reaction: Array, above: Array, below: Array, top: int, bottom: int
) -> None:
    """Replace negative weights in rows ``top`` to ``bottom`` by positive ones that do the same.

    In a cell A B / C D the four sides (A - B)^2, (C - D)^2, (A - C)^2, (B - D)^2 are the two
    diagonals (A - D)^2, (B - C)^2 plus (A - B - C + D)^2, which vanishes for linear functions. So
    what a side is short of is taken from the diagonals, and all sides get it; what is still
    negative is dropped. ``above`` and ``below`` are `diagonal_to_sides` of the cells that the rows
    share with others.
    """
    n = w.shape[2] - 2
    taken = np.zeros((2, n + 2), np.float32)
    for c in range(n + 2):
        taken[(top + 1) % 2, c] = above[c]
    for r in range(top, bottom):
        here, before = taken[r % 2], taken[(r + 1) % 2]
        right, ll, lower, lr = w[0, r], w[1, r], w[2, r], w[3, r]
        if r + 1 < bottom:
            diagonal_to_sides(w, r, here)
        else:
            for c in range(n + 2):
                here[c] = below[c]
        for c in range(1, n + 1):
            right[c] = max(right[c] + here[c] + before[c], _ZERO)
            lower[c] = max(lower[c] + here[c] + here[c - 1], _ZERO)
            lr[c] = max(lr[c] - here[c], _ZERO)
            ll[c] = max(ll[c] - here[c - 1], _ZERO)
    for r in range(top, bottom):
        _take_from_neighbours(reaction, r, n, top, bottom)


@fast_helper
def _take_from_neighbours(reaction: Array, r: int, n: int, first: int, bottom: int) -> None:
    """Make the reaction of row r positive; as far as they can, neighbours give theirs.

    So the sum stays, which is what constants feel.
    """
    for c in range(1, n + 1):
        debt = -reaction[r, c]
        if debt <= 0:
            continue
        reaction[r, c] = _ZERO
        for y in range(max(r - 1, first), min(r + 2, bottom)):
            for x in range(c - 1, c + 2):
                given = max(min(debt, reaction[y, x]), _ZERO)
                reaction[y, x] -= given
                debt -= given
