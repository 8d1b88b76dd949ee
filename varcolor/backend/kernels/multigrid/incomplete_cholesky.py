"""Incomplete Cholesky IC(0), M = (D + L) D^-1 (D + L'), in strips that threads share.

Rows are eliminated from both ends towards a separator in the middle, which comes last: so two
threads work at the same time, and no link is lost between them. Along a row, pixels are eliminated
from left to right. Eliminating one links its later neighbours s and t with the weight v_s v_t / d
(v its present weights, d its pivot). Links between direct neighbours are kept; the others leave the
picture: their weight goes to the reaction of both ends, and a tenth more (`SURPLUS`). Nothing is
ever subtracted, so nothing cancels. Without the surplus, M moves two pixels that only such a link
ties to each other (the ends of a speck in the shape of a V) twice as far apart as they should be,
and smoothing twice leaves them as far apart as they were.

Tall pictures are several such pairs of strips one below the other, for more threads. Links between
the rows where two pairs meet leave the picture, too, with a larger surplus (`ACROSS`): without it,
M^-1 A is 2 where such a link is by far the strongest of both ends, and they move apart by twice
their error. What differs there would stay for ever; with a surplus s, (1 - s)^2 / (1 + s)^2 of it
is left by smoothing twice.

Weights are cut to 16 bits (`varcolor.backend.kernels.bfloat16`) before they are used. M is then
made for a matrix whose weights are smaller by up to 0.8 % and whose reaction is the same, so that
constants stay what they are; half as much memory has to be read.

``v`` (6, H + 2, W + 2) uint16
    The weights at the time of elimination, edges as in `w`; then what was dropped for every pixel:
    its right neighbour's link with the nearer diagonal one of the row that comes next, and that
    row's links from one diagonal neighbour to the other.
``strip_bounds`` (2 P + 1,) int64
    First row and separator of every pair, a border counted, and the row after the last.

``checkpoints`` (2 P n, 2, W + 2)
    What the elimination carries on at every 32nd row of a strip, n of them a strip. Where the
    matrix has changed in a few rows, elimination begins at the checkpoint before them, and ends at
    one after them where it carries on what it did before, as what is carried on fades.

A kernel's rows ``top`` to ``bottom`` are one pair, or one half: its separator belongs to the upper
one.

Reference: J. Meijerink, H. van der Vorst, "An iterative solution method for linear systems of which
the coefficient matrix is a symmetric M-matrix", Math. Comp. 31 (1977); from both ends: H. van der
Vorst, "Analysis of a parallel solution method for tridiagonal linear systems", Parallel Comput. 5
(1987).
"""

from __future__ import annotations

import numpy as np

from varcolor.backend.jit.kernel import A2, A3, ROW, SHORT3, fast_helper, kernel
from varcolor.backend.kernels.bfloat16 import round_bf16, to_bf16
from varcolor.typing import Array

_ZERO, _ONE = np.float32(0), np.float32(1)
#: Pivots below this belong to coarse pixels that nothing depends on.
_NOTHING = np.float32(1e-30)
#: By how much more than the weight of a dropped link the reaction of its ends grows.
SURPLUS = np.float32(0.1)
_DROPPED = _ONE + SURPLUS
#: The same for links between pairs.
ACROSS = np.float32(0.25)
_ACROSS = _ONE + ACROSS
#: Rows between two checkpoints.
CHECKPOINT = 32
STRIP_BOUNDS = "int64[::1]"


@fast_helper
def pair_of(strip_bounds: Array, r: int) -> int:
    """Return where the pair that row r belongs to starts in ``strip_bounds``."""
    found = 0
    for index in range(2, strip_bounds.shape[0] - 1, 2):
        if strip_bounds[index] <= r:
            found = index
    return found


@fast_helper
def edges_to(w: Array, k: int, r: int, step: int) -> Array:
    """Return the weights of row r's edges to row r + ``step``, from the k-th neighbour there.

    k = 1, 2, 3: the left, nearest and right one; k = 0: the right neighbour in row r.
    """
    n = w.shape[2] - 2
    if k == 0 or step > 0:
        return w[k, r, 1 : n + 1]
    return w[4 - k, r - 1, k - 1 : n + k - 1]


@kernel(f"void({A3}, {A2}, {ROW}, float32[::1])")
def weights_to_fixed(w: Array, inverse: Array, r: int, out: Array) -> None:
    """Write the sums of the weights to fixed neighbours of the pixels of row r to ``out``."""
    n = out.shape[0] - 2
    out[:] = 0
    for k in range(4):
        dr, dc = (0 if k == 0 else 1), (1 if k == 0 else k - 2)
        for c in range(1, n + 1):
            after = w[k, r, c] if inverse[r + dr, c + dc] == 0 else _ZERO
            before = w[k, r - dr, c - dc] if inverse[r - dr, c - dc] == 0 else _ZERO
            out[c] += after + before


@fast_helper
def _links(w: Array, inverse: Array, k: int, r: int, step: int, more: Array, out: Array) -> None:
    """Write `edges_to` plus ``more`` to ``out`` where both ends are unknown, else 0."""
    n = out.shape[0] - 2
    own, here = edges_to(w, k, r, step), inverse[r, 1 : n + 1]
    there = inverse[r if k == 0 else r + step, (2 if k == 0 else k - 1) :]
    also, to = more[1 : n + 1], out[1 : n + 1]
    for c in range(n):
        value = own[c] + also[c]
        to[c] = value if here[c] != 0 and there[c] != 0 else _ZERO


@fast_helper
def _keep(links: Array, v: Array, k: int, r: int, step: int) -> None:
    """Set the weights of `edges_to`."""
    to = edges_to(v, k, r, step)
    for c in range(to.shape[0]):
        to[c] = to_bf16(links[c + 1])


@fast_helper
def _same(carried: Array, along: Array, checkpoint: Array) -> bool:
    for c in range(carried.shape[0]):
        if carried[c] != checkpoint[0, c] or along[c] != checkpoint[1, c]:
            return False
    return True


@fast_helper
def _copy(source: Array, to: Array) -> None:
    for c in range(to.shape[0]):  # assigned as a whole, it would take seconds to compile
        to[c] = source[c]


@kernel(f"void({A3}, {A2}, {A2}, {SHORT3}, {A3}, {A3}, {STRIP_BOUNDS}, {ROW}, {ROW}, {ROW}, {ROW})")
def factor(  # noqa: PLR0915 (one row, pixel by pixel)
    w: Array,
    reaction: Array,
    inverse: Array,
    v: Array,
    separator_updates: Array,
    checkpoints: Array,
    strip_bounds: Array,
    begin: int,
    end: int,
    top: int,
    bottom: int,
) -> None:
    """Factorise one or two strips, but not their separator; only rows ``begin`` to ``end`` are new.

    ``inverse``, non-zero at free pixels, becomes the inverse pivots. ``separator_updates`` (2 P, 2,
    W + 2) takes what a strip adds to its separator: to the reaction, and to the weights along it.
    """
    n = w.shape[2] - 2
    pair = pair_of(strip_bounds, top)
    separator = strip_bounds[pair + 1]
    # What the row before has added to this one's reaction and weights along it, and this to the
    # next.
    carried, along = np.zeros((2, n + 2), np.float32), np.zeros((2, n + 2), np.float32)
    given, nothing = np.zeros(n + 2, np.float32), np.zeros(n + 2, np.float32)
    own = np.zeros((4, n + 2), np.float32)
    for side in range(2):
        step = 1 - 2 * side
        start = strip_bounds[pair] if side == 0 else strip_bounds[pair + 2] - 1
        rows = abs(separator - start)
        first, past = begin - start, end - start
        if side == 1:
            first, past = 1 - past, 1 - first
        if not top <= start < bottom or first >= max(rows, 1) or past <= 0:
            continue
        own_checkpoints = checkpoints[
            (pair + side) * (checkpoints.shape[0] // separator_updates.shape[0]) :
        ]
        first = max(first, 0) // CHECKPOINT * CHECKPOINT
        carried[:] = 0
        along[:] = 0
        if first:
            _copy(own_checkpoints[first // CHECKPOINT, 0], carried[first % 2])
            _copy(own_checkpoints[first // CHECKPOINT, 1], along[first % 2])
        done = False
        for count in range(first, rows):
            r = start + step * count
            now = count % 2
            here, after, along_next = carried[now], carried[1 - now], along[1 - now]
            if count % CHECKPOINT == 0:
                checkpoint = own_checkpoints[count // CHECKPOINT]
                done = count >= past and _same(here, along[now], checkpoint)
                if done:
                    break
                _copy(here, checkpoint[0])
                _copy(along[now], checkpoint[1])
            after[:] = 0
            along_next[:] = 0
            v[4:, r] = 0
            weights_to_fixed(w, inverse, r, given)
            if count == 0 and 1 <= r - step <= w.shape[1] - 2:  # where two pairs meet
                for k in range(1, 4):
                    _links(w, inverse, k, r, -step, nothing, own[k])
                    for c in range(1, n + 1):
                        given[c] += _ACROSS * round_bf16(own[k, c])
                    if side == 1:
                        _keep(own[k], v, k, r, -step)
            for k in range(4):
                _links(w, inverse, k, r, step, nothing if k else along[now], own[k])
            for c in range(1, n + 1):
                if inverse[r, c] == 0:
                    continue
                right, left_next = round_bf16(own[0, c]), round_bf16(own[1, c])
                near_next, right_next = round_bf16(own[2, c]), round_bf16(own[3, c])
                e = reaction[r, c] + here[c] + given[c]
                d = e + right + (left_next + near_next + right_next)
                if d < _NOTHING:
                    inverse[r, c] = 0
                    continue
                i = _ONE / d
                inverse[r, c] = i
                here[c + 1] += right * i * (e + _DROPPED * left_next)
                after[c - 1] += left_next * i * (e + _DROPPED * (right + right_next))
                after[c] += near_next * i * e
                after[c + 1] += right_next * i * (e + _DROPPED * left_next)
                own[1, c + 1] += right * i * near_next
                own[2, c + 1] += right * i * right_next
                along_next[c - 1] += left_next * i * near_next
                along_next[c] += near_next * i * right_next
                v[4, r, c] = to_bf16(right * i * left_next)
                v[5, r, c] = to_bf16(left_next * i * right_next)
            for k in range(4):
                _keep(own[k], v, k, r, step)
        if not done:
            _copy(carried[rows % 2], separator_updates[pair + side, 0])
            _copy(along[rows % 2], separator_updates[pair + side, 1])


@kernel(f"void({A3}, {A2}, {A2}, {SHORT3}, {A3}, {STRIP_BOUNDS})")
def factor_separators(
    w: Array,
    reaction: Array,
    inverse: Array,
    v: Array,
    separator_updates: Array,
    strip_bounds: Array,
) -> None:
    """Factorise all separators, after all strips."""
    n = w.shape[2] - 2
    rows = np.zeros((3, n + 2), np.float32)
    given, more, along = rows[0], rows[1], rows[2]
    for pair in range(0, strip_bounds.shape[0] - 1, 2):
        r, before, after = (
            strip_bounds[pair + 1],
            separator_updates[pair],
            separator_updates[pair + 1],
        )
        carried = _ZERO
        weights_to_fixed(w, inverse, r, given)
        for c in range(1, n + 1):
            more[c] = before[1, c] + after[1, c]
        _links(w, inverse, 0, r, 1, more, along)
        _keep(along, v, 0, r, 1)
        for c in range(1, n + 1):
            right = round_bf16(along[c])
            e = reaction[r, c] + before[0, c] + after[0, c] + carried
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
