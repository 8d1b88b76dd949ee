"""The change of a picture, solved for: E(d) = sum_rs w_rs |d_r - d_s|^2 + sum_r k_r |d_r - t_r|^2.

Chroma: the weights are small across edges of luma and colour, and d stops there.

Luma that moves: d is a change of the grey level, the weights 1 + (dY / 0.005)^2 are large across
edges of luma Y, and k is small. What is beside an edge moves with the other side: contrasts stay,
and d goes from one part's to the other's within flat parts, over about 3 % of the picture. Pixels
that would leave the range are held at its end, and d is found again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from varcolor.energy.color_weights import color_weights, contrast_weights
from varcolor.energy.harmonic import Harmonic
from varcolor.energy.problem import Problem
from varcolor.energy.stencil import Stencil
from varcolor.image.color import oklab
from varcolor.image.luma import row_blocks
from varcolor.pipeline.inputs import Inputs
from varcolor.solve.result import Solution
from varcolor.solve.solver import Goal, Solver
from varcolor.typing import Array, FloatArray

#: What Oklab's lightness and chroma count in the weights, and the smallest weight.
_GUIDE, _FLOOR = (0.7, 2.5, 2.5), 1e-4
#: Tolerance of the change, in 1/255.
_GOAL = Goal(tolerance=0.25)
#: Steps of luma that count twice in the weights of contrast.
_STEP = 0.005
#: How far a change of luma reaches into flat parts, of the picture's mean side.
_REACH = 0.03
#: Weight of what is held at the range's end, beside others, and how often it is found again.
_HELD, _ROUNDS = 1e4, 2


@dataclass(slots=True, eq=False)
class Solves:
    """Solves for the visible pixels of a picture."""

    inputs: Inputs
    solver: Solver

    def known(self) -> Array:
        """Return (N,): the flat indices of visible pixels."""
        visible = self.inputs.visible
        return np.arange(self.inputs.luma.size) if visible is None else np.flatnonzero(visible)

    def run(self, stencil: Stencil, weight: Array, *targets: Array) -> list[Solution]:
        """Return solutions for targets (C, H, W), C <= 2, with weights (H, W)."""
        shape, visible, known = self.inputs.shape, self.inputs.visible, self.known()

        def seen(picture: Array) -> Array:
            return picture.ravel() if visible is None else picture.ravel()[known]

        terms = (Harmonic(stencil),)
        state = self.solver.prepare(Problem(shape, visible, terms, known, seen(weight)))
        stack = [np.stack([seen(own) for own in target]).T for target in targets]
        return [self.solver.run(state, values, None, _GOAL) for values in stack]


def chroma_change(
    solves: Solves, lab: Array, wanted: Array, sure: Array, with_light: bool
) -> Solution:
    """Return the change (H, W, 2) of chroma or, with lightness last, (H, W, 3).

    ``lab`` and ``wanted`` (3, H, W), ``sure`` (H, W).
    """
    guide = np.moveaxis(lab, 0, -1)
    stencil = color_weights(guide, solves.inputs.visible, _FLOOR, _GUIDE)
    targets = [wanted[1:], wanted[:1]] if with_light else [wanted[1:]]
    found = solves.run(stencil, sure, *targets)
    if with_light:
        return replace(found[0], u=np.concatenate([found[0].u, found[1].u], axis=2))
    return found[0]


def luma_change(solves: Solves, lab: Array, wanted: Array, sure: Array) -> FloatArray:
    """Return the change (H, W) of the grey level, in units of white; contrasts of edges stay.

    ``wanted`` (H, W) is the change of Oklab's lightness, lab[0], that main colours want.
    """
    space, visible = solves.inputs.space, solves.inputs.visible
    gray = np.empty(solves.inputs.shape)
    target = np.empty(solves.inputs.shape)
    for rows in row_blocks(*gray.shape):
        gray[rows] = space.gray_of_luma(solves.inputs.luma[rows])
        light = np.clip(lab[0, rows] + wanted[rows], 0.0, 1.0)
        target[rows] = oklab.gray_of_luma(light) - oklab.gray_of_luma(lab[0, rows])
    reach = max(1.0, _REACH * float(np.sqrt(gray.size)))
    weight = np.where(np.isinf(sure), np.inf, 1 / reach**2)
    stencil = contrast_weights(gray, visible, _STEP)
    for again in range(_ROUNDS + 1):
        found = solves.run(stencil, weight, target[None])[0].u[..., 0].astype(np.float64)
        beyond = np.isfinite(weight) & ((gray + found < -1e-3) | (gray + found > 1 + 1e-3))
        if again == _ROUNDS or not beyond.any():
            break
        weight[beyond] = _HELD / reach**2
        target[beyond] = np.where(gray[beyond] + found[beyond] < 0, -gray[beyond], 1 - gray[beyond])
    return found
