"""Laws that every method, solver and space obeys (hypothesis finds the counterexamples)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import varcolor as vc
from tests import summary
from varcolor.image.color import SPACES
from varcolor.methods import METHODS, make_method

METHODS_TO_TEST = {
    **{n: METHODS[n]() for n in METHODS.names() if not hasattr(METHODS[n], "answer")},
    "harmonic gauss4": vc.Harmonic(affinity="gauss4"),
    "bilaplacian+gtv": make_method("bilaplacian:0.3+gtv:1", {}),
}


def solvers_of(method: str) -> list[str]:
    """Return the solvers that take a method."""
    return summary.solvers_of(METHODS_TO_TEST[method])


#: Strictly convex with a symmetric stencil: one minimiser, which turns with the photo.
CONVEX = [name for name in METHODS_TO_TEST if not {"tv", "gtv", "tgv"} & set(name.split("+"))]
#: Linear in the cues, and inside their hull.
AVERAGING = ["levin", "harmonic", "harmonic gauss4"]
every_method = pytest.mark.parametrize("method", METHODS_TO_TEST)
every_pair = pytest.mark.parametrize(
    ("method", "solver"), [(m, s) for m in METHODS_TO_TEST for s in solvers_of(m)]
)
every_space = pytest.mark.parametrize("space", SPACES.names())
few = settings(max_examples=8, deadline=None)
seeds = st.integers(0, 2**32 - 1)


def scene(seed: int, dtype: type = np.uint8, cues: int = 5) -> tuple[np.ndarray, vc.Cues]:
    """Return a grey picture of odd size with texture and edges, and a few exact cues."""
    rng = np.random.default_rng(seed)
    height, width = rng.integers(1, 14, 2)
    white = np.iinfo(dtype).max
    smooth = np.add.outer(np.linspace(0, 0.5, height), np.linspace(0, 0.4, width))
    smooth[height // 2 :] += 0.1 * rng.random()
    noise = rng.normal(0, 0.03, (height, width))
    gray = np.clip((smooth + noise) * white, 0, white).astype(dtype)
    count = min(cues, gray.size)
    at = rng.choice(gray.size, count, replace=False)
    points = np.column_stack([at % width, at // width])
    return gray, vc.Cues.from_points(gray, points, rng.random((count, 3)))


def solve(gray, cues, method, solver="auto", space="yuv", **options):
    return vc.colorize(
        gray, cues, method=METHODS_TO_TEST[method], solver=solver, space=space, **options
    )


@every_method
@every_space
@few
@given(seed=seeds, dtype=st.sampled_from([np.uint8, np.uint16]))
def test_luma_in_is_luma_out(method, space, seed, dtype):
    gray, cues = scene(seed, dtype)
    result = solve(gray, cues, method, space=space, on_miss="ignore")  # even then
    assert result.rgb.dtype == dtype
    np.testing.assert_array_equal(vc.to_gray(result.rgb, space), gray)


@every_pair
@every_space
@settings(max_examples=4, deadline=None)
@given(seed=seeds)
def test_exact_cues_are_met_in_chroma(method, solver, space, seed):
    gray, cues = scene(seed)
    result = solve(gray, cues, method, solver, space, on_miss="ignore")  # met even then
    wanted = SPACES[space].split(cues.color.astype(np.float64))[1].astype(np.float32)
    np.testing.assert_array_equal(result.chroma[cues.at[:, 0], cues.at[:, 1]], wanted)


@every_pair
@few
@given(seed=seeds)
def test_one_constant_colour_colours_everything(method, solver, seed):
    gray, cues = scene(seed)
    constant = vc.Cues(cues.shape, cues.at, np.tile([0.6, 0.5, 0.3], (len(cues), 1)), cues.weight,
                       cues.keep)  # fmt: skip
    result = solve(gray, constant, method, solver, tolerance=1e-3)
    chroma = SPACES["yuv"].split(np.array([0.6, 0.5, 0.3]))[1]
    np.testing.assert_allclose(result.chroma, np.broadcast_to(chroma, result.chroma.shape),
                               atol=1e-5)  # fmt: skip


@every_pair
@every_space
def test_no_cues_give_grey_and_a_note(method, solver, space):
    gray, _ = scene(5)
    for cues in (None, vc.Cues.none(gray.shape)):
        result = solve(gray, cues, method, solver, space)
        assert str(result.status) == "converged"
        np.testing.assert_array_equal(result.rgb, np.repeat(gray[..., None], 3, axis=2))
        assert any("no cues" in note for note in result.notes)


@pytest.mark.parametrize("method", CONVEX)
@few
@given(seed=seeds, turn=st.sampled_from(["flip rows", "flip columns", "transpose"]))
def test_flips_and_transposes_commute(method, seed, turn):
    if method == "auto" and turn == "transpose":
        return  # its prior knows up from sideways: skies change colour from top to bottom
    gray, cues = scene(seed)
    height, width = gray.shape
    row, column = cues.at.T
    moved, points = {
        "flip rows": (gray[::-1], (column, height - 1 - row)),
        "flip columns": (gray[:, ::-1], (width - 1 - column, row)),
        "transpose": (gray.T, (row, column)),
    }[turn]
    moved = np.ascontiguousarray(moved)
    turned = vc.Cues.from_points(moved, np.column_stack(points), cues.color)
    first, second = solve(gray, cues, method).chroma, solve(moved, turned, method).chroma
    back = {
        "flip rows": second[::-1],
        "flip columns": second[:, ::-1],
        "transpose": second.swapaxes(0, 1),
    }[turn]
    # The regression behind auto's prior makes rounding ten times larger.
    np.testing.assert_allclose(back, first, atol=2e-5 if method == "auto" else 2e-6)


@pytest.mark.parametrize(("method", "solver"), [(m, s) for m in AVERAGING for s in solvers_of(m)])
@few
@given(seed=seeds)
def test_linear_in_the_cues_and_inside_their_hull(method, solver, seed):
    gray, cues = scene(seed)
    rng = np.random.default_rng(seed)
    other = vc.Cues(cues.shape, cues.at, rng.random(cues.color.shape), cues.weight, cues.keep)
    mixed = vc.Cues(
        cues.shape, cues.at, 0.3 * cues.color + 0.7 * other.color, cues.weight, cues.keep
    )
    a, b, m = (solve(gray, c, method, solver, tolerance=1e-3).chroma for c in (cues, other, mixed))
    np.testing.assert_allclose(0.3 * a + 0.7 * b, m, atol=2e-5)
    chroma = SPACES["yuv"].split(cues.color.astype(np.float64))[1]
    assert (a.min(axis=(0, 1)) >= chroma.min(axis=0) - 1e-5).all()
    assert (a.max(axis=(0, 1)) <= chroma.max(axis=0) + 1e-5).all()


@pytest.mark.parametrize("method", [*AVERAGING, "auto"])
@few
@given(seed=seeds)
def test_solvers_agree_within_their_tolerance(method, seed):
    gray, cues = scene(seed)
    exact = solve(gray, cues, method, tolerance=1e-6)
    for solver in ("amg", "cg"):
        result = solve(gray, cues, method, solver, tolerance=0.05)
        assert str(result.status) == "converged"
        space = SPACES["yuv"]
        luma = np.zeros(gray.shape)
        difference = space.merge(luma, result.chroma) - space.merge(luma, exact.chroma)
        assert 255 * np.abs(difference).max() <= 0.05 + 1e-4


@pytest.mark.parametrize(
    "name", [n for n in METHODS_TO_TEST if n not in ("levin", "auto", "harmonic gauss4")]
)
@few
@given(seed=seeds)
def test_the_result_minimises_the_energy(name, seed):
    """Any other picture that meets the cues has more energy."""
    from varcolor.energy.problem import Problem

    gray, cues = scene(seed)
    rng = np.random.default_rng(seed)
    method = METHODS_TO_TEST[name]
    result = solve(gray, cues, name)
    chroma = result.chroma.astype(np.float64)
    problem = Problem(gray.shape, None, method.terms(gray / 255.0, None), cues.flat, cues.weight)
    values = SPACES["yuv"].split(cues.color.astype(np.float64))[1]
    least = problem.energy(chroma, values)
    for scale in (1e-3, 1e-1):
        other = chroma + rng.normal(0, scale, chroma.shape)
        other[cues.at[:, 0], cues.at[:, 1]] = values
        assert problem.energy(other, values) >= least * (1 - result.gap) - 1e-6


@pytest.mark.parametrize("method", CONVEX)
@few
@given(seed=seeds, weight=st.floats(1e-3, 1e3))
def test_soft_cues_pull_and_very_heavy_ones_are_exact(method, seed, weight):
    gray, cues = scene(seed)
    heavy = vc.Cues(cues.shape, cues.at, cues.color, np.full(len(cues), 1e8), cues.keep)
    exact, hard = solve(gray, cues, method), solve(gray, heavy, method)
    np.testing.assert_allclose(hard.chroma, exact.chroma, atol=1e-4)
    soft = vc.Cues(cues.shape, cues.at, cues.color, np.full(len(cues), weight), cues.keep)
    if not summary.summary_of(METHODS_TO_TEST[method]).second_order:
        return  # squares of fourth order overshoot
    chroma = SPACES["yuv"].split(cues.color.astype(np.float64))[1]
    result = solve(gray, soft, method).chroma
    assert (result.min(axis=(0, 1)) >= chroma.min(axis=0) - 1e-5).all()
    assert (result.max(axis=(0, 1)) <= chroma.max(axis=0) + 1e-5).all()
