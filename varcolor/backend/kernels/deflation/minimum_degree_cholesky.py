"""Sparse Cholesky of a graph's matrix (M-matrix) in minimum-degree order, and substitution.

The matrix is that of weights between vertices and an ``extra`` on the diagonal, so that
(A u)_v = extra_v u_v + sum_s w_vs (u_v - u_s). Vertices are eliminated one by one, the one with
the fewest neighbours first. Eliminating v, with pivot d = extra_v + sum_s w_vs, links all its
neighbours s and t with the weight w_vs w_vt / d and adds w_vs extra_v / d to the extra of s.
Nothing is ever subtracted, so nothing cancels, whatever the contrast of the weights.

The graph is kept as lists of neighbours until few vertices are left, which have many: then as a
full matrix.

Reference: A. George, J. Liu, "The evolution of the minimum degree ordering algorithm", SIAM Review
31 (1989).
"""

from __future__ import annotations

import numpy as np

from varcolor.backend.jit.kernel import fast_helper, helper, kernel
from varcolor.backend.kernels.deflation.elimination_graph import (
    COLUMNS,
    LENGTH,
    START,
    all_links,
    close_gaps,
    dequeue,
    enqueue,
    make_lists,
    take_over,
)
from varcolor.typing import Array

_I, _L, _F = "int32[::1]", "int64[::1]", "float64[::1]"
#: Entries of the full matrix per vertex of the whole graph.
_FULL = 25.0


@helper
def _matrix(nodes: Array, near: Array, link: Array, left: Array, place: Array) -> Array:
    """Return the weights between the vertices ``left``; ``place`` is overwritten."""
    full = np.zeros((left.shape[0], left.shape[0]))
    for i in range(left.shape[0]):
        place[left[i]] = i
    for i in range(left.shape[0]):
        start = nodes[left[i], START]
        for e in range(start, start + nodes[left[i], LENGTH]):
            full[i, place[near[e]]] = link[e]
    return full


@fast_helper
def _finish(
    full: Array,
    left: Array,
    extra: Array,
    order: Array,
    begin: Array,
    index: Array,
    share: Array,
    inverse: Array,
    out: int,
) -> int:
    """Eliminate the vertices ``left``, whose weights are the matrix ``full``."""
    rest = left.shape[0]
    before = order.shape[0] - rest
    degree, near, links = np.zeros(rest, np.int64), np.empty(rest, np.int64), np.empty(rest)
    for i in range(rest):
        for k in range(rest):
            degree[i] += full[i, k] > 0
    for step in range(before, before + rest):
        i = int(np.argmin(degree))
        v, row, many = left[i], full[i], 0
        total = extra[v]
        for k in range(rest):
            if row[k] > 0:
                near[many], links[many] = k, row[k]
                total += row[k]
                many += 1
        if out + many > index.shape[0]:
            return -1
        pivot = 1 / total if total > 0 else 0.0
        order[step], begin[step], inverse[step] = v, out, pivot
        degree[i] = rest
        for j in range(many):
            s, part = near[j], links[j] * pivot
            index[out], share[out] = left[s], part
            out += 1
            extra[left[s]] += part * extra[v]
            to, new = full[s], 0
            for k in range(many):
                old = to[near[k]]
                new += old == 0
                to[near[k]] = old + part * links[k]
            to[s] = to[i] = 0.0
            degree[s] += new - 2  # one of the new ones is s itself, and v is gone
    return out


@kernel(f"int64({_L}, {_I}, {_F}, {_F}, {_L}, {_L}, {_I}, {_F}, {_F})")
def eliminate(
    first: Array,
    to: Array,
    weight: Array,
    extra: Array,
    order: Array,
    begin: Array,
    index: Array,
    share: Array,
    inverse: Array,
) -> int:
    """Factorise; return the number of entries, or -1 if ``index`` and ``share`` do not hold them.

    Parameters
    ----------
    first : ndarray, shape (K + 1,)
        Where the links of every vertex begin; every link stands at both ends, and a pair of
        vertices may have many.
    to, weight : ndarray
        Other ends and weights of the links.
    extra : ndarray, shape (K,)
        Overwritten.
    order : ndarray, shape (K,)
        Becomes the vertices in the order of their elimination.
    begin : ndarray, shape (K + 1,)
        Becomes where the entries of every one of them begin.
    index, share : ndarray
        Become its neighbours when it was eliminated, by their place in the order, and w_vs / d.
    inverse : ndarray, shape (K,)
        Becomes 1 / d; zero for a vertex that nothing depends on.
    """
    count = extra.shape[0]
    nodes, head = np.empty((count, COLUMNS), np.int64), np.full(count + 1, -1, np.int64)
    near, link = np.empty(2 * first[count] + 1024, np.int32), np.empty(2 * first[count] + 1024)
    end = make_lists(first, to, weight, nodes, near, link)
    for v in range(count - 1, -1, -1):
        enqueue(nodes, head, v)
    place, rank = np.full(count, -1, np.int32), np.full(count, -1, np.int32)
    met, visit = np.zeros(count, np.int64), 0
    least, out, rest = 0, 0, min(count, int(np.sqrt(_FULL * count)))
    for step in range(count - rest):
        while head[least] < 0:
            least += 1
        v, many = head[least], least
        dequeue(nodes, head, v)
        if out + many > index.shape[0]:
            return -1
        needed = end
        for e in range(nodes[v, START], nodes[v, START] + many):
            needed += 2 * (nodes[near[e], LENGTH] + many)
        if needed > near.shape[0]:
            size = 2 * all_links(nodes) + needed - end + 1024
            more_near, more_link = np.empty(size, np.int32), np.empty(size)
            end = close_gaps(nodes, near, link, more_near, more_link)
            near, link = more_near, more_link
        at, total = nodes[v, START], extra[v]
        for j in range(many):
            total += link[at + j]
            place[near[at + j]] = j
        pivot = 1 / total if total > 0 else 0.0
        order[step], rank[v], begin[step], inverse[step] = v, step, out, pivot
        for j in range(many):
            s, part = near[at + j], link[at + j] * pivot
            index[out + j], share[out + j] = s, part
            extra[s] += part * extra[v]
            visit += 1
            dequeue(nodes, head, s)
            end = take_over(nodes, near, link, place, met, visit, v, s, part, end)
            enqueue(nodes, head, s)
            least = min(least, nodes[s, LENGTH])
        for j in range(many):
            place[near[at + j]] = -1
        nodes[v, LENGTH] = 0
        out += many
    left, many = np.empty(rest, np.int64), 0
    for v in range(count):
        if rank[v] < 0:
            left[many] = v
            many += 1
    full = _matrix(nodes, near, link, left, place)
    own = full, left, extra, order, begin, index, share, inverse
    out = int(_finish(*own, out))
    if out < 0:
        return -1  # the order is not known to its end
    begin[count] = out
    for step in range(count - rest, count):
        rank[order[step]] = step
    for e in range(out):
        index[e] = rank[index[e]]
    return out


@kernel(f"void({_L}, {_L}, {_I}, {_F}, {_F}, float64[:,::1], float64[:,::1])")
def substitute(
    order: Array,
    begin: Array,
    index: Array,
    share: Array,
    inverse: Array,
    sums: Array,
    values: Array,
) -> None:
    """Write the solution (K, 2) of the system that `eliminate` has factorised to ``values``."""
    count = order.shape[0]
    work = np.empty((count, 2))
    for i in range(count):
        work[i, 0], work[i, 1] = sums[order[i], 0], sums[order[i], 1]
    for i in range(count):
        one, two = work[i, 0], work[i, 1]
        for e in range(begin[i], begin[i + 1]):
            s, part = index[e], share[e]
            work[s, 0] += part * one
            work[s, 1] += part * two
    for i in range(count - 1, -1, -1):
        one, two = inverse[i] * work[i, 0], inverse[i] * work[i, 1]
        for e in range(begin[i], begin[i + 1]):
            s, part = index[e], share[e]
            one += part * work[s, 0]
            two += part * work[s, 1]
        work[i, 0], work[i, 1] = one, two
        values[order[i], 0], values[order[i], 1] = one, two
