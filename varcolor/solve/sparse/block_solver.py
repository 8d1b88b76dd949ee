"""The solver for every energy that is a sum of blocks: fourth order, total variation, sums.

Quadratic energies are factorised and solved in double precision with refinement; the error is
LAPACK's estimate: the norm of |A^-1| (|r| + its rounding errors), found from a few solutions. An
energy with norms is minimised by alternating directions until the gap to a lower bound is small.

References: N. Higham, "Accuracy and Stability of Numerical Algorithms", 2002, ch. 15 (the
estimate); `varcolor.solve.sparse.block_system` and `varcolor.solve.sparse.admm`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from varcolor.energy.problem import Problem, ProblemSummary
from varcolor.errors import InputError
from varcolor.solve.initial_guess import nearest_cue
from varcolor.solve.result import Solution, Status
from varcolor.solve.solver import Goal, Solver, fraction_done, middle
from varcolor.solve.sparse.admm import alternate
from varcolor.solve.sparse.affine_null_space import (
    FreeSlopes,
    free_slopes,
    loose_pixels,
    minimise_free_slopes,
)
from varcolor.solve.sparse.block_system import BlockSystem, assemble_blocks
from varcolor.solve.sparse.superlu import factorised
from varcolor.typing import Array, FloatArray

#: The gap is computed after every so many steps.
_CHECK = 5
#: Energies below this part of that of the nearest-cue picture count as nothing.
_SMALL = 1e-4
_ROUNDING = 64 * np.finfo(float).eps


@dataclass(slots=True, eq=False)
class Prepared:
    """A system and, if it is quadratic, its factorisation."""

    system: BlockSystem
    solve: Callable[[Array], Array] | None
    free: tuple[FreeSlopes, ...] = ()
    """What cues leave open."""


@dataclass(frozen=True, slots=True)
class BlockDirect(Solver):
    """Any method and sum, below a megapixel: direct, or alternating directions for gtv, tv, tgv."""

    name: str = "block-direct"
    gap: float = 1e-3
    """Energies with norms: largest distance of the energy from the minimum, as a part of it."""

    def __post_init__(self) -> None:
        if not 0 < self.gap < 1:
            raise InputError(f"gap {self.gap}: expected above 0 and below 1")

    def supports(self, problem: ProblemSummary) -> str:
        """Return why not, if it does not."""
        if all(term.energy for term in problem.terms):
            return ""
        return "levin as published is no energy: it cannot be part of a sum; use levin-ls"

    def priority(self, problem: ProblemSummary, loaded: bool) -> float:
        """Return 0 for equations of second order, which simpler solvers take."""
        return 0.0 if problem.second_order else 15.0

    def memory(self, problem: ProblemSummary) -> float:
        """Return the bytes needed: the factor of a fourth-order matrix."""
        return problem.unknowns * (530.0 + 250.0 * math.log2(max(problem.unknowns, 2)))

    def prepare(self, problem: Problem, before: Prepared | None = None) -> Prepared:
        """Assemble, and factorise a quadratic energy.

        Raises
        ------
        InputError
            If a term is no energy.
        """
        system = assemble_blocks(problem)
        if system.norms or not len(system.free):
            return Prepared(system, None, free_slopes(system))
        return Prepared(system, factorised(system.quadratic))

    def run(
        self, state: Prepared, values: FloatArray, start: FloatArray | None, goal: Goal
    ) -> Solution:
        """Minimise for cue values (N, C)."""
        system = state.system
        full = _first(system, values, start)
        constant = not len(values) or bool((values == values[0]).all())
        if not len(system.free) or (constant and start is None):
            done = _solution(system, full, values, Status.CONVERGED, 0, 0.0, 0.0)
            return replace(done, loose=loose_pixels(state.free, system.problem.shape))
        if state.solve is not None:
            return _refine(system, state.solve, full, values, goal)
        return self._alternate(state, full, values, goal, start is not None)

    def _alternate(
        self,
        state: Prepared,
        full: FloatArray,
        values: FloatArray,
        goal: Goal,
        started: bool,
    ) -> Solution:
        system = state.system
        box, nearest = _box(system, values), _nearest(system, values)
        least = _SMALL * system.energy(nearest, values)
        full = full if started else nearest
        energies: list[float] = []
        status, step, best, patience = Status.STEP_LIMIT, 0, math.inf, 0
        kept = full
        height, width = system.problem.shape
        for now, duals in alternate(system, values, full, factorised):
            step += 1
            if step % _CHECK and step < goal.max_steps:
                continue
            energy = system.energy(now, values)
            relative = system.gap(now, duals, values, box) / max(energy, least, 1e-300)
            if energy < (energies[-1] if energies else math.inf):
                energies.append(energy)
            patience = 0 if relative < 0.99 * best else patience + 1
            if relative < best:
                best, kept = relative, now
            shown = kept[: height * width].reshape(height, width, -1)
            goal.report(fraction_done(best, self.gap), lambda u=shown: u)
            if best <= self.gap:
                status = Status.CONVERGED
                break
            if patience > 200 or step >= goal.max_steps:
                status = Status.STAGNATED if patience > 200 else Status.STEP_LIMIT
                break
        kept = minimise_free_slopes(state.free, kept, height * width)
        found = _solution(system, kept, values, status, step, best, math.inf, tuple(energies), best)
        return replace(found, loose=loose_pixels(state.free, system.problem.shape))


def _first(system: BlockSystem, values: FloatArray, start: FloatArray | None) -> FloatArray:
    """Return all unknowns at the start: the middle of the values, slopes zero."""
    x = np.zeros((len(system.free), values.shape[1]))
    x[: system.pixels] = middle(values)
    if start is not None:
        x[: system.pixels] = start.reshape(-1, values.shape[1])[system.free[: system.pixels]]
    return system.whole(x, values)


def _nearest(system: BlockSystem, values: FloatArray) -> FloatArray:
    """Return the picture in which every pixel has the value of the nearest cue."""
    full = system.whole(np.zeros((len(system.free), values.shape[1])), values)
    own = system.free[: system.pixels]
    full[own] = values[nearest_cue(system.problem).ravel()[own]]
    return full


def _box(system: BlockSystem, values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return lowest and highest chroma: the cues' range, wider if squares can overshoot it."""
    low, high = values.min(axis=0), values.max(axis=0)
    wider = (high - low) if system.squares else 0 * high
    return low - wider, high + wider


def _refine(
    system: BlockSystem,
    solve: Callable[[Array], Array],
    full: FloatArray,
    values: FloatArray,
    goal: Goal,
) -> Solution:
    for _ in range(3):
        full[system.free] -= solve(system.half_gradient(full, values))
    residual = np.abs(system.half_gradient(full, values))
    rounding = np.zeros_like(full)
    for block in system.squares:
        magnitude = abs(block.operator)
        rounding += block.strength * (magnitude.T @ np.abs(block.operator @ full))
    error = _estimate(solve, residual + _ROUNDING * rounding[system.free])
    bound = np.broadcast_to(error, (system.pixels, values.shape[1]))
    levels = goal.levels(full[system.free], bound, system.free)
    status = Status.CONVERGED if levels <= goal.tolerance else Status.STAGNATED
    return _solution(system, full, values, status, 0, float(residual.max(initial=0.0)), levels)


def _estimate(solve: Callable[[Array], Array], residual: FloatArray) -> FloatArray:
    """Return an estimate (C,) of the largest error that residuals up to this cause."""
    from scipy.sparse.linalg import LinearOperator, onenormest

    found = []
    for column in residual.T:
        if len(column) < 4:
            whole = np.abs(solve(np.eye(len(column)))) @ column
            found.append(float(whole.max(initial=0.0)))
            continue

        def forward(v: Array, w: Array = column) -> Array:
            return np.asarray(w * solve(v.ravel()))

        def backward(v: Array, w: Array = column) -> Array:
            return solve(w * v.ravel())

        shape = (len(column), len(column))
        scaled = LinearOperator(shape, matvec=forward, rmatvec=backward, dtype=np.float64)
        found.append(float(onenormest(scaled)) if column.any() else 0.0)
    return np.array(found)


def _solution(
    system: BlockSystem,
    full: FloatArray,
    values: FloatArray,
    status: Status,
    steps: int,
    residual: float,
    error: float,
    energies: tuple[float, ...] = (),
    gap: float = 0.0,
) -> Solution:
    height, width = system.problem.shape
    u = full[: height * width].reshape(height, width, -1)
    energies = energies or (system.energy(full, values),)
    return Solution(u, status, steps, residual, error, energies, system.unreached, gap)
