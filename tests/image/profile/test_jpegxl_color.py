"""Colours of JPEG XL: every encoding of the header, packed profiles, and damage."""

import imagecodecs
import numpy as np
import pytest

import varcolor as vc
from tests.image import profiles
from tests.image.jpegxl_files import (
    WITH_ADOBE_PROFILE,
    WITH_TABLE_PROFILE,
    encoding,
    jpegxl,
    lossy_with_profile,
)
from tests.image.profile.test_png_color import bt709, pq
from varcolor.image import read
from varcolor.image.profile import jpegxl_color, jpegxl_profile
from varcolor.image.profile.jpegxl_bits import Bits
from varcolor.image.profile.jpegxl_entropy import _Ans
from varcolor.image.profile.jpegxl_prefix import Prefix

TOLERANCE = 0.1
ADOBE = profiles.matrix_profile(profiles.ADOBE_XY, profiles.D65_XY, profiles.parametric(0, 2.2))
TABLE = profiles.matrix_profile(
    profiles.P3_XY, profiles.D65_XY, profiles.table(profiles.srgb_decode, 1024)
)
D65, E, DCI = profiles.D65_XY, (1 / 3, 1 / 3), (0.314, 0.351)

ENCODINGS = {
    "Display P3": (encoding(11), profiles.P3_XY, D65, profiles.srgb_decode),
    "DCI P3": (encoding(11, 11, 17), profiles.P3_XY, DCI, lambda v: 52.37 / 48 * v**2.6),
    "BT.2100 with the BT.709 curve": (encoding(9, 1, 1), profiles.BT2020_XY, D65, bt709),
    "linear BT.2100": (encoding(9, 1, 8), profiles.BT2020_XY, D65, lambda v: v),
    "PQ": (encoding(9, 1, 16), profiles.BT2020_XY, D65, pq),
    "gamma 2.2": (encoding(1, 1, gamma=1 / 2.2), profiles.SRGB_XY, D65, lambda v: v**2.2),
    "gamma 1.8": (encoding(1, 1, gamma=1 / 1.8), profiles.SRGB_XY, D65, lambda v: v**1.8),
    "white E": (encoding(1, 10), profiles.SRGB_XY, E, profiles.srgb_decode),
    "AdobeRGB": (
        encoding(profiles.ADOBE_XY, 1, gamma=1 / 2.2),
        profiles.ADOBE_XY,
        D65,
        lambda v: v**2.2,
    ),
    "ProPhoto": (
        encoding(profiles.PROPHOTO_XY, profiles.D50_XY, gamma=1 / 1.8),
        profiles.PROPHOTO_XY,
        profiles.D50_XY,
        lambda v: v**1.8,
    ),
}


def colors():
    values = np.random.default_rng(2).integers(0, 256, (24, 20, 3))
    values[:8] //= 8
    return values.astype(np.uint8)


def error(picture, wanted):
    off = np.abs(picture.pixels / 255 - np.clip(wanted, 0, 1)).max() * 255
    return max(off - 0.5, 0)


def wanted_of(v, primaries, white, curve):
    linear = curve(v) @ profiles.to_srgb_matrix(primaries, white).T
    return profiles.srgb_encode(np.clip(linear, 0, 1))


@pytest.mark.parametrize("name", ENCODINGS)
def test_encodings(name):
    bits, primaries, white, curve = ENCODINGS[name]
    pixels = colors()
    data = jpegxl(pixels, bits)
    np.testing.assert_array_equal(imagecodecs.jpegxl_decode(data), pixels)
    picture = read.parse(data, "a.jxl")
    assert error(picture, wanted_of(pixels / 255, primaries, white, curve)) < TOLERANCE
    assert "JPEG XL colour encoding" in picture.meta.notes[0]


@pytest.mark.parametrize("gamma", [1 / 1.8, 1 / 2.6, 1.0])
def test_grey_encodings(gamma):
    pixels = np.arange(256, dtype=np.uint8).reshape(16, 16)
    picture = read.parse(jpegxl(pixels, encoding(gamma=gamma, gray=True)), "a.jxl")
    assert error(picture, profiles.srgb_encode((pixels / 255) ** (1 / gamma))) < TOLERANCE


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("shape", [(9, 8), (9, 8, 2), (9, 8, 3), (9, 8, 4)])
def test_what_varcolor_writes_is_marked_as_srgb(tmp_path, shape, dtype, rng):
    pixels = rng.integers(0, np.iinfo(dtype).max, shape, dtype=dtype)
    for quality in (None, 90):
        vc.write(pixels, tmp_path / "a.jxl", quality=quality)
        found = jpegxl_color.color((tmp_path / "a.jxl").read_bytes())
        assert found.encoding is None or found.encoding.is_srgb
        assert found.profile is None
        assert vc.read(tmp_path / "a.jxl").meta.notes == ()


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_16_bit_lossy_is_close(tmp_path, channels):
    y, x = np.mgrid[0:64, 0:64] / 63
    picture = np.stack([x, y, (x + y) / 2, 1 - x * y], axis=-1)[..., :channels]
    pixels = np.round(picture * 65535).astype(np.uint16)
    pixels = pixels[..., 0] if channels == 1 else pixels
    before = pixels.copy()
    vc.write(pixels, tmp_path / "a.jxl", quality=95)
    np.testing.assert_array_equal(pixels, before)
    found = vc.read(tmp_path / "a.jxl")
    stored = np.dstack([found.pixels, found.alpha]) if channels == 4 else found.pixels
    assert np.abs(stored.astype(float) - pixels).mean() / 257 < 1.5


def test_linear_float_pictures_are_converted():
    linear = np.random.default_rng(0).random((12, 10, 3)).astype(np.float32)
    picture = read.parse(jpegxl(linear), "a.jxl")
    np.testing.assert_allclose(picture.pixels, profiles.srgb_encode(linear), atol=1e-5)
    assert "linear light" in picture.meta.notes[0]


def test_16_bit_pictures_that_array_writers_mark_as_linear_are_kept_and_noted():
    pixels = np.random.default_rng(0).integers(0, 65536, (12, 10, 3), dtype=np.uint16)
    picture = read.parse(jpegxl(pixels), "a.jxl")
    np.testing.assert_array_equal(picture.pixels, pixels)
    assert "taken as sRGB" in picture.meta.notes[0]


@pytest.mark.parametrize(
    ("data", "profile"), [(WITH_ADOBE_PROFILE, ADOBE), (WITH_TABLE_PROFILE, TABLE)]
)
def test_packed_profiles(data, profile):
    assert jpegxl_profile.unpack(jpegxl_color.color(data).profile) == profile
    y, x = np.mgrid[0:16, 0:16]
    v = np.stack([17 * x, 17 * y, 8 * (x + y)], axis=-1) / 255
    picture = read.parse(data, "a.jxl")
    assert picture.meta.profiled
    if profile is ADOBE:
        wanted = wanted_of(v, profiles.ADOBE_XY, D65, lambda u: u**2.2)
    else:
        wanted = wanted_of(v, profiles.P3_XY, D65, profiles.srgb_decode)
    assert error(picture, wanted) < TOLERANCE


@pytest.mark.parametrize("data", [WITH_ADOBE_PROFILE, WITH_TABLE_PROFILE])
def test_damaged_profiles_are_noted_and_never_crash(data):
    rng = np.random.default_rng(0)
    for _ in range(150):
        broken = bytearray(data)
        for place in rng.integers(4, 240, rng.integers(1, 4)):
            broken[place] = rng.integers(256)
        icc, found, notes = jpegxl_color.of_pixels(bytes(broken), np.dtype(np.uint8))
        assert icc is None or found is None
        assert all("taken as sRGB" in note for note in notes)
    for length in range(2, len(data), 17):
        jpegxl_color.of_pixels(data[:length], np.dtype(np.uint8))


def test_lossy_pictures_with_a_profile_are_absolute():
    y, x = np.mgrid[0:64, 0:64]
    pixels = np.stack([4 * x, 4 * y, 2 * (x + y)], axis=-1).astype(np.uint8)
    picture = read.parse(lossy_with_profile(pixels), "a.jxl")
    assert np.abs(picture.pixels.astype(float) - pixels).mean() < 1
    assert np.abs(picture.pixels.astype(float) - pixels)[:8, :8].max() < 12  # the shadows


def test_prefix_codes_are_canonical():
    # Lengths 1, 2, 3, 3: codes 0, 10, 110, 111, first bit first.
    code = Prefix({7: 1, 3: 2, 1: 3, 9: 3})
    stream = Bits(bytes([0b111_011_01, 0b0]))  # 10, 110, 111, 0
    assert [code.symbol(stream, []) for _ in range(4)] == [3, 1, 9, 7]


@pytest.mark.parametrize("log_alphabet", [5, 8])
@pytest.mark.parametrize("counts", [[4096], [0, 4096], [1000, 3096], [1, 2, 3, 4090], [128] * 32])
def test_the_alias_table_gives_each_symbol_its_share(counts, log_alphabet):
    code = _Ans(counts, log_alphabet)
    found = [0] * len(counts)
    places = set()
    for low in range(4096):
        state = [1 << 28 | low]
        symbol = code.symbol(Bits(b"\0" * 4), state)
        found[symbol] += 1
        places.add((symbol, state[0] - counts[symbol] * (1 << 16)))
    assert found == counts
    assert len(places) == 4096
    assert all(0 <= offset < counts[symbol] for symbol, offset in places)
