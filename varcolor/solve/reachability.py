"""Connected components with a cue: pixels of others have no unique value and are left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from varcolor.energy.problem import Problem
from varcolor.energy.stencil import FORWARD, neighbours, window
from varcolor.typing import Array, BoolArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array


def connected_on_grid(problem: Problem, planes: Array) -> bool:
    """Tell whether visible neighbours all depend on each other, as they usually do.

    ``planes`` are float32 weights on the grid (`varcolor.backend.kernels`); cues have no say.
    """
    for k, here, there in neighbours(problem.shape, FORWARD):
        if k in (1, 3) and not _diagonal(planes):
            continue
        weights = planes[len(planes) - 4 + k][1:-1, 1:-1][here]
        if problem.visible is not None:
            weights = weights[problem.visible[here] & problem.visible[there]]
        if not weights.min(initial=1) > 0:
            return False
    return True


def _diagonal(planes: Array) -> bool:
    return bool(planes[-1].any())


def reached_on_grid(problem: Problem, planes: Array, connected: bool | None = None) -> BoolArray:
    """Do what `reached` does for weights on the grid; ``connected`` as above, if it is known."""
    count = problem.shape[0] * problem.shape[1]
    if not len(problem.at):
        return np.zeros(count, bool)
    if connected is None:
        connected = connected_on_grid(problem, planes)
    if not connected:
        return reached(problem)
    if problem.visible is None:
        return np.ones(count, bool)
    from scipy.ndimage import label

    parts, _ = label(problem.visible, np.ones((3, 3)) if _diagonal(planes) else None)
    with_cue = np.zeros(parts.max() + 1, bool)
    with_cue[parts.ravel()[problem.at]] = True
    with_cue[0] = False
    return np.asarray(with_cue[parts].ravel())


def labels_on_grid(problem: Problem, planes: Array, connected: bool) -> Array | None:
    """Return the number of every pixel's connected part (H * W,); None if there is only one.

    ``planes`` and ``connected`` as in `reached_on_grid`.
    """
    if connected:
        if problem.visible is None:
            return None
        from scipy.ndimage import label

        near = np.ones((3, 3)) if _diagonal(planes) else None
        return np.asarray(label(problem.visible, near)[0].ravel())
    from scipy.sparse import coo_array, csgraph

    count = problem.shape[0] * problem.shape[1]
    index, ends = np.arange(count).reshape(problem.shape), []
    offsets = FORWARD if len(planes) == 4 else window(1)
    for k, here, there in neighbours(problem.shape, offsets):
        linked = planes[k, 1:-1, 1:-1][here] > 0
        ends.append((index[here][linked], index[there][linked]))
    if not ends:
        return None
    rows, columns = (np.concatenate(own) for own in zip(*ends, strict=True))
    edges = coo_array((np.ones(len(rows), np.int8), (rows, columns)), shape=(count, count))
    return np.asarray(csgraph.connected_components(edges, directed=False)[1])


def parts_on_grid(
    problem: Problem, planes: Array, connected: bool | None = None
) -> tuple[BoolArray, BoolArray]:
    """Return which pixels (H, W) are to be solved for, and which visible ones no cue reaches."""
    reach = reached_on_grid(problem, planes, connected).reshape(problem.shape)
    free_mask = reach.copy()
    free_mask.flat[problem.at[problem.exact]] = False
    if reach.all():
        return free_mask, np.broadcast_to(np.False_, problem.shape)  # a byte a pixel less
    return free_mask, ~reach if problem.visible is None else ~reach & problem.visible


def reached(problem: Problem, matrix: csr_array | None = None) -> BoolArray:
    """Return (N,) bool: the pixels whose value depends on a cue.

    Row r of the matrix has a non-zero entry at s if u_r depends on u_s; a pixel is reached if such
    steps lead from it to a cue. In symmetric systems these are the connected parts with a cue. The
    matrix is made if it is not given and the weights alone do not tell.
    """
    count = problem.shape[0] * problem.shape[1]
    result = np.zeros(count, bool)
    if not len(problem.at):
        return result
    if problem.visible is None and _grid_is_connected(problem):
        result[:] = True
        return result
    from scipy.sparse import csgraph

    if matrix is None:
        matrix = problem.terms[0].matrix()
        for term in problem.terms[1:]:
            matrix = matrix + term.matrix()
    if problem.symmetric:
        _, label = csgraph.connected_components(matrix, directed=False)
        with_cue = np.zeros(label.max() + 1, bool)
        with_cue[label[problem.at]] = True
        return np.asarray(with_cue[label])
    return _reached_against_edges(matrix, problem.at)


def _grid_is_connected(problem: Problem) -> bool:
    """Tell whether neighbours in a row or column all depend on each other (the usual case)."""
    weights = sum(term.stencil.weights for term in problem.terms[1:])
    stencil = problem.terms[0].stencil
    weights = stencil.weights + weights if len(problem.terms) > 1 else stencil.weights
    beside = {(0, 1), (0, -1), (1, 0), (-1, 0)}
    return all(
        bool((weights[k][here] > 0).all())
        for k, here, _ in stencil.edges()
        if stencil.offsets[k] in beside
    )


def _reached_against_edges(matrix: csr_array, at: Array) -> BoolArray:
    """Walk the edges backwards from an extra node that stands for all cues."""
    from scipy.sparse import coo_array, csgraph, csr_array

    count = matrix.shape[0]
    edges = coo_array(matrix)
    rows = np.concatenate([edges.col, np.full(len(at), count)])
    columns = np.concatenate([edges.row, at])
    graph = csr_array((np.ones(len(rows)), (rows, columns)), shape=(count + 1, count + 1))
    order = csgraph.breadth_first_order(graph, count, return_predecessors=False)
    result = np.zeros(count + 1, bool)
    result[order] = True
    return result[:count]
