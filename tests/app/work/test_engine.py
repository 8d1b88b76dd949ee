"""What is shown is the same solve: on a small copy, and within the tolerance at full size."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import varcolor as vc
from varcolor.app.work import engine as module
from varcolor.app.work.engine import Engine
from varcolor.errors import Cancelled
from varcolor.image.picture import Picture
from varcolor.options import SolveOptions
from varcolor.project import Settings

SHAPE = (120, 170)


def photo() -> Picture:
    rng = np.random.default_rng(4)
    smooth = np.add.outer(np.linspace(60, 120, SHAPE[0]), np.linspace(0, 80, SHAPE[1]))
    return Picture(np.clip(smooth + rng.normal(0, 4, SHAPE), 0, 255).astype(np.uint8))


STROKES = [
    vc.Stroke(((10.5, 10), (60, 20)), 3, color="#c04020"),
    vc.Stroke(((100, 80), (150, 110)), 3, color="#2040c0"),
    vc.Stroke(((60, 60), (80, 60)), 2, "neutral", weight=2.0),
]


def quiet(stage: str, fraction: float, preview: Any = None) -> None:
    """Report nothing."""


def test_a_preview_is_the_solve_of_the_small_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PREVIEW_PIXELS", 6000)
    engine = Engine(photo(), Settings.of("colorize", {"method": "harmonic"}))
    assert engine.step == 2 and engine.small().shape == (60, 85)
    engine.warm()  # leaves nothing behind
    result = engine.preview(STROKES, None, quiet)
    cues = vc.rasterise([s.scaled(0.5, 0.5) for s in STROKES], (60, 85))
    exact = vc.colorize(engine.small(), cues, method="harmonic", tolerance=0.01)
    off = np.abs(result.rgb.astype(int) - exact.rgb).max()
    assert off <= 8 + 1


def test_the_full_size_is_within_the_tolerance_after_every_stroke() -> None:
    engine = Engine(photo(), Settings.of("colorize", {"tolerance": 0.3}))
    for count in (1, 2, 3, 2):
        result = engine.full(STROKES[:count], None, quiet)
        cues = vc.rasterise(STROKES[:count], SHAPE)
        exact = vc.colorize(photo(), cues, tolerance=0.01)
        assert np.abs(result.rgb.astype(int) - exact.rgb).max() <= 1


@pytest.mark.parametrize("name", ["bilaplacian", "tv", "harmonic", "levin", "auto"])
@pytest.mark.parametrize("own", [{}, {"radius": 2}, {"affinity": "wide"}])
def test_every_method_previews(name: str, own: dict[str, Any]) -> None:
    if not all(hasattr(SolveOptions(name).make_method(), key) for key in own):
        pytest.skip(f"{name} has no such option")
    method = {"name": name, **own} if own else name
    engine = Engine(photo(), Settings.of("colorize", {"method": method}))
    result = engine.preview(STROKES, None, quiet)
    assert result.method == name
    assert np.ptp(result.rgb.astype(int), axis=2).max() > 20


def test_imported_cues_lie_under_strokes() -> None:
    mask = np.zeros(SHAPE, bool)
    mask[40:44, 100:140] = True
    base = vc.Cues.from_mask(mask, "#10a040")
    engine = Engine(photo(), Settings.of("colorize", {"method": "harmonic"}))
    result = engine.full([], base, quiet)
    green = result.rgb[42, 120].astype(int)
    assert green[1] > green[0] and green[1] > green[2]
    erased = engine.full([vc.Stroke(((90, 42), (150, 42)), 6, "erase")], base, quiet)
    assert any("no cues" in note for note in erased.notes)


def test_a_solve_can_be_stopped_and_the_next_one_is_right() -> None:
    engine = Engine(photo(), Settings.of("colorize", {}))

    def stop(stage: str, fraction: float, preview: Any = None) -> None:
        if stage == "solve":
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        engine.full(STROKES, None, stop)
    result = engine.full(STROKES, None, quiet)
    exact = vc.colorize(photo(), vc.rasterise(STROKES, SHAPE), tolerance=0.01)
    assert np.abs(result.rgb.astype(int) - exact.rgb).max() <= 1


@pytest.mark.parametrize("deep", [False, True])
def test_recolour_mode_shows_the_photo_until_something_is_painted(deep: bool) -> None:
    rng = np.random.default_rng(1)
    pixels = rng.integers(0, 256, (*SHAPE, 3)).astype(np.uint16 if deep else np.uint8)
    pixels = pixels * 257 if deep else pixels
    picture = Picture(pixels)
    engine = Engine(picture, Settings.of("recolor", {"whole": True}))
    assert np.array_equal(engine.full([], None, quiet).rgb, pixels)
    changed = engine.full(STROKES[:1], None, quiet)
    assert (changed.rgb != pixels).any()
    assert engine.preview(STROKES[:1], None, quiet).rgb.dtype == np.uint8 or engine.step == 1
    with pytest.raises(vc.InputError, match="is grey"):
        Engine(photo(), Settings.of("recolor", {}))
