"""Krylov iteration until the error is proven to be within the tolerance."""

from __future__ import annotations

import math

import numpy as np

from varcolor.solve.result import Solution, Status
from varcolor.solve.solver import Goal, fraction_done, start_values
from varcolor.solve.sparse.krylov import Apply, method_for
from varcolor.solve.sparse.linear_system import LinearSystem
from varcolor.solve.sparse.mmatrix_bound import Certificate
from varcolor.typing import FloatArray

#: The proof is first tried when the residual has fallen this far.
_FIRST_CHECK = 1e-3
#: About where a solve ends, relative to its first residual.
_LAST_RESIDUAL = 1e-9
#: Steps without a better proof, beside thrice the steps so far, after which rounding is the limit.
_PATIENCE = 50
#: The recursive residual is given up for the true one when they differ by this factor.
_DRIFT = 10.0


def iterate(
    system: LinearSystem,
    precondition: Apply,
    values: FloatArray,
    start: FloatArray | None,
    goal: Goal,
) -> Solution:
    """Solve a linear system by preconditioned conjugate gradients, or BiCGStab."""
    matrix, b = system.matrix, system.rhs(values)
    x = start_values(start, system.free, values)
    if not len(system.free) or not system.residual(x, values)[0].any():
        return finish(system, values, x, Status.CONVERGED)  # cues of one colour, for example
    symmetric = system.problem.symmetric
    method = method_for(symmetric)
    certificate = Certificate(system, precondition, goal.max_steps)
    constant = system.problem.energy(system.fill(np.zeros_like(x), values), values)
    energies: list[float] = []
    first = _norm(b - matrix @ x)
    scale = max(_norm(b), first) or 1.0
    status, residual, error = Status.STEP_LIMIT, math.inf, math.inf
    best, best_step, next_check = math.inf, 0, 1
    run = method(matrix, b, x, precondition)
    for step in range(1, goal.max_steps + 1):
        _, r = next(run)
        now = _norm(r)
        if symmetric:
            energies.append(constant - float(np.einsum("fc,fc->", x, b + r)))
        goal.report(fraction_done(now / scale, _LAST_RESIDUAL), lambda: system.fill(x, values))
        if step < goal.max_steps and (step < next_check or now > _FIRST_CHECK * scale):
            continue
        bound, residual = certificate.bound(x, values)
        error = goal.levels(x, bound, system.free)
        if error <= goal.tolerance:
            status = Status.CONVERGED
            break
        if error < 0.9 * best:
            best, best_step = error, step
        elif step - best_step > _PATIENCE + 3 * best_step:
            status = Status.STAGNATED
            break
        if residual > _DRIFT * float(np.abs(r).max()):
            run = method(matrix, b, x, precondition)
        rate = (now / first) ** (1 / step) if 0 < now < first else 0.99
        next_check = step + _steps_to(goal.tolerance / error, rate)
    return finish(system, values, x, status, step, residual, error, tuple(energies))


def finish(
    system: LinearSystem,
    values: FloatArray,
    x: FloatArray,
    status: Status,
    steps: int = 0,
    residual: float = 0.0,
    error: float = 0.0,
    energies: tuple[float, ...] = (),
) -> Solution:
    """Put the unknowns back into the picture."""
    u = system.fill(x, values)
    if not energies and system.problem.symmetric:
        energies = (system.problem.energy(u, values),)
    return Solution(u, status, steps, residual, error, energies, system.unreached)


def _norm(r: FloatArray) -> float:
    return float(np.linalg.norm(r))


def _steps_to(gain: float, rate: float) -> int:
    """Return how many steps at this rate are likely to shrink the error by ``gain``."""
    if not (0 < rate < 1 and 0 < gain < 1):
        return 1
    return max(1, min(200, math.ceil(0.7 * math.log(gain) / math.log(rate))))
