"""recolor changes the object under a stroke, and leaves the rest bit for bit."""

import io

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter

import varcolor as vc
from varcolor.errors import CueError, InputError
from varcolor.image.color import oklab
from varcolor.metrics.colour import ciede2000_map
from varcolor.pipeline.recoloring.object_share import share_of_object
from varcolor.solve.multigrid.solver import Multigrid
from varcolor.solve.sparse.lu import Direct

SHAPE = (90, 130)
Y, X = np.mgrid[: SHAPE[0], : SHAPE[1]]


def disk(x, y, rx, ry=None):
    return ((X - x) / rx) ** 2 + ((Y - y) / (ry or rx)) ** 2 < 1


def scene(*things, ground=(150, 140, 120), noise=2.0, blur=0.7, jpeg=None):
    """Paint things (mask, colour, shade) on a ground, softly, with a camera's noise."""
    rng = np.random.default_rng(5)
    photo = np.ones((*SHAPE, 3)) * ground
    for mask, color, shade in things:
        share = gaussian_filter(mask.astype(float), blur)[..., None]
        photo += share * (np.array(color) * np.broadcast_to(shade, SHAPE)[..., None] - photo)
    photo += noise * rng.standard_normal(photo.shape)
    photo = np.clip(photo, 0, 255).astype(np.uint8)
    if jpeg is None:
        return photo
    buffer = io.BytesIO()
    Image.fromarray(photo).save(buffer, "JPEG", quality=jpeg)
    return np.asarray(Image.open(io.BytesIO(buffer.getvalue())))


def stroke(x, y, length=14, thick=2):
    mask = np.zeros(SHAPE, bool)
    mask[y : y + thick, x : x + length] = True
    return mask


def changed(photo, result):
    return (np.asarray(result) != photo).any(axis=2)


def overlap(found, mask):
    return (found & mask).sum() / (found | mask).sum()


CUP = disk(45, 45, 28, 30)
BALL = np.clip(1.15 - ((X - 35) ** 2 + (Y - 35) ** 2) / 3000, 0.35, 1.15)
RED, GREEN, BLUE = (190, 40, 40), (60, 120, 60), "#2050d0"
RNG = np.random.default_rng(1)
GRAIN = 1 + 0.2 * gaussian_filter(RNG.standard_normal(SHAPE), 1.5) * 5
OTHER = disk(105, 45, 20, 25)

SCENES = {
    "plain": scene((CUP, RED, 1)),
    "shaded like a ball": scene((CUP, RED, BALL)),
    "of the ground's lightness": scene((CUP, (160, 40, 40), 1), ground=(40, 110, 40)),
    "stripes of light and dark": scene((CUP, (50, 90, 160), 1 + 0.3 * np.sign(np.sin(X / 3)))),
    "textured": scene((CUP, (170, 110, 50), GRAIN), ground=(110, 140, 90)),
    "from light to shadow": scene((CUP, GREEN, 1.3 - Y / 90)),
    "of JPEG quality 60": scene((CUP, RED, BALL), jpeg=60),
    "with a soft edge": scene((CUP, RED, 1), blur=3),
    "noisy": scene((CUP, RED, 1), noise=8),
    "white": scene((CUP, (228, 228, 224), 1), ground=(120, 110, 100)),
    "black": scene((CUP, (25, 25, 28), 1), ground=(120, 110, 100)),
    "beside another of its colour": scene((CUP, RED, 1), (OTHER, RED, 1)),
    "behind another of near colour": scene((disk(85, 45, 25), (215, 125, 40), 1), (CUP, RED, 1)),
}


@pytest.mark.parametrize("name", SCENES)
def test_one_stroke_recolours_one_thing(name):
    photo = SCENES[name]
    cues = vc.Cues.from_mask(
        stroke(38, 50), BLUE if name != "stripes of light and dark" else "#d04020"
    )
    result = vc.recolor(photo, cues)
    visible = ciede2000_map(photo, result.rgb) > 2
    assert overlap(visible, CUP) > (0.75 if name == "with a soft edge" else 0.85)
    rim = gaussian_filter(CUP.astype(float), 3) > 0.02
    if name != "with a soft edge":
        assert not changed(photo, result)[~rim].any()
    np.testing.assert_array_equal(vc.to_gray(result.rgb), vc.to_gray(photo))  # light and shadow
    assert "one thing was recoloured" in " ".join(result.notes)
    assert "--whole" in " ".join(result.notes)


def test_halves_of_one_lightness():
    photo = np.zeros((40, 80, 3), np.uint8)
    photo[:, :40], photo[:, 40:] = (160, 40, 40), (40, 110, 40)
    mask = np.zeros((40, 80), bool)
    mask[20, 5:30] = True
    result = vc.recolor(photo, vc.Cues.from_mask(mask, "#2050a0"))
    np.testing.assert_array_equal(result.rgb[:, 43:], photo[:, 43:])
    red, _, blue = result.rgb[5, 10].astype(int)
    assert blue > red + 80
    assert any("recoloured: 49%" in n or "recoloured: 50%" in n for n in result.notes)


def test_a_thin_part_belongs_to_its_thing():
    handle = CUP | ((abs(Y - 45) < 3) & (X > 60) & (X < 110))
    photo = scene((handle, RED, 1))
    result = vc.recolor(photo, vc.Cues.from_mask(stroke(38, 50), BLUE))
    assert (ciede2000_map(photo, result.rgb) > 2)[45, 60:105].all()


def test_a_highlight_stays_white():
    light = disk(35, 30, 6, 4)
    photo = scene((CUP, RED, 1), (light, (252, 252, 252), 1))
    result = vc.recolor(photo, vc.Cues.from_mask(stroke(38, 50), BLUE))
    assert ciede2000_map(photo, result.rgb)[30, 33:38].max() < 2
    assert overlap(ciede2000_map(photo, result.rgb) > 2, CUP & ~light) > 0.85


def test_two_strokes_of_two_colours_on_two_things():
    photo = SCENES["beside another of its colour"]
    cues = vc.Cues.from_mask(stroke(38, 50), BLUE) | vc.Cues.from_mask(stroke(98, 45), "#20a040")
    result = vc.recolor(photo, cues)
    left, right = result.rgb[30, 45].astype(int), result.rgb[35, 105].astype(int)
    assert left[2] > left[1] + 40
    assert right[1] > right[2] + 40
    assert overlap(ciede2000_map(photo, result.rgb) > 2, CUP | OTHER) > 0.85


def test_keep_strokes_take_away_from_the_thing():
    near = disk(85, 45, 25) & ~CUP
    photo = scene((near, (200, 60, 50), 1), (CUP, RED, 1))
    paint = vc.Cues.from_mask(stroke(38, 50), BLUE)
    at = np.argwhere(stroke(85, 50))
    keep = vc.Cues(
        SHAPE, at, np.zeros((len(at), 3)), np.full(len(at), np.inf), np.ones(len(at), bool)
    )
    result = vc.recolor(photo, paint | keep)
    assert changed(photo, result)[near].mean() < 0.15
    assert changed(photo, result)[CUP].mean() > 0.85
    assert not changed(photo, result)[stroke(85, 50)].any()


def test_whole_lets_colour_flow_over_the_photo():
    photo = SCENES["plain"]
    cues = vc.Cues.from_mask(stroke(38, 50), BLUE)
    result = vc.recolor(photo, cues, whole=True)
    np.testing.assert_array_equal(result.rgb, vc.colorize(photo, cues).rgb)
    assert changed(photo, result).all()


@pytest.mark.parametrize("space", ["yuv", "lab", "oklab"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_every_depth_and_space(space, dtype):
    photo = SCENES["plain"]
    if dtype == np.uint16:
        photo = photo.astype(np.uint16) * 257
    elif dtype == np.float32:
        photo = photo.astype(np.float32) / 255
    cues = vc.Cues.from_mask(stroke(38, 50), BLUE)
    result = vc.recolor(photo, cues, space=space)
    assert result.rgb.dtype == dtype
    assert 0.18 < changed(photo, result).mean() < 0.3
    if dtype != np.float32:
        np.testing.assert_array_equal(vc.to_gray(result.rgb, space), vc.to_gray(photo, space))


def test_the_colour_of_the_stroke_is_met_and_kept_chroma_is_the_photos():
    photo = SCENES["plain"]
    mask = stroke(38, 50)
    result = vc.recolor(photo, vc.Cues.from_mask(mask, BLUE))
    from varcolor.image.color import yuv

    asked = yuv.split(np.array([0x20, 0x50, 0xD0]) / 255)[1]
    np.testing.assert_allclose(
        result.chroma[mask], np.broadcast_to(asked, (mask.sum(), 2)), atol=1e-6
    )
    same = ~changed(photo, result)
    own = yuv.split(photo / 255)[1]
    np.testing.assert_allclose(result.chroma[-1], own[-1], atol=1e-6)
    assert same[-1].all()


def test_transparent_pixels_part_things_and_stay():
    photo = SCENES["plain"]
    alpha = np.full(SHAPE, 255, np.uint8)
    alpha[:, 45:48] = 0
    photo = np.dstack([photo, alpha])
    result = vc.recolor(photo, vc.Cues.from_mask(stroke(24, 50), BLUE))
    difference = changed(photo[..., :3], result)
    assert difference[45, 20:42].all()
    assert not difference[:, 45:].any()


def test_what_contradicts_itself_is_refused():
    cues = vc.Cues.from_mask(stroke(38, 50), BLUE)
    with pytest.raises(InputError, match="contradict"):
        vc.recolor(SCENES["plain"], cues, whole=True, keep_outside=True)
    with pytest.raises(CueError, match="no colour is painted"):
        vc.recolor(SCENES["plain"], vc.Cues.none(SHAPE))


def test_the_share_is_the_same_by_another_solver():
    lab = np.dstack([*oklab.split(SCENES["textured"] / 255)])
    paint, none = np.flatnonzero(stroke(38, 50)), np.array([], int)
    one = share_of_object(lab, None, paint, none, Direct())
    two = share_of_object(lab, None, paint, none, Multigrid(threads=1))
    assert np.abs(one - two).max() < 0.05
    assert one.flat[paint].min() == 1


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2, 3)])
def test_tiny_photos(shape):
    photo = np.full((*shape, 3), (190, 40, 40), np.uint8)
    result = vc.recolor(photo, vc.Cues.from_points(photo, [(0, 0)], "#2050d0"))
    assert result.rgb[0, 0, 2] > result.rgb[0, 0, 0]
