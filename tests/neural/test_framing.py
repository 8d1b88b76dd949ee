"""How a photo lies in a network's picture."""

from __future__ import annotations

import numpy as np
import pytest

from varcolor.errors import InputError
from varcolor.neural.framing import Frame


@pytest.mark.parametrize("shape", [(100, 200), (1000, 37), (64, 64), (5, 300), (1, 1)])
def test_pad_keeps_proportions_in_multiples_of_8(shape):
    frame = Frame.of(shape, 64, "pad")
    assert max(frame.inner) == 64
    assert abs(frame.inner[0] / 64 - shape[0] / max(shape)) <= 1 / 64
    assert all(o % 8 == 0 and 0 <= o - i < 8 for o, i in zip(frame.outer, frame.inner, strict=True))


def test_squash_is_a_square():
    frame = Frame.of((100, 200), 64, "squash")
    assert frame.inner == frame.outer == (64, 64)


def test_the_border_is_reflected():
    frame = Frame.of((60, 64), 64, "pad")
    plane = np.random.default_rng(0).random((60, 64))
    inside = frame.enter(plane)
    np.testing.assert_allclose(inside[60:], inside[56:60][::-1])
    np.testing.assert_allclose(frame.leave(inside), plane, atol=1e-6)


@pytest.mark.parametrize("size", [0, 12, 100_000, 64.5])
def test_other_sizes_are_refused(size):
    with pytest.raises(InputError, match="net_size"):
        Frame.of((10, 10), size, "pad")
    with pytest.raises(InputError, match="fit"):
        Frame.of((10, 10), 64, "stretch")


@pytest.mark.parametrize("shape", [(64, 64), (200, 128), (16, 12)])
def test_hints_lie_where_their_cues_lie(shape):
    """Against a loop: the pixel of the network that holds a cue's middle has its colour."""
    rng = np.random.default_rng(1)
    at = np.sort(rng.choice(shape[0] * shape[1], 9, replace=False))
    values = rng.normal(0, 30, (9, 2))
    weight = np.where(np.arange(9) % 3 == 0, 1.0, np.inf)
    frame = Frame.of(shape, 64, "pad")
    ab, mask = frame.hints(at, weight, values)
    (h, w), (height, width) = frame.inner, shape
    sums, total, most = {}, {}, {}
    for k in range(9):
        row, column = divmod(int(at[k]), width)
        cell = int((row + 0.5) * h / height), int((column + 0.5) * w / width)
        share = 1.0 if np.isinf(weight[k]) else 0.5
        sums[cell] = sums.get(cell, 0) + share * values[k]
        total[cell] = total.get(cell, 0) + share
        most[cell] = max(most.get(cell, 0), share)
    for cell, value in sums.items():
        np.testing.assert_allclose(ab[cell], value / total[cell])
        assert mask[cell] == most[cell]
    if h <= height:
        assert (frame.leave(mask) > 0).sum() == len(sums)
    else:  # an enlarged cue covers all of its pixels
        assert (frame.leave(mask) > 0).sum() >= 9 * (h // height) ** 2
