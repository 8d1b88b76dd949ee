"""The matrix of a problem on the picture's grid, with its hierarchy: what Krylov methods need.

A non-symmetric system I - W (Levin) is scaled row by row (`varcolor.solve.multigrid.row_scaling`),
so that the weights q_r w_rs and q_s w_sr along an edge differ little. Their mean is the weight of
the symmetric system that the hierarchy is made for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from varcolor.backend.kernels.multigrid.contraction_rate import UNKNOWN, lasting
from varcolor.backend.kernels.multigrid.gcr import orthogonalise, products
from varcolor.backend.kernels.multigrid.markov_step import walk
from varcolor.backend.kernels.stencil.matvec import (
    add_scaled,
    advance,
    directed_product,
    dot,
    product,
    scale_and_add,
)
from varcolor.backend.kernels.stencil.residual import exact_residual
from varcolor.backend.thread_pool import Team, strips_of
from varcolor.energy.problem import Problem
from varcolor.solve.multigrid.deflation_islands import Islands
from varcolor.solve.multigrid.deflation_tiles import Clusters
from varcolor.solve.multigrid.hierarchy import Hierarchy
from varcolor.solve.multigrid.row_scaling import net_inflow, scale_rows, scale_rows_again
from varcolor.solve.multigrid.stencil_weights import Weights, mean_flows, soft_weights
from varcolor.typing import Array, BoolArray


def weights_of(planes: Array, team: Team) -> Weights:
    """Return the weights for a matrix; directed ``planes`` are scaled in place."""
    if len(planes) == 4:
        return Weights(planes, None)
    return Weights(planes, scale_rows(_Host(team, planes), planes))


def scale_again(weights: Weights, team: Team) -> None:
    """Make the scale of directed weights better in place; a matrix of them is to be made anew."""
    scale_rows_again(_Host(team, weights.planes), weights.planes, weights.scale)


def flows_of(planes: Array, team: Team) -> Array:
    """Return the symmetric part of weights, (4, H + 2, W + 2): symmetric ones themselves."""
    if len(planes) == 4:
        return planes
    height, width = planes.shape[1] - 2, planes.shape[2] - 2
    flows = np.zeros((4, *planes.shape[1:]), np.float32)
    team.run(mean_flows, strips_of(height, height * width), planes, flows)
    return flows


class _Host:
    """Where rows are scaled: threads; see `varcolor.solve.multigrid.row_scaling.Place`."""

    xp = np

    def __init__(self, team: Team, planes: Array) -> None:
        self._team, height, width = team, planes.shape[1] - 2, planes.shape[2] - 2
        self._strips = strips_of(height, height * width)
        self._everywhere = np.ones((height, width), bool)
        self._excess, self._flows = np.zeros_like(planes[0]), np.zeros_like(planes[:4])
        self._b, self._t = np.zeros_like(planes[:2]), np.zeros_like(planes[:2])
        self._hierarchy: Hierarchy | None = None

    def walk(self, planes: Array, q: Array, y: Array, out: Array) -> None:
        self._team.run(walk, self._strips, planes, q, y, out)

    def rows(self, work: Callable[..., Any], *arrays: Array) -> list[Any]:
        def band(top: int, bottom: int) -> Any:
            return work(*(a[..., top:bottom, :] for a in arrays))

        return self._team.run(band, self._strips)

    def corrected(self, planes: Array, q: Array, inside: Array, moved: Array) -> Array:
        self.rows(net_inflow, q, inside, moved, self._b[0], self._excess)
        self._team.run(mean_flows, self._strips, planes, self._flows)
        if self._hierarchy is None:
            own = self._flows, self._excess, self._everywhere, self._team
            self._hierarchy = Hierarchy(*own, rough=True)
        else:
            self._hierarchy.update(self._everywhere, (1, len(self._everywhere) + 1))
        self._hierarchy.nested(self._b, self._t)
        return np.asarray(self._t[0])


class Matrix:
    """A matrix A, scaled if it is not symmetric, and an approximation of its inverse.

    Parameters
    ----------
    weights : Weights
        What depends on the photo.
    problem : Problem
        The cues: soft ones add to the diagonal.
    unknown : ndarray of bool, shape (H, W)
        False where the value is given.
    team : Team
        Threads.
    deflation : type, optional
        `Clusters` or `Islands`, on which cycles are to take constant errors out exactly, too.
    """

    def __init__(
        self,
        weights: Weights,
        problem: Problem,
        unknown: BoolArray,
        team: Team,
        deflation: type[Clusters] | type[Islands] | None = None,
    ) -> None:
        self.weights, self.team, self.shape = weights, team, problem.shape
        self.unknown = unknown
        self.excess = self._excess(problem)
        self.strips = strips_of(self.shape[0], self.shape[0] * self.shape[1])
        flows = flows_of(weights.planes, team)
        self._deflation: Clusters | Islands | None = None
        if deflation is not None:
            self._deflation = deflation(weights.planes, flows, self.strips, team)
        self.hierarchy = Hierarchy(flows, self.excess, unknown, team)
        self._release()
        if self._deflation is not None:
            self._deflation.update(self.excess, self.free)

    @property
    def symmetric(self) -> bool:
        """Whether A is symmetric."""
        return self.weights.scale is None

    @property
    def caution(self) -> float:
        """What the estimate of the error is to be multiplied with."""
        return 1.0 if self._deflation is None else self._deflation.caution

    @property
    def free(self) -> Array:
        """(H + 2, W + 2) float32: zero where the value is given."""
        return self.hierarchy.grids[0].inverse

    def _excess(self, problem: Problem) -> Array:
        excess = soft_weights(problem, lambda: self.weights.largest)
        if self.weights.scale is not None and not problem.exact.all():
            excess *= self.weights.scale
        return excess

    def update(self, problem: Problem, unknown: BoolArray) -> None:
        """Take other cues of the same photo; what lies far from changed ones is kept."""
        excess = self._excess(problem)
        changed = np.flatnonzero(
            (unknown != self.unknown).any(axis=1) | (excess != self.excess)[1:-1, 1:-1].any(axis=1)
        )
        self.unknown = unknown
        if len(changed):
            self.excess[:] = excess
            self._remake(int(changed[0]) + 1, int(changed[-1]) + 2)
            if self._deflation is not None:
                self._deflation.update(self.excess, self.free)

    def renew(self) -> None:
        """Make the hierarchy anew for weights that have been overwritten."""
        self._remake(1, self.shape[0] + 1)

    def _remake(self, top: int, bottom: int) -> None:
        """Make what depends on these rows of the hierarchy anew."""
        flows = flows_of(self.weights.planes, self.team)
        self.hierarchy.update(self.unknown, (top, bottom), flows)
        self._release()

    def _release(self) -> None:
        """Let the hierarchy drop the flows: 16 bytes a pixel that making it anew takes again."""
        if not self.symmetric:
            self.hierarchy.release()

    def begin(self, pull: Array, u: Array) -> None:
        """Make a first guess such that the residual sums to zero where constants are deflated."""
        if self._deflation is not None:
            own = np.zeros(u.shape, np.float32)  # memory that is not touched costs nothing
            if pull.shape == u.shape:
                np.multiply(self.excess, pull, out=own)
            self._deflation.correct(own, u)

    def cycle(self, r: Array, z: Array, work: Array, slope: Array) -> tuple[Array, float]:
        """Write about A^-1 r to z; see `varcolor.solve.multigrid.hierarchy.Hierarchy.cycle`."""
        product, level = self.hierarchy.cycle(r, z, work, slope)
        if self._deflation is not None:  # what it adds to the product is zero
            level = self._deflation.correct(r, z, slope, level)
        return product, level

    def trail(self) -> Array:
        """Return a trail that says that nothing is known to fall."""
        height, width = self.shape
        return np.full((1, height + 2, width + 2), UNKNOWN, np.uint16)

    def lasting(self, z: Array, trail: Array, slope: Array) -> float:
        """Return the largest slope |z| / (1 - rho); see `contraction_rate`."""
        return float(np.max(self.team.run(lasting, self.strips, z, trail, slope)))

    def nested(self, r: Array, z: Array) -> bool:
        """Write what coarse grids know of A^-1 r to z; see `Hierarchy.nested`."""
        found = self.hierarchy.nested(r, z)
        if found and self._deflation is not None:
            self._deflation.correct(r, z)
        return found

    def approximate(self, r: Array, z: Array, work: Array) -> None:
        """Write about A^-1 r to z; see `varcolor.solve.multigrid.hierarchy.Hierarchy.apply`."""
        self.hierarchy.apply(r, z, work)

    def apply(self, u: Array, out: Array) -> Array:
        """Write A u to ``out`` and return the dot products with u."""
        kernel = product if self.symmetric else directed_product
        own = (self.weights.planes, self.excess, self.free)
        return self._sum(self.team.run(kernel, self.strips, *own, u, out))

    def dot(self, a: Array, b: Array) -> Array:
        """Return the dot products of both channels."""
        return self._sum(self.team.run(dot, self.strips, a, b))

    def add(self, a: Array, b: Array, scale: Array) -> None:
        """Add ``scale`` times b to a, channel by channel."""
        self.team.run(add_scaled, self.strips, a, b, scale.astype(np.float32))

    def scale_and_add(self, a: Array, scale: Array, b: Array) -> None:
        """Replace a by ``scale`` times a plus b, channel by channel."""
        self.team.run(scale_and_add, self.strips, a, b, scale.astype(np.float32))

    def products(self, images: Array, count: int, q: Array) -> Array:
        """Return the products of q with the first ``images``, (count, 2)."""
        own = images, count, q, self.weights.scale
        return self._sum(self.team.run(products, self.strips, *own)).reshape(-1, 2)

    def orthogonalise(
        self, p: Array, images: Array, z: Array, q: Array, r: Array, shares: Array, new: int
    ) -> Array:
        """Make q = A z orthogonal to other images; see `varcolor.solve.multigrid.protocols`."""
        own = p, images, z, q, r, shares.astype(np.float32), new, self.weights.scale
        return self._sum(self.team.run(orthogonalise, self.strips, *own)).reshape(3, 2)

    def advance(self, u: Array, p: Array, r: Array, q: Array, scale: Array) -> Array:
        """Add ``scale`` p to u, take ``scale`` q from r; return the sums of squares of r."""
        parts = self.team.run(advance, self.strips, u, p, r, q, scale.astype(np.float32))
        return self._sum(parts)

    def residual(self, pull: Array, u: Array, r: Array) -> Array:
        """Write excess (pull - u) - L u to r; return the largest |r| of both channels."""
        own = (self.weights.planes, self.excess, self.free)
        parts = self.team.run(exact_residual, self.strips, *own, pull, u, r)
        return np.asarray(np.max(parts, axis=0))

    @staticmethod
    def _sum(parts: list[Array]) -> Array:
        return np.asarray(np.sum(parts, axis=0))
