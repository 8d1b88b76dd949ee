"""How large the error indicator is: the kernel by its definition, and in searches that it ends."""

from __future__ import annotations

import numpy as np
import pytest

from varcolor.backend.kernels.multigrid import contraction_rate as ratio_history


def plain(levels, slope):
    """Return the largest slope |z| / (1 - rho) after each of these pictures (N, 2, H, W)."""
    found, old = [], np.full(levels.shape[2:], 0.9 + 0.2)
    before = np.zeros(levels.shape[1:], np.float32)
    for z in levels.astype(np.float32):
        second = abs(before[1]) > abs(before[0])
        last, now = np.where(second, before[1], before[0]), np.where(second, z[1], z[0])
        last = (last.view(np.uint32) & 0xFFF00000).view(np.float32)
        ratio = np.where(last != 0, now / np.where(last == 0, 1, last), 0.9)
        limit = np.where((ratio > 1.1) | (old > 1.15), 0.7, 0.9)
        rho = np.clip(np.minimum(ratio, old), 0, limit)
        size = np.einsum("ck,khw->chw", slope, abs(z))
        found.append((size / (1 - rho)).max())
        old = np.clip(np.ceil(10 * ratio), 5, 12) / 10  # the upper end of its class
        before = z
    return found


def kernel(levels, slope):
    """Return the same by the kernel, the last two rows in a strip of their own."""
    height, width = levels.shape[2:]
    found, kept = [], np.full((1, height, width), ratio_history.UNKNOWN, np.uint16)
    for z in levels.astype(np.float32):
        own = z, kept, slope.astype(np.float32)
        strips = (0, height - 2), (height - 2, height)
        found.append(np.max([ratio_history.error_indicator(*own, *rows) for rows in strips]))
    return found


@pytest.mark.parametrize("rate", [0.2, 0.55, 0.85, 0.97])
def test_what_falls_evenly_adds_up_to_the_error(rate):
    """The rate is kept to an eighth, so that the sum is not too small."""
    levels = np.array([1.5, -0.7])[:, None, None] * np.full((8, 1, 4, 3), 1.0)
    levels *= (rate ** np.arange(8.0))[:, None, None, None]
    slope = np.array([[1.0, 0.0], [0.5, 2.0]])
    size = 0.5 * 1.5 + 2 * 0.7
    believed = min(max(rate, 0), 0.9)
    for step, found in enumerate(kernel(levels, slope)):
        least = size * rate**step / (1 - (0.9 if step == 0 else believed))
        assert (
            0.999 * least
            <= found
            <= 1.001 * size * rate**step / (1 - (0.9 if step == 0 else min(rate * 8 / 7, 0.9)))
        )


def test_the_kernel_does_what_it_says(rng):
    levels = rng.normal(size=(40, 2, 6, 5)) * 0.8 ** np.arange(40)[:, None, None, None]
    levels[20:, :, 2] = 3 * 0.95 ** np.arange(20)[:, None, None]  # something that lasts
    slope = rng.random((3, 2))
    np.testing.assert_allclose(kernel(levels, slope), plain(levels, slope), rtol=1e-4)


def test_what_is_no_number_is_not_missed():
    levels = np.ones((2, 2, 4, 4))
    levels[1, 0, 2, 2] = np.nan
    assert np.isnan(kernel(levels, np.eye(2))[1])
