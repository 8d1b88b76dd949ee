"""A session gives what single calls give, with less work."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

import varcolor as vc
from varcolor.cues.downsample import shrunk_cues
from varcolor.session import PREVIEW_TOLERANCE


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
    small = shrunk_cues(cues, vc.Picture(np.zeros(shape, np.uint8)), (4, 5), step)
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


@pytest.mark.parametrize("loss", ["square", "huber"])
def test_priors(loss, photo, rng):
    expected = np.repeat(photo[..., None], 3, axis=2)
    expected[:, :150, 0] = np.minimum(expected[:, :150, 0].astype(int) + 60, 255)
    trust = rng.uniform(0.01, 0.1, photo.shape)
    cues = stroke(photo.shape, 20, 30, "#c03010") | stroke(photo.shape, 200, 220, "#2060c0")
    options = {"prior": expected, "confidence": trust, "loss": loss}
    session = vc.Session(photo, "harmonic", **options)
    wanted = vc.colorize(photo, cues, method="harmonic", solver="direct", **options)
    found = session.colorize(cues)
    assert np.abs(found.rgb.astype(int) - wanted.rgb).max() <= 1
    small = session.preview(cues, max_pixels=photo.size // 4)
    reduced = wanted.chroma.reshape(130, 2, 155, 2, 2).mean(axis=(1, 3))
    assert np.abs(small.chroma - reduced).mean() < 0.005
    assert np.abs(reduced).mean() > 0.03


def test_a_prior_of_the_cues(photo):
    cues = vc.Cues.from_points(
        photo, [(20, 30), (200, 220), (120, 10)], ["#c03010", "#2060c0", "#10a010"]
    )
    session = vc.Session(photo, "harmonic", prior="gp")
    wanted = vc.colorize(photo, cues, method="harmonic", prior="gp", solver="direct")
    assert np.abs(session.colorize(cues).rgb.astype(int) - wanted.rgb).max() <= 1
    assert session.preview(cues, max_pixels=10_000).chroma.shape[2] == 2


def test_a_prior_of_another_size_is_refused_at_once(photo):
    with pytest.raises(vc.InputError, match="the prior"):
        vc.Session(photo, "harmonic", prior=np.zeros((4, 5, 3)))
    with pytest.raises(vc.InputError, match="without a prior"):
        vc.Session(photo, "harmonic", confidence=0.1)


def test_a_session_recolours_as_single_calls_do(cat, rng):
    height, width = cat.shape[:2]
    points = [(width // 2, height // 2), (width // 3, height // 3)]
    cues = vc.Cues.from_points((height, width), points, ["#3060c0", "#c03030"], radius=2)
    for options in (vc.SolveOptions("harmonic"), vc.RecolorOptions("harmonic", whole=True)):
        session = vc.Session(cat, options=options)
        for whole in (False, True):
            found = session.recolor(cues, whole=whole)
            wanted = vc.recolor(cat, cues, method="harmonic", whole=whole)
            assert np.abs(found.rgb.astype(int) - wanted.rgb).max() <= 1
    with pytest.raises(vc.InputError, match="is grey"):
        vc.Session(vc.to_gray(cat)).recolor(cues)
