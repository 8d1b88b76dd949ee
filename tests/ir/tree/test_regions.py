"""The regions of a stream: the fast decoder against the plain one; nothing depends on luck."""

import numpy as np
import pytest

import varcolor as vc
from tests.conftest import photo
from tests.ir import plain
from varcolor.errors import FormatError
from varcolor.ir.stream import unpack
from varcolor.ir.tree.regions import read_regions


def piece(name="chelsea", rows=slice(60, 156), columns=slice(120, 264)):
    return np.ascontiguousarray(photo(name)[rows, columns])


@pytest.mark.parametrize("budget", [12, 40, 150, 600])
@pytest.mark.parametrize("name", ["chelsea", "astronaut", "coffee"])
def test_the_plain_decoder_finds_the_same_regions(name, budget):
    rgb = piece(name)
    ir = vc.encode(rgb, budget=budget)
    payload = unpack(ir.color).payload
    found = read_regions(payload[1:], payload[0], ir.gray)
    labels, means, angle = plain.regions(payload[1:], payload[0], ir.gray)
    assert angle == found.angle
    np.testing.assert_array_equal(labels, found.labels)
    np.testing.assert_allclose(means, found.means, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (60, 2), (33, 17)])
def test_noise_of_any_shape(shape, rng):
    rgb = rng.integers(0, 256, (*shape, 3)).astype(np.uint8)
    ir = vc.encode(rgb, step=8.0)
    payload = unpack(ir.color).payload
    found = read_regions(payload[1:], payload[0], ir.gray)
    labels, means, _ = plain.regions(payload[1:], payload[0], ir.gray)
    np.testing.assert_array_equal(labels, found.labels)
    np.testing.assert_allclose(means, found.means, rtol=1e-9, atol=1e-9)


def test_regions_cover_the_picture_and_have_the_coded_means():
    rgb = piece()
    ir = vc.encode(rgb, budget=400)
    payload = unpack(ir.color).payload
    found = read_regions(payload[1:], payload[0], ir.gray)
    assert found.sizes.min() >= 1
    assert found.sizes.sum() == ir.gray.size
    assert len(found.means) == len(found.sizes)


def test_a_payload_that_goes_on_for_ever_is_refused(rng):
    gray = rng.integers(0, 256, (64, 64)).astype(np.uint8)
    refused = 0
    for _ in range(50):
        try:
            read_regions(rng.bytes(30), 40, gray)
        except FormatError:
            refused += 1
    assert refused
