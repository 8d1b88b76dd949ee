"""A session gives what single calls give, with less work."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

import varcolor as vc
from varcolor.session import PREVIEW_TOLERANCE, _shrunk_cues


@pytest.fixture
def photo(rng):
    smooth = gaussian_filter(rng.random((260, 310)), 3)
    smooth = (smooth - smooth.min()) / np.ptp(smooth)
    return (255 * smooth).astype(np.uint8)


def stroke(shape, top, left, color):
    mask = np.zeros(shape, bool)
    mask[top : top + 6, left : left + 40] = True
    return vc.Cues.from_mask(mask, color)


@pytest.mark.parametrize("solver", ["auto", "direct"])
@pytest.mark.parametrize("method", ["levin", "harmonic"])
def test_stroke_after_stroke_is_as_all_at_once(method, solver, photo):
    session = vc.Session(photo, method, solver=solver)
    cues = stroke(photo.shape, 20, 30, "#c03010")
    for place in ((200, 220), (90, 10), (20, 60)):
        cues = cues | stroke(photo.shape, *place, "#2060c0")
        result = session.colorize(cues)
        wanted = vc.colorize(photo, cues, method=method, solver="direct")
        assert result.status is vc.Status.CONVERGED
        assert np.abs(result.rgb.astype(int) - wanted.rgb).max() <= 1
    # Taking strokes away works as well.
    cues = stroke(photo.shape, 90, 10, "#2060c0") | stroke(photo.shape, 120, 100, "#10a010")
    wanted = vc.colorize(photo, cues, method=method, solver="direct")
    assert np.abs(session.colorize(cues).rgb.astype(int) - wanted.rgb).max() <= 1
    assert session.colorize(vc.Cues.none(photo.shape)).notes


def test_a_new_stroke_takes_fewer_steps(photo):
    first = stroke(photo.shape, 20, 30, "#c03010") | stroke(photo.shape, 200, 220, "#2060c0")
    session = vc.Session(photo, "harmonic")
    cold = session.colorize(first)
    assert cold.solver == "multigrid"
    assert session.colorize(first).steps <= 2
    more = first | stroke(photo.shape, 120, 100, "#c03510")
    cold = vc.Session(photo, "harmonic").colorize(more)
    assert session.colorize(more).steps <= 2 * cold.steps


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_previews(dtype, photo):
    most = np.iinfo(dtype).max if dtype != np.float32 else 1
    photo = (photo / 255 * most).astype(dtype)
    cues = stroke(photo.shape, 20, 30, "#c03010") | stroke(photo.shape, 200, 220, "#2060c0")
    session = vc.Session(photo, "harmonic")
    small = session.preview(cues, max_pixels=10_000)
    assert small.rgb.shape[:2] == (87, 104) and small.rgb.dtype == dtype
    assert any("preview at 1/3" in note for note in small.notes)
    full = session.colorize(cues).rgb.astype(float) / most
    rows = np.add.reduceat(full, np.arange(0, 260, 3), axis=0)
    means = np.add.reduceat(rows, np.arange(0, 310, 3), axis=1)
    ones = np.add.reduceat(np.ones(photo.shape), np.arange(0, 260, 3), axis=0)
    means /= np.add.reduceat(ones, np.arange(0, 310, 3), axis=1)[..., None]
    assert np.abs(means - small.rgb / most).mean() < 0.02
    assert session.preview(cues, max_pixels=10**9).rgb.shape[:2] == photo.shape
    with pytest.raises(vc.InputError, match="max_pixels"):
        session.preview(cues, max_pixels=0)
    with pytest.raises(vc.CueError, match="cues are for"):
        session.preview(stroke((50, 50), 1, 1, "#fff"), max_pixels=10_000)


def test_cues_of_a_preview_are_means_over_blocks(rng):
    shape, step = (13, 17), 4
    mask = rng.random(shape) < 0.5
    weight = np.where(rng.random(shape) < 0.2, np.inf, rng.uniform(0.1, 9, shape))
    cues = vc.Cues.from_mask(mask, rng.random((*shape, 3)).astype(np.float32), weight)
    small = _shrunk_cues(cues, vc.Picture(np.zeros(shape, np.uint8)), (4, 5), step)
    at = iter(range(len(small)))
    for row, column in np.ndindex(4, 5):
        inside = (cues.at // step == (row, column)).all(axis=1)
        if not inside.any():
            continue
        here, exact = next(at), np.isinf(cues.weight[inside])
        own = np.where(exact, 1e12, cues.weight[inside])
        assert tuple(small.at[here]) == (row, column)
        expected = (own[:, None] * cues.color[inside]).sum(axis=0) / own.sum()
        np.testing.assert_allclose(small.color[here], expected, rtol=1e-6)
        assert small.weight[here] == pytest.approx(np.inf if exact.any() else own.sum())
    assert next(at, None) is None


def test_a_preview_is_as_exact_as_it_says(photo):
    cues = stroke(photo.shape, 20, 30, "#c03010") | stroke(photo.shape, 200, 220, "#2060c0")
    for method in ("levin", "harmonic"):
        loose = vc.Session(photo, method).preview(cues, max_pixels=30_000)
        exact = vc.Session(photo, method, solver="direct").preview(cues, max_pixels=30_000)
        off = np.abs(loose.rgb.astype(int) - exact.rgb)
        assert loose.error <= PREVIEW_TOLERANCE
        assert off.max() <= PREVIEW_TOLERANCE + 1
    with pytest.raises(vc.InputError, match="tolerance"):
        vc.Session(photo, tolerance=-1.0)


def test_cancelling(photo):
    cues = stroke(photo.shape, 20, 30, "#c03010") | stroke(photo.shape, 200, 220, "#2060c0")
    session = vc.Session(photo, "harmonic")
    seen = []

    def progress(stage, fraction, preview=None):
        seen.append(fraction)
        if stage == "solve":
            threading.Thread(target=session.cancel).run()

    with pytest.raises(vc.Cancelled):
        session.colorize(cues, progress)
    assert seen == sorted(seen)
    assert session.colorize(cues).status is vc.Status.CONVERGED


@pytest.mark.parametrize("threads", [0, -1, 1.5, "2", True])
def test_impossible_threads(threads, photo):
    with pytest.raises(vc.InputError, match="threads"):
        vc.colorize(photo, stroke(photo.shape, 20, 30, "#c03010"), threads=threads)
