"""The smoother: forward and backward substitution with M of `incomplete_cholesky`, M^-1 b.

Three stages, each for all strips: towards the separators, along the separators, and back. With R =
M - A (`varcolor.backend.kernels.multigrid.ic_remainder`), smoothing z once more is
M^-1 (b + R z) = z + M^-1 (b - A z).

What takes time is the chain along a row, x_c = row_c + link_c x_{c-1}. It is split in two,
x_c = (row_c + link_c row_{c-1}) + link_c link_{c-1} x_{c-2}, so that with both channels four go
side by side. Meanwhile memory has time to deliver the next row.
"""

from __future__ import annotations

import numpy as np

from varcolor.backend.jit.kernel import A2, A3, ROW, SHORT3, fast_helper, kernel
from varcolor.backend.jit.prefetch import LINE, prefetch
from varcolor.backend.kernels.bfloat16 import from_bf16
from varcolor.backend.kernels.multigrid.ic_remainder import add_linked, remainder_row
from varcolor.backend.kernels.multigrid.incomplete_cholesky import STRIP_BOUNDS, pair_of
from varcolor.typing import Array

_ZERO = np.float32(0)
#: Stages.
INWARDS, SEPARATORS, OUTWARDS = 0, 1, 2


@fast_helper
def _fetch(
    v: Array,
    inverse: Array,
    b: Array,
    z: Array,
    out: Array,
    again: bool,
    back: bool,
    r: int,
    step: int,
    c: int,
) -> None:
    """Ask for what row r + ``step`` needs near column c."""
    row, after = r + step, min(max(r + 2 * step, 0), v.shape[1] - 1)
    prefetch(inverse[row], c)
    for k in range(2):
        prefetch(out[k, row], c)
        if not back:
            prefetch(b[k, row], c)
            if again:
                prefetch(z[k, after], c)
    if c % (2 * LINE) == 0:
        for k in range(6 if again and not back else 4):
            prefetch(v[k, row], c)


@fast_helper
def _chain(
    v: Array,
    inverse: Array,
    b: Array,
    z: Array,
    own0: Array,
    own1: Array,
    out: Array,
    again: bool,
    back: bool,
    r: int,
    step: int,
    row: Array,
) -> None:
    """Write x = own + (row + l x') / d to row r of ``out``, both channels.

    x' is the left neighbour and l the link to it, or the right one on the way ``back``. ``own0``
    and ``own1`` (W + 2,), ``row`` (6, W + 4), which is overwritten but for its last columns.
    """
    n, turn = inverse.shape[1] - 2, 1 if back else 0
    pivot, beside = inverse[r, 1:], v[0, r, turn:]
    row0, row1, link = row[0, 1:], row[1, 1:], row[2, 1:]
    for c in range(n):
        over = pivot[c]
        link[c] = over * from_bf16(beside[c])
        row0[c] = own0[c + 1] + over * row0[c]
        row1[c] = own1[c + 1] + over * row1[c]
    near0, near1, near = row[0, 2 * turn :], row[1, 2 * turn :], row[2, 2 * turn :]
    double0, double1, links = row[3, 1:], row[4, 1:], row[5, 1:]
    for c in range(n):
        factor = link[c]
        links[c] = factor * near[c]
        double0[c] = row0[c] + factor * near0[c]
        double1[c] = row1[c] + factor * near1[c]
    even0 = even1 = odd0 = odd1 = _ZERO
    pairs, out0, out1 = (n + 1) // 2, out[0, r, 1:], out[1, r, 1:]
    for k in range(pairs):  # of pixels; the last of both may be the border
        at = 2 * (pairs - 1 - k) if back else 2 * k
        if at % LINE == 0:
            _fetch(v, inverse, b, z, out, again, back, r, step, at)
        i, j = np.uint64(at), np.uint64(at + 1)  # what has a sign might count from the end
        even0 = double0[i] + links[i] * even0
        even1 = double1[i] + links[i] * even1
        odd0 = double0[j] + links[j] * odd0
        odd1 = double1[j] + links[j] * odd1
        out0[i] = even0
        out1[i] = even1
        out0[j] = odd0
        out1[j] = odd1


@kernel(f"void({SHORT3}, {A2}, {A3}, {A3}, {A3}, boolean, {STRIP_BOUNDS}, {ROW}, {ROW}, {ROW})")
def sweep(
    v: Array,
    inverse: Array,
    b: Array,
    z: Array,
    out: Array,
    again: bool,
    strip_bounds: Array,
    stage: int,
    top: int,
    bottom: int,
) -> None:
    """Do a stage of writing M^-1 b to ``out``, or M^-1 (b + R z) if ``again``.

    That is for one pair of strips or half of it, or, `SEPARATORS`, for all separators.
    """
    n, of_rows = inverse.shape[1] - 2, pair_of(strip_bounds, top)
    row, none = np.zeros((6, n + 4), np.float32), np.zeros(n + 2, np.float32)
    for side in range(strip_bounds.shape[0] - 1 if stage == SEPARATORS else 2):
        pair = side - side % 2 if stage == SEPARATORS else of_rows
        separator, back = strip_bounds[pair + 1], stage == OUTWARDS
        origin, step, rows = separator, 0, 1
        if stage == SEPARATORS:  # forwards first, then back
            back = side % 2 == 1
        else:
            start, step = (strip_bounds[pair], 1) if side == 0 else (strip_bounds[pair + 2] - 1, -1)
            rows = abs(separator - start) if top <= start < bottom else 0
            origin = start
            if back:
                origin, step = separator - step, -step
        for count in range(rows):
            r = origin + step * count
            if back:
                row[:2] = _ZERO
            else:
                for k in range(2):
                    given, to = b[k, r], row[k]
                    for c in range(n + 2):
                        to[c] = given[c]
                if again:
                    remainder_row(v, z, strip_bounds, r, row)
            for toward in (-1, 1):
                linked = toward == -step and (back or count > 0)
                if stage == SEPARATORS:
                    linked = not back and strip_bounds[pair] <= r + toward < strip_bounds[pair + 2]
                if linked:
                    add_linked(v, out, r, toward, row)
            own0, own1 = none, none
            if back:
                own0, own1 = out[0, r], out[1, r]
            _chain(v, inverse, b, z, own0, own1, out, again, back, r, step, row)
