"""Results for editors and notebooks, and luma that may be fitted."""

import io

import numpy as np
import pytest
from PIL import Image

import varcolor as vc
from varcolor.errors import FileError, InputError
from varcolor.image.color import SPACES
from varcolor.image.gamut import lower_luma, outside


@pytest.fixture
def result(cat, cat_cues):
    return vc.colorize(vc.to_gray(cat), cat_cues)


def w3c_color(backdrop, source):
    """Blend mode Color, W3C Compositing and Blending Level 1, section 10.2: SetLum(Cs, Lum(Cb))."""
    weights = np.array([0.3, 0.59, 0.11])
    color = source + ((backdrop - source) @ weights)[..., None]
    lum = (color @ weights)[..., None]
    low, high = color.min(axis=-1, keepdims=True), color.max(axis=-1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        color = np.where(low < 0, lum + (color - lum) * lum / (lum - low), color)
        return np.where(high > 1, lum + (color - lum) * (1 - lum) / (high - lum), color)


def composed(photo, layer):
    """Compose a layer over a photo by the blend mode Color, as sections 5 and 10 have it."""
    backdrop = np.repeat(photo[..., None], 3, axis=2) / 255 if photo.ndim == 2 else photo / 255
    alpha = (layer.alpha / layer.maximum)[..., None]
    return (1 - alpha) * backdrop + alpha * w3c_color(backdrop, layer.pixels / layer.maximum)


def test_the_layer_gives_the_result_in_the_blend_mode_color(cat, result):
    gray = vc.to_gray(cat)
    got = 255 * composed(gray, result.layer)
    assert np.abs(got - result.rgb).max() <= 2
    assert (result.layer.alpha == 255).all()
    changed = np.clip(gray.astype(int) + 20, 0, 235).astype(np.uint8)  # the photo is retouched
    again = vc.to_gray(
        np.clip(255 * composed(changed, result.layer), 0, 255).round().astype(np.uint8)
    )
    assert np.abs(again.astype(int) - changed).max() <= 2


def test_the_layer_is_transparent_where_no_colour_came(cat, cat_cues):
    gray = vc.to_gray(cat)
    alpha = np.full(gray.shape, 255, np.uint8)
    alpha[:, 40] = 0
    left = cat_cues.select(cat_cues.at[:, 1] < 40)
    layer = vc.colorize(np.dstack([gray, alpha]), left, method="harmonic").layer
    assert (layer.alpha[:, :40] == 255).all()
    assert (layer.alpha[:, 40:] == 0).all()


def test_the_layer_of_one_thing(cat):
    photo = np.zeros((40, 80, 3), np.uint8)
    photo[:, :40], photo[:, 40:] = (160, 40, 40), (40, 110, 40)
    mask = np.zeros((40, 80), bool)
    mask[20, 5:30] = True
    result = vc.recolor(photo, vc.Cues.from_mask(mask, "#2050a0"))
    np.testing.assert_array_equal(result.layer.alpha[:, 43:], 0)
    assert np.abs(255 * composed(photo, result.layer) - result.rgb).max() <= 2


@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
def test_the_layer_has_the_photos_depth(cat, cat_cues, dtype, tmp_path):
    gray = vc.to_gray(cat)
    photo = gray.astype(np.uint16) * 257 if dtype == np.uint16 else (gray / 255).astype(dtype)
    layer = vc.colorize(photo, cat_cues).layer
    assert layer.alpha.dtype == dtype
    vc.write(layer, tmp_path / "layer.tif")
    back = vc.read(tmp_path / "layer.tif")
    np.testing.assert_array_equal(back.pixels, layer.pixels)


def test_a_result_is_an_array(result):
    assert np.asarray(result) is result.rgb
    assert np.asarray(result, np.float32).dtype == np.float32
    copy = np.array(result)
    copy[:] = 0
    assert result.rgb.any()
    assert np.asarray(result, copy=False) is result.rgb
    with pytest.raises(ValueError, match="copy"):
        np.asarray(result, np.float64, copy=False)
    assert vc.compare(result, result.rgb, ["ciede2000"])["ciede2000"] == 0


def test_a_result_shows_itself_in_a_line_and_as_a_picture(result, cat_cues):
    for shown in (result, result.picture, cat_cues):
        assert "\n" not in repr(shown)
        assert len(repr(shown)) < 160
    assert "80 x 60" in repr(result)
    assert "auto" in repr(result)
    assert "20 pixels" in repr(cat_cues)
    for shown in (result, result.picture, result.layer):
        image = Image.open(io.BytesIO(shown._repr_png_()))
        assert image.size == (80, 60)
    np.testing.assert_array_equal(
        np.asarray(Image.open(io.BytesIO(result._repr_png_()))), result.rgb
    )


@pytest.mark.parametrize("shape", [(3000, 20), (20, 9000), (1500, 1500), (1, 5000)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_previews_are_small(shape, dtype):
    white = 1 if dtype == np.float32 else np.iinfo(dtype).max
    png = vc.Picture(np.full((*shape, 3), white, dtype))._repr_png_()
    image = np.asarray(Image.open(io.BytesIO(png)))
    assert max(image.shape) <= 1024
    assert (image == 255).all()


def test_save(result, tmp_path):
    assert result.save(tmp_path / "a.png") == []
    np.testing.assert_array_equal(vc.read(tmp_path / "a.png").pixels, result.rgb)
    assert "lossy" in " ".join(result.save(tmp_path / "a.jpg", quality=80))
    with pytest.raises(InputError, match="quality 0"):
        result.save(tmp_path / "a.jpg", quality=0)
    with pytest.raises(FileError, match="cannot write files"):
        result.save(tmp_path / "a.xyz")


RED, PASTEL, SKY, MOSS, BROWN = "#ff2010", "#ffd0c8", "#60a0ff", "#506018", "#5a1414"


@pytest.mark.parametrize("space", list(SPACES))
@pytest.mark.parametrize("color", [RED, PASTEL, SKY, MOSS, BROWN, "#0000ff", "#ffff00"])
def test_a_white_page_takes_colour(space, color):
    page = np.full((12, 16), 255, np.uint8)
    page[5] = 0  # a line of ink
    cues = vc.Cues.from_points(page, [(3, 2), (3, 9)], color)
    kept = vc.colorize(page, cues, space=space)
    fitted = vc.colorize(page, cues, space=space, luma="fit", method="harmonic")
    assert (kept.rgb[page == 255] == 255).all()
    assert (fitted.rgb[5] <= 1).all()  # ink stays ink
    chroma = SPACES[space].split(fitted.rgb[page == 255] / 255)[1]
    asked = SPACES[space].split(np.array([int(color[k : k + 2], 16) for k in (1, 3, 5)]) / 255)[1]
    scale = 100 if space == "lab" else 1
    assert np.abs(chroma - asked).max() < 0.02 * scale
    assert any("176 pixels (91.7%): luma lowered" in n for n in fitted.notes)
    assert not any("luma lowered" in n for n in kept.notes)


@pytest.mark.parametrize("space", list(SPACES))
def test_the_luma_moves_by_the_least_amount(space, rng):
    own = SPACES[space]
    chroma = own.split(rng.uniform(0, 1, (60, 3)))[1]
    asked = rng.uniform(0, 1, 60)
    got, moved = lower_luma(own, asked, chroma)
    steps = np.linspace(0, 1, 2001)
    for k in range(60):
        exists = ~outside(own.merge(steps, np.broadcast_to(chroma[k], (2001, 2))))
        top = steps[exists].max()  # the colour itself is one: there is such a luma
        if asked[k] > top + 1e-3:
            assert moved[k]
            assert abs(got[k] - top) < 1e-3
        elif asked[k] < top - 1e-3:
            assert not moved[k]
            assert got[k] == asked[k]


@pytest.mark.parametrize("space", list(SPACES))
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_fit_keeps_the_luma_wherever_the_colour_exists(cat, cat_cues, space, dtype):
    gray = vc.to_gray(cat, space)
    gray = gray if dtype == np.uint8 else gray.astype(np.uint16) * 257
    result = vc.colorize(gray, cat_cues, space=space, luma="fit")
    moved = vc.to_gray(result.rgb, space) != gray
    keep = vc.colorize(gray, cat_cues, space=space)
    np.testing.assert_array_equal(result.rgb[~moved], keep.rgb[~moved])
    np.testing.assert_array_equal(result.chroma, keep.chroma)
    assert (vc.to_gray(result.rgb, space) <= gray).all()


def test_fit_in_a_session_and_for_recolouring(cat, cat_cues):
    gray = vc.to_gray(cat)
    white = vc.Cues.from_points(gray, [(40, 30)], RED)
    one = vc.colorize(gray, white, luma="fit")
    two = vc.Session(gray, luma="fit").colorize(white)
    assert np.abs(one.rgb.astype(int) - two.rgb).max() <= 1
    assert any("luma lowered" in n for n in vc.recolor(cat, white, whole=True, luma="fit").notes)
    with pytest.raises(InputError, match="luma 'free': expected keep or fit"):
        vc.colorize(gray, white, luma="free")


def test_a_colour_far_from_the_photos_lightness_is_told_with_numbers():
    gray = np.full((20, 20), 200, np.uint8)
    result = vc.colorize(gray, vc.Cues.from_points(gray, [(3, 3), (4, 3)], BROWN))
    told = [n for n in result.notes if "becomes" in n]
    assert len(told) == 1
    assert "#5a1414 on level 200 becomes #f9b3b3" in told[0]
    assert "lightness of the photo is kept" in told[0]
    white = np.full((20, 20), 255, np.uint8)
    told = vc.colorize(white, vc.Cues.from_points(white, [(3, 3)], "#0000ff")).notes
    assert any("#0000ff on level 255 becomes #ffffff" in n and "--luma fit" in n for n in told)


def test_only_the_worst_three_colours_are_named():
    gray = np.full((20, 20), 250, np.uint8)
    colors = ["#100000", "#001000", "#000010", "#101000", "#f0f0f0"]
    result = vc.colorize(gray, vc.Cues.from_points(gray, [(k, 3) for k in range(5)], colors))
    (told,) = [n for n in result.notes if "becomes" in n]
    assert told.count("becomes") == 3
    assert "and 1 more" in told


def test_normal_painting_gets_no_such_note(cat, cat_cues, result):
    assert not any("becomes" in n for n in result.notes)
    shaded = np.tile(np.linspace(40, 215, 64).astype(np.uint8), (20, 1))
    mask = np.zeros(shaded.shape, bool)
    mask[10] = True
    for color in ("#c08040", "#4060a0", "#508050", "#d0a090"):
        notes = vc.colorize(shaded, vc.Cues.from_mask(mask, color)).notes
        assert not any("becomes" in n for n in notes)
