"""Marked copies as editors and people leave them."""

import io
import warnings

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter
from scipy.ndimage import gaussian_filter

import varcolor as vc
from varcolor.errors import CueError, CueWarning

SHAPE = (150, 200)
RED, BLUE, TAN, GREY = (205, 95, 95), (70, 110, 190), (200, 170, 120), (128, 128, 128)
LINES = {
    RED: [(20, 30), (80, 22), (110, 50)],
    BLUE: [(30, 110), (90, 125), (130, 100)],
    TAN: [(150, 20), (180, 70), (165, 130)],
}


@pytest.fixture(scope="module")
def photo():
    """Return a grey photo with smooth parts, edges and grain."""
    rng = np.random.default_rng(3)
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    levels = 120 + 40 * np.sin(x / 31) + 25 * np.cos(y / 17) + 30 * (x + 2 * y > 260)
    levels += gaussian_filter(rng.normal(0, 8, SHAPE), 1)
    return np.clip(np.rint(levels), 12, 243).astype(np.uint8)


def coverage(points, width, blur=0.0, antialias=True):
    """Return the coverage (H, W), 0..1, of a stroke."""
    fine = 8 if antialias else 1
    image = Image.new("L", (SHAPE[1] * fine, SHAPE[0] * fine))
    line = [(x * fine, y * fine) for x, y in points]
    ImageDraw.Draw(image).line(line, fill=255, width=max(round(width * fine), 1), joint="curve")
    if blur:
        image = image.filter(ImageFilter.GaussianBlur(blur * fine))
    found = np.asarray(image.resize(SHAPE[::-1], Image.Resampling.BOX)) / 255
    return found / found.max()


def light(x):
    return np.where(x <= 10.31, x / 12.92, 255 * ((x / 255 + 0.055) / 1.055) ** 2.4)


def levels(x):
    return np.where(
        x <= 0.8, x * 12.92, 255 * (1.055 * np.maximum(x / 255, 0) ** (1 / 2.4) - 0.055)
    )


def paint(photo, strokes, opacity=1.0, mode="normal"):
    """Return the marked copy, (H, W, 3) float, of strokes {colour: coverage}."""
    copy = np.repeat(photo[..., None], 3, axis=2).astype(float)
    for color, cover in strokes.items():
        a = opacity * cover[..., None]
        if mode == "light":
            copy = levels(light(copy) * (1 - a) + light(np.array(color)) * a)
        else:
            copy = copy * (1 - a) + np.array(color) * a
    return copy


def rounded(copy):
    return np.clip(np.rint(copy), 0, 255).astype(np.uint8)


def drawn(width=7, blur=0.0, antialias=True, lines=None):
    lines = LINES if lines is None else lines
    return {c: coverage(points, width, blur, antialias) for c, points in lines.items()}


def whole(strokes):
    """Return how far the photo is covered by any paint."""
    return 1 - np.prod([1 - cover for cover in strokes.values()], axis=0)


def least(cues, strokes):
    """Return the coverage under the cues; check that each stroke has some, strong ones."""
    at = cues.at[:, 0], cues.at[:, 1]
    for cover in strokes.values():
        assert (cover[at] > 0.85 * cover.max()).sum() >= 1
    return whole(strokes)[at]


def every(photo, copy):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CueWarning)  # wide brushes reach most of the picture
        return vc.Cues.from_marked(photo, copy, every_difference=True)


# Rims -----------------------------------------------------------------------------------------


def test_the_rim_of_a_soft_disc_is_no_fence():
    y, x = np.mgrid[:64, :64]
    photo = np.full((64, 64), 128, np.uint8)
    cover = np.clip(4 + 1.5 - np.hypot(y - 32, x - 32), 0, 3) / 3
    color = np.array([200, 90, 90.0])
    marked = rounded(cover[..., None] * color + (1 - cover[..., None]) * photo[..., None])
    overlay = np.dstack([np.broadcast_to(color, (64, 64, 3)), cover * 255]).round().astype(np.uint8)
    cues = vc.Cues.from_marked(photo, marked)
    wanted = vc.Cues.from_overlay(overlay)
    np.testing.assert_array_equal(cues.at, wanted.at)
    for method in ("levin", "harmonic"):
        found = vc.colorize(photo, cues, method=method)
        same = vc.colorize(photo, wanted, method=method)
        np.testing.assert_allclose(found.rgb.astype(int), same.rgb.astype(int), atol=1)
        assert any("rims" in note and "soft" in note for note in found.notes)


@pytest.mark.parametrize("mode", ["normal", "light"])
@pytest.mark.parametrize(
    ("width", "blur"), [(8, 0), (3, 0), (2, 0), (9, 0.7), (10, 2), (14, 4), (24, 8)]
)
def test_rims_of_every_brush_are_left_out(photo, width, blur, mode):
    strokes = drawn(width, blur)
    copy = rounded(paint(photo, strokes, mode=mode))
    under = least(vc.Cues.from_marked(photo, copy), strokes)
    assert (under < 0.9).mean() <= 0.01
    assert (whole(strokes)[tuple(every(photo, copy).at.T)] < 0.9).mean() > 0.1  # there are rims


@pytest.mark.parametrize("opacity", [0.3, 0.6, 0.8])
@pytest.mark.parametrize(("width", "blur"), [(8, 0), (10, 2)])
def test_brushes_that_are_opaque_nowhere(photo, width, blur, opacity):
    strokes = drawn(width, blur)
    copy = rounded(paint(photo, strokes, opacity))
    under = least(vc.Cues.from_marked(photo, copy), strokes)
    assert (under < 0.85).mean() <= 0.05


@pytest.mark.parametrize(
    "color", [(255, 255, 255), (0, 0, 0), (130, 127, 122), (250, 245, 235), (30, 24, 20)]
)
def test_rims_of_neutral_dark_and_light_paint(photo, color):
    strokes = drawn(9, 1, lines={color: [(20, 30), (80, 22), (150, 110)]})
    under = least(vc.Cues.from_marked(photo, rounded(paint(photo, strokes))), strokes)
    assert (under < 0.85).mean() <= 0.05


def test_lines_thinner_than_a_pixel_keep_their_strongest_pixels(photo):
    strokes = drawn(1)
    copy = rounded(paint(photo, strokes))
    cues = vc.Cues.from_marked(photo, copy)
    under = least(cues, strokes)
    assert under.mean() > 0.85 > whole(strokes)[tuple(every(photo, copy).at.T)].mean() + 0.2


def test_overlapping_soft_strokes_of_two_colours(photo):
    strokes = drawn(12, 2, lines={RED: [(30, 75), (170, 75)], BLUE: [(100, 20), (100, 130)]})
    under = least(vc.Cues.from_marked(photo, rounded(paint(photo, strokes))), strokes)
    assert (under < 0.8).mean() <= 0.02


def test_every_separate_stroke_keeps_a_cue(photo):
    dots = {(200, 90 + 8 * k, 90): [(20 + 16 * k, 40), (20.5 + 16 * k, 40)] for k in range(10)}
    strokes = drawn(1.5, 1, lines=dots)
    cues = vc.Cues.from_marked(photo, rounded(paint(photo, strokes)))
    for cover in strokes.values():
        assert cover[cues.at[:, 0], cues.at[:, 1]].max() > 0.6


def test_hard_edged_paint_is_read_as_published(photo):
    strokes = drawn(7, antialias=False)
    strokes |= drawn(
        5,
        antialias=False,
        lines={(160, 110, 100): [(60, 60), (100, 70)], (190, 120, 105): [(64, 64), (104, 74)]},
    )
    copy = rounded(paint(photo, strokes))
    found, wanted = vc.Cues.from_marked(photo, copy), every(photo, copy)
    np.testing.assert_array_equal(found.at, wanted.at)
    np.testing.assert_array_equal(found.color, wanted.color)
    assert found.notes == ()


def test_colour_photos_and_deep_ones(photo, cat):
    strokes = drawn(9, 1)
    copy = rounded(paint(photo, strokes))
    rng = np.random.default_rng(0)
    deep = (photo.astype(int) * 257 + rng.integers(-120, 120, SHAPE)).clip(0, 65535)
    under = least(vc.Cues.from_marked(deep.astype(np.uint16), copy), strokes)
    assert (under < 0.9).mean() <= 0.01
    sepia = rounded(photo[..., None] * np.array([1.0, 0.9, 0.72]))
    copy = sepia.astype(float)
    for color, cover in strokes.items():
        copy = copy * (1 - cover[..., None]) + np.array(color) * cover[..., None]
    under = least(vc.Cues.from_marked(sepia, rounded(copy)), strokes)
    assert (under < 0.85).mean() <= 0.03


# Other programs -------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.002, 0.02, 0.14, 0.3, 0.6, 1.0])
@pytest.mark.parametrize("blur", [0, 1])
@pytest.mark.filterwarnings("ignore::varcolor.errors.CueWarning")
def test_another_decoders_levels_are_no_paint(photo, share, blur):
    strokes = drawn(8, blur, antialias=bool(blur))
    rng = np.random.default_rng(5)
    off = np.where(rng.random(SHAPE) < share, rng.choice([-2, -1, 1, 2], SHAPE), 0)
    copy = rounded(rounded(paint(photo, strokes)).astype(int) + off[..., None])
    cues = vc.Cues.from_marked(photo, copy)
    under = least(cues, strokes)
    assert (under < 0.02).sum() <= 2
    assert (under < 0.8).mean() <= 0.02
    assert len(cues) > 0.3 * (whole(strokes) > 0.99).sum()


def saved(copy, quality, subsampling):
    file = io.BytesIO()
    Image.fromarray(copy).save(file, "JPEG", quality=quality, subsampling=subsampling)
    return np.asarray(Image.open(file).convert("RGB"))


@pytest.mark.parametrize(("quality", "subsampling"), [(95, 0), (95, 2), (90, 2), (80, 2), (60, 2)])
@pytest.mark.parametrize("blur", [0, 1])
def test_marked_copies_saved_as_jpeg(photo, quality, subsampling, blur):
    strokes = drawn(11, blur)
    copy = saved(rounded(paint(photo, strokes)), quality, subsampling)
    with pytest.warns(CueWarning, match=r"lossy \(JPEG\).*--overlay"):
        cues = vc.Cues.from_marked(photo, copy)
    under = least(cues, strokes)
    assert (under < 0.05).mean() <= 0.01
    assert (under < 0.75).mean() <= 0.05
    assert len(cues) < len(every(photo, copy)) / 4


@pytest.mark.parametrize("change", [
    lambda c: c + 4,
    lambda c: c + 25,
    lambda c: c - 15,
    lambda c: (c - 128) * 1.15 + 128,
    lambda c: (c - 128) * 0.8 + 120,
    lambda c: 255 * (c / 255) ** 0.8,
    lambda c: 255 * (c / 255) ** 1.25,
    lambda c: c * np.array([1.04, 1.0, 0.94]),
], ids=["+4", "+25", "-15", "contrast", "flat", "gamma .8", "gamma 1.25", "tint"])  # fmt: skip
@pytest.mark.parametrize("blur", [0, 1])
def test_copies_of_other_brightness(photo, change, blur):
    strokes = drawn(8, blur, antialias=bool(blur))
    copy = rounded(change(rounded(paint(photo, strokes)).astype(float)))
    with pytest.warns(CueWarning, match=r"other brightness or tint.*--overlay"):
        cues = vc.Cues.from_marked(photo, copy)
    under = least(cues, strokes)
    assert (under < 0.02).sum() <= 3
    assert (under < 0.85).mean() <= 0.03


def test_transparent_marked_copies(photo):
    strokes = drawn(8, antialias=False)
    copy = rounded(paint(photo, strokes))
    cover = whole(strokes)
    layer = np.dstack([copy, np.where(cover > 0, 255, 0)]).astype(np.uint8)
    np.testing.assert_array_equal(vc.Cues.from_marked(photo, layer).at, every(photo, copy).at)
    layer[..., 3] = np.where(cover > 0, 255, 90)
    layer[::2, ::2, 3] = np.minimum(layer[::2, ::2, 3], 120)
    found = vc.Cues.from_marked(photo, layer)
    assert not ((found.at % 2 == 0).all(axis=1)).any()  # more transparent than the photo: left out
    layer[..., 3] = 128  # nowhere as opaque as the photo: taken as it is
    assert len(vc.Cues.from_marked(photo, layer)) == len(every(photo, copy))


def test_a_colour_picture_is_no_marked_copy(cat):
    with pytest.warns(CueWarning) as caught:
        vc.Cues.from_marked(vc.to_gray(cat), cat)
    assert any("--overlay" in str(warning.message) for warning in caught)


# Sizes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", [0.5, 0.75, 2.0, 1.5])
@pytest.mark.parametrize("method", [Image.Resampling.BICUBIC, Image.Resampling.LANCZOS])
@pytest.mark.filterwarnings("ignore::varcolor.errors.CueWarning")
def test_a_resized_copy_is_scaled_and_said(photo, scale, method):
    strokes = drawn(14)
    size = round(SHAPE[1] * scale), round(SHAPE[0] * scale)
    copy = np.asarray(Image.fromarray(rounded(paint(photo, strokes))).resize(size, method))
    cues = vc.Cues.from_marked(photo, copy)
    assert cues.shape == SHAPE
    under = least(cues, strokes)
    assert (under < 0.5).mean() <= 0.03
    said = next(note for note in cues.notes if "a copy of the photo at another size" in note)
    assert f"is {size[0]} x {size[1]}, " in said
    assert "200 x 150" in said


@pytest.mark.parametrize("part", [np.s_[:-1], np.s_[:, 3:], np.s_[10:120, 40:170], np.s_[5:, 5:]])
def test_a_cropped_copy_is_located(photo, part):
    copy = rounded(paint(photo, drawn(7)))[part]
    row, column = (part[0].start or 0, part[1].start or 0) if isinstance(part, tuple) else (0, 0)
    words = rf"columns {column} to {column + copy.shape[1] - 1} and rows {row} to"
    wanted = rf"is {copy.shape[1]} x {copy.shape[0]}, but .* is 200 x 150.*was cropped.*{words}"
    with pytest.raises(CueError, match=wanted):
        vc.Cues.from_marked(photo, copy)


@pytest.mark.parametrize(("size", "words"), [
    ((150, 200), "turned"), ((90, 90), "cropped, stretched or is of another"), ((300, 150), "200 x 150")
])  # fmt: skip
def test_other_sizes_are_refused(photo, size, words):
    copy = np.full((*size[::-1], 3), 100, np.uint8)
    with pytest.raises(CueError, match=words):
        vc.Cues.from_marked(photo, copy)


# Overlays -------------------------------------------------------------------------------------


def layer(strokes, opacity=1.0):
    picture = np.zeros((*SHAPE, 4))
    for color, cover in strokes.items():
        picture[cover > 0, :3] = color
        picture[..., 3] = np.maximum(picture[..., 3], 255 * opacity * cover)
    return rounded(picture)


@pytest.mark.parametrize("opacity", [0.1, 0.5, 0.8, 0.98])
@pytest.mark.parametrize("blur", [0, 1, 3])
def test_an_overlay_that_is_opaque_nowhere(opacity, blur):
    strokes = drawn(8, blur)
    cues = vc.Cues.from_overlay(layer(strokes, opacity))
    assert (least(cues, strokes) > 0.9).all()
    assert "half-transparent paint" in cues.notes[0]
    mixed = np.maximum(layer(strokes, opacity), layer(drawn(8, lines={GREY: [(20, 75), (60, 75)]})))
    assert (vc.Cues.from_overlay(mixed).color == np.float32(128 / 255)).all(axis=1).any()


@pytest.mark.parametrize("scale", [0.5, 1.5, 2.0, 3.0])
def test_an_overlay_of_another_size(photo, scale):
    strokes = drawn(6, antialias=False)
    size = round(SHAPE[1] * scale), round(SHAPE[0] * scale)
    image = Image.fromarray(layer(strokes)).resize(size, Image.Resampling.NEAREST)
    cues = vc.Cues.from_overlay(np.asarray(image), photo)
    assert cues.shape == SHAPE
    assert (least(cues, strokes) > 0).mean() > 0.9
    assert (
        f"made for a {size[0]} x {size[1]} picture: scaled to the photo's 200 x 150"
        in cues.notes[0]
    )


def test_a_pixel_of_a_larger_overlay_is_not_lost(photo):
    overlay = np.zeros((450, 600, 4), np.uint8)
    overlay[301, 400] = 200, 90, 90, 255
    assert vc.Cues.from_overlay(overlay, photo).at.tolist() == [[100, 133]]


def test_an_overlay_of_another_proportion_is_refused(photo):
    with pytest.raises(CueError, match="is 190 x 150, but .* is 200 x 150: not the same picture"):
        vc.Cues.from_overlay(layer(drawn(8))[:, :190], photo)


@pytest.mark.parametrize("quality", [85, 92, 98])
def test_hard_strokes_in_a_lossy_copy_of_a_textured_photo_keep_their_cores(rng, quality):
    """Noise of JPEG blocks inside of a stroke is no rim: a third of the paint and more stays."""
    gray = (128 + 45 * np.sin(np.arange(200) / 7)[:, None] * np.cos(np.arange(260) / 9)) + (
        rng.normal(0, 9, (200, 260))
    )
    gray = gray.clip(0, 255).astype(np.uint8)
    painted = np.repeat(gray[..., None], 3, axis=2)
    strokes = np.zeros(gray.shape, bool)
    for k, color in enumerate([(180, 70, 60), (70, 120, 190), (90, 150, 70)]):
        here = np.zeros(gray.shape, bool)
        here[25 + 60 * k : 39 + 60 * k, 20:240] = True
        painted[here] = color
        strokes |= here
    buffer = io.BytesIO()
    Image.fromarray(painted).save(buffer, "JPEG", quality=quality, subsampling=0)
    copy = np.asarray(Image.open(io.BytesIO(buffer.getvalue())))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", vc.errors.CueWarning)
        cues = vc.Cues.from_marked(gray, copy)
    found = np.zeros(gray.shape, bool)
    found[cues.at[:, 0], cues.at[:, 1]] = True
    assert (found & strokes).sum() > 0.33 * strokes.sum()
    assert (found & ~strokes).sum() < 0.03 * found.sum()
