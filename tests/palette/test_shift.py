"""The change that is wanted of a pixel: the plain forms, one pixel at a time."""

import cmath

import numpy as np
import pytest

from varcolor.palette.palette import Palette
from varcolor.palette.plan import Plan, parse_changes
from varcolor.palette.shift import mapped_chroma, parts_of, shift_of


@pytest.fixture
def plan():
    colors = np.array([[0.8, 0.15, 0.1], [0.1, 0.2, 0.6], [0.6, 0.6, 0.6]])
    kept = Plan.keeping(Palette.of(colors, np.array([0.5, 0.3, 0.2])))
    return kept.changed(parse_changes("1=#20a060 3=#605040"))


def plain_parts(x, centers):
    gaps = [0.25 * (x[0] - c[0]) ** 2 + (x[1] - c[1]) ** 2 + (x[2] - c[2]) ** 2 for c in centers]
    width = min(0.1 * sum(sorted(gaps)[:2]), 0.05**2)
    parts = [np.exp(-(gap - min(gaps)) / (2 * width)) for gap in gaps]
    return [part / sum(parts) for part in parts]


def plain_shift(x, plan):
    wanted = 0j
    for part, begin, end in zip(
        plain_parts(x, plan.source), plan.source.tolist(), plan.target.tolist(), strict=True
    ):
        z, new, own = complex(*begin[1:]), complex(*end[1:]), complex(x[1], x[2])
        q = abs(z) ** 2 / (abs(z) ** 2 + 0.03**2)
        turn = new / z if z else 0
        if abs(turn) > 3:
            turn *= 3 / abs(turn)
        wanted += part * (q * (turn - 1) * own + (1 - q) * (new - z))
    return wanted


def test_against_one_pixel_at_a_time(plan, rng):
    lab = np.column_stack([rng.random(40), rng.uniform(-0.3, 0.3, (40, 2))])
    parts, (shift, sure) = parts_of(lab, plan.source), shift_of(lab, plan)
    for k, x in enumerate(lab.tolist()):
        expected = plain_parts(x, plan.source)
        np.testing.assert_allclose(parts[k], expected, atol=1e-9)
        wanted = plain_shift(x, plan)
        np.testing.assert_allclose(shift[k, 1:], [wanted.real, wanted.imag], atol=1e-9)
        light = np.dot(expected, plan.target[:, 0] - plan.source[:, 0])
        assert shift[k, 0] == pytest.approx(light)
        assert sure[k] == pytest.approx(1e-4 + 0.2 * max(0, 2 * max(expected) - 1) ** 2)


def test_shadows_keep_hue_and_proportion(plan):
    """Half as light and half as vivid as a main colour: half as vivid as the new one."""
    plan = Plan(plan.source[:1], plan.target[:1], plan.locked[:1], plan.shares[:1])
    shade = 0.5 * plan.source
    result = complex(*(shade + shift_of(shade, plan)[0])[0, 1:])
    full = complex(*plan.target[0, 1:])
    assert cmath.phase(result) == pytest.approx(cmath.phase(full), abs=0.05)
    assert abs(result) == pytest.approx(abs(full) / 2, rel=0.1)


def test_kept_colours_do_not_change(plan):
    shift, sure = shift_of(plan.source[1:2], plan)
    assert np.abs(shift).max() < 1e-4
    assert sure[0] > 0.19


def test_there_and_back(plan):
    back = Plan(plan.target, plan.source, plan.locked, plan.shares)
    new = plan.source + shift_of(plan.source, plan)[0]
    np.testing.assert_allclose(new + shift_of(new, back)[0], plan.source, atol=5e-3)


@pytest.mark.parametrize("near", [0.2, 0.02, 0.002])
def test_a_main_color_is_its_own_however_near_others_are(near):
    """Pixels at a main colour get all of its change, and half way to the next a half of it."""
    centers = np.array([[0.5, 0.1, 0.0], [0.5, 0.1 + near, 0.0], [0.9, -0.1, 0.0]])
    np.testing.assert_allclose(parts_of(centers, centers), np.eye(3), atol=0.014)
    between = (centers[:1] + centers[1:2]) / 2
    np.testing.assert_allclose(parts_of(between, centers)[0], [0.5, 0.5, 0], atol=0.01)


def test_the_same_color_twice():
    centers = np.array([[0.5, 0.1, 0.0], [0.5, 0.1, 0.0]])
    np.testing.assert_allclose(parts_of(centers, centers), 0.5)
    np.testing.assert_array_equal(parts_of(centers, centers[:1]), 1.0)


def test_mapped_chroma_is_that_of_the_cell_it_is_in(rng):
    cells = np.array([[0.0, 0.0], [0.2, 0.0]])
    images = cells + np.array([[0.0, 0.1], [-0.05, 0.0]])
    np.testing.assert_allclose(mapped_chroma(cells, cells, images), images - cells, atol=1e-9)
