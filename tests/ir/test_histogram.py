"""The codecs `global` and `stock`."""

import numpy as np
import pytest

import varcolor as vc
from tests.conftest import photo
from varcolor.errors import FormatError
from varcolor.image.picture import Picture
from varcolor.ir.histogram import TOTAL, histogram_of, pack_histogram, unpack_histogram
from varcolor.ir.stream import unpack


@pytest.mark.parametrize("name", ["chelsea", "astronaut", "coffee"])
def test_a_histogram_comes_back(name):
    rgb = photo(name)
    histogram = histogram_of(Picture(rgb))
    assert histogram.counts.sum() == TOTAL
    back = unpack_histogram(pack_histogram(histogram))
    np.testing.assert_array_equal(back.bins, histogram.bins)
    np.testing.assert_array_equal(back.counts, histogram.counts)
    high, low = rgb.max(-1).astype(float), rgb.min(-1)
    saturation = np.divide(high - low, high, out=np.zeros_like(high), where=high > 0).mean()
    assert back.saturation == round(255 * saturation)
    assert len(pack_histogram(histogram)) < 6 * len(histogram.bins)


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (64, 64), (130, 65)])
def test_histograms_of_any_shape(shape, rng):
    rgb = rng.integers(0, 256, (*shape, 3)).astype(np.uint8)
    assert histogram_of(Picture(rgb)).counts.sum() == TOTAL


def test_a_picture_of_one_colour():
    rgb = np.full((20, 30, 3), (200, 60, 40), np.uint8)
    ir = vc.encode(rgb, "global")
    assert len(ir.color) <= 9
    result = vc.decode(ir).astype(int)
    assert (result[..., 0] > result[..., 2]).all()


def test_damaged_histograms_are_told(rng):
    for _ in range(300):
        data = rng.bytes(int(rng.integers(0, 30)))
        try:
            histogram = unpack_histogram(data)
        except FormatError:
            continue
        assert histogram.counts.sum() == TOTAL


def test_stock_stores_nothing(cat):
    ir = vc.encode(cat, "stock")
    assert unpack(ir.color).payload == b""
    assert (vc.decode(ir) == ir.gray[..., None]).all()
