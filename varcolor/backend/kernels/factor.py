"""Incomplete Cholesky without new entries, M = (D + L) D^-1 (D + L'), for threads to share.

Rows form strips. The last row of every strip but the last is a joint: joints are eliminated after
all other rows, so that strips do not see each other and no link between them is lost. Within a
strip, pixels are eliminated in raster order. Eliminating one links its later neighbours s and t
with the weight v_s v_t / d (v its present weights, d its pivot). Links between direct neighbours
are kept; the others leave the picture: their weight goes to the excess of both ends. Nothing is
ever subtracted, so nothing cancels. Negative weights, which coarse grids may have, count as
positive.

``starts`` (S,) int64 are the first rows of the strips, a border counted; a call for rows ``top`` to
``bottom`` treats the one or two strips that they are. ``tails`` (S, 4, W + 2) float32 is what a
strip adds to the joints above and below it: to the excess and to the weights along the upper
one, then the same of the lower one.

Reference: J. Meijerink, H. van der Vorst, "An iterative solution method for linear systems of which
the coefficient matrix is a symmetric M-matrix", Math. Comp. 31 (1977).
"""

from __future__ import annotations

import numpy as np

from varcolor.backend.kernels.jit import A2, A3, ROW, fast_helper, kernel
from varcolor.typing import Array

_ZERO, _ONE = np.float32(0), np.float32(1)
#: Pivots below this belong to coarse pixels that nothing depends on.
_NOTHING = np.float32(1e-30)
STARTS = "int64[::1]"


@fast_helper
def middle_of(starts: Array, top: int, bottom: int) -> int:
    """Return where the second strip of these rows starts; ``bottom`` if there is one only."""
    for start in starts:
        if top < start < bottom:
            return int(start)
    return bottom


@fast_helper
def inner_end(bottom: int, height: int) -> int:
    """Return the row after the last of a strip that is no joint."""
    return bottom if bottom > height else bottom - 1


@kernel(f"void({A3}, {A2}, {ROW}, float32[::1])")
def weights_to_given(w: Array, inverse: Array, r: int, out: Array) -> None:
    """Write the sums of the weights to given neighbours of the pixels of row r to ``out``."""
    n = out.shape[0] - 2
    out[:] = 0
    for k in range(4):
        dr, dc = (0 if k == 0 else 1), (1 if k == 0 else k - 2)
        for c in range(1, n + 1):
            after = abs(w[k, r, c]) if inverse[r + dr, c + dc] == 0 else _ZERO
            before = abs(w[k, r - dr, c - dc]) if inverse[r - dr, c - dc] == 0 else _ZERO
            out[c] += after + before


@kernel(f"void({A3}, {A2}, {A2}, {A3}, {A3}, {STARTS}, {ROW}, {ROW})")
def factor(
    w: Array,
    excess: Array,
    inverse: Array,
    v: Array,
    tails: Array,
    starts: Array,
    top: int,
    bottom: int,
) -> None:
    """Factorise one or two strips but for their joints.

    ``inverse``, non-zero at unknown pixels, becomes the inverse pivots; ``v`` (as ``w``) the
    weights at the time of elimination.
    """
    height, n = w.shape[1] - 2, w.shape[2] - 2
    carried, given = np.zeros((2, n + 2), np.float32), np.zeros(n + 2, np.float32)
    for number in range(starts.shape[0]):
        start = starts[number]
        if not top <= start < bottom:
            continue
        after_last = starts[number + 1] if number + 1 < starts.shape[0] else height + 1
        end, tail = inner_end(after_last, height), tails[number]
        tail[:] = 0
        carried[:] = 0
        for r in range(start - 1, end):
            for k in range(0 if r >= start else 1, 4):
                dr, dc = (0 if k == 0 else 1), (1 if k == 0 else k - 2)
                for c in range(1, n + 1):
                    inside = inverse[r, c] != 0 and inverse[r + dr, c + dc] != 0
                    v[k, r, c] = abs(w[k, r, c]) if inside else _ZERO
        for r in range(start, end):
            # What the row above has added to this one's excess, and what this adds to the next.
            here, after = carried[r % 2], carried[(r + 1) % 2]
            after[:] = 0
            along_next = tail[3] if r + 1 == end else v[0, r + 1]
            up_excess, up_along = tail[0], tail[1]
            linked_up = r == start and start > 1
            weights_to_given(w, inverse, r, given)
            ul = above = ur = _ZERO
            for c in range(1, n + 1):
                if inverse[r, c] == 0:
                    continue
                e = abs(excess[r, c]) + here[c] + given[c]
                right, ll, lower, lr = v[0, r, c], v[1, r, c], v[2, r, c], v[3, r, c]
                if linked_up:
                    ul, above, ur = v[3, r - 1, c - 1], v[2, r - 1, c], v[1, r - 1, c + 1]
                down, up = ll + lower + lr, ul + above + ur
                d = e + right + down + up
                if d < _NOTHING:
                    inverse[r, c] = 0
                    continue
                i = _ONE / d
                inverse[r, c] = i
                here[c + 1] += right * i * (e + ll + ul)
                after[c - 1] += ll * i * (e + right + lr + up)
                after[c] += lower * i * (e + up)
                after[c + 1] += lr * i * (e + ll + up)
                v[1, r, c + 1] += right * i * lower
                v[2, r, c + 1] += right * i * lr
                along_next[c - 1] += ll * i * lower
                along_next[c] += lower * i * lr
                if linked_up:
                    up_excess[c - 1] += ul * i * (e + right + ur + down)
                    up_excess[c] += above * i * (e + down)
                    up_excess[c + 1] += ur * i * (e + ul + down)
                    v[3, r - 1, c] += right * i * above
                    v[2, r - 1, c + 1] += right * i * ur
                    up_along[c - 1] += ul * i * above
                    up_along[c] += above * i * ur
        for c in range(n + 2):  # assigned as a whole, it would take seconds to compile
            tail[2, c] = carried[end % 2, c]


@kernel(f"void({A3}, {A2}, {A2}, {A3}, {A3}, {STARTS})")
def factor_joints(
    w: Array, excess: Array, inverse: Array, v: Array, tails: Array, starts: Array
) -> None:
    """Factorise all joints, after all strips."""
    n = w.shape[2] - 2
    given = np.zeros(n + 2, np.float32)
    for number in range(1, starts.shape[0]):
        r, above, below = starts[number] - 1, tails[number - 1], tails[number]
        carried = _ZERO
        weights_to_given(w, inverse, r, given)
        for c in range(1, n + 1):
            right = above[3, c] + below[1, c]
            if inverse[r, c] != 0 and inverse[r, c + 1] != 0:
                right += abs(w[0, r, c])
            v[0, r, c] = right
            e = abs(excess[r, c]) + above[2, c] + below[0, c] + carried
            e += given[c]
            carried = _ZERO
            if inverse[r, c] == 0:
                continue
            d = e + right
            if d < _NOTHING:
                inverse[r, c] = 0
                continue
            inverse[r, c] = _ONE / d
            carried = right * e / d
