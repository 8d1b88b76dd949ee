import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import varcolor as vc
from varcolor.backend import CpuBackend
from varcolor.image.color import SPACES
from varcolor.image.luma import luma_of
from varcolor.image.picture import as_picture
from varcolor.image.render import nearest_with_luma, render

STRENGTH = {"yuv": 0.15, "lab": 30.0, "oklab": 0.08}


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("name", ["yuv", "lab", "oklab"])
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_luma_law(name, dtype, seed):
    rng = np.random.default_rng(seed)
    gray = rng.integers(0, np.iinfo(dtype).max, (60, 70), dtype=dtype, endpoint=True)
    gray[0, :2] = 0, np.iinfo(dtype).max
    picture, space = as_picture(gray), SPACES[name]
    chroma = rng.normal(0, STRENGTH[name] * rng.uniform(0.01, 3), (60, 70, 2))
    result = render(picture, luma_of(picture, space), chroma, space)
    assert result.picture.pixels.dtype == dtype
    np.testing.assert_array_equal(vc.to_gray(result.picture.pixels, name), gray)


@pytest.mark.parametrize("name", ["yuv", "lab", "oklab"])
def test_colour_photos_keep_their_rounded_luma(name, cat, rng):
    picture, space = as_picture(cat), SPACES[name]
    chroma = rng.normal(0, STRENGTH[name], (*picture.shape, 2))
    result = render(picture, luma_of(picture, space), chroma, space)
    np.testing.assert_array_equal(vc.to_gray(result.picture.pixels, name), vc.to_gray(cat, name))


def test_the_own_chroma_gives_the_photo_back(cat):
    picture, space = as_picture(cat), SPACES["lab"]
    luma, chroma = space.split(picture.as_float())
    result = render(picture, luma, chroma, space)
    assert np.abs(result.picture.pixels.astype(int) - cat).max() == 0
    assert not result.reduced.any()


def test_kept_pixels_are_bit_identical(cat, rng):
    picture, space = as_picture(cat), SPACES["oklab"]
    keep = rng.random(picture.shape) < 0.5
    chroma = np.zeros((*picture.shape, 2))
    result = render(picture, luma_of(picture, space), chroma, space, keep).picture.pixels
    np.testing.assert_array_equal(result[keep], cat[keep])
    assert (result[~keep] != cat[~keep]).any()


def test_repair_finds_the_nearest_triplet_by_brute_force(rng):
    space = SPACES["lab"]
    exact = rng.uniform(5, 250, (40, 3))
    levels = np.floor(exact + 0.5).astype(np.uint8)
    target = vc.to_gray(levels[None], "lab")[0]
    target = np.clip(target.astype(int) + rng.integers(-1, 2, 40), 0, 255).astype(np.uint8)
    found = nearest_with_luma(levels, exact, target, space)
    np.testing.assert_array_equal(vc.to_gray(found[None], "lab")[0], target)
    steps = np.stack(np.meshgrid(*[range(-1, 2)] * 3, indexing="ij"), -1).reshape(-1, 3)
    for pixel in range(40):
        near = (levels[pixel].astype(int) + steps).astype(np.uint8)
        fits = vc.to_gray(near[None], "lab")[0] == target[pixel]
        if fits.any():
            best = ((near[fits] - exact[pixel]) ** 2).sum(axis=1).min()
            assert ((found[pixel] - exact[pixel]) ** 2).sum() == pytest.approx(best)


def test_float_pictures_stay_float(rng):
    gray = rng.random((5, 6)).astype(np.float32)
    picture, space = as_picture(gray), SPACES["yuv"]
    result = render(picture, luma_of(picture, space), np.full((5, 6, 2), 0.05), space)
    assert result.picture.pixels.dtype == np.float32
    inside = ~result.reduced
    luma = space.luma(result.picture.pixels)
    np.testing.assert_allclose(luma[inside], gray[inside], atol=1e-6)


def test_threads_as_asked_for_and_one_picture(cat, rng, monkeypatch):
    picture, space, asked = as_picture(cat), SPACES["lab"], []
    chroma = rng.normal(0, STRENGTH["lab"], (*picture.shape, 2))
    own = picture, luma_of(picture, space), chroma, space
    alone, shared = (render(*own, threads=n) for n in (1, 3))
    np.testing.assert_array_equal(alone.picture.pixels, shared.picture.pixels)
    assert alone.repaired == shared.repaired

    def backend(threads):
        asked.append(threads)
        return CpuBackend(threads)

    monkeypatch.setattr("varcolor.image.render.CpuBackend", backend)
    cues = vc.Cues.from_points(cat, [(20, 30), (40, 50)], ["#c03010", "#2060c0"])
    vc.colorize(cat, cues, threads=1)
    assert asked == [1]
