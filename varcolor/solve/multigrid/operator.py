"""The matrix of a problem on the picture's grid, with its hierarchy: what Krylov methods need.

A non-symmetric system I - W (Levin) is scaled row by row (`varcolor.solve.multigrid.row_scaling`),
so that the weights q_r w_rs and q_s w_sr along an edge differ little. Their mean is the weight of
the symmetric system that the hierarchy is made for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeAlias

import numpy as np

from varcolor.backend.cpu import CpuBackend
from varcolor.backend.kernels.multigrid.contraction_rate import (
    AT_MOST,
    GROWN,
    MOST,
    UNKNOWN,
    error_indicator,
)
from varcolor.backend.kernels.multigrid.gcr import orthogonalise, products
from varcolor.backend.kernels.stencil.matvec import (
    add_scaled,
    cg_update,
    directed_product,
    dot,
    product,
    scale_and_add,
)
from varcolor.backend.kernels.stencil.residual import exact_residual
from varcolor.backend.launch import DeviceBackend
from varcolor.solve.grid_cues import GridCues
from varcolor.solve.multigrid.deflation_islands import Islands
from varcolor.solve.multigrid.deflation_tiles import Clusters, ClustersOnDevice, largest_of
from varcolor.solve.multigrid.hierarchy import Hierarchy
from varcolor.solve.multigrid.stencil_weights import Weights, symmetric_part_of
from varcolor.solve.multigrid.tiled_hierarchy import TiledHierarchy, hierarchy_of
from varcolor.typing import Array

#: What the estimate of the error is multiplied with on a GPU, of symmetric systems, of those with
#: clusters and of others: islands are not taken out there, and tiles leave more slow modes, which
#: show late. Not calibrated yet, hence large.
_SAFETY_FACTOR, _CLUSTERED_SAFETY_FACTOR, _DIRECTED_SAFETY_FACTOR = 100.0, 12.0, 2.0


#: What makes one, of weights, their symmetric part and a backend.
Deflate: TypeAlias = "Callable[[Any, Any, CpuBackend], Clusters | Islands]"


class Deflation(Protocol):
    """What is solved exactly after a cycle."""

    def update(self, reaction: Any, free: Any) -> None:
        """Rebuild all for other fixed pixels and another reaction."""
        ...

    def correct(self, r: Any, z: Any, slope: Any = ..., level: float = ...) -> float:
        """Improve z, about the solution for r; return the largest slope |z|."""
        ...


class Matrix:
    """A matrix A, scaled if it is not symmetric, and an approximation of its inverse.

    Parameters
    ----------
    weights : Weights
        What depends on the photo.
    cues : GridCues
        The cues: soft ones add to the diagonal.
    deflation : callable, optional
        `Clusters`, `Pieces` or `Islands`, on which cycles are to take constant errors out exactly,
        too; a GPU has the first alone, and leaves islands to the cycles.
    """

    def __init__(
        self,
        weights: Weights,
        cues: GridCues,
        deflation: Deflate | None = None,
    ) -> None:
        self.weights, self.backend, self.shape = weights, cues.backend, cues.problem.shape
        self.free_mask, self.reaction = cues.free_mask, self._reaction(cues)
        symmetric_part = symmetric_part_of(weights.planes, self.backend)
        self._inverse_scale: Any = None
        self._deflation = self._deflated(deflation, symmetric_part)
        self.hierarchy = hierarchy_of(self.backend, symmetric_part, self.reaction, cues.free_mask)
        self._release()
        if self._deflation is not None:
            self._deflation.update(self.reaction, self.free)

    def _deflated(self, deflation: Deflate | None, symmetric_part: Any) -> Deflation | None:
        backend, planes = self.backend, self.weights.planes
        if deflation is None or (deflation is Islands and not backend.on_host):
            return None
        if isinstance(backend, DeviceBackend):
            return ClustersOnDevice(planes, symmetric_part, backend, self.apply)
        assert isinstance(backend, CpuBackend)
        return deflation(planes, symmetric_part, backend)

    @property
    def symmetric(self) -> bool:
        """Whether A is symmetric."""
        return self.weights.scale is None

    @property
    def safety_factor(self) -> float:
        """What the estimate of the error is to be multiplied with."""
        own = self._deflation
        if not self.backend.on_host:
            if not self.symmetric:
                return _DIRECTED_SAFETY_FACTOR
            return _SAFETY_FACTOR if own is None else _CLUSTERED_SAFETY_FACTOR
        return own.safety_factor if isinstance(own, Clusters | Islands) else 1.0

    @property
    def free(self) -> Any:
        """(H + 2, W + 2) float32: zero where the value is fixed."""
        return self.hierarchy.grids[0].inverse

    def _reaction(self, cues: GridCues) -> Any:
        reaction = cues.reaction(lambda: self.weights.largest)
        if self.weights.scale is not None and not cues.problem.exact.all():
            reaction *= self.weights.scale
        return reaction

    def update(self, cues: GridCues) -> None:
        """Take other cues of the same photo; the host keeps what lies far from changed ones."""
        reaction = self._reaction(cues)
        if isinstance(self.hierarchy, TiledHierarchy):
            self.free_mask, self.reaction[...] = cues.free_mask, reaction
            self.refactor()
        else:
            changed = np.flatnonzero(
                (cues.free_mask != self.free_mask).any(axis=1)
                | (reaction != self.reaction)[1:-1, 1:-1].any(axis=1)
            )
            self.free_mask = cues.free_mask
            if not len(changed):
                return
            self.reaction[:] = reaction
            self._rebuild(self.hierarchy, int(changed[0]) + 1, int(changed[-1]) + 2)
        if self._deflation is not None:
            self._deflation.update(self.reaction, self.free)

    def refactor(self) -> None:
        """Rebuild the hierarchy for weights that have been overwritten."""
        if isinstance(self.hierarchy, TiledHierarchy):
            free = np.pad(self.free_mask, 1).astype(np.float32)
            self.hierarchy.update(self.backend.asarray(free))
        else:
            self._rebuild(self.hierarchy, 1, self.shape[0] + 1)

    def _rebuild(self, hierarchy: Hierarchy, top: int, bottom: int) -> None:
        """Rebuild what depends on these rows of the hierarchy."""
        symmetric_part = symmetric_part_of(self.weights.planes, self.backend)
        hierarchy.update(self.free_mask, (top, bottom), symmetric_part)
        self._release()

    def _release(self) -> None:
        """Let the hierarchy drop the symmetric part, 16 bytes a pixel; rebuilding takes it."""
        if not self.symmetric and isinstance(self.hierarchy, Hierarchy):
            self.hierarchy.release()

    def begin(self, target: Any, u: Any) -> None:
        """Make a first guess such that the residual sums to zero where constants are deflated."""
        if self._deflation is not None:
            own = self.backend.zeros(u.shape)  # memory that is not touched costs nothing
            for k in range(2 if target.shape == u.shape else 0):
                own[k, ...] = self.reaction * target[k, ...]
            self._deflation.correct(own, u)

    def cycle(self, r: Any, z: Any, work: Any, slope: Any) -> tuple[Array, float]:
        """Write about A^-1 r to z; see `varcolor.solve.multigrid.hierarchy.Hierarchy.cycle`."""
        product, level = self.hierarchy.cycle(r, z, work, slope)
        if self._deflation is not None:  # what it adds to the product is zero
            level = self._deflation.correct(r, z, slope, level)
        return product, level

    def ratio_history(self) -> Any:
        """Return a history of ratios in which none is known.

        On the host that of `contraction_rate`, on a GPU (3, H + 2, W + 2): z of the step before,
        and its ratio.
        """
        if self.backend.on_host:
            return np.full((1, *self.reaction.shape), UNKNOWN, np.uint16)
        ratio_history = self.backend.zeros((3, *self.reaction.shape))
        ratio_history[2, ...] = ratio_history[2, ...] + float(MOST)
        return ratio_history

    def error_indicator(self, z: Any, ratio_history: Any, slope: Any) -> float:
        """Return the largest slope |z| / (1 - rho); see `contraction_rate`."""
        if self.backend.on_host:
            return float(self.backend.run(error_indicator, z, ratio_history, slope))
        return largest_of(self.backend, _share_left(self.backend.xp, z, ratio_history) * z, slope)

    def nested(self, r: Any, z: Any) -> bool:
        """Write what coarse grids know of A^-1 r to z; see `Hierarchy.nested`."""
        found = self.hierarchy.nested(r, z)
        if found and self._deflation is not None:
            self._deflation.correct(r, z)
        return found

    def approximate(self, r: Any, z: Any, work: Any) -> None:
        """Write about A^-1 r to z; see `varcolor.solve.multigrid.hierarchy.Hierarchy.apply`."""
        self.hierarchy.apply(r, z, work)

    def apply(self, u: Any, out: Any) -> Array:
        """Write A u to ``out`` and return the dot products with u."""
        kernel = product if self.symmetric else directed_product
        return self.backend.run(kernel, self.weights.planes, self.reaction, self.free, u, out)

    def dot(self, a: Any, b: Any) -> Array:
        """Return the dot products of both channels."""
        return self.backend.run(dot, a, b)

    def add(self, a: Any, b: Any, scale: Array) -> None:
        """Add ``scale`` times b to a, channel by channel."""
        self.backend.run(add_scaled, a, b, scale.astype(np.float32))

    def scale_and_add(self, a: Any, scale: Array, b: Any) -> None:
        """Replace a by ``scale`` times a plus b, channel by channel."""
        self.backend.run(scale_and_add, a, b, scale.astype(np.float32))

    def products(self, images: Any, count: int, q: Any) -> Array:
        """Return the products of q with the first ``images``, (count, 2)."""
        if self.backend.on_host:
            found = self.backend.run(products, images, count, q, self.weights.scale)
            return found.reshape(-1, 2)
        weighed = q * self._weight
        return np.array([self.dot(images[i, ...], weighed) for i in range(count)]).reshape(count, 2)

    def orthogonalise(
        self, p: Any, images: Any, z: Any, q: Any, r: Any, shares: Array, new: int
    ) -> Array:
        """Make q = A z orthogonal to other images; see `varcolor.solve.multigrid.protocols`."""
        if self.backend.on_host:
            own = p, images, z, q, r, shares.astype(np.float32), new, self.weights.scale
            return self.backend.run(orthogonalise, *own).reshape(3, 2)
        step = 1 * z  # a copy, in any array library
        for i, share in enumerate(shares):
            self.add(step, p[i, ...], -share)
            self.add(q, images[i, ...], -share)
        p[new, ...], images[new, ...] = step, q
        weighed = q * self._weight
        found = [self.dot(weighed, other) for other in (q, r)]
        return np.array([*found, self.dot(r * self._weight, r)])

    @property
    def _weight(self) -> Any:
        """(H + 2, W + 2) on a GPU: one over the scale of the rows, 0 around the picture."""
        if self._inverse_scale is None:
            xp, scale = self.backend.xp, self.weights.scale
            safe = xp.where(scale > 0, scale, 1 + scale)
            self._inverse_scale = xp.where(scale > 0, 1 / safe, 0 * scale)
        return self._inverse_scale

    def cg_update(self, u: Any, p: Any, r: Any, q: Any, scale: Array) -> Array:
        """Add ``scale`` p to u, take ``scale`` q from r; return the sums of squares of r."""
        return self.backend.run(cg_update, u, p, r, q, scale.astype(np.float32))

    def residual(self, target: Any, u: Any, r: Any) -> Array:
        """Write reaction (target - u) - L u to r; return the largest |r| of both channels."""
        own = self.weights.planes, self.reaction, self.free
        return self.backend.run(exact_residual, *own, target, u, r)


def _share_left(xp: Any, z: Any, ratio_history: Any) -> Any:
    """Return 1 / (1 - rho) of `contraction_rate` in generic code, and keep z in the history."""
    where, most = xp.where, float(MOST)
    one, two, old = (ratio_history[k, ...] for k in range(3))
    second, none = abs(two) > abs(one), 0 * old
    before, now = where(second, two, one), where(second, z[1, ...], z[0, ...])
    known = before != 0
    ratio = where(known, now / where(known, before, 1 + none), none + most)
    grown = (ratio > float(GROWN)) | (old > float(GROWN))
    rho = where(ratio < old, ratio, old)
    limit = where(grown, none + float(AT_MOST), none + most)
    rho = where(rho < limit, rho, limit)
    ratio_history[:2, ...], ratio_history[2, ...] = z, ratio
    return 1 / (1 - where(rho > 0, rho, none))
