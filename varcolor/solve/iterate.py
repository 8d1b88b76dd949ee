"""Drive a Krylov method until its answer is proven to be within the tolerance."""

from __future__ import annotations

import math

import numpy as np

from varcolor.solve.base import Goal, start_values
from varcolor.solve.certificate import Certificate
from varcolor.solve.krylov import Apply, method_for
from varcolor.solve.result import Solution, Status
from varcolor.solve.system import LinearSystem
from varcolor.typing import FloatArray

#: The proof is first tried when the residual has fallen this far.
_FIRST_CHECK = 1e-3
#: Checks without progress after which rounding is taken to be the limit.
_PATIENCE = 4


def iterate(
    system: LinearSystem,
    precondition: Apply,
    values: FloatArray,
    start: FloatArray | None,
    goal: Goal,
) -> Solution:
    """Solve a linear system by preconditioned conjugate gradients, or BiCGStab."""
    matrix, b = system.matrix, system.rhs(values)
    x = start_values(start, system.free, b.shape[1])
    if not len(system.free):
        return finish(system, x, values, Status.CONVERGED, 0, 0.0, 0.0, ())
    method = method_for(system.problem.symmetric)
    certificate = Certificate(matrix, method, precondition, goal.max_steps)
    constant = system.problem.energy(system.fill(np.zeros_like(x), values), values)
    energies: list[float] = []
    first = last = _norm(b - matrix @ x) or 1.0
    scale = max(_norm(b), first)
    error, best, idle, next_check = math.inf, math.inf, 0, 1
    status, residual, step = Status.STEP_LIMIT, math.inf, 0
    for step, (_, r) in enumerate(method(matrix, b, x, precondition), 1):
        now = _norm(r)
        if system.problem.symmetric:
            energies.append(constant - float(np.einsum("fc,fc->", x, b + r)))
        if step >= next_check and (now <= _FIRST_CHECK * scale or step == goal.max_steps):
            bound, residual = certificate.bound(x, b)
            error = goal.levels(x, bound, system.free)
            if error <= goal.tolerance:
                status = Status.CONVERGED
                break
            idle = idle + 1 if error > 0.9 * best else 0
            if idle >= _PATIENCE:
                status = Status.STAGNATED
                break
            best = min(best, error)
            rate = (now / first) ** (1 / step) if now < first else 0.99
            next_check = step + _steps_to(goal.tolerance / error, rate)
        if step >= goal.max_steps:
            break
        last = now
        done = math.log(max(last / scale, 1e-12)) / math.log(1e-9)
        goal.report(min(0.95, max(0.0, done)), lambda: system.fill(x, values))
    return finish(system, x, values, status, step, residual, error, tuple(energies))


def finish(
    system: LinearSystem,
    x: FloatArray,
    values: FloatArray,
    status: Status,
    steps: int,
    residual: float,
    error: float,
    energies: tuple[float, ...],
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
