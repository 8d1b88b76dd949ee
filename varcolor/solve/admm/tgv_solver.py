"""Large pictures, total generalised variation: alternating directions, multigrid inside.

The iteration is `varcolor.solve.admm.tgv`, `varcolor.solve.admm.driver` runs it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from varcolor.backend.thread_pool import Team
from varcolor.energy.problem import Problem, Term
from varcolor.energy.tgv import GeneralisedVariation
from varcolor.energy.weighted import bare_term
from varcolor.errors import InputError
from varcolor.solve.admm.driver import Descent, box_of, check_gap, solution_of
from varcolor.solve.admm.tgv import Generalised
from varcolor.solve.admm.tgv_operator import Host, SlopesMatrix
from varcolor.solve.initial_guess import first_guess, inner, nearest_cue
from varcolor.solve.multigrid.levels import bordered
from varcolor.solve.multigrid.stencil_weights import soft_weights
from varcolor.solve.reachability import connected_on_grid
from varcolor.solve.result import Solution, Status
from varcolor.solve.solver import Goal
from varcolor.solve.sparse.affine_null_space import FreeSlopes, free_in_parts, loose_pixels, settle
from varcolor.typing import Array, BoolArray, FloatArray


@dataclass(slots=True, eq=False)
class Prepared:
    """What depends on the photo and on where its cues are."""

    problem: Problem
    unknown: BoolArray
    unreached: BoolArray
    free: tuple[FreeSlopes, ...]
    """What cues leave open."""
    matrix: SlopesMatrix | None


@dataclass(frozen=True, slots=True)
class Slopes:
    """For large pictures with tgv."""

    name: str = "slopes"
    gap: float = 1e-3
    """Largest distance of the energy from the minimum, as a part of it."""
    threads: int | None = None
    """Threads; None = as many as there are cores, at most 16."""

    def __post_init__(self) -> None:
        check_gap(self.gap)

    def memory(self, unknowns: int) -> float:
        """Return the bytes needed."""
        return 900.0 * unknowns

    def prepare(self, problem: Problem, before: Prepared | None = None) -> Prepared:
        """Find the parts of the picture, and make room for a hierarchy.

        Raises
        ------
        InputError
            If the energy is another one.
        """
        if not fits(problem.terms):
            raise InputError(
                "the slopes solver takes tgv alone, in a 3x3 window: use the solver 'general'"
            )
        team = Team(self.threads)
        factor, term = bare_term(problem.terms[0])
        root, bend = _operator(term, factor, team)  # type: ignore[arg-type]
        label = connected_parts(problem, root)
        reach = np.isin(label, np.unique(label[problem.at])).reshape(problem.shape)
        unknown = reach.copy()
        unknown.flat[problem.at[problem.exact]] = False
        unreached = ~reach if problem.visible is None else ~reach & problem.visible
        matrix = None
        if unknown.any():
            free = bordered(problem.shape)
            free[1:-1, 1:-1] = unknown
            excess = soft_weights(problem, lambda: max(float(root.max()), 1e-30))
            matrix = SlopesMatrix(root, bend, excess, free, Host(team))
        return Prepared(problem, unknown, unreached, free_in_parts(problem, label), matrix)

    def run(
        self, state: Prepared, values: FloatArray, start: FloatArray | None, goal: Goal
    ) -> Solution:
        """Iterate until the energy is proven to be near the minimum."""
        problem, channels = state.problem, values.shape[1]
        if channels > 2:
            raise InputError(f"{channels} channels: the slopes solver takes one or two")
        pull, u = first_guess(problem, state.unknown, values, start, np.float64)
        constant = not len(values) or bool((values == values[0]).all())
        if state.matrix is None or (constant and start is None):
            done = solution_of(u, channels, state.unreached, Status.CONVERGED)
            return replace(done, loose=loose_pixels(state.free, problem.shape))
        nearest = values[nearest_cue(problem)]
        _, guess = first_guess(problem, state.unknown, values, nearest, np.float64)
        x = with_slopes(guess if start is None else u, np.zeros)
        search = Generalised(state.matrix, pull, x, box_of(values, fourth_order=True))
        show = partial(inner, channels=channels)
        descent = Descent(search, self.gap, with_slopes(guess, np.zeros), show)
        status = descent.run(goal, start is None)
        if state.free:
            settle_fields(state.free, descent.kept)
        found = descent.steps, tuple(descent.energies), descent.gap
        done = solution_of(descent.kept, channels, state.unreached, status, *found)
        return replace(done, loose=loose_pixels(state.free, problem.shape))


def fits(terms: tuple[Term, ...]) -> bool:
    """Tell whether the solver takes an energy."""
    return len(terms) == 1 and isinstance(bare_term(terms[0])[1], GeneralisedVariation)


def _operator(term: GeneralisedVariation, factor: float, team: Team) -> tuple[Array, Array]:
    """Return root and bend, as in `varcolor.backend.kernels.admm.tgv`."""
    planes = term.weights.planes(team)
    root = factor * np.sqrt(planes[[0, 2]])
    return root, ((root > 0) * (factor * term.ratio)).astype(np.float32)


def connected_parts(problem: Problem, root: Array) -> Array:
    """Return (N,): numbers of the parts that the weights connect."""
    planes = np.zeros((4, *root.shape[1:]), np.float32)
    planes[0], planes[2] = root
    if connected_on_grid(problem, planes):
        from scipy.ndimage import label

        if problem.visible is None:
            return np.zeros(problem.shape, int).ravel()
        return np.asarray(label(problem.visible)[0].ravel())
    from scipy.sparse import coo_array, csgraph

    count = problem.shape[0] * problem.shape[1]
    index = np.arange(count).reshape(problem.shape)
    across, down = root[0, 1:-1, 1:-1][:, :-1] > 0, root[1, 1:-1, 1:-1][:-1] > 0
    here = np.concatenate([index[:, :-1][across], index[:-1][down]])
    there = np.concatenate([index[:, 1:][across], index[1:][down]])
    edges = coo_array((np.ones(len(here), np.int8), (here, there)), shape=(count, count))
    return np.asarray(csgraph.connected_components(edges, directed=False)[1])


def with_slopes(u: Any, zeros: Callable[..., Any]) -> Any:
    """Return a picture (2, H + 2, W + 2) with slopes of zero, (6, H + 2, W + 2) float64."""
    x = zeros((6, *u.shape[1:]), np.float64)
    x[:2, ...] = u
    return x


def settle_fields(free: tuple[FreeSlopes, ...], x: Array) -> None:
    """Make free slopes the smallest, in place; x is (6, H + 2, W + 2)."""
    count = (x.shape[1] - 2) * (x.shape[2] - 2)
    fields = np.ascontiguousarray(x[:, 1:-1, 1:-1]).reshape(3, 2, count)
    full = settle(free, fields.transpose(0, 2, 1).reshape(3 * count, 2), count)
    x[:, 1:-1, 1:-1] = full.reshape(3, count, 2).transpose(0, 2, 1).reshape(x[:, 1:-1, 1:-1].shape)
