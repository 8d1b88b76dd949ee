"""Compiled loops against the plain forms, within the bounds that they state."""

from __future__ import annotations

import numpy as np
import pytest

import varcolor as vc
from varcolor.backend.cpu import CpuBackend
from varcolor.backend.kernels.palette.oklab import to_srgb
from varcolor.image.color import oklab
from varcolor.image.gamut import reduce_chroma
from varcolor.palette.palette import to_oklab
from varcolor.palette.plan import Plan
from varcolor.palette.shift import mapped_chroma, shift_of
from varcolor.palette.wanted import ChromaTable, PlanShift, oklab_planes

HOST = CpuBackend(2)


def planes(lab):
    return np.ascontiguousarray(np.moveaxis(lab, -1, 0), np.float32)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_oklab_planes(dtype, rng):
    """Within 2e-6, black, white and the corners of the cube among the colours."""
    colors = rng.random((150, 101, 3))
    colors.reshape(-1, 3)[:8] = np.indices((2, 2, 2)).reshape(3, 8).T
    white = 1 if dtype is np.float32 else np.iinfo(dtype).max
    photo = (colors * white).astype(dtype)
    found = oklab_planes(vc.Picture(photo), HOST)
    expected = to_oklab(vc.Picture(photo).as_float())
    np.testing.assert_allclose(np.moveaxis(found, 0, -1), expected, atol=2e-6)


@pytest.mark.parametrize("count", [1, 2, 8, 64])
def test_the_shift_of_a_plan(count, rng):
    source, target = to_oklab(rng.random((2, count, 3)))
    source[count // 2 :: 7] = source[count // 2]  # the same colours twice
    locked = np.arange(count) % 4 == 1
    plan = Plan(source, target, locked, np.full(count, 1 / count))
    lab = to_oklab(rng.random((90, 61, 3)))
    wanted, sure = PlanShift(plan)(planes(lab), HOST)
    expected, confidence = shift_of(lab, plan)
    gap = (((lab[..., None, :] - source) * (0.5, 1, 1)) ** 2).sum(axis=-1)
    two = np.sort(gap, axis=-1)[..., :2]
    clear = np.ones(gap.shape[:2], bool) if count == 1 else two[..., 1] - two[..., 0] > 1e-5
    still = locked[gap.argmin(axis=-1)]
    free, clear = clear & ~still, clear & still
    assert free.any()
    off = np.abs(np.moveaxis(wanted, 0, -1) - expected)
    assert off[free].max() < 2e-5
    assert np.abs(sure - confidence)[free].max() < 2e-5
    assert np.isinf(sure[clear]).all()
    assert not wanted[:, clear].any()


def test_the_table_is_the_function(rng):
    cells, images = rng.uniform(-0.2, 0.2, (20, 2)), rng.uniform(-0.2, 0.2, (20, 2))
    lab = np.stack([rng.uniform(0.4, 0.9, (50, 40)), *rng.uniform(-0.3, 0.3, (2, 50, 40))], -1)
    shift, sure = ChromaTable.of(cells, images)(planes(lab), HOST)
    off = np.abs(np.moveaxis(shift[1:], 0, -1) - mapped_chroma(lab[..., 1:], cells, images))
    assert np.median(off) < 1e-4
    assert np.quantile(off, 0.99) < 0.01
    assert not shift[0].any()
    np.testing.assert_array_equal(sure, np.float32(0.2))


def test_the_table_leaves_black_and_white_alone():
    table = ChromaTable.of(np.zeros((1, 2)), np.full((1, 2), 0.1))
    light = np.array([0.0, 0.175, 0.35, 0.8, 0.97, 1.0])
    lab = np.stack([light, 0 * light, 0 * light], axis=-1)[None]
    found = table(planes(lab), HOST)[0][1, 0]
    np.testing.assert_allclose(found, 0.1 * np.array([0, 0.5, 1, 1, 0.5, 0]), atol=1e-6)


@pytest.mark.parametrize("channels", [2, 3])
def test_the_way_back_is_that_of_the_plain_form(channels, rng):
    """Within a tenth of a level of 8 bits, far outside of the gamut, too."""
    lab = planes(to_oklab(rng.random((70, 50, 3))))
    change = rng.uniform(-0.3, 0.3, (70, 50, channels)).astype(np.float32)
    change[:10] = 0
    rgb, less = np.empty((70, 50, 3), np.float32), np.empty((70, 50), bool)
    matrices = oklab.unmix.astype(np.float32), oklab.from_cones.astype(np.float32)
    to_srgb(lab, change, *matrices, rgb, less, 0, 70)
    light = lab[0].astype(np.float64)
    if channels == 3:
        light = np.clip(light + change[..., 2], 0, 1)
    chroma = np.moveaxis(lab[1:], 0, -1).astype(np.float64) + change[..., :2]
    expected, reduced = reduce_chroma(oklab, light, chroma)
    assert np.abs(rgb - np.clip(expected, 0, 1)).max() * 255 < 0.1
    assert (less != reduced).mean() < 2e-3
    assert 0.2 < less.mean() < 0.95
    assert not less[:10].any() or channels == 3
