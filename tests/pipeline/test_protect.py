"""Nothing spreads into protected pixels or through them."""

from __future__ import annotations

import numpy as np
import pytest

import varcolor as vc


def scene() -> tuple[np.ndarray, vc.Cues]:
    rng = np.random.default_rng(5)
    photo = (120 + 20 * rng.random((40, 60))).astype(np.uint8)
    wall = vc.Stroke(((30, -1), (30, 41)), 2, "protect")
    red = vc.Stroke(((5, 5), (8, 30)), 1, color="#c04030")
    return photo, vc.rasterise([red, wall], photo.shape)


@pytest.mark.parametrize("method", ["auto", "harmonic", "tv"])
def test_a_wall_keeps_colour_out(method: str) -> None:
    photo, cues = scene()
    result = vc.colorize(photo, cues, method=method)
    spread = np.abs(result.chroma).max(axis=2)
    assert spread[:, :27].min() > 1e-3
    # The wall, and what it keeps off; the prior of `auto` colours by likeness, on both sides.
    kept = slice(28, 32) if method == "auto" else slice(28, None)
    assert not result.chroma[:, kept].any()
    assert (result.rgb[:, kept] == photo[:, kept, None]).all()
    assert result.untouched is not None and result.untouched[:, kept].all()


def test_a_session_follows_a_wall_that_comes_and_goes() -> None:
    photo, cues = scene()
    free = vc.Cues(cues.shape, cues.at, cues.color, cues.weight, cues.keep)
    session = vc.Session(photo, "harmonic")
    assert session.colorize(free).chroma[:, 40:].any()
    assert not session.colorize(cues).chroma[:, 40:].any()
    assert not session.preview(cues, 600).chroma[:, 22:].any()
    assert session.colorize(free).chroma[:, 40:].any()


def test_a_colour_photo_keeps_its_own_colours_there() -> None:
    rng = np.random.default_rng(6)
    photo = rng.integers(60, 200, (30, 40, 3)).astype(np.uint8)
    cues = vc.rasterise(
        [vc.Stroke(((5, 15),), 2, color="red"), vc.Stroke(((30, 15),), 5, "protect")], (30, 40)
    )
    for result in (vc.colorize(photo, cues), vc.recolor(photo, cues, whole=True)):
        where = np.zeros((30, 40), bool)
        where.flat[cues.protected] = True
        assert (result.rgb[where] == photo[where]).all()
        assert (result.rgb[~where] != photo[~where]).any()
