"""The comparison of energies: settings, the log of an interrupted run, gains and the verdict."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import varcolor as vc
from benchmarks.energies import run
from benchmarks.energies.run import Log, measure
from benchmarks.energies.scenes import SCENES, SIDE
from benchmarks.energies.settings import ALONE, ENERGIES, GUESSED, Setting, described
from benchmarks.energies.tables import gain_table, summary, tuning_table
from benchmarks.energies.verdict import verdict
from benchmarks.quality.protocols import Case
from varcolor.methods.nonsmooth import GTV
from varcolor.methods.quadratic import Bilaplacian


@pytest.fixture
def case(cat, cat_cues):
    gray = vc.to_gray(cat) / 255.0
    return Case("cat", 3, cat, gray, cat_cues)


def rows_of(setting, values):
    """Rows of two pictures at two numbers of hints."""
    keys = [(picture, hints) for picture in "ab" for hints in (5, 20)]
    return [
        {"picture": p, "hints": h, "setting": setting, "psnr": v, "seconds": 1.0, "gap": 0.0,
         "status": "converged"}
        for (p, h), v in zip(keys, values, strict=True)
    ]  # fmt: skip


def test_settings_are_told_apart():
    names = [setting.name for energy in ENERGIES for setting in energy.tried]
    assert len(set(names)) == len(names)
    assert {ALONE, GUESSED} <= {energy.name for energy in ENERGIES}
    assert {energy.base for energy in ENERGIES} == {ALONE, GUESSED}
    sum_of_two = vc.Harmonic() + 0.3 * Bilaplacian()
    assert described(sum_of_two) == "1 harmonic + 0.3 bilaplacian"
    assert Setting(GTV(), 5e-4).name == "gtv, prior 0.0005"


@pytest.mark.parametrize("setting", [Setting(vc.Harmonic(), 2e-5), Setting(GTV())])
def test_a_case_is_measured(setting, case):
    row = measure(case, setting, 1e-2, strokes=True)
    assert row["status"] == "converged"
    assert row["gap"] <= 1e-2
    assert 15 < row["psnr"] < 60
    assert set(row) >= {"ciede2000", "bleeding", "seconds"}


def test_the_log_goes_on_where_it_stopped(tmp_path, case, monkeypatch):
    done = []

    def fake(task):
        done.append(task[1].name)
        return rows_of(task[1].name, [30.0, 31, 32, 33])[0] | {"picture": "cat", "hints": 3}

    monkeypatch.setattr(run, "_task", fake)
    file, setting = tmp_path / "log.jsonl", Setting(GTV())
    with ThreadPoolExecutor(1) as pool:
        for _ in range(2):
            (row,) = Log(file, {"seeds": [1, 2]}).fill(pool, "val", [case], setting, 1e-2)
            assert (row["suite"], row["psnr"]) == ("val", 30.0)
        assert done == ["gtv"]
        Log(file, {"seeds": [1, 2]}).fill(pool, "train", [case], setting, 1e-2)
    assert done == ["gtv", "gtv"]
    with pytest.raises(SystemExit, match="another run"):
        Log(file, {"seeds": [1, 3]})


def test_gains_are_paired_and_the_pictures_give_the_error():
    found = summary(rows_of("gtv", [31, 32, 33, 36]), rows_of("harmonic", [30, 31, 32, 33]))
    assert found["by hints"]["5"]["gain"] == (1.0, 0.0)
    assert found["by hints"]["20"]["gain"] == pytest.approx((2.0, 1.0))
    assert found["gain"] == pytest.approx((1.5, 0.5))
    assert found["pictures"] == 2
    table = gain_table({"gtv": found}, (ALONE,))
    assert "| gtv | gtv | +1.00 ± 0.00 | +2.00 ± 1.00 | **+1.50 ± 0.50** |" in table
    assert "**+1.50 ± 0.50**" in tuning_table({"gtv": [found]})


def test_the_verdict_asks_for_a_fifth_of_a_decibel():
    base = rows_of("harmonic", [30, 30, 30, 30])
    found = {
        ALONE: summary(base, base),
        "gtv": summary(rows_of("gtv", [30.1] * 4), base),
        "gtv, with the prior": summary(rows_of("gtv, prior 1", [30.3] * 4), base),
    }
    text = verdict(found)
    assert "`harmonic`: +0.10 ± 0.00 dB against it, not enough" in text
    assert "`auto`: +0.30 ± 0.00 dB against it, enough" in text
    auto = summary(rows_of("harmonic, prior 1", [31] * 4), base)
    found = {
        ALONE: found[ALONE],
        "gtv": found["gtv"],
        GUESSED: auto | {"gain over harmonic": auto["gain"]},
    }
    assert "So there is no such method: `auto`" in verdict(found)
    assert "+1.00 ± 0.00 dB above `harmonic`" in verdict(found)


@pytest.mark.parametrize("make", SCENES)
def test_scenes_are_small_pictures_with_cues(make):
    scene = make()
    assert scene.photo.shape == scene.shown.shape == (SIDE, SIDE, 3)
    assert scene.photo.dtype == scene.shown.dtype == np.uint8
    assert len(scene.cues) > 30
