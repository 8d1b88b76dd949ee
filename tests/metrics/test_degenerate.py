"""Pairs at the edge: every metric gives a value or an InputError, never NaN."""

import math

import numpy as np
import pytest

import varcolor as vc
from varcolor.errors import InputError, MissingExtra
from varcolor.metrics import METRICS, names_of

RNG = np.random.default_rng(5)
GENERAL = names_of("all")
IDENTICAL = {"psnr": math.inf, "ssim": 1, "ms_ssim": 1, "uqi": 1, "vifp": 1}


def noise(*shape):
    return RNG.integers(0, 256, shape, dtype=np.uint8)


def flat(value, *shape):
    return np.full(shape, value, np.uint8)


SHAPE = (170, 180, 3)
PAIRS = {
    "identical": (noise(*SHAPE),) * 2,
    "constant": (flat(90, *SHAPE), flat(91, *SHAPE)),
    "same constant": (flat(90, *SHAPE),) * 2,
    "constant reference": (flat(90, *SHAPE), noise(*SHAPE)),
    "constant result": (noise(*SHAPE), flat(90, *SHAPE)),
    "black": (flat(0, *SHAPE),) * 2,
    "black result": (noise(*SHAPE), flat(0, *SHAPE)),
    "black and white": (flat(0, *SHAPE), flat(255, *SHAPE)),
    "one pixel": (noise(1, 1, 3), noise(1, 1, 3)),
    "same pixel": (flat(7, 1, 1, 3),) * 2,
    "one row": (noise(1, 60, 3), noise(1, 60, 3)),
    "11 x 11": (noise(11, 11, 3), noise(11, 11, 3)),
    "2 x 3": (noise(2, 3, 3), noise(2, 3, 3)),
    "grey": (noise(170, 180), noise(170, 180)),
    "grey and colour": (noise(170, 180), noise(*SHAPE)),
    "float": (noise(*SHAPE) / 255, flat(9, *SHAPE) / 255),
}


@pytest.mark.parametrize("kind", PAIRS)
@pytest.mark.parametrize("name", [n for n in METRICS if n != "lpips"])
def test_a_value_or_an_input_error(name, kind):
    try:
        value = METRICS[name](*PAIRS[kind])
    except InputError as error:
        assert str(error)
        return
    assert isinstance(value, float)
    assert not math.isnan(value)


@pytest.mark.parametrize("kind", ["identical", "same constant", "black", "same pixel"])
@pytest.mark.parametrize("name", GENERAL)
def test_identical_pictures_get_the_best_value(name, kind):
    metric = METRICS[name]
    try:
        value = metric(*PAIRS[kind])
    except InputError:
        assert kind != "identical"
        return
    if metric.better == "higher":
        assert value == (math.inf if metric.unit == "dB" else pytest.approx(1, abs=1e-9))
    elif metric.better != "none":
        assert value == 0


@pytest.mark.parametrize(
    ("name", "side"),
    [("ssim", 11), ("ssim_ab", 11), ("ms_ssim", 161), ("uqi", 8), ("vifp", 41), ("vifp_ab", 41)],
)
def test_smallest_sides(name, side):
    big, small = noise(side, side + 3, 3), noise(side - 1, 400, 3)
    assert 0 <= METRICS[name](big, big[::-1]) <= 1
    with pytest.raises(InputError, match=f"at least {side} x {side}"):
        METRICS[name](small, small)


@pytest.mark.parametrize("name", ["haarpsi", "mdsi", "fsimc", "psnr", "ciede2000", "ab_histogram"])
def test_any_size_will_do(name):
    for shape in ((1, 1, 3), (1, 7, 3), (11, 11, 3)):
        assert math.isfinite(METRICS[name](noise(*shape), noise(*shape)))


def test_a_constant_reference_carries_no_information():
    assert METRICS["vifp"](*PAIRS["constant"]) == 1
    assert METRICS["vifp"](*PAIRS["constant reference"]) == 0


def test_uqi_of_flat_windows_is_the_luminance_term():
    a, b = PAIRS["constant"]
    assert METRICS["uqi"](a, b) == pytest.approx(2 * 90 * 91 / (90**2 + 91**2))
    third = [np.full((9, 9, 3), v) for v in (1 / 3, 1 / 7)]
    assert METRICS["uqi"](*third) == pytest.approx(2 / 21 / (1 / 9 + 1 / 49))


def test_no_edge_and_no_colour_are_input_errors():
    with pytest.raises(InputError, match="no luma edge"):
        METRICS["bleeding"](*PAIRS["constant reference"])
    with pytest.raises(InputError, match="neutral"):
        METRICS["ab_within_1"](*PAIRS["grey"])


def test_learned_metrics_say_what_to_do():
    with pytest.raises(MissingExtra, match=r"pip install torch torchvision lpips.*alexnet"):
        vc.compare(*PAIRS["identical"], metrics="lpips")
