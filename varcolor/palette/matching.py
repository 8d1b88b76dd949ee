"""Which colour of another palette every main colour of a picture becomes.

Shares are transported from palette to palette (`varcolor.palette.transport`), and a main colour
begins at the one that takes most of it. Then colours k, with shares s, are changed one by one as
long as that lowers

    sum_k s_k C(k, j_k) + 12 sum_{k<l} sqrt(s_k s_l) A_kl |m_k - m_l|^2,

with C the cost of transport, m_k the change of colour k in Oklab, and A_kl = exp(-d_kl^2 / (2 *
0.1^2)) for colours that are d_kl apart, lightness counting a half in both: shades of one thing
change alike, and it does not fall into patches. (Iterated conditional modes.)

Reference: J. Besag, "On the statistical analysis of dirty pictures", JRSS B 1986.
"""

from __future__ import annotations

import numpy as np

from varcolor.palette.transport import plan_of
from varcolor.typing import Array, FloatArray

#: What lightness counts beside chroma where colours of two palettes are matched.
_LIGHT = 2.0
#: Chroma in Oklab below which a colour is neutral, and what taking it for a vivid one costs.
_NEUTRAL, _UNLIKE = 0.03, 0.02
#: How many times its own share a colour of the other palette may take.
_ROOM = 3.0
#: Distance over which shades belong together, what lightness counts in it, and the sum's weight.
_TOGETHER, _SHADE, _ALIKE = 0.1, 0.5, 12.0
_ROUNDS = 20


def matched(own: FloatArray, shares: FloatArray, theirs: FloatArray, other: FloatArray) -> Array:
    """Return for each colour (K, 3) of Oklab the index (K,) of its like among (M, 3).

    Costs are 2^2 dL^2 + da^2 + db^2, and more where a neutral and a vivid colour meet; in the
    transport a colour may take three times its own share.

    Parameters
    ----------
    own, shares : ndarray, shape (K, 3), (K,)
        Main colours of the picture and their shares.
    theirs, other : ndarray, shape (M, 3), (M,)
        Colours of the other palette and theirs.
    """
    gap = (own[:, None] - theirs[None]) * (_LIGHT, 1.0, 1.0)
    vivid = [np.hypot(lab[:, 1], lab[:, 2]) > _NEUTRAL for lab in (own, theirs)]
    cost = (gap**2).sum(axis=2) + _UNLIKE * (vivid[0][:, None] != vivid[1][None])
    taken = plan_of(shares, other, cost, _ROOM)
    best = taken >= taken.max(axis=1, keepdims=True) * (1 - 1e-9)
    index = np.argmin(np.where(best, cost, np.inf), axis=1)
    return _together(own, shares, theirs, cost, index)


def _together(
    own: FloatArray, shares: FloatArray, theirs: FloatArray, cost: FloatArray, index: Array
) -> Array:
    """Return indices at which no single change lowers the sum."""
    scale = np.array([_SHADE, 1.0, 1.0])
    apart = ((own[:, None] - own[None]) * scale) ** 2
    like = np.exp(-apart.sum(axis=2) / (2 * _TOGETHER**2)) * np.sqrt(np.outer(shares, shares))
    np.fill_diagonal(like, 0.0)
    change = (theirs[None] - own[:, None]) * scale
    index = index.copy()
    for _ in range(_ROUNDS):
        before = index.copy()
        for k in range(len(own)):
            others = change[np.arange(len(own)), index]
            unlike = ((change[k][:, None] - others[None]) ** 2).sum(axis=2) @ like[k]
            total = shares[k] * cost[k] + _ALIKE * unlike
            if total.min() < total[index[k]] - 1e-12:
                index[k] = np.argmin(total)
        if (index == before).all():
            break
    return index
