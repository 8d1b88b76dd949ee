"""The measures of the suites ``strokes`` and ``default``, their logs and tables, by hand."""

import json
import sys

import numpy as np
import pytest
from PIL import Image
from skimage.data import chelsea

import varcolor as vc
from benchmarks.quality import __main__ as command
from benchmarks.quality import default, protocols, stains
from benchmarks.quality.run import adapter
from varcolor.metrics.colour import ciede2000_map


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A data folder with small pictures where the suites look for them."""
    data = tmp_path_factory.mktemp("data")
    places = [data / "bsds500" / "val", data / "imagenet-sample" / "val"]
    hand = data / "levin" / "scribbles"
    for place in (*places, hand):
        place.mkdir(parents=True)
    small = np.asarray(Image.fromarray(chelsea()).resize((60, 40)))
    for place in places:
        for name, pixels in {"a": small, "b": small[::-1]}.items():
            Image.fromarray(np.ascontiguousarray(pixels)).save(place / f"{name}.png")
    gray = np.repeat(vc.to_gray(small)[..., None], 3, axis=2)
    marked = gray.copy()
    marked[10:13, 5:40] = 255, 0, 0
    for name, pixels in {"bw": gray, "marked": marked, "original": small}.items():
        vc.write(pixels, hand / f"1_{name}.bmp")
    return data


def test_recipes_are_the_front_door_and_the_fixed_prior(cat, cat_cues):
    gray = vc.to_gray(cat) / 255.0
    for name, options in {"default": {}, "gp": {"method": "harmonic", "prior": "gp"}}.items():
        expected = vc.colorize(gray, cat_cues, space="lab", **options).rgb
        np.testing.assert_allclose(adapter(name)(gray, cat_cues), expected, atol=1e-9)
    plain = adapter("harmonic")(gray, cat_cues)
    assert np.abs(adapter("gp")(gray, cat_cues) - plain).max() > 0.01


def test_stains_are_what_harmonic_keeps_clean(rng):
    truth = rng.integers(60, 200, (20, 30, 3)).astype(np.uint8)
    rgb = truth / 255.0
    rgb[:5, :6] = 1, 0, 0  # 30 of 600 pixels
    base = stains.difference(truth, truth / 255.0)
    assert base.max() == 0
    found = stains.scores(truth, rgb, base)
    difference = ciede2000_map(truth, np.rint(rgb * 255).astype(np.uint8))
    assert found["stains"] == pytest.approx(100 * (difference > 8).sum() / 600)
    assert found["stains"] == pytest.approx(5)
    assert found["ciede2000"] == pytest.approx(difference.mean(), rel=1e-5)
    assert found["p95"] == pytest.approx(np.percentile(difference, 95), rel=1e-5)
    square = ((np.rint(rgb * 255) - truth) ** 2).mean()
    assert found["psnr"] == pytest.approx(10 * np.log10(255**2 / square))
    # Where harmonic is as wrong, nothing is a stain; nor where it is at most 8 better.
    assert stains.scores(truth, rgb, difference)["stains"] == 0
    assert stains.scores(truth, rgb, difference - 7.9)["stains"] == 0


def test_a_log_is_gone_on_with_and_other_code_measures_the_default_again(
    data, tmp_path, monkeypatch
):
    measured = []
    real = stains.measured

    class Here:
        """A pool that works in this process and notes its tasks."""

        def __init__(self, jobs):
            pass

        def __enter__(self):
            return self

        def __exit__(self, *_):
            return None

        def map(self, function, tasks):
            measured.extend((t.part, t.file.name, t.counts, t.methods) for t in tasks)
            return map(real, tasks)

    monkeypatch.setattr(stains, "ProcessPoolExecutor", Here)

    def run(methods, counts, pictures=1):
        measured.clear()
        return stains.run(data, methods, pictures, 0, 1, tmp_path, counts)

    methods = ("harmonic", "default")
    rows = run(methods, (3, 6))
    assert len(rows) == 2 * 2 + 2  # and the hand-drawn ones
    assert {row["part"] for row in rows} == {"strokes", "hand-drawn"}
    assert all(row["stains"] == 0 for row in rows if row["method"] == "harmonic")
    assert run(methods, (3, 6)) == rows
    assert not measured
    more = run(methods, (3, 6, 12))
    assert len(more) == 3 * 2 + 2
    ((_, picture, counts, left),) = measured
    assert (counts, left) == ((12,), methods)
    monkeypatch.setattr(stains, "code", lambda: "other")
    run(methods, (3, 12))
    assert measured == [
        ("strokes", picture, (3, 12), ("default",)),
        ("hand-drawn", "1", (3, 12), ("default",)),
    ]
    assert len(run(("harmonic",), (3,), pictures=2)) == 3
    assert [name for _, name, _, _ in measured] == [{"a.png": "b.png", "b.png": "a.png"}[picture]]


def _rows(part, hints, picture, **of_methods):
    for method, (psnr, stain) in of_methods.items():
        row = {"part": part, "hints": hints, "picture": picture, "method": method, "psnr": psnr}
        yield row | {"stains": stain, "ciede2000": 1.0, "p95": 2.0}


def test_means_and_gains_by_hand():
    rows = [
        *_rows("strokes", 3, "x", harmonic=(20.0, 0.0), gp=(21.0, 6.0)),
        *_rows("strokes", 3, "y", harmonic=(30.0, 0.0), gp=(33.0, 2.0)),
        *_rows("strokes", 40, "x", harmonic=(40.0, 0.0), gp=(40.0, 0.0)),
        *_rows("strokes", 40, "y", harmonic=(40.0, 0.0), gp=(40.0, 0.0)),
        *_rows("hand-drawn", 7, "z", harmonic=(25.0, 0.0), gp=(24.0, 1.0)),
    ]
    summary = stains.summarise(rows, ("harmonic", "gp"))
    cell = {(row["part"], row["strokes"], row["method"]): row for row in summary}
    assert len(cell) == len(summary) == 8
    few = cell["strokes", 3, "gp"]
    assert (few["psnr"], few["gain"], few["gain s.e."]) == pytest.approx((27, 2, 1))
    assert (few["stains"], few["stains s.e."]) == pytest.approx((4, 2))
    together = cell["strokes", 0, "gp"]  # of the two pictures, not of the four cases
    assert (together["gain"], together["gain s.e."]) == pytest.approx((1, 0.5))
    assert together["pictures"] == 2
    text = stains.markdown(summary)
    assert (
        "| 3 | gp | 27.00 ± 6.00 | +2.00 ± 1.00 | 1.00 ± 0.00 | 2.00 ± 0.00 | 4.00 ± 2.00 |" in text
    )
    assert "| all | harmonic |" in text
    assert "| hand-drawn | gp |" in text


@pytest.mark.parametrize(
    ("psnr", "stain", "ok", "clean"),
    [
        (30.96, 1.0, True, True),
        (30.94, 1.01, False, False),
        (29.0, 0.0, False, True),
        (40.0, 3.0, True, False),
    ],
)
def test_the_default_is_held_against_the_better_in_the_mean(psnr, stain, ok, clean):
    rows = []
    for picture in "xy":
        rows += _rows(
            "strokes", 3, picture, harmonic=(29.0, 0.0), gp=(31.0, 3.0), default=(psnr, stain)
        )
    rows += [
        {k: v for k, v in row.items() if k != "stains"}
        for row in _rows("hints", 5, "x", harmonic=(22.0, 0.0), gp=(21.0, 0.0), default=(22.0, 0.0))
    ]
    summary = default.compare(rows)
    assert [(row["suite"], row["hints"]) for row in summary] == [
        ("strokes", 3),
        ("strokes", None),
        ("hints", 5),
        ("hints", None),
    ]
    first = summary[0]
    assert first["shortfall"] == pytest.approx(31 - psnr)
    assert (first["ok"], first["clean"]) == (ok, clean)
    assert summary[2]["ok"]
    assert summary[2]["shortfall"] == 0
    assert "clean" not in summary[2]
    text = default.markdown(summary)
    named = "none" if ok else "strokes 3, strokes all"
    assert f"dB below the better: {named}." in text
    named = "none" if clean else "strokes 3, strokes all"
    assert f"third of gp's stains: {named}." in text


def test_both_suites_from_the_command_line(data, tmp_path, monkeypatch, capsys):
    for name in ("HINTS", "ICOLORIT"):
        protocol = getattr(protocols, name)
        few = protocols.Protocol((0,), protocol.least_mse, protocol.cases)
        monkeypatch.setattr(protocols, name, few)
    rows, out = tmp_path / "rows", tmp_path / "out"
    common = ["--data", str(data), "--out", str(out), "--rows", str(rows), "--jobs", "1"]
    words = ["--suite", "strokes", "--pictures", "1", "--methods", "harmonic", "gp"]
    monkeypatch.setattr(sys, "argv", ["quality", *words, "--counts", "3", "6", *common])
    command.main()
    document = json.loads((out / "strokes.json").read_text())
    assert document["machine"]["cores"]
    assert {(row["strokes"], row["method"]) for row in document["summary"]} == {
        (count, method) for count in (0, 3, 6) for method in ("harmonic", "gp")
    }
    assert "| 6 | gp |" in (out / "strokes.md").read_text()
    monkeypatch.setattr(sys, "argv", ["quality", "--suite", "default", "--pictures", "1", *common])
    command.main()
    summary = json.loads((out / "default.json").read_text())["summary"]
    found = {(row["suite"], row["hints"]) for row in summary}
    assert {("hints", 0), ("icolorit", None), ("scribbles", None), ("strokes", 40)} <= found
    assert ("hand-drawn", None) in found
    assert not list(out.glob("*.jsonl"))
    assert "| hints | 0 | 1 |" in capsys.readouterr().out
