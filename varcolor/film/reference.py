"""The reference: a whole shot assembled as one sparse matrix in float64, and solved directly.

For small clips and tests: it is plain, and shares with the fast solver nothing but the definition
of the energy.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from varcolor.energy.prior import Data
from varcolor.film.motion.flow import Flow
from varcolor.methods import Method
from varcolor.typing import Array, BoolArray, FloatArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array


def temporal_matrix(
    first: FloatArray, second: FloatArray, flow: Flow, strength: float
) -> csr_array:
    """Return the weights (N, N) between the pixels of a frame and those of the next one.

    Parameters
    ----------
    first, second : ndarray, shape (H, W)
        Luma.
    flow : Flow
        Between them.
    strength : float
        As of `varcolor.film.motion.links.links_between`.
    """
    from scipy.ndimage import gaussian_filter
    from scipy.sparse import csr_array

    root = np.sqrt(flow.gain)
    shift = flow.offset / (2 * root)
    one, two = first * root + shift, second / root - shift
    guides = [(own, gaussian_filter(own, 2.0, mode="nearest")) for own in (one, two)]
    ways = (
        (guides[0], guides[1], flow.forward, flow.steady),
        (guides[1], guides[0], flow.backward, flow.steady_back),
    )
    count, found = first.size, []
    for here, there, way, steady in ways:
        rows, columns, values = _links(here, there, way.astype(np.float64), steady)
        found.append(csr_array((0.5 * strength * values, (rows, columns)), shape=(count, count)))
    return csr_array(found[0] + found[1].T)


def _links(
    here: tuple[FloatArray, FloatArray],
    there: tuple[FloatArray, FloatArray],
    flow: Array,
    steady: BoolArray,
) -> tuple[Array, Array, FloatArray]:
    height, width = steady.shape
    found: list[tuple[int, int, float]] = []
    for y, x in np.argwhere(steady).tolist():
        to_x, to_y = x + flow[y, x, 0], y + flow[y, x, 1]
        if not (-0.5 < to_x < width - 0.5 and -0.5 < to_y < height - 0.5):
            continue
        for row in (int(np.floor(to_y)), int(np.floor(to_y)) + 1):
            for column in (int(np.floor(to_x)), int(np.floor(to_x)) + 1):
                if not (0 <= row < height and 0 <= column < width):
                    continue
                near = (1 - abs(to_x - column)) * (1 - abs(to_y - row))
                d, e = here[0][y, x] - there[0][row, column], here[1][y, x] - there[1][row, column]
                weight = near * (1 + 8000 * (d * d + 20 * e * e)) ** -1.5
                if weight >= 1e-5:
                    found.append((y * width + x, row * width + column, weight))
    rows, columns, values = zip(*found, strict=True) if found else ((), (), ())
    return np.array(rows, int), np.array(columns, int), np.array(values, np.float64)


def solve_directly(
    lumas: Sequence[FloatArray],
    flows: Sequence[Flow | None],
    keys: Sequence[Data],
    method: Method,
    strength: float,
    share: float,
    rest: float,
) -> FloatArray:
    """Return the chroma (T, H, W, 2) that minimises the energy of a shot.

    Parameters
    ----------
    lumas : sequence of ndarray, shape (H, W)
        T frames.
    flows : sequence of Flow or None
        T - 1: between neighbouring frames; None across a cut.
    keys : sequence of Data
        T: what is known on each frame.
    method : Method
        Its weights in a frame.
    strength : float
        Of the links.
    share, rest : float
        What weights in frames without keys count, and the tie of their pixels to neutral.
    """
    from scipy.sparse import block_diag, bmat, csr_array, diags_array
    from scipy.sparse.linalg import splu

    count, size = len(lumas), lumas[0].size
    factors = [1.0 if len(key.at) else share for key in keys]
    own = [f * _laplacian(luma, method) for f, luma in zip(factors, lumas, strict=True)]
    inside = block_diag(own, format="csr")
    blocks: list[list[Any]] = [
        [csr_array((size, size)) for _ in range(count)] for _ in range(count)
    ]
    for t, flow in enumerate(flows):
        if flow is not None:
            link = temporal_matrix(lumas[t], lumas[t + 1], flow, strength)
            blocks[t][t + 1], blocks[t + 1][t] = link, link.T
    links = csr_array(bmat(blocks))
    degree = np.asarray(links.sum(axis=1), np.float64).ravel()
    matrix = csr_array(inside + diags_array(degree) - links)
    at = np.concatenate([key.at + t * size for t, key in enumerate(keys)])
    weight = np.concatenate([key.weight for key in keys])
    values = np.concatenate([key.values for key in keys])
    exact = np.isinf(weight)
    u = np.zeros((count * size, 2))
    u[at[exact]] = values[exact]
    soft, pull = np.zeros(count * size), np.zeros((count * size, 2))
    soft += np.repeat([0.0 if len(key.at) else rest for key in keys], size)
    soft[at[~exact]] += weight[~exact]
    pull[at[~exact]] = weight[~exact, None] * values[~exact]
    free = np.ones(count * size, bool)
    free[at[exact]] = False
    matrix = csr_array(matrix + diags_array(soft))
    right = pull[free] - (matrix[free][:, ~free] @ u[~free])
    u[free] = splu(matrix[free][:, free].tocsc()).solve(right)
    return u.reshape(count, *lumas[0].shape, 2)


def _laplacian(luma: FloatArray, method: Method) -> csr_array:
    from scipy.sparse import csr_array

    parts = [term.matrix() for term in method.terms(luma, None)]
    return csr_array(sum(parts[1:], start=parts[0]))
