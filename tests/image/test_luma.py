import numpy as np
import pytest

import varcolor as vc
from varcolor.image.luma import luma_of, row_blocks
from varcolor.image.picture import as_picture


def test_yuv_grey_is_the_rounded_bt601_sum(rng):
    rgb = rng.integers(0, 256, (400, 300, 3), dtype=np.uint8)
    wanted = (rgb.astype(int) @ [299, 587, 114] + 500) // 1000
    np.testing.assert_array_equal(vc.to_gray(rgb), wanted)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("space", ["yuv", "lab", "oklab"])
def test_grey_of_a_grey_is_itself(space, dtype):
    gray = np.arange(np.iinfo(dtype).max + 1, dtype=dtype).reshape(-1, 256)
    np.testing.assert_array_equal(vc.to_gray(np.repeat(gray[..., None], 3, axis=2), space), gray)
    np.testing.assert_array_equal(vc.to_gray(gray, space), gray)


def test_pictures_keep_their_alpha_and_meta():
    rgba = np.zeros((3, 4, 4), np.uint8)
    rgba[0, 0, 3] = 255
    gray = vc.to_gray(as_picture(rgba))
    assert isinstance(gray, vc.Picture)
    assert gray.is_gray
    assert gray.alpha is not None
    assert vc.to_gray(rgba).shape == (3, 4)


def test_luma_is_exact_in_float64():
    gray = np.array([[0, 1, 254, 255]], np.uint8)
    luma = luma_of(as_picture(gray), vc.image.color.SPACES["yuv"])  # type: ignore[attr-defined]
    assert luma.dtype == np.float64
    np.testing.assert_array_equal(luma, gray / 255.0)


def test_row_blocks_cover_every_row_once():
    rows = [range(*b.indices(10_000)) for b in row_blocks(10_000, 5000)]
    assert [r for block in rows for r in block] == list(range(10_000))
    assert max(map(len, rows)) * 5000 <= 1 << 20
    assert len(list(row_blocks(3, 10_000_000))) == 3
