"""Conjugate directions over sweeps: what a few slow modes leave, taken out in the best steps.

A sweep with its coarse correction turns values u into u + d, d about A^-1 r for the residual
r = b - A u. Large regions that hang together firmly and by little with all else lose a small part
of their error in every sweep. So d serves as a preconditioned residual of conjugate gradients: the
next values are the minimiser in u + span(d, p), p the step before; for equations that are not
symmetric (Levin), the values of the smallest residual there. All that is needed are sums of
products over the tiles.

Reference: A. Knyazev, "Toward the optimal preconditioned eigensolver", SIAM J. Sci. Comput. 23
(2001), for the locally optimal form, which bears preconditioners that vary.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from varcolor.solve.multigrid.error_estimate import smallest_eigenvalue
from varcolor.typing import Array, FloatArray

#: Longest step that is believed in.
_LONGEST = 100.0
#: What both directions must differ by, as a part of the product of their lengths.
_PARALLEL = 1e-6


@dataclass(slots=True)
class Acceleration:
    """The steps of one search."""

    known: float = 1.0
    """`amplification` of a search that this one goes on with."""
    alphas: list[Array] = field(default_factory=list)
    betas: list[Array] = field(default_factory=list)

    def step(self, products: FloatArray) -> FloatArray:
        """Return how much of d and of p is taken, (2, 2): a row a direction, a column a channel.

        Parameters
        ----------
        products : ndarray, shape (5, 2)
            Per channel (x, y, z, r, s) of the equations x a + y b = r, y a + z b = s.
        """
        result = np.ones((2, 2))
        for channel, (dd, dp, pp, dr, pr) in enumerate(products.T):
            result[:, channel] = _solved(dd, dp, pp, dr, pr)
        alpha = result[0]
        self.alphas.append(alpha.copy())
        self.betas.append(result[1] / alpha)
        return result

    @property
    def amplification(self) -> float:
        """How much larger than d errors may be: one over the smallest eigenvalue seen."""
        if not self.alphas:
            return self.known
        smallest = min(smallest_eigenvalue(self.alphas, self.betas, k) for k in range(2))
        return max(self.known, 1 / smallest)


def _solved(dd: float, dp: float, pp: float, dr: float, pr: float) -> tuple[float, float]:
    """Return the steps along both directions; a plain sweep's where there is no better."""
    if not dd > 0:
        return 1.0, 0.0
    determinant = dd * pp - dp * dp
    if determinant > _PARALLEL * dd * pp:
        a, b = (dr * pp - pr * dp) / determinant, (pr * dd - dr * dp) / determinant
        if 0 < a < _LONGEST and abs(b) < _LONGEST:
            return a, b
    a = dr / dd
    return (a, 0.0) if 0 < a < _LONGEST else (1.0, 0.0)
