"""Error maps and contact sheets."""

import numpy as np
import pytest

from varcolor.image.picture import as_picture
from varcolor.metrics.pictures import TOP, colours_of, heatmap, sheet, thumbs


def test_colours_rise_in_lightness_and_stop_at_the_top():
    colours = colours_of(np.linspace(0, TOP, 60))
    luma = colours @ [0.299, 0.587, 0.114]
    assert (np.diff(luma) > 0).all()
    assert (colours_of(np.array([TOP, 99.0])) == colours[-1]).all()
    assert (colours_of(np.array(0.0)) == colours[0]).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 4000), (900, 2), (113, 90), (700, 900)])
def test_a_map_keeps_its_pixels_and_gets_a_bar(shape):
    difference = np.random.default_rng(0).random(shape).astype(np.float32) * TOP
    picture = heatmap(difference)
    zoom = max(1, min(-(-300 // shape[0]), 1200 // shape[1]))
    height, width = shape[0] * zoom, shape[1] * zoom
    assert picture.shape[0] == max(height, 160)
    assert width < picture.shape[1] <= width + 240
    assert (picture[:height:zoom, :width:zoom] == colours_of(difference)).all()


def test_sheet_of_all_kinds_of_pictures():
    rng = np.random.default_rng(0)
    kinds = [
        rng.integers(0, 256, (40, 60, 3), dtype=np.uint8),
        rng.integers(0, 65536, (500, 20), dtype=np.uint16),
        rng.random((1, 1, 3)),
    ]
    rows = [
        thumbs("name " * 99, as_picture(p), as_picture(p), np.zeros(p.shape[:2], np.float32))
        for p in kinds
    ]
    made = sheet(rows)
    assert made.dtype == np.uint8
    assert made.shape == (10 + 20 + 3 * 30 + 200 + 300 + 300, 940, 3)
