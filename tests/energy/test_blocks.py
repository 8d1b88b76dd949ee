"""Energies made of blocks: against their plain formulas, adjoints, null spaces, sums."""

import numpy as np
import pytest

import varcolor as vc
from varcolor.energy.blocks import blocks_of, group_squares
from varcolor.energy.tgv import GeneralisedVariation
from varcolor.methods import make_method, sum_of
from varcolor.methods.base import Sum
from varcolor.methods.nonsmooth import GTV, TGV, TV
from varcolor.methods.quadratic import Bilaplacian, LevinLS
from varcolor.solve.sparse.admm import shrink

SHAPE = (6, 8)
METHODS = {
    "harmonic": vc.Harmonic(),
    "bilaplacian": Bilaplacian(),
    "bilaplacian isotropic": Bilaplacian(affinity="isotropic"),
    "levin-ls": LevinLS(),
    "levin-ls radius 2": LevinLS(radius=2),
    "gtv": GTV(),
    "gtv gauss4": GTV(affinity="gauss4"),
    "gtv symmetric": GTV(symmetric=True),
    "tv": TV(),
    "tv symmetric": TV(symmetric=True),
    "tgv": TGV(),
    "sum": 0.3 * Bilaplacian() + 2 * GTV() + vc.Harmonic(),
}
every_method = pytest.mark.parametrize("method", METHODS)
holes = pytest.mark.parametrize("holes", [False, True])


def picture(rng, holes):
    visible = rng.random(SHAPE) < 0.8 if holes else None
    return rng.random(SHAPE), visible


@every_method
@holes
def test_blocks_have_the_energy_of_the_formula(method, holes, rng):
    guide, visible = picture(rng, holes)
    u = rng.normal(0, 0.2, (*SHAPE, 2))
    for term in METHODS[method].terms(guide, visible):
        if isinstance(term, GeneralisedVariation):
            v = rng.normal(0, 0.1, (2, *SHAPE, 2))
            x = np.concatenate([u.reshape(-1, 2), v.reshape(-1, 2)])
            found = sum(block.value(x) for block in term.blocks())
            assert found == pytest.approx(term.value_with(u, v), rel=1e-12)
            continue
        found = sum(block.value(u.reshape(-1, 2)) for block in blocks_of(term))
        assert found == pytest.approx(term.value(u), rel=1e-12)


@every_method
@holes
def test_operators_and_adjoints(method, holes, rng):
    for term in METHODS[method].terms(*picture(rng, holes)):
        for block in blocks_of(term):
            x, y = rng.random(block.operator.shape[1]), rng.random(block.operator.shape[0])
            assert y @ (block.operator @ x) == pytest.approx(x @ (block.operator.T @ y), rel=1e-12)
            assert block.operator.shape[0] % block.group == 0


@every_method
def test_constants_cost_nothing(method, rng):
    for term in METHODS[method].terms(*picture(rng, holes=True)):
        assert term.value(np.full((*SHAPE, 2), 0.3)) < 1e-25


@pytest.mark.parametrize("method", ["bilaplacian", "levin-ls", "harmonic"])
def test_the_matrix_is_half_the_gradient(method, rng):
    term = METHODS[method].terms(*picture(rng, holes=False))[0]
    u, d = rng.normal(0, 1, (2, *SHAPE, 1))
    slope = (term.value(u + 1e-4 * d) - term.value(u - 1e-4 * d)) / 2e-4
    inner = float((d.reshape(-1) * (term.matrix() @ u.reshape(-1))).sum())
    assert slope == pytest.approx(2 * inner, rel=1e-6)


def test_energies_with_norms_have_no_matrix(rng):
    with pytest.raises(vc.InputError, match="not quadratic"):
        TV().terms(*picture(rng, holes=False))[0].matrix()


def test_second_order_solvers_say_what_they_take(rng, cat, cat_cues):
    for solver in ("direct", "multigrid", "amg", "cg"):
        with pytest.raises(vc.InputError, match="block-direct"):
            vc.colorize(vc.to_gray(cat), cat_cues, method="bilaplacian", solver=solver)


def test_tv_by_hand():
    """A step of height 1 along an edge of five pixels."""
    u = np.zeros((5, 7, 2))
    u[:, 3:, 0] = 1
    term = TV().terms(np.zeros((5, 7)), None)[0]
    assert term.value(u) == pytest.approx(5)
    u[:, 3:, 1] = 1  # both channels step at one place: sqrt 2, not 2
    assert term.value(u) == pytest.approx(5 * 2**0.5)


@pytest.mark.parametrize("flip", [np.flipud, np.fliplr])
@pytest.mark.parametrize("method", ["gtv symmetric", "tv symmetric"])
def test_symmetric_variation_does_not_know_left_from_right(method, flip, rng):
    guide, _ = picture(rng, holes=False)
    u = rng.random((*SHAPE, 2))
    flipped = np.stack([flip(u[..., k]) for k in range(2)], axis=-1)
    here = METHODS[method].terms(guide, None)[0].value(u)
    there = METHODS[method].terms(flip(guide), None)[0].value(flipped)
    assert here == pytest.approx(there, rel=1e-12)


def test_the_prox_of_norms_against_brute_force(rng):
    """shrink(v) minimises by |z| + |z - v|^2 / 2, group by group."""
    values = rng.normal(0, 1, (12, 2))
    for by in (0.1, 1.0, 3.0):
        z = shrink(values, 3, np.full(4, by))

        def cost(z, by=by):
            return (by * np.sqrt(group_squares(z, 3)) + group_squares(z - values, 3) / 2).sum()

        least = cost(z)
        for scale in (1e-4, 1e-2, 0.3):
            for _ in range(30):
                assert cost(z + rng.normal(0, scale, z.shape)) >= least - 1e-12


class TestSums:
    def test_an_expression_is_the_sum(self, rng):
        guide, _ = picture(rng, holes=False)
        u = rng.random((*SHAPE, 2))
        method = sum_of("bilaplacian:0.3+gtv")
        assert method.name == "bilaplacian:0.3+gtv:1"
        wanted = 0.3 * Bilaplacian().terms(guide, None)[0].value(u)
        wanted += GTV().terms(guide, None)[0].value(u)
        assert sum(t.value(u) for t in method.terms(guide, None)) == pytest.approx(wanted)
        again = 0.3 * Bilaplacian() + GTV()
        assert again == method

    def test_sums_of_sums(self):
        method = 2 * (Bilaplacian() + 0.5 * TV()) + GTV()
        assert [factor for factor, _ in method.parts] == [2, 1, 1]

    @pytest.mark.parametrize(
        ("text", "match"),
        [
            ("bilaplacain:1+gtv:1", "did you mean 'bilaplacian'"),
            ("bilaplacian:x+gtv", "'x' is no number"),
            ("gtv:-1", "weight of gtv -1"),
            ("gtv:nan", "weight of gtv nan"),
            ("gtv:0", "positive"),
            ("levin:1+gtv:1", "levin-ls"),
            ("gtv:1+", "unknown method ''"),
        ],
    )
    def test_refusals(self, text, match):
        with pytest.raises(vc.InputError, match=match):
            make_method(text, {})

    def test_options_do_not_go_with_sums(self):
        with pytest.raises(vc.InputError, match="no options"):
            make_method("gtv:1", {"symmetric": "yes"})

    def test_no_sum_without_a_positive_weight(self):
        with pytest.raises(vc.InputError, match="positive"):
            Sum(parts=((0.0, GTV()),))


def test_options_as_text():
    assert make_method("gtv", {"symmetric": "yes"}) == GTV(symmetric=True)
    with pytest.raises(vc.InputError, match="expected bool"):
        make_method("gtv", {"symmetric": "perhaps"})
    with pytest.raises(vc.InputError, match="3x3"):
        GTV(affinity="wide")
    with pytest.raises(vc.InputError, match="'default'"):
        Bilaplacian(affinity="defualt")
    with pytest.raises(vc.InputError, match="radius"):
        LevinLS(radius=9)


def test_a_plane_has_no_generalised_variation(rng):
    rows, columns = np.mgrid[:6, :8]
    plane = np.stack([0.1 * rows - 0.2 * columns, 0.3 * columns], axis=-1)
    term = TGV().terms(*picture(rng, holes=False))[0]
    assert term.value(plane) < 1e-6
    assert TV().terms(*picture(rng, holes=False))[0].value(plane) > 1


def test_generalised_variation_takes_the_best_slopes(rng):
    term = TGV(affinity="isotropic").terms(*picture(rng, holes=False))[0]
    u = rng.normal(0, 0.1, (*SHAPE, 2))
    best = term.value(u)
    assert best < term.value_with(u, np.zeros((2, *SHAPE, 2)))
    for scale in (0.01, 0.1):
        assert best <= term.value_with(u, rng.normal(0, scale, (2, *SHAPE, 2))) + 1e-6
