"""The smoother: M^-1 of the incomplete Cholesky factorisation in `varcolor.backend.kernels.factor`.

Three kernels in a row, each for all strips: down through the strips, down and up along the joints,
up through the strips. With R = M - A (`varcolor.backend.kernels.remainder`), smoothing z once more
is M^-1 (b + R z) = z + M^-1 (b - A z). The chain from pixel to pixel is what takes time, so two
strips go side by side: four chains (two channels each) of one multiplication and addition.
"""

from __future__ import annotations

import numpy as np

from varcolor.backend.kernels.factor import STARTS, inner_end, middle_of
from varcolor.backend.kernels.jit import A2, A3, ROW, SHORT3, fast_helper, kernel
from varcolor.backend.kernels.remainder import remainder_row
from varcolor.backend.kernels.short import wide
from varcolor.typing import Array

_ZERO = np.float32(0)


@fast_helper
def _begin(
    v: Array,
    inverse: Array,
    b: Array,
    z: Array,
    out: Array,
    first: bool,
    linked: bool,
    starts: Array,
    r: int,
    rows: Array,
) -> None:
    """Set what starts the chain along row r: b (if ``first``) or b + R z, over the pivots.

    ``rows`` (2, W + 2); ``linked``: with what the row above gives.
    """
    n = rows.shape[1] - 2
    pivot = inverse[r, 1 : n + 1]
    above, ul, ur = v[2, r - 1, 1 : n + 1], v[3, r - 1, :n], v[1, r - 1, 2 : n + 2]
    if first:
        rows[:] = _ZERO
    else:
        remainder_row(v, inverse, z, starts, r, rows)
    for k in range(2):
        row, given, near = rows[k, 1 : n + 1], b[k, r, 1 : n + 1], out[k, r - 1]
        if linked:
            for c in range(n):
                total = wide(above[c]) * near[c + 1] + wide(ul[c]) * near[c]
                total += wide(ur[c]) * near[c + 2]
                row[c] = pivot[c] * (given[c] + row[c] + total)
        else:
            for c in range(n):
                row[c] = pivot[c] * (given[c] + row[c])


@fast_helper
def _add_above(v: Array, inverse: Array, out: Array, k: int, r: int, row: Array) -> None:
    """Add what the row above gives to row r."""
    n = row.shape[0]
    pivot, near = inverse[r, 1 : n + 1], out[k, r - 1]
    above, ul, ur = v[2, r - 1, 1 : n + 1], v[3, r - 1, :n], v[1, r - 1, 2 : n + 2]
    for c in range(n):
        total = wide(above[c]) * near[c + 1] + wide(ul[c]) * near[c]
        row[c] += pivot[c] * (total + wide(ur[c]) * near[c + 2])


@fast_helper
def _add_below(v: Array, inverse: Array, out: Array, k: int, r: int, row: Array) -> None:
    """Add what the row below gives to row r."""
    n = row.shape[0]
    pivot, near = inverse[r, 1 : n + 1], out[k, r + 1]
    below, lr, ll = v[2, r, 1 : n + 1], v[3, r, 1 : n + 1], v[1, r, 1 : n + 1]
    for c in range(n):
        total = wide(below[c]) * near[c + 1] + wide(lr[c]) * near[c + 2]
        row[c] += pivot[c] * (total + wide(ll[c]) * near[c])


@fast_helper
def _links_from_left(v: Array, inverse: Array, r: int, link: Array) -> None:
    n = link.shape[0]
    pivot, left = inverse[r, 1 : n + 1], v[0, r, :n]
    for c in range(n):
        link[c] = pivot[c] * wide(left[c])


@fast_helper
def _links_from_right(v: Array, inverse: Array, r: int, link: Array) -> None:
    n = link.shape[0]
    pivot, right = inverse[r, 1 : n + 1], v[0, r, 1 : n + 1]
    for c in range(n):
        link[c] = pivot[c] * wide(right[c])


@kernel(f"void({SHORT3}, {A2}, {A3}, {A3}, {A3}, boolean, {STARTS}, {ROW}, {ROW})")
def sweep_down(
    v: Array,
    inverse: Array,
    b: Array,
    z: Array,
    out: Array,
    first: bool,
    starts: Array,
    top: int,
    bottom: int,
) -> None:
    """Begin to write M^-1 b (if ``first``) or M^-1 (b + R z) to ``out``.

    Joints get what is known of them without the strips below.
    """
    height, n = inverse.shape[0] - 2, inverse.shape[1] - 2
    middle = middle_of(starts, top, bottom)
    ends, joints = (middle, bottom), (inner_end(middle, height), inner_end(bottom, height))
    rows, links = np.zeros((4, n + 2), np.float32), np.zeros((2, n), np.float32)
    spare = np.zeros((2, n), np.float32)
    row0, row1, row2, row3 = rows[0, 1:], rows[1, 1:], rows[2, 1:], rows[3, 1:]
    link0, link1 = links[0], links[1]
    for i in range(max(ends[0] - top, ends[1] - middle)):
        for s in range(2):
            r = (middle if s else top) + i
            if r >= ends[s]:
                continue
            if r < joints[s]:
                _links_from_left(v, inverse, r, links[s])
            else:
                links[s, :] = _ZERO
            own = rows[2 * s : 2 * s + 2]
            _begin(v, inverse, b, z, out, first, i > 0, starts, r, own)
        out0, out1, out2, out3 = spare[0], spare[1], spare[0], spare[1]
        if top + i < ends[0]:
            out0, out1 = out[0, top + i, 1 : n + 1], out[1, top + i, 1 : n + 1]
        if middle + i < ends[1]:
            out2, out3 = out[0, middle + i, 1 : n + 1], out[1, middle + i, 1 : n + 1]
        value0 = value1 = value2 = value3 = _ZERO
        for c in range(n):
            value0 = row0[c] + link0[c] * value0
            value1 = row1[c] + link0[c] * value1
            value2 = row2[c] + link1[c] * value2
            value3 = row3[c] + link1[c] * value3
            out0[c] = value0
            out1[c] = value1
            out2[c] = value2
            out3[c] = value3


@kernel(f"void({SHORT3}, {A2}, {A3}, {STARTS}, {ROW}, {ROW})")
def solve_joints(
    v: Array, inverse: Array, out: Array, starts: Array, top: int, bottom: int
) -> None:
    """Go on after `sweep_down`: write the joints among these rows."""
    n = inverse.shape[1] - 2
    link = np.zeros(n, np.float32)
    for start in starts[1:]:
        r = start - 1
        if not top <= r < bottom:
            continue
        row0, row1 = out[0, r, 1 : n + 1], out[1, r, 1 : n + 1]
        _add_below(v, inverse, out, 0, r, row0)
        _add_below(v, inverse, out, 1, r, row1)
        _links_from_left(v, inverse, r, link)
        value0 = value1 = _ZERO
        for c in range(n):
            value0 = row0[c] + link[c] * value0
            value1 = row1[c] + link[c] * value1
            row0[c] = value0
            row1[c] = value1
        _links_from_right(v, inverse, r, link)
        value0 = value1 = _ZERO
        for c in range(n - 1, -1, -1):
            value0 = row0[c] + link[c] * value0
            value1 = row1[c] + link[c] * value1
            row0[c] = value0
            row1[c] = value1


@kernel(f"void({SHORT3}, {A2}, {A3}, {STARTS}, {ROW}, {ROW})")
def sweep_up(v: Array, inverse: Array, out: Array, starts: Array, top: int, bottom: int) -> None:
    """End what `sweep_down` and `solve_joints` have begun."""
    height, n = inverse.shape[0] - 2, inverse.shape[1] - 2
    middle = middle_of(starts, top, bottom)
    ends = (inner_end(middle, height), inner_end(bottom, height))
    links, spare = np.zeros((2, n), np.float32), np.zeros(n, np.float32)
    link0, link1 = links[0], links[1]
    for i in range(max(ends[0] - top, ends[1] - middle)):
        for s in range(2):
            start, r = (middle if s else top), ends[s] - 1 - i
            if r < start:
                continue
            _links_from_right(v, inverse, r, links[s])
            for k in range(2):
                row = out[k, r, 1 : n + 1]
                _add_below(v, inverse, out, k, r, row)
                if r == start and start > 1:
                    _add_above(v, inverse, out, k, r, row)
        out0, out1, out2, out3 = spare, spare, spare, spare
        if ends[0] - 1 - i >= top:
            r = ends[0] - 1 - i
            out0, out1 = out[0, r, 1 : n + 1], out[1, r, 1 : n + 1]
        if ends[1] - 1 - i >= middle:
            r = ends[1] - 1 - i
            out2, out3 = out[0, r, 1 : n + 1], out[1, r, 1 : n + 1]
        value0 = value1 = value2 = value3 = _ZERO
        for c in range(n - 1, -1, -1):
            value0 = out0[c] + link0[c] * value0
            value1 = out1[c] + link0[c] * value1
            value2 = out2[c] + link1[c] * value2
            value3 = out3[c] + link1[c] * value3
            out0[c] = value0
            out1[c] = value1
            out2[c] = value2
            out3[c] = value3
