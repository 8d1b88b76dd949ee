"""Weights across borders of objects: the formula by hand, every term, compiled against plain."""

import dataclasses

import numpy as np
import pytest

import varcolor as vc
from varcolor.backend.cpu import CpuBackend
from varcolor.energy.cut import LEAST, Cut, Region, cut_stencil, cut_terms
from varcolor.energy.levin import levin_weights
from varcolor.energy.stencil import Stencil, neighbours, window
from varcolor.energy.weights import AFFINITIES
from varcolor.methods import METHODS, make_method
from varcolor.methods.base import summary_of

SHAPE = (14, 17)


def regions(wall=False):
    mask = np.zeros((6, 7), bool)
    mask[1:, :5] = mask[0, 2] = True
    return (Region(4, 5, mask), Region(0, 0, np.ones((3, 3), bool), wall))


def full(region):
    result = np.zeros(SHAPE, bool)
    h, w = region.mask.shape
    result[region.top : region.top + h, region.left : region.left + w] = region.mask
    return result


def test_the_factor_falls_off_over_three_pixels():
    half = Region(0, 8, np.ones((14, 9), bool))
    strength = Cut(SHAPE, (half,), 1.0).strength(((0, 1),))[0] / 254
    wanted = {7: 1, 6: 0.631, 8: 0.631, 5: 0.14, 9: 0.14, 4: 0.01, 10: 0.01, 3: 0, 11: 0}
    for column, value in wanted.items():
        np.testing.assert_allclose(strength[:, column], value, atol=0.006)
    along = Cut(SHAPE, (half,), 1.0).strength(((1, 0),))
    assert not along.any()  # edges along the border keep their weights


def test_every_edge_that_crosses_a_border_is_cut_fully():
    cut = Cut(SHAPE, regions(), 0.5)
    own = [full(region) for region in cut.regions]
    strength = cut.strength(window(1))
    for k, here, there in neighbours(SHAPE, window(1)):
        crosses = np.any([mask[here] != mask[there] for mask in own], axis=0)
        assert (strength[k][here][crosses] == 254).all()
        assert (strength[k][here] > 0).sum() > crosses.sum()
        np.testing.assert_array_equal(strength[k][here], strength[7 - k][there])


@pytest.mark.parametrize("wall", [False, True])
@pytest.mark.parametrize("hidden", [False, True])
@pytest.mark.parametrize("name", ["default", "gentle", "levin-sym", "gauss4", "levin"])
def test_compiled_weights_are_the_plain_ones(name, hidden, wall, rng):
    guide = rng.random(SHAPE)
    visible = rng.random(SHAPE) < 0.8 if hidden else None
    if name == "levin":
        stencil = levin_weights(guide, visible)
    else:
        stencil = AFFINITIES[name](guide, visible, 0.03, None)
    cut = cut_stencil(stencil, Cut(SHAPE, regions(wall), 0.7))
    plain = Stencil(cut.offsets, cut.weights, cut.symmetric)
    fast, slow = (one.planes(CpuBackend(1)) for one in (cut, plain))
    assert cut.fused is not None
    np.testing.assert_array_equal(fast > 0, slow > 0)
    np.testing.assert_allclose(fast, slow, rtol=5e-5)
    if stencil.symmetric:
        matrix = cut.laplacian().toarray()
        np.testing.assert_allclose(matrix, matrix.T, atol=1e-15)
    else:
        total = cut.weights.sum(axis=0)
        np.testing.assert_allclose(total[total > 0], 1)


@pytest.mark.parametrize("name", ["default", "wide", "far", "levin-sym", "gauss4"])
def test_no_weight_grows_or_vanishes(name, rng):
    stencil = AFFINITIES[name](rng.random(SHAPE), None, 0.03, None)
    cut = cut_stencil(stencil, Cut(SHAPE, regions(), 1.0))
    assert (cut.weights <= stencil.weights * (1 + 1e-12)).all()
    np.testing.assert_array_equal(cut.weights > 0, stencil.weights > 0)
    there = stencil.weights > 0
    assert (cut.weights[there] >= np.minimum(LEAST, stencil.weights[there])).all()
    lowest = cut.weights[there] / stencil.weights[there]
    assert lowest.min() == pytest.approx(1e-4, rel=0.3) or name in ("levin-sym", "gauss4")


def test_a_cut_of_nothing_changes_nothing(rng):
    stencil = AFFINITIES["default"](rng.random(SHAPE), None, 0.03, None)
    for cut in (Cut(SHAPE, regions(), 0.0), Cut(SHAPE, (), 1.0)):
        np.testing.assert_array_equal(cut_stencil(stencil, cut).weights, stencil.weights)


SECOND = [
    name
    for name in METHODS
    if hasattr(METHODS[name], "terms") and name not in ("siggraph17", "eccv16")
]


@pytest.mark.parametrize("name", SECOND)
def test_it_reaches_every_method(name, rng):
    guide, cut = rng.random(SHAPE), Cut(SHAPE, regions(), 0.9)
    for term, own in zip(
        terms := make_method(name, {}).terms(guide, None), cut_terms(terms, cut), strict=True
    ):
        fields = [f.name for f in dataclasses.fields(term)]
        stencils = [f for f in fields if isinstance(getattr(term, f), Stencil)]
        assert stencils
        for field in stencils:
            old, new = getattr(term, field).weights, getattr(own, field).weights
            border = cut.strength(getattr(term, field).offsets) > 0
            assert (new[border & (old > 0)] != old[border & (old > 0)]).mean() > 0.5
        assert type(own) is type(term)
        assert own.summary.form == term.summary.form


def test_it_reaches_sums(rng):
    method = 0.3 * vc.Bilaplacian() + vc.GTV()
    terms = method.terms(rng.random(SHAPE), None)
    for old, new in zip(terms, cut_terms(terms, Cut(SHAPE, regions(), 1.0)), strict=True):
        assert new.factor == old.factor
        assert (new.term.weights.weights < old.term.weights.weights).any()
    assert summary_of(method, 10).unknowns == 10
