"""Cues that colour nothing around them are found, and named where a total variation drowns them."""

import numpy as np
import pytest

import varcolor as vc
from varcolor.pipeline.isolated_cues import drowned


def slow(at, values, u):
    """Return the same by flooding every group and looking at every neighbour."""
    known = {tuple(p): v for p, v in zip(at.tolist(), values, strict=True)}
    span = np.linalg.norm(values.max(axis=0) - values.min(axis=0))
    seen, lost = set(), []
    for start in known:
        if start in seen:
            continue
        group, todo, touches, spreads = [], [start], False, False
        seen.add(start)
        while todo:
            r, c = todo.pop()
            group.append((r, c))
            for dr in (-1, 0, 1):
                for dc in (-1, 0, 1):
                    there = (r + dr, c + dc)
                    if not (0 <= there[0] < u.shape[0] and 0 <= there[1] < u.shape[1]):
                        continue
                    if there in known:
                        if there not in seen:
                            seen.add(there)
                            todo.append(there)
                    elif 0 in (dr, dc):
                        touches = True
                        spreads |= np.linalg.norm(u[there] - known[r, c]) <= 0.25 * span
        if touches and not spreads:
            lost.append(min(group))
    return sorted(lost)


@pytest.mark.parametrize("count", [1, 5, 40, 150])
def test_against_plain_loops(rng, count):
    shape = (14, 17)
    flat = np.sort(rng.choice(shape[0] * shape[1], count, replace=False))
    at = np.stack(np.divmod(flat, shape[1]), axis=1)
    values = rng.integers(0, 3, (count, 2)) / 2.0
    u = rng.integers(0, 3, (*shape, 2)) / 2.0
    u[at[:, 0], at[:, 1]] = values
    assert sorted(drowned(at, values, u)) == slow(at, values, u)


def test_everything_cued_is_nobody_lost(rng):
    at = np.argwhere(np.ones((3, 4), bool))
    values = rng.random((12, 2))
    assert drowned(at, values, values.reshape(3, 4, 2)) == []


@pytest.mark.parametrize("method", ["gtv", "tv", "gtv:1+harmonic:0.001"])
def test_a_picture_that_turns_sky_blue_says_so(method, rng):
    gray = rng.normal(128, 12, (40, 40)).clip(0, 255).astype(np.uint8)
    sky = np.zeros(gray.shape, bool)
    sky[2:5] = True
    points = vc.Cues.from_points(gray, [(20, 25), (31, 33)], ["#c04040", "#c08040"])
    cues = vc.Cues.from_mask(sky, "#4080c0") | points
    result = vc.colorize(gray, cues, method=method)
    assert any(note.startswith("2 cues colour nothing but themselves") for note in result.notes)
    assert not any("colour nothing" in n for n in vc.colorize(gray, cues).notes)


def test_strokes_that_spread_are_not_named():
    gray = np.full((40, 40), 60, np.uint8)
    gray[20:] = 190
    mask = np.zeros(gray.shape, bool)
    mask[[5, 30], 5:35] = True
    colours = np.zeros((40, 40, 3))
    colours[:20], colours[20:] = (0.2, 0.4, 0.7), (0.8, 0.7, 0.5)
    notes = vc.colorize(gray, vc.Cues.from_mask(mask, colours), method="gtv").notes
    assert not any("colour nothing" in note for note in notes)
