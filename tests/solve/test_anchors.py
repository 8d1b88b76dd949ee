"""Parts that only light soft cues hold: the constant must be right, whatever it hangs on."""

from __future__ import annotations

import numpy as np
import pytest

import varcolor as vc
from varcolor.energy.problem import Problem
from varcolor.image.color import SPACES, yuv
from varcolor.methods import Method
from varcolor.solve.biharmonic.solver import GMRES
from varcolor.solve.multigrid.solver import Multigrid
from varcolor.solve.result import Solution, Status
from varcolor.solve.rgb_error import RgbLevels
from varcolor.solve.solver import Goal, Solver
from varcolor.solve.sparse.block_solver import BlockDirect
from varcolor.solve.sparse.lu import Direct
from varcolor.typing import Array, FloatArray

METHODS: dict[str, Method] = {
    "harmonic": vc.Harmonic(),
    "levin-sym": vc.Harmonic(affinity="levin-sym"),
    "gauss4": vc.Harmonic(affinity="gauss4", sigma=0.03, floor=1e-6),
    "levin": vc.Levin(),
    "bilaplacian": vc.Bilaplacian(),
}


def photo(shape: tuple[int, int], seed: int) -> Array:
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[: shape[0], : shape[1]]
    waves = 0.47 + 0.24 * np.sin(x / 9) + 0.16 * np.cos(y / 7)
    return (waves + rng.normal(0, 0.01, shape)).clip(0, 1)


def levels(found: Solution, wanted: Solution, luma: Array, values: FloatArray) -> float:
    slope = RgbLevels(SPACES["yuv"], luma, 1.0).slope(values)
    return float((np.abs(found.u - wanted.u).reshape(-1, 2) @ slope.T).max())


def solve(solver: Solver, problem: Problem, values: FloatArray, luma: Array) -> Solution:
    limits = RgbLevels(SPACES["yuv"], luma, 1.0)
    goal = Goal(0.5, levels=limits, slope=limits.slope(values))
    return solver.run(solver.prepare(problem), values, None, goal)


def check(name: str, problem: Problem, values: FloatArray, luma: Array) -> None:
    fourth = name == "bilaplacian"
    found = solve(GMRES() if fourth else Multigrid(), problem, values, luma)
    wanted = solve(BlockDirect() if fourth else Direct(), problem, values, luma)
    error = levels(found, wanted, luma, values)
    assert found.status is Status.CONVERGED
    assert error <= 0.25
    assert found.error <= 0.5


@pytest.mark.parametrize("weight", [1e-9, 1e-7, 1e-5, 1e-3, 0.04])
@pytest.mark.parametrize("name", METHODS)
def test_soft_cues_alone(name: str, weight: float) -> None:
    luma = photo((60, 70), 1)
    at = np.array([305, 2000, 3900])
    values = np.array([[0.3, -0.2], [-0.3, 0.1], [0.0, 0.3]])
    terms = METHODS[name].terms(luma, None)
    check(name, Problem(luma.shape, None, terms, at, weight * np.array([1, 4, 2.0])), values, luma)


@pytest.mark.parametrize("name", METHODS)
def test_light_cues_beside_exact_ones_in_other_parts(name: str) -> None:
    luma = photo((50, 61), 2)
    visible = np.ones(luma.shape, bool)
    visible[:, 30] = visible[25, :30] = False
    at = np.array([5 * 61 + 5, 9 * 61 + 20, 30 * 61 + 4, 44 * 61 + 9, 20 * 61 + 50, 21 * 61 + 40])
    weight = np.array([1e-7, 3e-8, 1e-6, 1e-9, np.inf, 1e-6])
    values = np.random.default_rng(0).uniform(-0.3, 0.3, (6, 2))
    check(
        name,
        Problem(luma.shape, visible, METHODS[name].terms(luma, visible), at, weight),
        values,
        luma,
    )


@pytest.mark.parametrize("trust", [1e-9, 1e-6])
@pytest.mark.parametrize("name", ["harmonic", "levin-sym", "gauss4"])
def test_weak_priors(name: str, trust: float) -> None:
    luma = photo((64, 80), 3)
    at = np.arange(luma.size)
    values = np.stack([0.2 * np.sin(at / 700), 0.1 * np.cos(at / 91)], axis=1)
    weight = np.full(luma.size, trust)
    check(
        name, Problem(luma.shape, None, METHODS[name].terms(luma, None), at, weight), values, luma
    )


@pytest.mark.parametrize("side", [300, 600])
@pytest.mark.parametrize("weight", [1e-7, 1e-6])
def test_the_limit_is_the_weighted_mean(side: int, weight: float) -> None:
    gray = np.rint(255 * photo((side, side), 0)).astype(np.uint8)
    colors = ["#e04020", "#2040e0", "#20c020"]
    places = [(5, 5), (side - 8, side - 9), (9, side - 9)]
    cues = vc.Cues.from_points(gray, places, colors, [weight, 4 * weight, weight])
    found = vc.colorize(gray, cues, method="harmonic", solver="multigrid")
    chroma = yuv.split(np.array([[224, 64, 32], [32, 64, 224], [32, 192, 32]]) / 255)[1]
    mean = (chroma * [[1], [4], [1]]).sum(axis=0) / 6
    assert found.status == "converged"
    assert 255 * 1.772 * np.abs(found.chroma - mean).max() < 0.5


def test_a_session_takes_light_cues_and_lets_them_go() -> None:
    gray = np.rint(255 * photo((170, 150), 5)).astype(np.uint8)
    session = vc.Session(gray, method="harmonic", solver="multigrid")
    for weight in (1e-7, np.inf, 1e-8, 1e-2, 1e-6):
        cues = vc.Cues.from_points(gray, [(9, 9), (140, 150)], ["#e04020", "#2040e0"], weight)
        found = session.colorize(cues)
        once = vc.colorize(gray, cues, method="harmonic", solver="direct")
        assert found.status == "converged"
        assert 255 * 1.772 * np.abs(found.chroma - once.chroma).max() < 0.5


def test_random_cases() -> None:
    rng = np.random.default_rng(11)
    for _ in range(24):
        luma = photo(tuple(int(n) for n in rng.integers(20, 60, 2)), int(rng.integers(99)))
        name = list(METHODS)[int(rng.integers(4))]
        count = int(rng.integers(1, 6))
        at = np.sort(rng.choice(luma.size, count, replace=False))
        weight = 10 ** (rng.uniform(-9, 1) + rng.uniform(-1, 1, count))
        values = rng.uniform(-0.4, 0.4, (count, 2))
        problem = Problem(luma.shape, None, METHODS[name].terms(luma, None), at, weight)
        found, wanted = (solve(s, problem, values, luma) for s in (Multigrid(), Direct()))
        if found.status is Status.CONVERGED:
            assert levels(found, wanted, luma, values) <= 0.5
