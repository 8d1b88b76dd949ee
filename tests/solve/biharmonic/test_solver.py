"""The mixed solver against the factorised one, and its parts against plain matrices."""

from __future__ import annotations

import numpy as np
import pytest

import varcolor as vc
from tests.solve.multigrid.test_deflation_islands import dusty, problem_on
from tests.solve.multigrid.test_deflation_tiles import values_of
from tests.solve.sparse.test_block_solver import make
from tests.summary import summary_of
from varcolor.backend.cpu import CpuBackend
from varcolor.backend.kernels.biharmonic import mixed as kernels
from varcolor.backend.kernels.multigrid.transfer import prolong
from varcolor.backend.thread_pool import Team
from varcolor.methods.nonsmooth import GTV, TGV
from varcolor.methods.quadratic import Bilaplacian, LevinLS
from varcolor.solve.biharmonic import coarse_schur as coarse_mixed
from varcolor.solve.biharmonic import restarted_gmres as mixed_search
from varcolor.solve.biharmonic import solver as mixed
from varcolor.solve.biharmonic.basis_size import longest
from varcolor.solve.biharmonic.coarse_schur import CoarseMixed
from varcolor.solve.biharmonic.gmres import Arnoldi
from varcolor.solve.biharmonic.mixed_form import Factor
from varcolor.solve.biharmonic.solver import FACTORISED_UP_TO, GMRES
from varcolor.solve.multigrid.hierarchy import Hierarchy
from varcolor.solve.multigrid.levels import bordered, entries
from varcolor.solve.multigrid.row_scaling import weights_of
from varcolor.solve.result import Status
from varcolor.solve.selection import choose, replacement
from varcolor.solve.solver import Goal
from varcolor.solve.sparse.block_solver import BlockDirect

METHODS = {
    "levin-ls": LevinLS(),
    **{
        name: Bilaplacian(affinity=name) for name in ("gentle", "isotropic", "levin-sym", "default")
    },
}


def both(problem, values, goal, start=None, **options):
    """Return the solutions of the mixed and of the factorised solver."""
    solvers = GMRES(**options), BlockDirect()
    return [s.run(s.prepare(problem), values, start, goal) for s in solvers]


@pytest.mark.parametrize("tolerance", [1.0, 0.05])
@pytest.mark.parametrize("kind", ["exact", "soft", "holes"])
@pytest.mark.parametrize("shape", [(9, 11), (1, 30), (17, 1), (64, 51), (90, 131)])
@pytest.mark.parametrize("method", METHODS)
def test_against_the_factorised_solver(method, shape, kind, tolerance, rng):
    problem, values = make(METHODS[method], shape, rng, kind, cues=12)
    found, wanted = both(problem, values, Goal(tolerance))
    error = 255 * np.abs(found.u - wanted.u)[~wanted.unreached].max(initial=0.0)
    np.testing.assert_array_equal(found.unreached, wanted.unreached)
    if found.status is Status.CONVERGED:
        assert error <= tolerance
    else:  # single precision may tell that it cannot vouch for so little
        assert found.status is Status.STAGNATED
        assert method != "isotropic"
        assert tolerance < 0.1 or (method == "levin-ls" and min(shape) == 1)
    exact = problem.at[problem.exact]
    np.testing.assert_allclose(
        found.u.reshape(-1, 2)[exact], values[problem.exact], atol=1e-7, rtol=0
    )


SQUARED = pytest.mark.parametrize("method", [Bilaplacian(), LevinLS()], ids=lambda m: m.name)


@SQUARED
@pytest.mark.parametrize("weight", [1e-4, 0.03, 1.0, 30.0, 1e9])
def test_soft_cues_of_any_weight(weight, method, rng):
    problem, values = make(method, (60, 70), rng, "soft", cues=40)
    problem.weight[~problem.exact] = weight
    found, wanted = both(problem, values, Goal(0.1))
    assert found.status is Status.CONVERGED
    assert 255 * np.abs(found.u - wanted.u).max() <= 0.1


@SQUARED
def test_a_prior_everywhere(method, rng):
    problem, _ = make(method, (70, 60), rng)
    everywhere = np.arange(70 * 60)
    problem = type(problem)(
        problem.shape, None, problem.terms, everywhere, rng.uniform(1e-5, 1e-2, len(everywhere))
    )
    values = rng.normal(0, 0.2, (len(everywhere), 2))
    found, wanted = both(problem, values, Goal(0.1))
    assert found.status is Status.CONVERGED
    assert 255 * np.abs(found.u - wanted.u).max() <= 0.1


@SQUARED
def test_strokes_one_channel_and_a_start(method, rng):
    problem, values = make(method, (120, 140), rng)
    at = np.flatnonzero((np.arange(120) % 40 < 4)[:, None] & (np.arange(140) < 100))
    problem = type(problem)(problem.shape, None, problem.terms, at, np.full(len(at), np.inf))
    values = rng.normal(0, 0.1, (len(at), 1))
    found, wanted = both(problem, values, Goal(0.2))
    assert found.status is Status.CONVERGED
    assert found.u.shape == (120, 140, 1)
    assert 255 * np.abs(found.u - wanted.u).max() <= 0.2
    again, _ = both(problem, values, Goal(0.2), start=found.u)
    assert again.steps < found.steps


@pytest.mark.parametrize("method", ["levin-ls", "levin-sym"])
def test_any_number_of_threads_gives_the_same_bits(method, rng):
    problem, values = make(METHODS[method], (300, 250), rng, cues=30)
    first, second = (
        solver.run(solver.prepare(problem), values, None, Goal(0.5))
        for solver in (GMRES(threads=1), GMRES(threads=3))
    )
    np.testing.assert_array_equal(first.u, second.u)


def test_steps_do_not_grow_with_the_picture(rng):
    steps = []
    for side in (100, 200, 400):
        problem, values = make(Bilaplacian(), (side, side), rng, cues=20)
        solver = GMRES()
        solution = solver.run(solver.prepare(problem), values, None, Goal(0.5))
        assert solution.status is Status.CONVERGED
        steps.append(solution.steps)
    assert max(steps) <= 10


@pytest.mark.parametrize(("name", "most"), [("gentle", 14), ("default", 30), ("levin-sym", 36)])
def test_dust_costs_few_steps(name, most):
    """Without islands it is 250 steps and no end for the second, 125 for the third."""
    problem = problem_on(dusty((200, 180), 1, specks=90), METHODS[name])
    found, wanted = both(problem, values_of(problem), Goal(0.5))
    assert found.status is Status.CONVERGED
    assert found.steps <= most
    assert 255 * np.abs(found.u - wanted.u).max() <= 0.5


def test_searches_that_begin_anew(rng, monkeypatch):
    monkeypatch.setattr(mixed, "longest", lambda pixels, free: 6)
    problem, values = make(Bilaplacian(affinity="levin-sym"), (50, 60), rng, cues=30)
    found, wanted = both(problem, values, Goal(0.2))
    assert found.status is Status.CONVERGED
    assert found.steps > 6
    assert 255 * np.abs(found.u - wanted.u).max() <= 0.2
    limited = GMRES().run(GMRES().prepare(problem), values, None, Goal(1e-3, max_steps=2))
    assert limited.status is Status.STEP_LIMIT


@pytest.mark.parametrize(
    "method", [TGV(), GTV(), LevinLS(radius=2), vc.Harmonic(), Bilaplacian() + GTV()]
)
def test_other_energies_are_refused(method, rng):
    problem, _ = make(method, (6, 7), rng)
    assert GMRES().supports(problem.summary)
    with pytest.raises(vc.InputError, match="gmres solver"):
        GMRES().prepare(problem)


def test_large_pictures_take_it(rng):
    for method in (Bilaplacian(), 2.0 * Bilaplacian(), LevinLS(), 0.5 * LevinLS()):
        large, reason = choose("auto", summary_of(method, FACTORISED_UP_TO + 1))
        assert large.name == "gmres"
        assert reason is None
    for method in (Bilaplacian() + vc.Harmonic(), LevinLS(radius=2), GTV() + LevinLS()):
        assert choose("auto", summary_of(method, FACTORISED_UP_TO + 1))[0].name == "block-direct"
    photo = rng.integers(0, 255, (120, 100, 3), dtype=np.uint8)
    cues = vc.Cues.from_points(photo, [(5, 6), (80, 90), (30, 70)], photo[:3, 0] / 255)
    result = vc.colorize(vc.to_gray(photo), cues, method=2.0 * Bilaplacian())
    assert result.solver == "gmres"
    assert result.status is Status.CONVERGED


def test_what_takes_too_long_is_left_to_a_factorisation(rng, monkeypatch):
    monkeypatch.setattr(mixed_search, "_LATE", 5)
    monkeypatch.setattr(mixed_search, "_FAR", 1.0)
    problem, values = make(LevinLS(), (60, 50), rng, cues=30)
    patient, other = GMRES(), GMRES(patient=False)
    found = other.run(other.prepare(problem), values, None, Goal(0.1))
    assert (found.status, found.steps) == (Status.STAGNATED, 5)
    found = patient.run(patient.prepare(problem), values, None, Goal(0.1))
    assert found.status is Status.CONVERGED
    photo = rng.integers(0, 255, (120, 100, 3), dtype=np.uint8)
    cues = vc.Cues.from_points(photo, [(5, 6), (80, 90), (30, 70)], photo[:3, 0] / 255)
    gray = vc.to_gray(photo)
    result = vc.colorize(gray, cues, method="levin-ls")
    assert (result.solver, result.status) == ("block-direct", Status.CONVERGED)
    assert any("gmres lost its way: solved by block-direct" in note for note in result.notes)
    monkeypatch.setattr(BlockDirect, "memory", lambda solver, unknowns: 1e18)
    result = vc.colorize(gray, cues, method="levin-ls")  # no other can: it goes on
    assert (result.solver, result.status) == ("gmres", Status.CONVERGED)
    assert replacement("gmres", summary_of(LevinLS())) is None


def test_a_step_more_than_memory_allows_is_never_taken():
    assert longest(10**6, 0.0) == 16
    assert longest(10**6, 1e12) == 160
    assert 16 < longest(10**6, 2e9) < 62


def interpolation(hierarchy, level):
    """Return P from a grid to the finest one (n, n_c), column by column."""
    grids = hierarchy.grids
    h, w = grids[level].shape
    columns = []
    for index in range(h * w):
        u = bordered((h, w), 2)
        u[0, 1 + index // w, 1 + index % w] = 1
        for k in range(level - 1, -1, -1):
            fine = bordered(grids[k].shape, 2)
            prolong(grids[k].p, u, fine, 1, grids[k + 1].shape[0] + 1)
            u = fine
        columns.append(u[0, 1:-1, 1:-1].ravel())
    return np.array(columns, dtype=np.float64).T


def test_the_transpose_and_what_it_has_on_its_diagonal(rng):
    problem, _ = make(LevinLS(), (13, 17), rng)
    planes = problem.terms[0].weights.planes(CpuBackend(1))
    factor = Factor.of(weights_of(planes, CpuBackend(1)))
    u, v = rng.normal(0, 1, (2, 2, *factor.root.shape)).astype(np.float32)
    for picture in (u, v):
        picture[:, [0, -1]] = picture[:, :, [0, -1]] = 0
    zero, out = np.zeros_like(factor.root), np.zeros_like(u)
    found, other, nothing = (np.zeros((4, *zero.shape), np.float32) for _ in range(3))
    everywhere, rows = zero + 1, (1, 14)
    kernels.second_product(factor.forth, zero, everywhere, u, nothing, found, *rows)
    own = factor.back, factor.rest, everywhere, zero, zero
    kernels.first_product(*own, v, nothing, other, out, *rows)
    np.testing.assert_allclose((found[2:] * v).sum(), (other[:2] * u).sum(), rtol=1e-4)
    matrix = problem.terms[0].weights.laplacian() @ u[:, 1:-1, 1:-1].reshape(2, -1).T
    scaled = (found[2:] / factor.root)[:, 1:-1, 1:-1].reshape(2, -1).T
    np.testing.assert_allclose(scaled, matrix, atol=1e-4)


@pytest.mark.parametrize("level", [1, 2])
def test_the_coarse_matrix_is_what_its_formula_says(level, rng):
    problem, _ = make(Bilaplacian(affinity="levin-sym"), (34, 41), rng, cues=9)
    planes = problem.terms[0].weights.planes(CpuBackend(1))
    free = np.ones(problem.shape, bool)
    free.flat[problem.at] = False
    hierarchy = Hierarchy(planes, np.zeros_like(planes[0]), free, Team(1))
    p = interpolation(hierarchy, level)
    stencil = problem.terms[0].weights
    matrix = stencil.laplacian().toarray()
    inside = free.ravel()
    np.testing.assert_array_equal(p[~inside], 0)
    finest = hierarchy.grids[0].w, hierarchy.grids[0].reaction
    rows, columns, values = entries(*hierarchy.coarsened(level, *finest))
    laplacian = np.zeros((p.shape[1], p.shape[1]))
    np.add.at(laplacian, (rows, columns), values)
    np.testing.assert_allclose(laplacian, p.T @ matrix @ p, atol=2e-6)
    mass = p.T @ p
    lumped = np.minimum(mass.sum(axis=1), 2.25 * np.diag(mass))
    nothing, plane = np.zeros_like(planes), np.pad(free, 1).astype(np.float32)
    found = coarse_mixed._lumped(*hierarchy.coarsened(level, nothing, plane))
    np.testing.assert_allclose(found, lumped, atol=1e-5)
    between = [(grid.p, grid.shape) for grid in hierarchy.grids[:level]]
    coarsest = hierarchy.grids[level].shape
    across, touching = coarse_mixed._interpolated_coupling(planes, free, between, coarsest)
    np.testing.assert_allclose(across.toarray(), (matrix @ p)[touching], atol=1e-5)
    assert not inside[touching].any()
    others = np.setdiff1d(np.flatnonzero(~inside), touching)
    assert not (matrix[others][:, inside]).any()


def test_the_coarse_solution_without_anything_to_solve_for():
    shape = (20, 20)
    nothing = np.zeros(shape, bool)
    hierarchy = Hierarchy(bordered(shape, 4), bordered(shape), nothing, Team(1))
    coarse = CoarseMixed(hierarchy, bordered(shape), 1 + bordered(shape))
    u, v = (bordered(coarse.equations.shape, 2) for _ in range(2))
    assert not len(coarse.equations.given[0])
    assert not coarse.solve(np.zeros((0, 2)), u, v).size
    assert not u.any()
    assert not v.any()


class Whole(CpuBackend):
    """Arrays without a border."""

    def run(self, kernel, *arguments):
        return kernel(*arguments, 0, arguments[0].shape[1])


def test_minimal_residuals_against_plain_least_squares(rng):
    """For two matrices at once, from the Krylov space itself."""
    shape, steps = (3, 4, 5), 6
    size = 2 * shape[1] * shape[2]
    matrices = [np.eye(size) + 0.1 * rng.normal(0, 1, (size, size)) for _ in range(2)]
    first = np.zeros((4, *shape[1:]), np.float32)
    first[:] = rng.normal(0, 1, first.shape)

    def channel(field, k):
        return np.concatenate([field[k].ravel(), field[2 + k].ravel()]).astype(np.float64)

    search = Arnoldi(first, steps, Whole(1))
    for _ in range(steps):
        for k in range(2):
            image = matrices[k] @ channel(search.last, k)
            half = image.size // 2
            search.room[k] = image[:half].reshape(shape[1:])
            search.room[2 + k] = image[half:].reshape(shape[1:])
        search.step()
    solution, rest, least = search.solve()
    found, left = np.zeros_like(first), np.zeros_like(first)
    search.add(solution, found)
    search.add(rest, left)
    for k in range(2):
        b = channel(first, k)
        krylov = [b]
        for _ in range(steps - 1):
            krylov.append(matrices[k] @ krylov[-1])
        space = np.linalg.qr(np.array(krylov).T)[0]
        best = space @ np.linalg.lstsq(matrices[k] @ space, b, rcond=None)[0]
        np.testing.assert_allclose(channel(found, k), best, atol=2e-5)
        np.testing.assert_allclose(channel(left, k), b - matrices[k] @ best, atol=2e-5)
    assert least >= min(np.linalg.svd(m, compute_uv=False)[-1] for m in matrices) - 1e-6
    other, mended = np.zeros_like(first), np.zeros_like(first)
    other[:] = rng.normal(0, 1, first.shape)
    search.add(search.least_squares(other), mended)
    for k in range(2):  # the space of the search, from its own vectors
        space = np.array([channel(search._field(j), k) for j in range(steps)]).T
        image = matrices[k] @ space
        best = space @ np.linalg.lstsq(image, channel(other, k), rcond=None)[0]
        np.testing.assert_allclose(channel(mended, k), best, atol=2e-5)


@pytest.mark.parametrize("method", ["bilaplacian", "levin-ls"])
@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (2, 1), (2, 2), (2, 8), (3, 3), (5, 4), (7, 2)])
def test_tiny_pictures_are_right_or_said_to_be_wrong(rng, method, shape):
    gray = rng.integers(0, 255, shape, np.uint8)
    for count in range(1, min(3, gray.size) + 1):
        flat = rng.choice(gray.size, count, replace=False)
        points = np.column_stack([flat % shape[1], flat // shape[1]])
        cues = vc.Cues.from_points(gray, points, rng.integers(60, 200, (count, 3)) / 255)
        found = vc.colorize(gray, cues, method=method, solver="gmres")
        wanted = vc.colorize(gray, cues, method=method, solver="block-direct")
        assert np.isfinite(found.chroma).all()
        if str(found.status) == "converged":
            assert 255 * 1.772 * np.abs(found.chroma - wanted.chroma).max() < 0.6
