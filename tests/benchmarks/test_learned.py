"""The benchmark of the prior learned: pairs, old greys, what is held out, quantiles."""

import json
import tomllib
from pathlib import Path

import numpy as np
import pytest

from benchmarks.learned.greys import GREYS
from benchmarks.learned.rows import gains
from benchmarks.learned.split import HELD_OUT, held_out


def test_gains_are_paired():
    def row(picture, hints, method, psnr):
        return {
            "suite": "hints",
            "picture": picture,
            "hints": hints,
            "method": method,
            "psnr": psnr,
        }

    rows = [row("a", 1, "gp", 20), row("b", 1, "gp", 30), row("a", 1, "learned", 21)]
    rows += [row("b", 1, "learned", 33), row("c", 1, "learned", 99), row("a", 2, "gp", 1)]
    found = gains(rows, "learned", "gp")
    assert found.keys() == {1}
    assert sorted(found[1]) == [1, 3]
    scribbles = [{**one, "suite": "scribbles"} for one in rows]
    assert gains(scribbles, "learned", "gp").keys() == {0}


@pytest.mark.parametrize("name", list(GREYS))
def test_greys_are_degraded_and_stay_greys(name):
    luma = np.random.default_rng(0).random((24, 24))
    first, again = GREYS[name](luma), GREYS[name](luma)
    np.testing.assert_array_equal(first, again)
    assert first.shape == luma.shape
    assert 0 <= first.min() <= first.max() <= 1
    assert 0.005 < np.abs(first - luma).mean() < 0.4


def test_held_out_pictures_are_a_fixed_choice(tmp_path):
    for folder, count in HELD_OUT.items():
        (tmp_path / folder).mkdir(parents=True)
        for k in range(3 * count):
            (tmp_path / folder / f"{k:03}.jpg").touch()
    found = held_out(tmp_path)
    assert found == held_out(tmp_path)
    assert len(set(found)) == sum(HELD_OUT.values())


def test_the_card_has_the_figures_of_the_benchmark():
    root = Path(__file__).parents[2]
    card = tomllib.loads((root / "models" / "learned.toml").read_text())["figures"]
    summary = json.loads((root / "benchmarks" / "results" / "learned.json").read_text())["summary"]
    own = [row for row in summary if row["base"] == "gp" and row["suite"] == "hints"]
    assert card["hints"] == [row["hints"] for row in own]
    np.testing.assert_allclose(card["gain"], [row["gain"] for row in own], atol=0.006)
    np.testing.assert_allclose(card["standard_error"], [r["gain s.e."] for r in own], atol=0.006)


def test_coverage_of_quantiles():
    from benchmarks.learned.rows import QUANTILES, inside

    scaled = np.random.default_rng(0).exponential(size=20_000)
    row = {"scaled": np.quantile(scaled, QUANTILES).tolist()}
    for factor in (0.3, 1.0, 2.0):
        assert inside(row, factor) == pytest.approx((scaled <= factor).mean(), abs=0.01)
