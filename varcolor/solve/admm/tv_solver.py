"""ADMM for energies with total variation on large pictures, with a multigrid preconditioner.

The iteration is `varcolor.solve.admm.tv`, `varcolor.solve.admm.driver` runs it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from varcolor.backend.base import Backend
from varcolor.energy.problem import Problem
from varcolor.solve.admm.driver import Descent, box_of
from varcolor.solve.admm.tv import Variation
from varcolor.solve.admm.tv_model import Parts, parts_of
from varcolor.solve.grid_cues import GridCues
from varcolor.solve.initial_guess import nearest_picture
from varcolor.solve.multigrid.operator import Matrix
from varcolor.solve.multigrid.stencil_weights import Weights
from varcolor.solve.result import Solution, Status
from varcolor.solve.solver import Goal
from varcolor.typing import FloatArray


@dataclass(slots=True, eq=False)
class Prepared:
    """What depends on the photo and on where its cues are."""

    cues: GridCues
    parts: Parts
    matrix: Matrix | None
    """None if there is nothing to solve for."""
    used: bool = False
    """Whether its weights are those that the last run came to."""


def prepare(problem: Problem, before: Prepared | None, backend: Backend) -> Prepared:
    """Take the weights apart, and make room for a hierarchy.

    Raises
    ------
    InputError
        If the energy is another one.
    """
    if (
        before is not None
        and before.cues.problem.terms is problem.terms
        and before.cues.backend.name == backend.name
    ):
        parts = before.parts
    else:
        none = backend.zeros((4, 1, 1))
        parts = parts_of(problem.terms, lambda stencil: stencil.planes(backend), none)
    planes = parts.planes()
    cues = GridCues.of(problem, planes, backend)
    matrix = Matrix(Weights(planes, None), cues) if cues.free_mask.any() else None
    return Prepared(cues, parts, matrix)


def minimise(
    state: Prepared, values: FloatArray, start: FloatArray | None, goal: Goal, gap: float
) -> Solution:
    """Iterate until the energy is proven to be within a relative gap of the minimum."""
    cues, channels, backend = state.cues, values.shape[1], state.cues.backend
    target, u = cues.first_guess(values, start, np.float64)
    constant = not len(values) or bool((values == values[0]).all())
    if state.matrix is None or (constant and start is None):
        return cues.solution(channels, u, Status.CONVERGED, energies=(0.0,))
    box = box_of(values, state.parts.fourth_order)
    search = Variation(state.matrix, backend, state.parts, cues.free(), target, u, box)
    if state.used:
        search.rebuild()
    state.used = True
    nearest = backend.asarray(nearest_picture(cues.problem, values))
    descent = Descent(search, gap, nearest, lambda picture: cues.shown(picture, channels))
    status = descent.run(goal, start is None)
    error = math.inf if descent.steps else 0.0
    found = status, descent.steps, 0.0, error, tuple(descent.energies), descent.gap
    return cues.solution(channels, descent.kept, *found)
