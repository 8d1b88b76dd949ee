"""Paths, and pictures of other libraries, wherever a picture is taken."""

import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import varcolor as vc
from varcolor.errors import FileError, InputError
from varcolor.image.picture import as_picture


class Tensor:
    """Behaves like a tensor of PyTorch: on a device, differentiated, channels first."""

    def __init__(self, array, dtype="torch.uint8", home=False, tracked=True):
        self.array, self.dtype, self.home, self.tracked = array, dtype, home, tracked
        self.shape = array.shape

    def detach(self):
        return Tensor(self.array, self.dtype, self.home, False)

    def cpu(self):
        return Tensor(self.array, self.dtype, True, self.tracked)

    def float(self):
        return Tensor(self.array.astype(np.float32), "torch.float32", self.home, self.tracked)

    def numpy(self):
        if not self.home or self.tracked:
            raise RuntimeError("Can't call numpy() on a Tensor on a device, or that requires grad")
        if self.dtype == "torch.bfloat16":
            raise TypeError("Got unsupported ScalarType BFloat16")
        return self.array

    def __array__(self, dtype=None, copy=None):
        return self.numpy()

    def __dlpack__(self, **options):
        raise RuntimeError("on another device")


class DataArray:
    """Behaves like an array of xarray."""

    def __init__(self, array, dims):
        self.array, self.dims, self.shape = array, dims, array.shape

    def __array__(self, dtype=None, copy=None):
        return self.array


class OnDevice:
    """Behaves like an array of CuPy, which never copies to the host by itself."""

    __cuda_array_interface__ = None

    def __init__(self, array):
        self.array, self.shape = array, array.shape

    def get(self):
        return self.array

    def __array__(self, dtype=None, copy=None):
        raise TypeError("Implicit conversion to a NumPy array is not allowed")


class DLPack:
    """Speaks DLPack, and nothing else."""

    def __init__(self, array):
        self.array = array

    def __dlpack__(self, **options):
        return self.array.__dlpack__(**options)

    def __dlpack_device__(self):
        return self.array.__dlpack_device__()


PHOTO = np.arange(6 * 7 * 3, dtype=np.uint8).reshape(6, 7, 3)
FIRST = np.ascontiguousarray(np.moveaxis(PHOTO, -1, 0))
GRAY = PHOTO[..., 0]


@pytest.mark.parametrize(
    ("image", "right"),
    [
        (Tensor(PHOTO), PHOTO),
        (Tensor(FIRST), PHOTO),
        (Tensor(FIRST[None]), PHOTO),
        (Tensor(GRAY), GRAY),
        (Tensor(GRAY[None]), GRAY),
        (Tensor(GRAY[None, None]), GRAY),
        (Tensor(FIRST / np.float32(255), "torch.bfloat16"), PHOTO / np.float32(255)),
        (DataArray(PHOTO, ("y", "x", "band")), PHOTO),
        (DataArray(FIRST, ("band", "y", "x")), PHOTO),
        (DataArray(GRAY, ("y", "x")), GRAY),
        (OnDevice(PHOTO), PHOTO),
        (DLPack(PHOTO), PHOTO),
        (Image.fromarray(PHOTO), PHOTO),
        (Image.fromarray(GRAY), GRAY),
        (memoryview(GRAY.copy()), GRAY),
        (PHOTO[::-1, ::-1], PHOTO[::-1, ::-1]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_pictures_of_other_libraries(image, right):
    np.testing.assert_array_equal(as_picture(image).pixels, right)


def test_pillow_modes_are_colours_not_indices():
    palette = Image.fromarray(PHOTO).convert("P")
    np.testing.assert_array_equal(as_picture(palette).pixels, np.asarray(palette.convert("RGB")))
    cmyk = Image.fromarray(PHOTO).convert("CMYK")
    assert as_picture(cmyk).alpha is None
    assert as_picture(Image.fromarray(GRAY > 20)).pixels.max() == 255
    clear = Image.fromarray(np.dstack([PHOTO, GRAY])).convert("RGBA")
    np.testing.assert_array_equal(as_picture(clear).alpha, GRAY)


def test_a_tensor_of_pytorch():
    torch = pytest.importorskip("torch")
    tensor = torch.from_numpy(FIRST.astype(np.float32) / 255).requires_grad_()
    for given in (tensor, tensor[None], tensor.permute(1, 2, 0)):
        np.testing.assert_array_equal(as_picture(given).pixels, PHOTO / np.float32(255))
    np.testing.assert_allclose(as_picture(tensor.bfloat16()).pixels, PHOTO / 255, atol=0.003)
    cues = vc.Cues.from_points(tensor, [(1, 1)], "#ff0000")
    assert vc.colorize(tensor, cues).rgb.shape == (6, 7, 3)


def test_no_library_is_imported_for_it():
    assert as_picture(Tensor(FIRST)).shape == (6, 7)
    source = Path(sys.modules["varcolor.image.accept"].__file__).read_text("utf-8")
    assert "import torch" not in source
    assert "import xarray" not in source


def test_arrays_of_numpy_have_their_channels_last():
    with pytest.raises(InputError, match=r"shape \(3, 6, 7\) is no picture"):
        as_picture(FIRST)
    with pytest.raises(InputError, match="is no picture"):
        as_picture(Tensor(np.zeros((2, 3, 6, 7), np.uint8)))


@pytest.mark.parametrize("high", [1.0000001, 1.00001, 1.0009])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_floats_a_rounding_step_outside_are_clipped(high, dtype):
    values = np.array([[0.5, high, -1e-7, 1 - high]], dtype)
    pixels = as_picture(values).pixels
    assert pixels.dtype == dtype
    assert pixels.min() == 0
    assert pixels.max() == 1
    assert pixels[0, 0] == 0.5
    assert values.max() > 1  # what was given is not changed


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (1.0011, r"1\.0011; .*np\.clip\(photo, 0, 1\)"),
        (-0.0011, r"-0\.0011 … 1; .*np\.clip"),
        (1.5, r"np\.clip\(photo, 0, 1\), or divide by the level of white"),
        (200.0, "divide by the level of white, photo / 255"),
        (60000.0, "photo / 65535"),
        (np.nan, "not finite"),
        (np.inf, "not finite"),
    ],
)
def test_floats_that_are_refused(value, message):
    with pytest.raises(InputError, match=message):
        as_picture(np.array([[0.5, 1.0, value]]))


@pytest.mark.parametrize(
    "nonsense", [None, 5, 2.5, {}, object(), b"photo.png", int, np.ndarray, [[1, 2], [3]], ["a"]]
)
def test_nonsense_is_told_what_to_give(nonsense):
    with pytest.raises(InputError, match="path|expected|type"):
        as_picture(nonsense)


@pytest.fixture
def paths(tmp_path, cat, cat_cues):
    vc.write(cat, tmp_path / "cat.png")
    vc.write(vc.to_gray(cat), tmp_path / "gray.png")
    marked = np.repeat(vc.to_gray(cat)[..., None], 3, axis=2)
    marked[cat_cues.at[:, 0], cat_cues.at[:, 1]] = (200, 30, 30)
    vc.write(marked, tmp_path / "marked.png")
    overlay = np.zeros((*cat.shape[:2], 4), np.uint8)
    overlay[5:9, 5:9] = (200, 30, 30, 255)
    vc.write(overlay, tmp_path / "overlay.png")
    return tmp_path


@pytest.mark.parametrize("kind", [str, Path])
def test_a_path_is_taken_wherever_a_picture_is(kind, paths, cat, cat_cues):
    gray, color = kind(paths / "gray.png"), kind(paths / "cat.png")
    level = vc.to_gray(cat)
    want = vc.colorize(level, cat_cues).rgb
    result = vc.colorize(gray, cat_cues)
    np.testing.assert_array_equal(result.rgb, want)
    assert result.picture.meta.source == str(gray)
    np.testing.assert_array_equal(vc.Session(gray).colorize(cat_cues).rgb, want)
    red = vc.Cues.from_marked(gray, kind(paths / "marked.png"))
    assert len(red) == len(cat_cues)
    assert len(vc.Cues.from_overlay(kind(paths / "overlay.png"))) == 16
    assert vc.Cues.from_points(gray, [(1, 1)], "#ff0000").shape == level.shape
    np.testing.assert_array_equal(vc.to_gray(color).pixels, level)
    assert vc.compare(color, cat, ["psnr"])["psnr"] == vc.compare(cat, color, ["psnr"])["psnr"]
    assert vc.recolor(color, red.select(np.arange(len(red)) < 3)).rgb.shape == cat.shape
    assert vc.encode(color, budget=100).gray.shape == level.shape
    given = {"method": "harmonic", "confidence": 0.05}
    with_prior = vc.colorize(level, cat_cues, prior=cat, **given).rgb
    np.testing.assert_array_equal(vc.colorize(gray, cat_cues, prior=color, **given).rgb, with_prior)
    trusted = vc.colorize(level, cat_cues, prior=cat, confidence=level, method="harmonic").rgb
    given = {"method": "harmonic", "confidence": gray, "start": color}
    np.testing.assert_allclose(
        vc.colorize(gray, cat_cues, prior=color, **given).rgb.astype(int), trusted, atol=1
    )
    assert vc.write(gray, paths / "again.png") == []
    cues = paths / "points.csv"
    cues.write_text("1,1,#ff0000\n")
    assert vc.read_cues(cues, gray).shape == level.shape


def test_a_path_that_is_no_picture_says_so(paths, cat_cues):
    with pytest.raises(FileError, match=r"nothing\.png: no such file"):
        vc.colorize(paths / "nothing.png", cat_cues)
    with pytest.raises(FileError, match=r"points\.txt: not a picture"):
        (paths / "points.txt").write_text("hello")
        vc.colorize(str(paths / "points.txt"), cat_cues)
    with pytest.raises(InputError, match="None is no picture; give a path"):
        vc.colorize(None, cat_cues)
    with pytest.raises(InputError, match="unknown prior 'gq'.*gp"):
        vc.colorize(paths / "gray.png", cat_cues, prior="gq")
    with pytest.raises(FileError, match=r"net\.png: no such file"):
        vc.colorize(paths / "gray.png", cat_cues, prior="net.png")
