"""Second-order total generalised variation, guided: edges and slopes, but no staircases.

    E(u) = min over v of  sum_r |(D u - S v)_r| + ratio sum_r |(E v)_r|

v holds a slope for both directions at every pixel, (D u)_rs = sqrt(w_rs) (u_s - u_r) for the right
and the lower neighbour, S multiplies by the same sqrt(w_rs), and E v = (d_x v_x, d_y v_y,
(d_y v_x + d_x v_y) / sqrt 2) with differences to the right and lower neighbour. Norms run over both
channels. Boundary rule: differences that leave the picture are left out. Null space: affine
functions per connected part (of the guided form, too: a plane has v equal to its slope everywhere).
Where a part has no three cues that are not on one line, slopes across them are free: those parts
are found and reported, and get the smallest slope (`varcolor.solve.sparse.affine_null_space`).

References: K. Bredies, K. Kunisch, T. Pock, "Total generalized variation", SIAM J. Imaging Sci. 3
(2010); guided by a picture: D. Ferstl et al., "Image guided depth upsampling using anisotropic
total generalized variation", ICCV 2013.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from varcolor.energy.blocks import Block, OnBlocks, grouped
from varcolor.energy.problem import TermSummary
from varcolor.energy.stencil import Stencil, neighbours
from varcolor.typing import Array, FloatArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

#: Steps of reweighted least squares for the value of a chroma picture, and how the smallest norm
#: falls from step to step.
_STEPS, _FALL = 45, 0.7
_RIGHT, _DOWN = (0, 1), (1, 0)


@dataclass(frozen=True, eq=False)
class GeneralisedVariation(OnBlocks):
    """Second-order TGV with the weights of a symmetric stencil."""

    weights: Stencil
    """Symmetric, with at least the four nearest neighbours; others are not used."""
    ratio: float = 2.0
    """What a change of slope costs, against a step."""
    quadratic: bool = False

    @property
    def summary(self) -> TermSummary:
        """Norms of first and second differences."""
        return TermSummary(form="tgv", norm=True, offsets=self.weights.offsets)

    @property
    def auxiliary(self) -> int:
        """Two slopes per pixel."""
        return 2

    def value_with(self, u: Array, v: Array) -> float:
        """Return the energy of u (H, W, C) with slopes v (2, H, W, C): right and down."""
        edges = {self.weights.offsets[k]: (k, a, b) for k, a, b in self.weights.edges()}
        steps = np.zeros(u.shape[:2])
        seen: dict[tuple[int, int], Array] = {}
        for i, offset in enumerate((_RIGHT, _DOWN)):
            if offset in edges:
                k, here, there = edges[offset]
                weight = self.weights.weights[k][here]
                steps[here] += weight * ((u[there] - u[here] - v[i][here]) ** 2).sum(axis=2)
                seen[offset] = weight > 0
        bends = np.zeros(u.shape[:2])
        mixed = np.zeros(u.shape)
        for offset, plain, other in ((_RIGHT, 0, 1), (_DOWN, 1, 0)):
            if offset in edges:
                _, here, there = edges[offset]
                both = seen[offset][..., None]
                bends[here] += (both * (v[plain][there] - v[plain][here]) ** 2).sum(axis=2)
                mixed[here] += both * (v[other][there] - v[other][here]) / 2**0.5
        bends += (mixed**2).sum(axis=2)
        return float(np.sqrt(steps).sum() + self.ratio * np.sqrt(bends).sum())

    def value(self, u: Array) -> float:
        """Return the energy of u (H, W, C), slopes found by reweighted least squares."""
        from scipy.sparse import csc_array, diags_array
        from scipy.sparse.linalg import spsolve

        count = u.shape[0] * u.shape[1]
        step, bend = self.blocks()
        of_u, of_v = step.operator[:, :count], step.operator[:, count:]
        bent = bend.operator[:, count:]
        flat = u.reshape(count, -1)
        v = np.zeros((2 * count, flat.shape[1]))
        best = self.value_with(u, np.zeros((2, *u.shape)))
        smallest = float(np.abs(of_u @ flat).max(initial=0.0)) + 1e-30
        for _ in range(_STEPS):
            smallest *= _FALL
            parts = []
            for operator, image, group, strength in (
                (of_v, of_u @ flat + of_v @ v, step.group, 1.0),
                (bent, bent @ v, bend.group, self.ratio),
            ):
                size = np.sqrt((image.reshape(-1, group, image.shape[1]) ** 2).sum(axis=(1, 2)))
                weight = np.repeat(strength / np.maximum(size, smallest), group)
                parts.append(operator.T @ diags_array(weight))
            matrix = parts[0] @ of_v + parts[1] @ bent
            diagonal = matrix.diagonal()
            matrix = matrix + diags_array(np.where(diagonal > 0, 1e-12 * diagonal, 1.0))
            v = np.reshape(spsolve(csc_array(matrix), -(parts[0] @ (of_u @ flat))), v.shape)
            best = min(best, self.value_with(u, v.reshape(2, *u.shape)))
        return best

    def blocks(self) -> tuple[Block, ...]:
        """Return both norms; the unknowns are u, the slopes to the right, and those downwards."""
        from scipy.sparse import csr_array, hstack

        shape, index = self.weights.shape, self.weights.offsets.index
        count = shape[0] * shape[1]
        root = {o: np.sqrt(self.weights.weights[index(o)]).ravel() for o in (_RIGHT, _DOWN)}
        right, down = (_difference(shape, o, root[o] > 0) for o in (_RIGHT, _DOWN))
        nothing = csr_array((count, count))
        steps = [
            hstack([_scaled(root[_RIGHT], right), _diagonal(-root[_RIGHT]), nothing]),
            hstack([_scaled(root[_DOWN], down), nothing, _diagonal(-root[_DOWN])]),
        ]
        half = 0.5**0.5
        bends = [
            hstack([nothing, right, nothing]),
            hstack([nothing, nothing, down]),
            hstack([nothing, half * down, half * right]),
        ]
        return (
            Block(grouped([csr_array(p) for p in steps]), 2, 1.0, square=False),
            Block(grouped([csr_array(p) for p in bends]), 3, self.ratio, square=False),
        )


def _difference(shape: tuple[int, int], offset: tuple[int, int], present: Array) -> csr_array:
    """Return (N, N) rows u_s - u_r, empty where there is no such pair."""
    from scipy.sparse import csr_array

    index = np.arange(shape[0] * shape[1]).reshape(shape)
    pairs = [(index[a].ravel(), index[b].ravel()) for _, a, b in neighbours(shape, (offset,))]
    here, there = pairs[0] if pairs else (np.zeros(0, int), np.zeros(0, int))
    kept = present[here]
    here, there = here[kept], there[kept]
    ones = np.ones(len(here))
    place = (np.concatenate([here, here]), np.concatenate([here, there]))
    return csr_array((np.concatenate([-ones, ones]), place), shape=(index.size, index.size))


def _diagonal(values: FloatArray) -> csr_array:
    from scipy.sparse import diags_array

    return diags_array(values).tocsr()


def _scaled(values: FloatArray, matrix: csr_array) -> csr_array:
    from scipy.sparse import csr_array

    return csr_array(_diagonal(values) @ matrix)
