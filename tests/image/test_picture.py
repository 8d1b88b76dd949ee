import numpy as np
import pytest

from varcolor.errors import InputError
from varcolor.image.picture import as_picture


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32, np.float64])
@pytest.mark.parametrize(("shape", "gray", "alpha"), [
    ((4, 5), True, False),
    ((4, 5, 1), True, False),
    ((4, 5, 2), True, True),
    ((4, 5, 3), False, False),
    ((4, 5, 4), False, True),
])  # fmt: skip
def test_arrays_of_every_kind(dtype, shape, gray, alpha):
    picture = as_picture(np.zeros(shape, dtype))
    assert picture.shape == (4, 5)
    assert picture.is_gray is gray
    assert (picture.alpha is not None) is alpha
    assert picture.pixels.dtype == dtype
    assert as_picture(picture) is picture


@pytest.mark.parametrize(("array", "message"), [
    (np.zeros((3,), np.uint8), "no picture"),
    (np.zeros((3, 4, 5), np.uint8), "no picture"),
    (np.zeros((0, 4), np.uint8), "holds no pixels"),
    (np.zeros((3, 4), np.int32), "type int32"),
    (np.zeros((3, 4), complex), "type complex128"),
    (np.full((3, 4), np.nan), "not finite"),
    (np.full((3, 4), 200.0), "expected 0 … 1"),
    (np.full((3, 4), -0.1), "expected 0 … 1"),
])  # fmt: skip
def test_arrays_that_are_refused(array, message):
    with pytest.raises(InputError, match=message):
        as_picture(array)


def test_other_byte_orders_booleans_and_half_floats():
    assert as_picture(np.array([[1, 2]], ">u2")).pixels.tolist() == [[1, 2]]
    assert as_picture(np.array([[True, False]])).pixels.tolist() == [[255, 0]]
    assert as_picture(np.zeros((2, 2), np.float16)).pixels.dtype == np.float32


def test_visible_is_none_when_everything_is():
    pixels = np.full((2, 2, 4), 255, np.uint8)
    assert as_picture(pixels).visible is None
    pixels[0, 0, 3] = 0
    assert as_picture(pixels).visible.tolist() == [[False, True], [True, True]]
