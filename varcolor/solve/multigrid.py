"""The fast solver: our own multigrid inside a Krylov method, on all cores, with proof.

The error is bounded as in `varcolor.solve.certificate`: with any v > 0 and A v > 0,
|e| <= v max_j |r_j| / (A v)_j. v is found by the same method, from A v = diag(A).

A non-symmetric system I - W (Levin) is preconditioned with its symmetric part after scaling: with q
the stationary distribution of the walk W, q_r w_rs and q_s w_sr are the flows along an edge in both
directions and differ little; their mean is the weight of a symmetric system. q is known well enough
after some lazy steps q <- (q + W'q) / 2. It takes a third of the steps that q = 1 takes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from varcolor.backend.kernels.walk import walk
from varcolor.backend.threads import Team
from varcolor.energy.problem import Problem
from varcolor.energy.stencil import Stencil, window
from varcolor.errors import InputError
from varcolor.solve.base import Goal, fraction_done, middle
from varcolor.solve.components import reached
from varcolor.solve.hierarchy import Hierarchy, Strips, bordered, strips_of
from varcolor.solve.refine import DIGITS, Given, Matrix, Search
from varcolor.solve.result import Solution, Status
from varcolor.typing import Array, BoolArray, FloatArray

#: Soft cues heavier than this times the largest weight are as good as exact for float32.
_HEAVIEST = 1e6
#: Lazy steps of the walk.
_WALK = 60
#: A v must be at least this part of the diagonal everywhere.
_ENOUGH = 0.2
#: The bound is first computed when the residual has fallen this far.
_FIRST_LOOK = 1e-3
#: About where a solve ends, relative to its first residual.
_LAST_RESIDUAL = 1e-8
#: Looks without a better bound, after which rounding is the limit.
_PATIENCE = 6
#: Steps after which the proof is given up.
_MOST_FOR_PROOF = 400


@dataclass(slots=True, eq=False)
class Prepared:
    """A problem's matrix and, once it was needed, the vector of the proof."""

    problem: Problem
    unknown: BoolArray
    unreached: BoolArray
    matrix: Matrix | None
    """None if there is nothing to solve for."""
    proof: tuple[Array, Array, int] | None = None
    """v and A v (H + 2, W + 2), and the steps that they took."""


@dataclass(frozen=True, slots=True)
class Multigrid:
    """Multigrid with conjugate gradients or BiCGStab; for weights in a 3x3 window."""

    name: str = "multigrid"
    threads: int | None = None
    """Threads; None = as many as there are cores, at most 16."""

    def memory(self, unknowns: int) -> float:
        """Return the bytes needed."""
        return 420.0 * unknowns

    def prepare(self, problem: Problem) -> Prepared:
        """Build all grids.

        Raises
        ------
        InputError
            If the energy is not quadratic or reaches beyond a 3x3 window.
        """
        stencils = [term.stencil for term in problem.terms]
        if not all(set(stencil.offsets) <= set(window(1)) for stencil in stencils):
            raise InputError(
                "the multigrid solver takes 3x3 windows only: use the solver 'direct' or 'amg'"
            )
        reach = reached(problem).reshape(problem.shape)
        unknown = reach.copy()
        unknown.flat[problem.at[problem.exact]] = False
        unreached = ~reach if problem.visible is None else ~reach & problem.visible
        matrix = _matrix(problem, stencils, unknown, Team(self.threads)) if unknown.any() else None
        return Prepared(problem, unknown, unreached, matrix)

    def run(
        self, state: Prepared, values: FloatArray, start: FloatArray | None, goal: Goal
    ) -> Solution:
        """Iterate until the tolerance is proven."""
        channels = values.shape[1]
        if channels > 2:
            raise InputError(f"{channels} channels: the multigrid solver takes one or two")
        given, u = _begin(state, values, start)
        matrix = state.matrix
        if matrix is None:
            return _solution(state, channels, u, Status.CONVERGED)
        r = bordered(matrix.shape, 2)
        _, first = matrix.residual(given, u, r, np.ones(matrix.free.shape))
        if not first.any():
            return _solution(state, channels, u, Status.CONVERGED)  # cues of one colour
        if state.proof is None:
            state.proof = _find_proof(matrix, goal.max_steps)
        vector, image, before = state.proof
        at = np.flatnonzero(state.unknown)
        search = Search(matrix, u, r)
        status, error, residual = Status.STEP_LIMIT, math.inf, math.inf
        best, looks, target = math.inf, 0, _FIRST_LOOK
        while search.steps < goal.max_steps:
            search.step()
            goal.report(
                fraction_done(search.norm, _LAST_RESIDUAL), lambda: _inner(search.value(), channels)
            )
            if search.norm > target and search.steps < goal.max_steps:
                continue
            u = search.value()
            ratio, largest = matrix.residual(given, u, r, image)
            residual, error = float(largest.max()), _levels(goal, u, vector, ratio[:channels], at)
            if error <= goal.tolerance:
                status = Status.CONVERGED
                break
            looks = 0 if error < 0.8 * best else looks + 1
            best = min(best, error)
            search.refresh(u, r)
            if looks > _PATIENCE or not search.norm:
                status = Status.STAGNATED
                break
            gain = 0.8 * goal.tolerance / error
            target = search.norm * min(0.5, max(gain, 0.01))
        return _solution(state, channels, u, status, before + search.steps, residual, error)


def _matrix(problem: Problem, stencils: list[Stencil], unknown: BoolArray, team: Team) -> Matrix:
    """Return the matrix of a problem, with its hierarchy."""
    shape = problem.shape
    strips = strips_of(shape[0], shape[0] * shape[1])
    exact = _exact_weights(stencils)
    weights = bordered(shape, 4 if problem.symmetric else 8)
    weights[:, 1:-1, 1:-1] = exact[4:] if problem.symmetric else exact
    diagonal, soft = np.zeros((shape[0] + 2, shape[1] + 2)), ~problem.exact
    diagonal[1:-1, 1:-1].flat[problem.at[soft]] = problem.weight[soft]
    heaviest = _HEAVIEST * max(float(exact.max(initial=0.0)), 1e-30)
    excess = np.minimum(diagonal, heaviest).astype(np.float32)
    free = bordered(shape)
    free[1:-1, 1:-1] = unknown
    scale = None if problem.symmetric else _stationary(weights, team, strips)
    if scale is None:
        hierarchy = Hierarchy(weights, excess, unknown, team)
    else:
        hierarchy = Hierarchy(_symmetric_part(weights, scale), excess * scale, unknown, team)
    return Matrix(exact, diagonal, weights, excess, free, scale, hierarchy, team, strips)


def _exact_weights(stencils: list[Stencil]) -> FloatArray:
    """Return the sum of the stencils' weights (8, H, W), neighbours in raster order."""
    first, order = stencils[0], window(1)
    if len(stencils) == 1 and first.offsets == order:
        return np.ascontiguousarray(first.weights, dtype=np.float64)
    weights = np.zeros((8, *first.shape))
    for stencil in stencils:
        for k, offset in enumerate(stencil.offsets):
            weights[order.index(offset)] += stencil.weights[k]
    return weights


def _symmetric_part(directed: Array, q: Array) -> Array:
    """Return four planes with the mean of both directions' flows q_r w_rs and q_s w_sr."""
    flow = directed * q
    w = np.zeros((4, *q.shape), np.float32)
    w[0, :, :-1] = (flow[4][:, :-1] + flow[3][:, 1:]) / 2
    w[1, :-1, 1:] = (flow[5][:-1, 1:] + flow[2][1:, :-1]) / 2
    w[2, :-1] = (flow[6][:-1] + flow[1][1:]) / 2
    w[3, :-1, :-1] = (flow[7][:-1, :-1] + flow[0][1:, 1:]) / 2
    return w


def _stationary(directed: Array, team: Team, strips: Strips) -> Array:
    """Return about the stationary distribution of the walk (H + 2, W + 2), 1 in the mean."""
    q = np.zeros(directed.shape[1:], np.float32)
    q[1:-1, 1:-1] = 1
    other = q.copy()
    for _ in range(_WALK):
        team.run(walk, strips, directed, q, other)
        q, other = other, q
    # A pixel without neighbours loses its mass; any positive scale serves it.
    return np.maximum(q, np.float32(1e-3))


def _begin(state: Prepared, values: FloatArray, start: FloatArray | None) -> tuple[Given, Array]:
    """Return the right-hand side and the first guess with the exact cues in it, in float64."""
    problem = state.problem
    u = np.zeros((2, problem.shape[0] + 2, problem.shape[1] + 2))
    pull = np.zeros_like(u)
    for k, value in enumerate(middle(values)):
        guess = value if start is None else start[..., k]
        u[k, 1:-1, 1:-1] = np.where(state.unknown, guess, 0)
    rows, columns = np.divmod(problem.at, problem.shape[1])
    exact, own = problem.exact, slice(0, values.shape[1])
    u[own, rows[exact] + 1, columns[exact] + 1] = values[exact].T
    pull[own, rows[~exact] + 1, columns[~exact] + 1] = values[~exact].T
    return Given(np.zeros(u.shape[1:]), pull), u


def _find_proof(matrix: Matrix, max_steps: int) -> tuple[Array, Array, int]:
    """Return v, A v and the steps taken; v is infinite and A v one if there is no such v."""
    shape = matrix.free.shape
    diagonal = matrix.diagonal.copy()
    diagonal[1:-1, 1:-1] += matrix.exact.sum(axis=0)
    v, image, ones = np.zeros((2, *shape)), np.ones(shape), np.ones(shape)
    given, r = Given(diagonal * matrix.free, np.zeros_like(v)), bordered(matrix.shape, 2)
    matrix.residual(given, v, r, ones)
    search, least = Search(matrix, v, r), -math.inf
    while least < _ENOUGH and search.steps < min(max_steps, _MOST_FOR_PROOF):
        search.step()
        if search.steps % 4 and search.norm > DIGITS:
            continue
        v = search.value()
        least = matrix.image(v[0], image)
        matrix.residual(given, v, r, ones)
        search.refresh(v, r)
    if not 0 < least < math.inf:
        return np.full(shape, math.inf), ones, search.steps
    return v[0].copy(), image, search.steps


def _levels(goal: Goal, u: Array, vector: Array, ratio: Array, at: Array) -> float:
    """Return the largest RGB error, in 1/255, that the bound permits."""
    bound = vector[1:-1, 1:-1].ravel()[at]
    if not (np.isfinite(ratio).all() and np.isfinite(bound).all()):
        return math.inf
    values = u[: len(ratio), 1:-1, 1:-1].reshape(len(ratio), -1).T[at]
    return goal.levels(values, bound[:, None] * ratio, at)


def _inner(u: Array, channels: int) -> FloatArray:
    """Return (H, W, channels) without the border."""
    return np.moveaxis(u[:channels, 1:-1, 1:-1], 0, -1)


def _solution(
    state: Prepared,
    channels: int,
    u: Array,
    status: Status,
    steps: int = 0,
    residual: float = 0.0,
    error: float = 0.0,
) -> Solution:
    """Return the chroma (H, W, 2) and how it was found."""
    found = np.ascontiguousarray(_inner(u, channels))
    return Solution(found, status, steps, residual, error, (), state.unreached)
