"""Penalties rho of ADMM, group by group."""

from __future__ import annotations

import math
from typing import Any

#: Penalties are larger where the largest weight of a group is below this part of all.
_WEAK = 0.1
#: The penalty of a group of mean norm times the root of the mean square of norms: in larger
#: pictures the mean falls, since more is flat, and penalties had better not grow as much.
#: It counts up to so many times the mean (8 to 13 in photos with strokes), or single fixed pixels
#: in noise make penalties next to nothing.
_PENALTY, _WIDEST = 0.2, 16.0
#: How far penalties follow norms above and below the mean, and how far they are lifted. Between
#: flat groups and large steps they differ by a factor of 144: with more the matrix is hard for
#: multigrid.
_LOWEST, _HIGHEST, LIFT = 1 / 36, 4.0, 10.0


def lift(root: Any, xp: Any, most: float) -> Any:
    """Return what penalties are multiplied with, (H + 2, W + 2), for the roots of groups' weights.

    With small weights they had better be larger, up to ``most`` times, lest the matrix be hard for
    multigrid.
    """
    widest = xp.max(root, axis=0) ** 2
    strongest = float(xp.max(widest)) or 1.0
    return xp.clip(_WEAK * strongest / xp.maximum(widest, 1e-30), 1.0, most)


def penalties(xp: Any, norms: Any, lifted: Any, mean: float, pixels: int) -> Any:
    """Return the penalties (H + 2, W + 2) that the norms of groups, like them, ask for.

    ``lifted`` is what `lift` returns, ``mean`` that of the norms of all pixels.
    """
    share = xp.clip(mean / xp.maximum(norms, 1e-30), _LOWEST, _HIGHEST)
    share *= lifted
    square = float(xp.sum(norms * norms)) / pixels
    return share * (_PENALTY / min(max(math.sqrt(square), mean), _WIDEST * mean))
