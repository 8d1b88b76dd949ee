"""A problem prepared in its mixed form, and the GMRES iteration for its solution."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from varcolor.backend import Backend, CpuBackend
from varcolor.backend.launch import DeviceBackend
from varcolor.energy.problem import Problem, ProblemSummary, Term
from varcolor.energy.stencil import Stencil
from varcolor.energy.weighted import bare_term
from varcolor.errors import InputError
from varcolor.solve.biharmonic.basis_size import GPU_ROOM, GPU_STEPS, longest, refusal
from varcolor.solve.biharmonic.coarse_schur import CoarseMixed
from varcolor.solve.biharmonic.dense_schur import DenseCoarseMixed
from varcolor.solve.biharmonic.mixed_form import Factor, MixedForm
from varcolor.solve.biharmonic.restarted_gmres import RestartedGMRES
from varcolor.solve.grid_cues import GridCues, anchors_of, is_connected
from varcolor.solve.multigrid.deflation_islands import Islands
from varcolor.solve.multigrid.hierarchy import Hierarchy
from varcolor.solve.multigrid.levels import bordered
from varcolor.solve.multigrid.row_scaling import weights_of
from varcolor.solve.multigrid.stencil_weights import symmetric_part_of
from varcolor.solve.multigrid.tiled_hierarchy import TiledHierarchy, hierarchy_of
from varcolor.solve.near_null_space import Anchors
from varcolor.solve.result import Solution, Status
from varcolor.solve.solver import Goal
from varcolor.typing import Array, BoolArray, FloatArray

#: Weights of soft cues, against the largest of the term squared, that are heavy, and as good as
#: exact.
_HEAVY, _HEAVIEST = 1.0, 1e12


@dataclass(slots=True, eq=False)
class Prepared:
    """What depends on the photo and on where its cues are."""

    cues: GridCues
    factor: Factor
    largest: float
    """Largest weight of the term."""
    connected: bool
    """Whether visible neighbours all depend on each other."""
    islands: Islands | None
    """Of the host alone."""
    form: MixedForm | None
    """None if there is nothing to solve for."""
    anchors: Anchors | None = None
    """What holds parts with light cues only; the problem is then theirs."""


def prepare(problem: Problem, before: Prepared | None, backend: Backend) -> Prepared:
    """Do what `varcolor.solve.biharmonic.solver.GMRES.prepare` does."""
    strength, stencil = squared(problem.terms)
    islands = None
    if (
        before is not None
        and before.cues.problem.terms is problem.terms
        and before.cues.backend.name == backend.name
    ):
        factor, largest, islands = before.factor, before.largest, before.islands
        connected = before.connected
    else:
        planes = stencil.planes(backend)
        largest = float(backend.xp.max(planes))
        factor = Factor.of(weights_of(planes, backend))
        connected = is_connected(problem, factor.forth, backend)
    own = factor.forth, backend, connected
    anchors = anchors_of(problem, *own, lambda: strength * largest**2)
    problem = problem if anchors is None else anchors.problem
    cues, form = GridCues.of(problem, *own), None
    if cues.free_mask.any():
        planes = soft_cues(problem, strength, largest, cues.free_mask)
        free, soft, reaction = map(backend.asarray, planes)
        symmetric_part = symmetric_part_of(factor.forth, backend)
        tied = factor.root * backend.xp.sqrt(reaction)
        hierarchy = hierarchy_of(backend, symmetric_part, tied, planes[0][1:-1, 1:-1] != 0)
        both: tuple[Islands, Islands] | None = None
        coarse: CoarseMixed | DenseCoarseMixed | None = None
        if isinstance(backend, CpuBackend):
            if islands is None:
                islands = Islands(factor.forth, symmetric_part, backend)
            islands.update(tied, hierarchy.grids[0].inverse)
            both = islands, islands
            if factor.directed:
                both = islands, islands.of_transpose(factor.back, tied + factor.rest)
        if len(hierarchy.grids) > 1:
            if isinstance(hierarchy, TiledHierarchy):
                assert isinstance(backend, DeviceBackend)
                coarse = DenseCoarseMixed(backend, hierarchy, free, factor.root)
            else:
                coarse = CoarseMixed(hierarchy, free, factor.root)
        if isinstance(hierarchy, Hierarchy):
            hierarchy.release()
        form = MixedForm(backend, hierarchy, coarse, factor, free, soft, reaction, both)
    return Prepared(cues, factor, largest, connected, islands, form, anchors)


def solve(
    state: Prepared, values: FloatArray, start: FloatArray | None, goal: Goal, patient: bool
) -> Solution:
    """Iterate until the error is estimated to be within the tolerance."""
    search = partial(_search, state, patient)
    if state.anchors is not None:
        return state.anchors.solve(search, values, start, goal)
    return search(values, start, goal)


def _search(
    state: Prepared,
    patient: bool,
    values: FloatArray,
    start: FloatArray | None,
    goal: Goal,
) -> Solution:
    channels, cues = values.shape[1], state.cues
    target, u = cues.first_guess(values, start)
    if state.form is None:
        return cues.solution(channels, u, Status.CONVERGED)
    if cues.backend.on_host:
        most = longest(u.shape[1] * u.shape[2], cues.backend.available())
    else:
        most = longest((u.shape[1] - 2) * (u.shape[2] - 2), GPU_ROOM, GPU_STEPS)
    own = state.form, target, u, goal, channels, most
    search = RestartedGMRES(*own, lambda picture: cues.shown(picture, channels), patient)
    if start is not None:
        search.take_v()
    status = search.finish()
    found = status, search.steps, search.largest, search.error
    return cues.solution(channels, search.u, *found)


def soft_cues(
    problem: Problem, strength: float, largest: float, free_mask: BoolArray
) -> tuple[Array, Array, Array]:
    """Return ``free``, ``soft`` and ``reaction`` of `MixedForm`, on the host.

    ``strength`` is the energy's factor, ``largest`` the largest weight of its term.
    """
    soft, reaction, free = (bordered(problem.shape) for _ in range(3))
    free[1:-1, 1:-1] = free_mask
    own = ~problem.exact
    rows, columns = np.divmod(problem.at[own], problem.shape[1])
    weight = np.minimum(problem.weight[own] / strength, _HEAVIEST * largest**2)
    heavy = weight > _HEAVY * largest**2
    soft[rows[heavy] + 1, columns[heavy] + 1] = 1 / weight[heavy]
    free[rows[heavy] + 1, columns[heavy] + 1] = 0
    reaction[rows[~heavy] + 1, columns[~heavy] + 1] = weight[~heavy]
    return free, soft, reaction


def squared(terms: tuple[Term, ...]) -> tuple[float, Stencil]:
    """Return the factor of the one term, and the weights whose Laplacian it squares."""
    if reason := refusal(ProblemSummary(0, tuple(term.summary for term in terms))):
        raise InputError(reason)
    strength, bare = bare_term(terms[0])
    return strength, bare.weights  # type: ignore[attr-defined]
