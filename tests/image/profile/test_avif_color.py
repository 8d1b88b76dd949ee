"""AVIF: nclx colours, 12 bits written and read again, EXIF beside them, damage."""

import io

import imagecodecs
import numpy as np
import pytest
from PIL import Image

import varcolor as vc
from tests.image import profiles
from tests.image.profile.test_png_color import CICP, hlg_gray
from varcolor.image import read
from varcolor.image.picture import Meta
from varcolor.image.profile import isobmff

TOLERANCE = 0.1


def avif(pixels, primaries=1, transfer=13, bits=None, matrix=0):
    """A lossless AVIF file with nclx colours."""
    return bytes(
        imagecodecs.avif_encode(
            np.ascontiguousarray(pixels),
            100,
            speed=10,
            bitspersample=bits,
            pixelformat="444" if pixels.ndim == 3 else "400",
            primaries=primaries,
            transfer=transfer,
            matrix=matrix if pixels.ndim == 3 else 6,
        )
    )


@pytest.fixture
def colors():
    values = np.random.default_rng(3).integers(0, 4096, (24, 20, 3), dtype=np.uint16)
    values[:8] //= 16
    return values


def smooth(channels, size=64):
    y, x = np.mgrid[0:size, 0:size] / (size - 1)
    values = np.stack([x, y, (x + y) / 2, 1 - x * y], axis=-1)[..., :channels]
    pixels = np.round(values * 65535).astype(np.uint16)
    return pixels[..., 0] if channels == 1 else pixels


@pytest.mark.parametrize("name", CICP)
def test_nclx_of_12_bits(name, colors):
    primaries, transfer, xy, white, curve = CICP[name]
    picture = read.parse(avif(colors, primaries, transfer, 12), "a.avif")
    linear = curve(colors / 4095) @ profiles.to_srgb_matrix(xy, white).T
    wanted = profiles.srgb_encode(np.clip(linear, 0, 1))
    # 4095 parts are first read as 65535, then converted: PQ is steep enough to show it.
    allowed = 0.5 if name == "PQ" else TOLERANCE
    assert np.abs(picture.pixels / 65535 - wanted).max() * 255 < allowed
    assert any("nclx" in note for note in picture.meta.notes)


@pytest.mark.parametrize("name", ["Display P3", "linear", "gamma 2.8", "BT.2020, 10 bits"])
def test_nclx_of_8_bits(name, colors):
    primaries, transfer, xy, white, curve = CICP[name]
    pixels = (colors >> 4).astype(np.uint8)
    picture = read.parse(avif(pixels, primaries, transfer), "a.avif")
    linear = curve(pixels / 255) @ profiles.to_srgb_matrix(xy, white).T
    wanted = profiles.srgb_encode(np.clip(linear, 0, 1))
    assert np.abs(picture.pixels / 255 - wanted).max() * 255 < 0.5 + TOLERANCE


def test_nclx_of_greys(colors):
    gray = colors[..., 0]
    picture = read.parse(avif(gray, 9, 18, 12), "a.avif")
    assert picture.is_gray
    wanted = profiles.srgb_encode(np.clip(hlg_gray(gray / 4095), 0, 1))
    assert np.abs(picture.pixels / 65535 - wanted).max() * 255 < 0.5


@pytest.mark.parametrize(("primaries", "transfer"), [(1, 13), (2, 2), (2, 13), (1, 2)])
def test_srgb_and_unspecified_change_nothing(primaries, transfer, colors):
    picture = read.parse(avif(colors, primaries, transfer, 12), "a.avif")
    assert picture.meta.notes == ("12-bit AVIF: read as 16-bit",)
    np.testing.assert_array_equal(np.round(picture.pixels * (4095 / 65535)), colors)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("quality", [None, 50, 100])
def test_16_bit_pictures_are_written_with_12_bits(tmp_path, channels, quality):
    pixels = smooth(channels)
    notes = vc.write(pixels, tmp_path / "a.avif", quality=quality)
    assert "AVIF holds 12 bits: written with 12 instead of 16" in notes
    picture = vc.read(tmp_path / "a.avif")
    assert picture.pixels.dtype == np.uint16
    colors = pixels[..., 0] if channels == 2 else pixels[..., :3] if channels == 4 else pixels
    off = np.abs(picture.pixels.astype(float) - colors) / 257
    # At quality 100, and for greys, nothing but the rounding to 12 bits and YCbCr is lost.
    exact = quality == 100 or channels < 3
    assert off.max() < (0.15 if exact else 16)
    assert off.mean() < (0.06 if exact else 3)
    if channels in (2, 4):
        assert np.abs(picture.alpha.astype(float) - pixels[..., -1]).mean() / 257 < 3
    with Image.open(tmp_path / "a.avif") as image:
        assert image.size == (64, 64)
        shown = np.asarray(image.convert("RGB")).astype(float)
        levels = (colors if colors.ndim == 3 else colors[..., None]) / 257
        assert np.abs(shown - levels).mean() < (1 if exact else 4)


def test_floats_become_12_bits_and_8_bits_stay(tmp_path):
    values = (smooth(3) / 65535).astype(np.float32)
    notes = vc.write(values, tmp_path / "f.avif", quality=100)
    assert "AVIF holds no floats: written with 12 bits" in notes
    assert np.abs(vc.read(tmp_path / "f.avif").pixels / 65535 - values).max() * 255 < 0.2
    vc.write((smooth(3) >> 8).astype(np.uint8), tmp_path / "b.avif")
    assert vc.read(tmp_path / "b.avif").pixels.dtype == np.uint8


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_exif_travels_with_12_bits(tmp_path, channels):
    exif = Image.Exif()
    exif[0x010E] = "a description"
    exif[0x010F] = "Maker"
    picture = vc.Picture(smooth(min(channels, 3)), meta=Meta(exif=exif.tobytes()))
    if channels == 4:
        picture = vc.Picture(picture.pixels, smooth(1), picture.meta)
    vc.write(picture, tmp_path / "a.avif", quality=90)
    with Image.open(tmp_path / "a.avif") as image:
        image.load()
        assert dict(image.getexif()) == {0x010E: "a description", 0x010F: "Maker"}
    bare = vc.Picture(picture.pixels, picture.alpha)
    vc.write(bare, tmp_path / "b.avif", quality=90)
    found = vc.read(tmp_path / "a.avif")
    np.testing.assert_array_equal(found.pixels, vc.read(tmp_path / "b.avif").pixels)
    saved = Image.Exif()
    saved.load(found.meta.exif)
    assert saved[0x010E] == "a description"


def test_exif_is_not_added_to_strange_files():
    data = avif(smooth(3) >> 4, bits=12)
    for broken in (data[:40], b"\0\0\0\x08mdat" + data, data.replace(b"iloc", b"free")):
        with pytest.raises((ValueError, KeyError, StopIteration)):
            isobmff.with_exif(broken, b"II*\0")


def test_an_icc_profile_comes_before_nclx():
    profile = profiles.matrix_profile(
        profiles.ADOBE_XY, profiles.D65_XY, profiles.parametric(0, 2.2)
    )
    buffer = io.BytesIO()
    Image.fromarray((smooth(3) >> 8).astype(np.uint8)).save(buffer, "AVIF", icc_profile=profile)
    assert isobmff.encoding(buffer.getvalue()) is None
    notes = read.parse(buffer.getvalue(), "a.avif").meta.notes
    assert any("ICC" in note for note in notes)


def test_damaged_boxes_never_crash():
    data = avif(smooth(3) >> 4, 12, 13, 12)
    assert isobmff.encoding(data).name == "Display P3"
    end = data.index(b"mdat")
    rng = np.random.default_rng(0)
    for _ in range(400):
        broken = bytearray(data)
        for place in rng.integers(0, end, rng.integers(1, 6)):
            broken[place] = rng.integers(256)
        isobmff.encoding(bytes(broken))
    for length in range(0, end, 3):
        isobmff.encoding(data[:length])
