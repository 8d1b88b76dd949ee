"""Benchmarks of objects: ground truth of BSDS500 is read, clips without masks are no cases."""

import numpy as np
import pytest

from benchmarks.objects import clicks, factors
from benchmarks.objects.truth import davis, segments


def annotated(folder, where):
    """Write a photo's name with three annotators' segments, as BSDS500 has them."""
    scipy_io = pytest.importorskip("scipy.io")
    maps = [np.ones((40, 60), np.uint16) for _ in range(3)]
    maps[1][:, 30:] = 2
    maps[2][:, 30:] = 2
    maps[2][20:, 30:] = 3
    cells = np.empty((1, 3), object)
    for k, own in enumerate(maps):
        cells[0, k] = {"Segmentation": own, "Boundaries": np.zeros_like(own)}
    (folder / where).parent.mkdir(exist_ok=True)
    scipy_io.savemat(folder / where, {"groundTruth": cells})


@pytest.mark.parametrize("where", ["12.mat", "groundTruth/12.mat"])
def test_ground_truth_is_that_of_the_median_annotator(tmp_path, where):
    annotated(tmp_path, where)
    found, source = segments(tmp_path / "12.jpg", np.zeros((20, 20, 3)))
    assert source == "ground truth"
    assert [own.box for own in found] == [(0, 0, 10, 20), (10, 0, 20, 20)]


def test_without_ground_truth_regions_of_true_colour_stand_in(tmp_path):
    truth = np.zeros((64, 64, 3))
    truth[:, :32, 0] = truth[:, 32:, 2] = 200
    found, source = segments(tmp_path / "12.jpg", truth)
    assert source == "regions of true colour"
    assert any(own.box[2] == 32 or own.box[0] == 32 for own in found)


def clip(folder, mask=True):
    from PIL import Image

    rng = np.random.default_rng(2)
    picture = np.full((60, 80, 3), (60, 120, 50)) + rng.integers(0, 9, (60, 80, 3))
    own = np.zeros((60, 80), np.uint8)
    own[15:45, 20:60] = 255
    picture[own > 0] += (120, 0, 40)
    folder.mkdir()
    Image.fromarray(picture.astype(np.uint8)).save(folder / "00000.jpg", quality=95)
    if mask:
        Image.fromarray(own).save(folder / "mask_00000.png")


def test_clicks_and_factors_of_a_clip(tmp_path, monkeypatch):
    clip(tmp_path / "box")
    clip(tmp_path / "other", mask=False)
    assert [case.name for case in davis(tmp_path)] == ["box"]
    rows = list(clicks.rows(tmp_path, 2, 0, (1, 3)))
    assert {row["clicks"] for row in rows} == {1, 3}
    assert np.median([row["iou"] for row in rows if row["photo"] == "colour"]) > 0.9
    monkeypatch.setattr(factors, "COUNTS", (5,))
    found = list(factors.rows(tmp_path, 2, 0, "harmonic"))
    assert {row["kind"] for row in found} >= {"none", "drawn", "slic"}
    table = factors.summary(found)
    assert [line["hints"] for line in table] == [5] * 3 + ["all"] * 3
    assert table[0]["n"] == 2
