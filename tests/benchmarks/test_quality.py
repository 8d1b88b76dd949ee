"""The protocols are what they say, every rival works, and the summary's arithmetic is right."""

import json

import numpy as np
import pytest
from PIL import Image

import varcolor as vc
from benchmarks.quality import protocols
from benchmarks.quality.run import ALIASES, Suite, adapter, measure, run
from benchmarks.quality.summary import SIGGRAPH17, markdown, mean_and_error, summarise
from benchmarks.rivals import RIVALS
from varcolor.errors import InputError
from varcolor.image.color import lab


@pytest.fixture
def folder(tmp_path, cat):
    """Two pictures where the hint protocols look for them."""
    place = tmp_path / "imagenet-sample" / "val"
    place.mkdir(parents=True)
    for name, pixels in {"a": cat, "b": cat[::-1]}.items():
        Image.fromarray(np.ascontiguousarray(pixels)).save(place / f"{name}.png")
    return tmp_path


def test_hints_protocol(folder):
    cases = list(protocols.hints(folder / "imagenet-sample" / "val", 2, seed=0))
    assert [c.hints for c in cases] == 2 * [0, 1, 2, 5, 10, 20, 50, 100, 200, 501]
    again = list(protocols.hints(folder / "imagenet-sample" / "val", 2, seed=0))
    for first, second in zip(cases, again, strict=True):
        np.testing.assert_array_equal(first.cues.at, second.cues.at)
    one = cases[1]
    assert one.truth.shape == (256, 256, 3)
    assert len(one.cues) == 36  # one patch of 6 x 6
    rows, columns = one.cues.at.T
    assert np.ptp(rows) == np.ptp(columns) == 5
    luma, chroma = lab.split(one.truth / 255.0)
    found = lab.split(one.cues.color.astype(float))
    mean = chroma[rows, columns].mean(axis=0)
    np.testing.assert_allclose(found[1], np.broadcast_to(mean, (36, 2)), atol=1e-3)
    np.testing.assert_allclose(found[0], luma[rows, columns], atol=1e-5)
    np.testing.assert_allclose(lab.luma_of_gray(one.gray), luma, atol=1e-12)
    # Positions gather around the centre: Normal(centre, size / 4).
    many = cases[9].cues.at
    assert 100 < many[:, 0].mean() < 156


def test_icolorit_protocol(folder):
    cases = list(protocols.icolorit(folder / "imagenet-sample" / "val", 1, seed=3))
    assert [c.hints for c in cases] == [0, 1, 2, 5, 10, 20, 50, 100, 200]
    last = cases[-1]
    assert last.truth.shape == (224, 224, 3)
    assert len(last.cues) == 800  # 200 distinct cells of 2 x 2
    cells = np.unique(last.cues.at // 2, axis=0)
    assert len(cells) == 200


def test_scribbles_protocol(tmp_path, cat):
    gray = np.repeat(vc.to_gray(cat)[..., None], 3, axis=2)
    marked = gray.copy()
    marked[10:13, 5:40] = 255, 0, 0
    for name, pixels in {"bw": gray, "marked": marked, "original": cat}.items():
        vc.write(pixels, tmp_path / f"1_{name}.bmp")
    (case,) = protocols.scribbles(tmp_path, 9, 0)
    assert len(case.cues) == 3 * 35
    true = cat[case.cues.at[:, 0], case.cues.at[:, 1]] / 255
    np.testing.assert_allclose(case.cues.color, true, atol=1e-6)
    row = measure(case, "levin", 0.0, strokes=True)
    assert set(row) >= {"psnr", "ciede2000", "bleeding"}


@pytest.mark.parametrize("name", [*RIVALS.names(), "plain", "levin", "harmonic"])
def test_every_adapter_meets_the_cues_and_keeps_the_lightness(name, rng):
    if name in ("fgs", "domain-transform"):
        cv2 = pytest.importorskip("cv2", reason="OpenCV is a rival, not a dependency")
        if not hasattr(cv2, "ximgproc"):
            pytest.skip("this OpenCV is without its contributed modules")
    truth = np.clip(rng.normal(120, 20, (24, 20, 3)).cumsum(axis=1) / 10, 0, 255).astype(np.uint8)
    luma, chroma = lab.split(truth / 255.0)
    gray = lab.gray_of_luma(luma)
    mask = rng.random(gray.shape) < 0.05
    cues = vc.Cues.from_mask(mask, lab.merge(luma, chroma))
    rgb = adapter(name)(gray, cues)
    assert rgb.shape == (24, 20, 3)
    assert np.isfinite(rgb).all()
    np.testing.assert_allclose(rgb[mask], truth[mask] / 255.0, atol=1e-3)
    np.testing.assert_allclose(lab.luma(rgb), luma, atol=0.02)  # clipping may move it a little
    none = adapter(name)(gray, vc.Cues.none((24, 20)))
    np.testing.assert_allclose(none, np.repeat(gray[..., None], 3, axis=2), atol=1e-6)


def test_misspelt_methods_are_refused():
    with pytest.raises(InputError, match="did you mean 'levin'"):
        adapter("levyn")
    assert ALIASES["plain"].startswith("harmonic:affinity=gauss4")


def test_an_interrupted_run_goes_on(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(protocols, "HINTS", protocols.Protocol((0, 1), 0.0, protocols.hints))
    suite = Suite("hints", folder, ("nearest",), 2, 0)
    log = tmp_path / "out" / "hints.jsonl"
    rows = run(suite, log, jobs=1)
    assert len(rows) == 4
    lines = log.read_text().splitlines()
    log.write_text("\n".join(lines[:-2]) + "\n")
    again = run(suite, log, jobs=1)
    assert {(r["picture"], r["hints"]): r["psnr"] for r in again} == {
        (r["picture"], r["hints"]): r["psnr"] for r in rows
    }
    assert len(log.read_text().splitlines()) == len(lines)
    assert json.loads(log.read_text().splitlines()[0]) == {"protocol": "hints", "seed": 0}
    with pytest.raises(SystemExit, match="another run"):
        run(Suite("hints", folder, ("nearest",), 2, 1), log, jobs=1)


def test_paired_gains_by_hand():
    rows = [
        {"method": m, "hints": 1, "picture": p, "psnr": v}
        for m, values in {"a": (20.0, 30.0), "b": (21.0, 33.0)}.items()
        for p, v in zip("xy", values, strict=True)
    ]
    first, second = summarise(rows, ("a", "b"))
    assert first["psnr"] == 25
    assert first["gain"] == 0
    assert second["gain"] == pytest.approx(2)
    assert second["gain s.e."] == pytest.approx(1)
    assert mean_and_error([1.0]) == (1.0, 0.0)
    text = markdown([first, second], ("a", "b"))
    assert "+2.00 ± 1.00" in text
    assert f"{SIGGRAPH17[1]:.2f}" in text
