"""ADMM for total generalised variation on large pictures, with a multigrid preconditioner.

The iteration is `varcolor.solve.admm.tgv`, `varcolor.solve.admm.driver` runs it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from varcolor.backend.base import Backend
from varcolor.energy.problem import Problem
from varcolor.energy.tgv import GeneralisedVariation
from varcolor.energy.weighted import bare_term
from varcolor.solve.admm.driver import Descent, box_of
from varcolor.solve.admm.tgv import Generalised
from varcolor.solve.admm.tgv_operator import TgvOperator
from varcolor.solve.grid_cues import GridCues
from varcolor.solve.initial_guess import nearest_cue
from varcolor.solve.reachability import connected_on_grid
from varcolor.solve.result import Solution, Status
from varcolor.solve.solver import Goal
from varcolor.solve.sparse.affine_null_space import (
    FreeSlopes,
    free_in_parts,
    loose_pixels,
    minimise_free_slopes,
)
from varcolor.typing import Array, FloatArray


@dataclass(slots=True, eq=False)
class Prepared:
    """What depends on the photo and on where its cues are."""

    cues: GridCues
    free: tuple[FreeSlopes, ...]
    """What cues leave open."""
    matrix: TgvOperator | None
    """None if there is nothing to solve for."""


def prepare(problem: Problem, before: Prepared | None, backend: Backend) -> Prepared:
    """Find the parts of the picture, and make room for a hierarchy."""
    factor, term = bare_term(problem.terms[0])
    root, second_weights = _operator(term, factor, backend)  # type: ignore[arg-type]
    label = connected_parts(problem, backend.to_numpy(root))
    reach = np.isin(label, np.unique(label[problem.at])).reshape(problem.shape)
    free_mask = reach.copy()
    free_mask.flat[problem.at[problem.exact]] = False
    unreached = ~reach if problem.visible is None else ~reach & problem.visible
    cues, matrix = GridCues(backend, problem, free_mask, unreached), None
    if free_mask.any():
        reaction = cues.reaction(lambda: max(float(backend.xp.max(root)), 1e-30))
        matrix = TgvOperator(root, second_weights, reaction, cues.free(), backend)
    return Prepared(cues, free_in_parts(problem, label), matrix)


def minimise(
    state: Prepared, values: FloatArray, start: FloatArray | None, goal: Goal, gap: float
) -> Solution:
    """Iterate until the energy is proven to be within a relative gap of the minimum."""
    cues, channels, backend = state.cues, values.shape[1], state.cues.backend
    problem = cues.problem
    target, u = cues.first_guess(values, start, np.float64)
    loose = loose_pixels(state.free, problem.shape)
    constant = not len(values) or bool((values == values[0]).all())
    if state.matrix is None or (constant and start is None):
        done = cues.solution(channels, u, Status.CONVERGED, energies=(0.0,))
        return replace(done, loose=loose)
    _, guess = cues.first_guess(values, values[nearest_cue(problem)], np.float64)
    x = with_slopes(guess if start is None else u, backend.zeros)
    search = Generalised(state.matrix, target, x, box_of(values, fourth_order=True))
    nearest = with_slopes(guess, backend.zeros)
    descent = Descent(search, gap, nearest, lambda own: cues.shown(own, channels))
    status = descent.run(goal, start is None)
    kept = descent.kept
    if state.free:
        host = backend.to_numpy(kept)
        minimise_free_fields(state.free, host)
        kept = backend.asarray(host)
    error = math.inf if descent.steps else 0.0
    found = status, descent.steps, 0.0, error, tuple(descent.energies), descent.gap
    return replace(cues.solution(channels, kept, *found), loose=loose)


def _operator(term: GeneralisedVariation, factor: float, backend: Backend) -> tuple[Any, Any]:
    """Return root and second_weights, as in `varcolor.backend.kernels.admm.tgv`."""
    planes, xp = term.weights.planes(backend), backend.xp
    root = factor * xp.sqrt(xp.stack([planes[0, ...], planes[2, ...]]))
    return root, xp.where(root > 0, 0 * root + factor * term.ratio, 0 * root)


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


def minimise_free_fields(free: tuple[FreeSlopes, ...], x: Array) -> None:
    """Make free slopes the smallest, in place; x is (6, H + 2, W + 2)."""
    count = (x.shape[1] - 2) * (x.shape[2] - 2)
    fields = np.ascontiguousarray(x[:, 1:-1, 1:-1]).reshape(3, 2, count)
    full = minimise_free_slopes(free, fields.transpose(0, 2, 1).reshape(3 * count, 2), count)
    x[:, 1:-1, 1:-1] = full.reshape(3, count, 2).transpose(0, 2, 1).reshape(x[:, 1:-1, 1:-1].shape)
