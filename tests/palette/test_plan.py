"""What colours become: changes as text, matching by transport, schemes."""

import itertools

import numpy as np
import pytest

import varcolor as vc
from varcolor.palette.palette import Palette, to_oklab
from varcolor.palette.plan import Plan, described, is_changes, parse_changes
from varcolor.palette.schemes import scheme_names, scheme_of
from varcolor.palette.transport import chroma_map, plan_of


@pytest.fixture
def plan():
    colors = np.array([[0.8, 0.15, 0.1], [0.1, 0.2, 0.6], [0.95, 0.9, 0.8], [0.05, 0.05, 0.05]])
    return Plan.keeping(Palette.of(colors, np.array([0.4, 0.3, 0.2, 0.1])))


def hexes(plan):
    return [entry["to"] for entry in described(plan)]


class TestText:
    def test_pairs(self):
        text = "#c08040=teal, 2=lock;rgb(1, 2, 3)=keep red=rgb(10%,20%,30%)"
        assert parse_changes(text) == (
            ("#c08040", "teal"),
            ("2", "lock"),
            ("rgb(1, 2, 3)", "keep"),
            ("red", "rgb(10%,20%,30%)"),
        )

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("", "no change"),
            ("red", "FROM=TO"),
            ("=red", "FROM=TO"),
            ("red=", "FROM=TO"),
            ("red=blu", "blue"),
            ("rod=blue", "red"),
            ("keep=red", "after the ="),
            ("red=2", "not a colour"),
        ],
    )
    def test_bad_ones(self, text, message):
        with pytest.raises(vc.InputError, match=message):
            parse_changes(text)

    def test_files_are_no_changes(self):
        assert is_changes("red=blue")
        assert not is_changes("poster.gpl")


class TestChanges:
    def test_by_number_and_by_colour(self, plan):
        new = plan.changed(parse_changes("1=#008080 #1a3399=#ffff00"))
        assert hexes(new)[:2] == ["#008080", "#ffff00"]
        np.testing.assert_array_equal(new.target[2:], plan.source[2:])

    def test_later_ones_win(self, plan):
        new = plan.changed(parse_changes("1=teal 1=lock"))
        assert described(new)[0]["what"] == "locked"
        assert described(new)[0]["to"] == described(new)[0]["from"]
        assert not new.changed(parse_changes("1=keep")).locked.any()

    def test_a_colour_that_is_near_to_one_becomes_an_entry(self, plan):
        new = plan.changed(parse_changes("#c86030=teal"))
        assert len(new.source) == 5
        np.testing.assert_allclose(new.source[4], to_oklab(np.array([200, 96, 48]) / 255))

    @pytest.mark.parametrize("text", ["#00ff00=red", "5=red", "0=red"])
    def test_what_is_not_in_the_picture(self, text, plan):
        with pytest.raises(vc.InputError, match="main colour"):
            plan.changed(parse_changes(text))

    def test_chroma_falls_where_a_colour_becomes_darker(self, plan):
        new = plan.changed(parse_changes("4=#ff8000")).at_own_lightness()
        ratio = plan.source[3, 0] / to_oklab(np.array([1, 128 / 255, 0]))[0]
        full = to_oklab(np.array([1, 128 / 255, 0]))[1:]
        np.testing.assert_allclose(new.target[3, 1:], ratio * full)


class TestMatching:
    def test_its_own_palette_changes_nothing(self, plan):
        own = Palette.of(vc_rgb(plan.source), plan.shares)
        matched = plan.matched(own)
        np.testing.assert_allclose(matched.target, plan.source, atol=1e-6)

    def test_like_goes_to_like(self, plan):
        other = Palette.of(np.array([[0.9, 0.3, 0.1], [0.2, 0.3, 0.8], [1, 1, 1], [0, 0, 0]]))
        assert hexes(plan.matched(other)) == ["#e64d1a", "#334dcc", "#ffffff", "#000000"]


def vc_rgb(lab):
    from varcolor.palette.palette import from_oklab

    return from_oklab(lab)


class TestTransport:
    def test_against_all_assignments(self, rng):
        """With equal masses an optimal plan is a permutation: all 720 are tried."""
        cost = rng.random((6, 6))
        found = plan_of(np.ones(6), np.ones(6), cost)
        best = min(
            sum(cost[i, j] for i, j in enumerate(order)) for order in itertools.permutations(range(6))
        )
        assert (found * cost).sum() * 6 == pytest.approx(best)

    def test_masses(self, rng):
        p, q = rng.random(5), rng.random(8)
        found = plan_of(p, q, rng.random((5, 8)))
        np.testing.assert_allclose(found.sum(axis=1), p / p.sum(), atol=1e-9)
        np.testing.assert_allclose(found.sum(axis=0), q / q.sum(), atol=1e-9)
        assert found.min() >= 0

    def test_room(self, rng):
        p, q, cost = rng.random(5), rng.random(8), rng.random((5, 8))
        found = plan_of(p, q, cost, 3.0)
        np.testing.assert_allclose(found.sum(axis=1), p / p.sum(), atol=1e-9)
        assert (found.sum(axis=0) <= 3 * q / q.sum() + 1e-9).all()
        assert (found * cost).sum() <= (plan_of(p, q, cost) * cost).sum() + 1e-9

    def test_a_shifted_histogram_is_shifted_back(self, rng):
        colors = np.column_stack([rng.random(60), rng.uniform(-0.1, 0.1, (60, 2))])
        shares = np.full(60, 1 / 60)
        shift = np.array([0.0, 0.03, -0.02])
        cells, images = chroma_map((colors, shares), (colors + shift, shares))
        np.testing.assert_allclose(images - cells, np.tile(shift[1:], (len(cells), 1)), atol=1e-6)


class TestSchemes:
    def test_those_of_the_package(self):
        assert scheme_names() == ("1920s", "modern")
        for name in scheme_names():
            scheme = scheme_of(name)
            assert len(scheme) == 16
            assert scheme.shares.sum() == pytest.approx(1)
            assert (np.diff(scheme.shares) <= 0).all()

    def test_modern_is_bluer(self):
        mean = {n: scheme_of(n).shares @ scheme_of(n).lab for n in scheme_names()}
        assert mean["modern"][2] < mean["1920s"][2]

    def test_files(self, tmp_path):
        path = tmp_path / "own.json"
        path.write_text('["#ff0000", "#00ff00"]')
        assert scheme_of(str(path)).hexes == ("#ff0000", "#00ff00")

    def test_unknown_names(self):
        with pytest.raises(vc.InputError, match="1920s, modern"):
            scheme_of("1930s")
        with pytest.raises(vc.FileError, match=r"nowhere\.gpl"):
            scheme_of("nowhere.gpl")
