"""Weights across the borders of objects are made smaller, so that colours stop there.

With the masks M_o (H, W), 0 or 1, of objects o, and B their blur by a Gaussian of 1 pixel, the
strength of the border between the neighbours r and s is

    s_rs = 1                                                  if M_o(r) != M_o(s) for an o,
           min(1, max_o |B M_o(r) - B M_o(s)| / (2 Phi(1/2) - 1))      elsewhere,

Phi the normal distribution: 1 where an edge of the grid crosses a straight border, 0.63, 0.14 and
0.01 one, two and three pixels away from it, for edges across; edges along the border keep their
weights. Weights of any method become

    w'_rs = w_rs 10^(-4 cut s_rs),    cut = 0..1,

10^(-2 cut s_rs) where an energy squares its weights (`bilaplacian`, `levin-ls`),
but never less than 2e-8 by that, so that every part of the picture stays connected: an object
without a cue gets its surroundings' colours. *Walls* are borders whose edges (s_rs = 1 by crossing)
have no weight at all: cues inside do not leave them, and none enter. Rows of Levin's weights sum to
1 again afterwards.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from varcolor.backend.base import Backend
from varcolor.energy.stencil import FORWARD, Offset, Stencil, neighbours
from varcolor.energy.weighted import Weighted
from varcolor.typing import Array, BoolArray, FloatArray, Shape

#: Decades by which ``cut=1`` lowers a weight, and what no weight is lowered to below.
_DECADES, LEAST = 4.0, 2e-8
#: Standard deviation of the blur, how far it reaches, and its largest step across a border.
_SIGMA, _REACH, _STEP = 1.0, 4, 0.3829249
#: Strengths are stored in steps of 1/254; `WALL` is a border without any weight.
_STEPS, WALL = 254, 255

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """A mask in its box: what a border belongs to."""

    top: int
    left: int
    mask: BoolArray
    """(h, w); outside of the box there is nothing of it."""
    wall: bool = False
    """Whether nothing passes its border."""


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """The borders of some regions in a picture, and how far they separate."""

    shape: Shape
    """Height and width of the picture."""
    regions: tuple[Region, ...]
    cut: float
    """0: not at all (walls alone count), to 1."""

    def factors(self) -> FloatArray:
        """Return (256,): what weights are multiplied by, for every strength."""
        result = 10 ** (-_DECADES * self.cut * np.minimum(np.arange(256), _STEPS) / _STEPS)
        result[WALL] = 0.0
        return np.asarray(result)

    def strength(self, offsets: tuple[Offset, ...]) -> Array:
        """Return (K, H, W) uint8: the strength of the border between every pixel and a neighbour.

        For half of a window (`FORWARD`) that is all, as r and s have the same as s and r.
        """
        result = np.zeros((len(offsets), *self.shape), np.uint8)
        reach = _REACH + max(max(map(abs, offset)) for offset in offsets)
        for region in self.regions:
            if self.cut > 0 or region.wall:
                self._add(result, offsets, region, reach)
        return result

    def bordered(self) -> Array:
        """Return (4, H + 2, W + 2) uint8: the strengths as kernels take them."""
        result = np.zeros((4, self.shape[0] + 2, self.shape[1] + 2), np.uint8)
        result[:, 1:-1, 1:-1] = self.strength(FORWARD)
        return result

    def _add(self, result: Array, offsets: tuple[Offset, ...], region: Region, reach: int) -> None:
        """Let ``result`` know of one region's border, in its box and around it."""
        (height, width), (h, w) = self.shape, region.mask.shape
        top, left = max(0, region.top - reach), max(0, region.left - reach)
        bottom = min(height, region.top + h + reach)
        right = min(width, region.left + w + reach)
        own = np.zeros((bottom - top, right - left), bool)
        row, column = region.top - top, region.left - left
        own[row : row + h, column : column + w] = region.mask
        soft = _blurred(own) if self.cut > 0 else np.zeros(own.shape, np.float32)
        place = result[:, top:bottom, left:right]
        for k, here, there in neighbours(own.shape, offsets):
            step = np.abs(soft[here] - soft[there])
            step *= _STEPS / _STEP
            np.minimum(step, _STEPS, out=step)
            level = step.astype(np.uint8)
            level[own[here] != own[there]] = WALL if region.wall else _STEPS
            np.maximum(place[k][here], level, out=place[k][here])


def _blurred(mask: BoolArray) -> Array:
    from scipy.ndimage import gaussian_filter

    soft: Array = gaussian_filter(
        mask.astype(np.float32), _SIGMA, mode="nearest", truncate=_REACH / _SIGMA
    )
    return soft


def cut_terms(terms: Iterable[T], cut: Cut) -> tuple[T, ...]:
    """Return terms of an energy with weights that are lowered across the borders.

    Whatever a term is, its weights are its fields of the type `Stencil`.
    """
    strengths = _Once(cut)
    return tuple(_cut_term(term, cut, strengths) for term in terms)


def _cut_term(term: Any, cut: Cut, strengths: _Once) -> Any:
    if isinstance(term, Weighted):
        return dataclasses.replace(term, term=_cut_term(term.term, cut, strengths))
    if term.summary.form == "biharmonic":  # its weights are squared
        cut = dataclasses.replace(cut, cut=cut.cut / 2)
    own = {f.name: getattr(term, f.name) for f in dataclasses.fields(term)}
    changed = {
        name: cut_stencil(value, cut, strengths)
        for name, value in own.items()
        if isinstance(value, Stencil)
    }
    return dataclasses.replace(term, **changed)


class _Once:
    """Strengths for kernels, made when they are first needed."""

    def __init__(self, cut: Cut) -> None:
        self._cut = cut
        self._made: Array | None = None

    def __call__(self) -> Array:
        if self._made is None:
            self._made = self._cut.bordered()
        return self._made


def cut_stencil(stencil: Stencil, cut: Cut, strengths: _Once | None = None) -> Stencil:
    """Return weights that are lowered across the borders."""
    own = stencil.fused
    bordered = strengths or _Once(cut)

    def weights() -> FloatArray:
        return lowered(stencil, cut)

    def fused(backend: Backend) -> Any:
        from varcolor.backend.kernels.stencil.border_factors import border_factors

        assert own is not None
        planes = own(backend)
        strength = backend.asarray(bordered())
        factors = backend.asarray(cut.factors().astype(np.float32))
        backend.run(border_factors, planes, strength, factors, LEAST)
        return planes

    walls = any(region.wall for region in cut.regions)
    lowest = 0.0 if walls else max(min(stencil.least, LEAST), stencil.least * cut.factors()[_STEPS])
    return Stencil(
        stencil.offsets,
        weights,
        stencil.symmetric,
        stencil.shape,
        None if own is None else fused,
        least=lowest,
        kept=lambda: cut.factors().astype(np.float32)[bordered()],
    )


def lowered(stencil: Stencil, cut: Cut) -> FloatArray:
    """Return the weights (K, H, W) of a stencil, lowered, as the formula says."""
    old, factor = stencil.weights, cut.factors()[cut.strength(stencil.offsets)]
    result = np.where(factor > 0, np.maximum(old * factor, np.minimum(old, LEAST)), 0.0)
    if not stencil.symmetric:
        total = result.sum(axis=0)
        result /= np.where(total > 0, total, 1)
    return result
