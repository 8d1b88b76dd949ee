"""Incomplete Cholesky without new entries, M = (D + L) D^-1 (D + L'), for threads to share.

Rows form strips. The last row of every strip but the last is a joint: joints are eliminated after
all other rows, so that strips do not see each other and no link between them is lost. Within a
strip, pixels are eliminated in raster order. Eliminating one links its later neighbours s and t
with the weight v_s v_t / d (v its present weights, d its pivot). Links between direct neighbours
are kept; the others leave the picture: their weight goes to the excess of both ends. Nothing is
ever subtracted, so nothing cancels.

Weights are cut to 16 bits (`varcolor.backend.kernels.short`) before they are used. M is then
made for a matrix whose weights are smaller by up to 0.8 % and whose excess is the same, so that
constants stay what they are; half as much memory has to be read.

``starts`` (S,) int64 are the first rows of the strips, a border counted; a call for rows ``top`` to
``bottom`` treats the one or two strips that they are. ``tails`` (S, 4, W + 2) float32 is what a
strip adds to the joints above and below it: to the excess and to the weights along the upper
one, then the same of the lower one.

Reference: J. Meijerink, H. van der Vorst, "An iterative solution method for linear systems of which
the coefficient matrix is a symmetric M-matrix", Math. Comp. 31 (1977).
"""

from __future__ import annotations

import numpy as np

from varcolor.backend.kernels.jit import A2, A3, ROW, SHORT3, fast_helper, kernel
from varcolor.backend.kernels.short import cut, narrow
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
            after = w[k, r, c] if inverse[r + dr, c + dc] == 0 else _ZERO
            before = w[k, r - dr, c - dc] if inverse[r - dr, c - dc] == 0 else _ZERO
            out[c] += after + before


@fast_helper
def _links(w: Array, inverse: Array, k: int, r: int, more: Array, out: Array) -> None:
    """Write the weights k of row r plus ``more`` to ``out`` where both ends are unknown, else 0."""
    dr, dc = (0 if k == 0 else 1), (1 if k == 0 else k - 2)
    n = out.shape[0] - 2
    own, here, there = w[k, r, 1 : n + 1], inverse[r, 1 : n + 1], inverse[r + dr, 1 + dc :]
    also, to = more[1 : n + 1], out[1 : n + 1]
    for c in range(n):
        value = own[c] + also[c]
        to[c] = value if here[c] != 0 and there[c] != 0 else _ZERO


@fast_helper
def _keep(links: Array, v: Array, k: int, r: int) -> None:
    """Set the weights k of row r."""
    to = v[k, r]
    for c in range(links.shape[0]):
        to[c] = narrow(links[c])


@kernel(f"void({A3}, {A2}, {A2}, {SHORT3}, {A3}, {STARTS}, {ROW}, {ROW})")
def factor(  # noqa: PLR0915 (one pixel, link by link)
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
    # What the row above has added to this one's excess and weights along it, and this to the next.
    carried, along = np.zeros((2, n + 2), np.float32), np.zeros((2, n + 2), np.float32)
    given, nothing = np.zeros(n + 2, np.float32), np.zeros(n + 2, np.float32)
    own, up = np.zeros((4, n + 2), np.float32), np.zeros((4, n + 2), np.float32)
    for number in range(starts.shape[0]):
        start = starts[number]
        if not top <= start < bottom:
            continue
        after_last = starts[number + 1] if number + 1 < starts.shape[0] else height + 1
        end, tail = inner_end(after_last, height), tails[number]
        up_excess, up_along = tail[0], tail[1]
        tail[:] = 0
        carried[:] = 0
        along[:] = 0
        if start > 1:
            for k in range(1, 4):
                _links(w, inverse, k, start - 1, nothing, up[k])
        for r in range(start, end):
            here, after = carried[r % 2], carried[(r + 1) % 2]
            along_next = along[(r + 1) % 2]
            after[:] = 0
            along_next[:] = 0
            linked_up = r == start and start > 1
            weights_to_given(w, inverse, r, given)
            for k in range(4):
                _links(w, inverse, k, r, nothing if k else along[r % 2], own[k])
            ul = above = ur = _ZERO
            for c in range(1, n + 1):
                if inverse[r, c] == 0:
                    continue
                right, ll, lower, lr = (
                    cut(own[0, c]),
                    cut(own[1, c]),
                    cut(own[2, c]),
                    cut(own[3, c]),
                )
                if linked_up:
                    ul, above, ur = cut(up[3, c - 1]), cut(up[2, c]), cut(up[1, c + 1])
                e = excess[r, c] + here[c] + given[c]
                down, beyond = ll + lower + lr, ul + above + ur
                d = e + right + down + beyond
                if d < _NOTHING:
                    inverse[r, c] = 0
                    continue
                i = _ONE / d
                inverse[r, c] = i
                here[c + 1] += right * i * (e + ll + ul)
                after[c - 1] += ll * i * (e + right + lr + beyond)
                after[c] += lower * i * (e + beyond)
                after[c + 1] += lr * i * (e + ll + beyond)
                own[1, c + 1] += right * i * lower
                own[2, c + 1] += right * i * lr
                along_next[c - 1] += ll * i * lower
                along_next[c] += lower * i * lr
                if linked_up:
                    up_excess[c - 1] += ul * i * (e + right + ur + down)
                    up_excess[c] += above * i * (e + down)
                    up_excess[c + 1] += ur * i * (e + ul + down)
                    up[3, c] += right * i * above
                    up[2, c + 1] += right * i * ur
                    up_along[c - 1] += ul * i * above
                    up_along[c] += above * i * ur
            for k in range(4):
                _keep(own[k], v, k, r)
                if k and linked_up:
                    _keep(up[k], v, k, r - 1)
        for c in range(n + 2):  # assigned as a whole, it would take seconds to compile
            tail[2, c], tail[3, c] = carried[end % 2, c], along[end % 2, c]


@kernel(f"void({A3}, {A2}, {A2}, {SHORT3}, {A3}, {STARTS})")
def factor_joints(
    w: Array, excess: Array, inverse: Array, v: Array, tails: Array, starts: Array
) -> None:
    """Factorise all joints, after all strips."""
    n = w.shape[2] - 2
    rows = np.zeros((3, n + 2), np.float32)
    given, more, along = rows[0], rows[1], rows[2]
    for number in range(1, starts.shape[0]):
        r, above, below = starts[number] - 1, tails[number - 1], tails[number]
        carried = _ZERO
        weights_to_given(w, inverse, r, given)
        for c in range(1, n + 1):
            more[c] = above[3, c] + below[1, c]
        _links(w, inverse, 0, r, more, along)
        _keep(along, v, 0, r)
        for c in range(1, n + 1):
            right = cut(along[c])
            e = excess[r, c] + above[2, c] + below[0, c] + carried
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
