"""The exact factor of a graph's matrix, for the clusters and islands of a picture."""

from __future__ import annotations

import numpy as np

from varcolor.backend.kernels.deflation.minimum_degree_cholesky import eliminate, substitute
from varcolor.typing import Array

#: Entries of the factor per vertex that there is room for at first.
_ROOM = 24


class GraphFactor:
    """A factorised graph, as `minimum_degree_cholesky.eliminate` takes it.

    Parameters
    ----------
    first, to, weight : ndarray
        The links of every vertex.
    extra : ndarray, shape (K,)
        What the diagonal has beside them.
    """

    def __init__(self, first: Array, to: Array, weight: Array, extra: Array) -> None:
        count = len(extra)
        order, begin = np.empty(count, np.int64), np.empty(count + 1, np.int64)
        inverse, room = np.empty(count), _ROOM * count
        while True:
            index, share = np.empty(room, np.int32), np.empty(room)
            own = order, begin, index, share, inverse
            entries = eliminate(first, to, weight, extra.copy(), *own)
            if entries >= 0:
                break
            room *= 2
        self._factor = order, begin, index[:entries].copy(), share[:entries].copy(), inverse

    def solve(self, sums: Array, values: Array) -> None:
        """Write the solution for ``sums`` (K, 2) to ``values`` (K, 2)."""
        substitute(*self._factor, sums, values)
