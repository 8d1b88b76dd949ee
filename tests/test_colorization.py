import numpy as np
import pytest

import varcolor as vc
from varcolor.errors import CueError, InputError
from varcolor.options import MAX_STEPS


def test_arrays_in_arrays_out(cat, cat_cues):
    gray = vc.to_gray(cat)
    for photo in (gray, gray.astype(np.uint16) * 257, (gray / 255).astype(np.float32)):
        result = vc.colorize(photo, cat_cues)
        assert result.rgb.dtype == photo.dtype
        assert result.rgb.shape == (60, 80, 3)
        assert result.chroma.dtype == np.float32
        assert result.chroma.shape == (60, 80, 2)
        assert str(result.status) == "converged"
        assert result.method == "auto"
        assert result.space == "yuv"
        assert result.solver == "direct"
        assert result.backend == "cpu"
        assert result.error <= 0.02
        assert set(result.seconds) == {"prior", "weights", "prepare", "solve", "colour", "total"}


def test_the_colours_come_near_the_truth(cat, cat_cues):
    from varcolor.metrics.fidelity import psnr

    gray = vc.to_gray(cat)
    assert psnr(cat, vc.colorize(gray, cat_cues).rgb) > psnr(cat, gray) + 6


def test_alpha_holes_are_no_neighbours_and_stay(cat, cat_cues):
    gray = vc.to_gray(cat)
    alpha = np.full(gray.shape, 255, np.uint8)
    alpha[:, 40] = 0  # a wall of transparency
    photo = np.stack([gray, alpha], axis=-1)
    left = cat_cues.select(cat_cues.at[:, 1] < 40)
    result = vc.colorize(photo, left, method="levin")
    np.testing.assert_array_equal(result.picture.alpha, alpha)
    assert (result.chroma[:, 40:] == 0).all()
    np.testing.assert_array_equal(result.rgb[:, 41:], np.repeat(gray[:, 41:, None], 3, axis=2))
    assert any("2340 pixels" in n and "no cue" in n for n in result.notes)
    alone = vc.colorize(
        np.ascontiguousarray(gray[:, :40]),
        vc.Cues.from_points((60, 40), left.at[:, ::-1], left.color),
        method="levin",
    )
    np.testing.assert_allclose(result.chroma[:, :40], alone.chroma, atol=1e-6)


def test_cues_on_transparent_pixels_are_left_out(cat):
    photo = np.dstack([vc.to_gray(cat), np.full((60, 80), 255, np.uint8)])
    photo[5, 5, 1] = 0
    cues = vc.Cues.from_points(cat, [(5, 5), (9, 9)], ["#ff0000", "#00ff00"])
    result = vc.colorize(photo, cues)
    assert any("1 cues on transparent pixels" in n for n in result.notes)


def test_colour_photos_are_reduced_to_their_luma(cat, cat_cues):
    result = vc.colorize(cat, cat_cues)
    assert any("only its luma (yuv)" in n for n in result.notes)
    np.testing.assert_array_equal(vc.to_gray(result.rgb), vc.to_gray(cat))
    gray3 = np.repeat(vc.to_gray(cat)[..., None], 3, axis=2)
    assert not any("colour photo" in n for n in vc.colorize(gray3, cat_cues).notes)


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (50, 1), (3, 3), (2, 301)])
@pytest.mark.parametrize("method", ["levin", "harmonic"])
def test_odd_sizes(shape, method, rng):
    gray = rng.integers(0, 256, shape, dtype=np.uint8)
    cues = vc.Cues.from_points(gray, [(0, 0)], "#c08040")
    for solver in ("direct", "amg", "cg"):
        result = vc.colorize(gray, cues, method=method, solver=solver, space="oklab")
        # Noise in one dimension is a trap for plain iteration: it may fail, but never silently.
        assert str(result.status) == "converged" or (solver == "cg" and result.error > 0.5)
        np.testing.assert_array_equal(vc.to_gray(result.rgb, "oklab"), gray)


def test_reduced_colours_are_counted():
    gray = np.full((4, 4), 250, np.uint8)
    result = vc.colorize(gray, vc.Cues.from_points(gray, [(1, 1)], "#0000ff"))
    assert any("16 pixels (100.0%), 1 of them cues" in n for n in result.notes)


def test_progress_rises_and_previews_on_request(cat, cat_cues):
    seen = []

    def progress(stage, fraction, preview=None):
        seen.append((stage, fraction))
        if preview is not None and stage == "solve":
            picture = preview()
            assert isinstance(picture, vc.Picture)
            assert picture.pixels.shape == (60, 80, 3)
            seen.append(("preview", fraction))

    vc.colorize(vc.to_gray(cat), cat_cues, solver="cg", progress=progress)
    fractions = [f for _, f in seen]
    assert fractions == sorted(fractions)
    assert fractions[0] == 0
    assert fractions[-1] == 1
    assert {s for s, _ in seen} == {"prior", "weights", "prepare", "solve", "colour", "preview"}


def test_an_exception_of_the_callback_cancels(cat, cat_cues):
    class Stop(Exception):  # noqa: N818
        pass

    def progress(stage, fraction, preview=None):
        if stage == "solve" and preview is not None:
            raise Stop

    with pytest.raises(Stop):
        vc.colorize(cat, cat_cues, solver="cg", progress=progress)


@pytest.mark.parametrize(("options", "message"), [
    ({"tolerance": 0}, "tolerance 0"),
    ({"tolerance": -1.0}, "tolerance -1"),
    ({"tolerance": float("nan")}, "tolerance nan"),
    ({"max_steps": 0}, "max_steps 0"),
    ({"method": "levyn"}, "unknown method 'levyn'.*'levin'"),
    ({"space": "hsv"}, "unknown space 'hsv'"),
    ({"solver": "gauss"}, "unknown solver"),
    ({"backend": "tpu"}, "unknown backend"),
])  # fmt: skip
def test_bad_arguments(cat, cat_cues, options, message):
    with pytest.raises(InputError, match=message):
        vc.colorize(cat, cat_cues, **options)


def test_cues_that_do_not_fit(cat, cat_cues):
    with pytest.raises(CueError, match="cues are for a 80 x 60 picture, but .* 79 x 60"):
        vc.colorize(cat[:, :-1], cat_cues)
    with pytest.raises(CueError, match="type list"):
        vc.colorize(cat, [(1, 2)])  # type: ignore[arg-type]


def test_a_result_that_is_not_converged_says_so(cat, cat_cues):
    short = {"solver": "cg", "max_steps": 2, "tolerance": 1e-6}
    with pytest.warns(vc.ConvergenceWarning, match="step limit") as caught:
        result = vc.colorize(cat, cat_cues, **short)
    assert caught[0].filename == __file__
    assert result.status is vc.Status.STEP_LIMIT
    assert any("step limit" in n for n in result.notes)
    assert MAX_STEPS > 1000
    assert vc.colorize(cat, cat_cues, **short, on_miss="ignore").status is vc.Status.STEP_LIMIT
    with pytest.raises(vc.ConvergenceError, match="step limit"):
        vc.colorize(cat, cat_cues, **short, on_miss="raise")
    with pytest.warns(vc.ConvergenceWarning) as caught:
        vc.Session(cat, **short).colorize(cat_cues)
    assert caught[0].filename == __file__
    session = vc.Session(cat, **short, on_miss="raise")
    with pytest.raises(vc.ConvergenceError):
        session.colorize(cat_cues)


def paint_and_keep(cat):
    """Blue paint in the upper half, keep strokes in the lower half."""
    strokes = [
        vc.Stroke(((5.0, 10.0), (75.0, 10.0)), 2, color=(0.1, 0.2, 0.9)),
        vc.Stroke(((5.0, 50.0), (75.0, 50.0)), 2, kind="keep"),
    ]
    return vc.rasterise(strokes, cat.shape[:2])


@pytest.mark.parametrize("space", ["yuv", "lab", "oklab"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_recolor_keeps_what_it_is_told_to(cat, space, dtype):
    photo = cat if dtype == np.uint8 else cat.astype(np.uint16) * 256 + 7
    cues = paint_and_keep(cat)
    result = vc.recolor(photo, cues, space=space)
    kept = cues.at[cues.keep]
    np.testing.assert_array_equal(result.rgb[kept[:, 0], kept[:, 1]], photo[kept[:, 0], kept[:, 1]])
    np.testing.assert_array_equal(vc.to_gray(result.rgb, space), vc.to_gray(photo, space))
    assert result.rgb[10, 40, 2] > result.rgb[10, 40, 0]


def test_keep_outside_keeps_everything_but_the_painted_region(cat):
    cues = paint_and_keep(cat)
    result = vc.recolor(cat, cues, keep_outside=True)
    same = (result.rgb == cat).all(axis=2)
    assert same[45:].mean() > 0.95  # the side of the keep stroke
    assert same[:20].mean() < 0.1  # the painted side
    assert "regions" in result.seconds


def test_keep_outside_without_keep_strokes_changes_painted_pixels_only(cat):
    ring = [(20, 20), (50, 20), (50, 40), (20, 40), (20, 20)]
    stroke = vc.Stroke(tuple((float(x), float(y)) for x, y in ring), 2, color=(0.9, 0.1, 0.1))
    result = vc.recolor(cat, vc.rasterise([stroke], cat.shape[:2]), keep_outside=True)
    changed = (result.rgb != cat).any(axis=2)
    assert changed[25:36, 25:46].mean() > 0.9  # the hole that the stroke encloses
    outside = np.ones(changed.shape, bool)
    outside[17:44, 17:54] = False
    assert not changed[outside].any()


def test_recolor_refuses_grey_photos_and_keep_needs_colours(cat):
    gray, cues = vc.to_gray(cat), paint_and_keep(cat)
    with pytest.raises(InputError, match="is grey"):
        vc.recolor(gray, cues.select(~cues.keep))
    with pytest.raises(CueError, match="keep strokes need"):
        vc.colorize(gray, cues)
    with pytest.raises(CueError, match="no colour is painted"):
        vc.recolor(cat, cues.select(cues.keep))


def test_methods_take_their_options():
    assert vc.Levin(radius=2).radius == 2
    with pytest.raises(InputError, match="radius 0"):
        vc.Levin(radius=0)
    with pytest.raises(InputError, match="floor"):
        vc.Levin(floor=0)
    with pytest.raises(InputError, match="smallest_weight"):
        vc.Levin(smallest_weight=1.5)
    with pytest.raises(InputError, match="unknown affinity 'gaus4'.*'gauss4'"):
        vc.Harmonic(affinity="gaus4")
    with pytest.raises(InputError, match="sigma"):
        vc.Harmonic(sigma=float("nan"))


def test_methods_from_text():
    from varcolor.methods import make_method

    assert make_method("levin", {"radius": "3", "floor": "1e-5"}) == vc.Levin(radius=3, floor=1e-5)
    with pytest.raises(InputError, match="no option 'sigm'.*'sigma'"):
        make_method("harmonic", {"sigm": "1"})
    with pytest.raises(InputError, match="expected int"):
        make_method("levin", {"radius": "two"})
