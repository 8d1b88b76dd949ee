"""The prior term: soft cues everywhere, merged with the cues proper."""

import numpy as np
import pytest

import varcolor as vc
from tests.summary import solvers_of
from varcolor.energy.prior import Data, Prior
from varcolor.energy.problem import Problem
from varcolor.solve.majorize_minimize import solve_robust
from varcolor.solve.result import Status
from varcolor.solve.selection import SOLVERS
from varcolor.solve.solver import Goal

SHAPE = (7, 9)


def scene(rng, holes=False):
    guide = rng.random(SHAPE)
    visible = rng.random(SHAPE) < 0.8 if holes else None
    places = np.arange(63) if visible is None else np.flatnonzero(visible)
    at = np.sort(rng.choice(places, 6, replace=False))
    weight = np.array([np.inf, 0.5, np.inf, 2.0, np.inf, 0.1])
    cues = Data(at, weight, rng.normal(0, 0.2, (6, 2)))
    confidence = rng.uniform(0, 1, SHAPE) * (rng.random(SHAPE) < 0.7)
    return guide, visible, cues, Prior(rng.normal(0, 0.2, (*SHAPE, 2)), confidence)


def total_energy(u, terms, cues, prior, visible):
    """Energy written down term by term."""
    soft = np.isfinite(cues.weight)
    gap = u.reshape(-1, 2)[cues.at[soft]] - cues.values[soft]
    k = prior.confidence if visible is None else prior.confidence * visible
    own = (k[..., None] * (u - prior.chroma) ** 2).sum()
    return sum(t.value(u) for t in terms) + (cues.weight[soft, None] * gap**2).sum() + own


@pytest.mark.parametrize("solver", solvers_of(vc.Harmonic()))
@pytest.mark.parametrize("holes", [False, True])
def test_the_minimum_of_the_energy_with_cues_and_prior(solver, holes, rng):
    guide, visible, cues, prior = scene(rng, holes)
    terms = vc.Harmonic().terms(guide, visible)
    data = cues.with_prior(prior, visible)
    problem = Problem(SHAPE, visible, terms, data.at, data.weight)
    chosen = SOLVERS[solver]()
    goal = Goal(1e-3 if solver == "multigrid" else 1e-4)  # single precision vouches for no less
    solution = chosen.run(chosen.prepare(problem), data.values, None, goal)
    assert str(solution.status) == "converged"
    exact = np.isinf(cues.weight)
    found = solution.u.astype(np.float64)
    np.testing.assert_allclose(found.reshape(-1, 2)[cues.at[exact]], cues.values[exact], atol=1e-7)
    found.reshape(-1, 2)[cues.at[exact]] = cues.values[exact]  # single precision stored them
    least = total_energy(found, terms, cues, prior, visible)
    for scale in (1e-3, 1e-1):
        other = found + rng.normal(0, scale, found.shape)
        other.reshape(-1, 2)[cues.at[exact]] = cues.values[exact]
        assert total_energy(other, terms, cues, prior, visible) > least


def test_merging_changes_the_energy_by_a_constant_only(rng):
    _, _, cues, prior = scene(rng)
    data = cues.with_prior(prior, None)
    exact = np.isinf(cues.weight)
    assert (np.diff(data.at) > 0).all()
    assert np.isinf(data.weight).sum() == exact.sum()
    free = np.ones(63, bool)
    free[cues.at[exact]] = False

    def merged(u):
        soft = np.isfinite(data.weight)
        return (data.weight[soft, None] * (u[data.at[soft]] - data.values[soft]) ** 2).sum()

    def apart(u):
        soft = ~exact
        own = prior.confidence.ravel()[:, None] * (u - prior.chroma.reshape(-1, 2)) ** 2
        gap = u[cues.at[soft]] - cues.values[soft]
        return own[free].sum() + (cues.weight[soft, None] * gap**2).sum()

    pictures = rng.normal(0, 1, (3, 63, 2))
    differences = [merged(u) - apart(u) for u in pictures]
    np.testing.assert_allclose(differences, differences[0], rtol=0, atol=1e-12)


def test_value(rng):
    _, _, _, prior = scene(rng)
    assert prior.value(prior.chroma) == 0
    u = prior.chroma + np.array([0.1, -0.2])
    assert prior.value(u) == pytest.approx(prior.confidence.sum() * 0.05)


def test_without_confidence_there_is_no_prior(rng):
    _, _, cues, prior = scene(rng)
    data = cues.with_prior(Prior(prior.chroma, np.zeros(SHAPE)), None)
    np.testing.assert_array_equal(data.at, cues.at)
    np.testing.assert_array_equal(data.weight, cues.weight)
    np.testing.assert_allclose(data.values, cues.values, rtol=1e-15)


@pytest.mark.parametrize(
    ("chroma", "confidence", "match"),
    [
        (np.zeros((7, 9)), np.ones(SHAPE), "shape"),
        (np.zeros((7, 9, 2)), np.ones((9, 7)), "shape"),
        (np.full((7, 9, 2), np.nan), np.ones(SHAPE), "finite"),
        (np.zeros((7, 9, 2)), np.full(SHAPE, np.inf), "finite"),
        (np.zeros((7, 9, 2)), np.full(SHAPE, -0.1), "-0.1"),
        (np.zeros((7, 9, 2)), np.full(SHAPE, 1e31), "1e\\+31"),
    ],
)
def test_refusals(chroma, confidence, match):
    with pytest.raises(vc.InputError, match=match):
        Prior(chroma, confidence)


class TestLosses:
    def of(self, loss, rng):
        return Prior(np.zeros((*SHAPE, 2)), rng.random(SHAPE), loss, 0.1)

    @pytest.mark.parametrize("loss", ["huber", "l1"])
    def test_formula(self, loss, rng):
        prior = self.of(loss, rng)
        u = rng.normal(0, 0.2, (*SHAPE, 2))
        total, d = 0.0, 0.1
        for k, t in zip(prior.confidence.ravel(), np.hypot(*u.reshape(-1, 2).T), strict=True):
            total += k * (2 * d * t if loss == "l1" else t**2 if t <= d else 2 * d * t - d**2)
        assert prior.value(u) == pytest.approx(total, rel=1e-2 if loss == "l1" else 1e-12)

    @pytest.mark.parametrize("loss", ["square", "huber", "l1"])
    def test_the_loss_weight_is_the_slope(self, loss, rng):
        prior, u = self.of(loss, rng), rng.normal(0, 0.2, (*SHAPE, 2))
        d = rng.normal(0, 1, u.shape)
        slope = (prior.value(u + 1e-6 * d) - prior.value(u - 1e-6 * d)) / 2e-6
        k = prior.confidence * prior.loss_weight(u)
        assert slope == pytest.approx(float((2 * k[..., None] * u * d).sum()), rel=1e-5)

    @pytest.mark.parametrize("loss", ["huber", "l1"])
    @pytest.mark.parametrize("solver", ["direct", "cg"])
    def test_the_minimum(self, loss, solver, rng):
        guide, _, cues, prior = scene(rng)
        prior = Prior(prior.chroma, prior.confidence, loss, 0.05)
        terms = vc.Harmonic().terms(guide, None)
        chosen, energies = SOLVERS[solver](), []

        def solve(data, start):
            problem = Problem(SHAPE, None, terms, data.at, data.weight)
            solution = chosen.run(chosen.prepare(problem), data.values, start, Goal(1e-3))
            energies.append(total_energy(solution.u, terms, cues, prior, None))
            return solution

        def total_energy(u, terms, cues, prior, visible):
            soft = np.isfinite(cues.weight)
            gap = u.reshape(-1, 2)[cues.at[soft]] - cues.values[soft]
            own = prior.value(u)
            return sum(t.value(u) for t in terms) + (cues.weight[soft, None] * gap**2).sum() + own

        # Exact cues have no say in the prior: their pixels count nothing on both sides.
        exact = cues.at[np.isinf(cues.weight)]
        prior.confidence.flat[exact] = 0
        solution = solve_robust(solve, cues, prior, None, Goal(0.01))
        assert solution.status is Status.CONVERGED
        assert (np.diff(energies) <= 1e-9).all()
        for scale in (1e-3, 1e-2):
            for _ in range(5):
                other = solution.u + rng.normal(0, scale, solution.u.shape)
                values = cues.values[np.isinf(cues.weight)]
                other.reshape(-1, 2)[exact] = values
                assert total_energy(other, terms, cues, prior, None) > energies[-1] - 1e-7

    def test_refusals(self, rng):
        with pytest.raises(vc.InputError, match="loss 'hubr'"):
            self.of("hubr", rng)
        with pytest.raises(vc.InputError, match="width"):
            Prior(np.zeros((*SHAPE, 2)), np.ones(SHAPE), "huber", 0.0)
