"""PNG's colour chunks against exact arithmetic, and their order."""

import numpy as np
import pytest

import varcolor as vc
from tests.image import profiles
from tests.image.pngs import chrm, chunk, cicp, gama, iccp, png, sbit, srgb
from varcolor.image import read

TOLERANCE = 0.1
ADOBE = profiles.matrix_profile(profiles.ADOBE_XY, profiles.D65_XY, profiles.parametric(0, 2.2))


def bt709(v):
    a, b = 1.09929682680944, 0.018053968510807
    return np.where(v < 4.5 * b, v / 4.5, ((np.maximum(v, 0) + a - 1) / a) ** (1 / 0.45))


def pq(v):
    m1, m2, c1, c2, c3 = 0.1593017578125, 78.84375, 0.8359375, 18.8515625, 18.6875
    p = v ** (1 / m2)
    return 10000 / 203 * (np.maximum(p - c1, 0) / (c2 - c3 * p)) ** (1 / m1)


def hlg_gray(v):
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    return 1000 / 203 * np.where(v <= 0.5, v**2 / 3, (np.exp((v - c) / a) + b) / 12) ** 1.2


def values(dtype, shape):
    """Random colours, a third of them in the shadows, and their share of white."""
    v = np.random.default_rng(1).random(shape)
    v[: shape[0] // 3] **= 4
    white = np.iinfo(dtype).max
    stored = np.floor(v * white + 0.5).astype(dtype)
    return stored, stored / white


def parsed(pixels, *chunks):
    return read.parse(png(pixels, *chunks), "a.png")


def error(picture, wanted):
    white = np.iinfo(picture.pixels.dtype).max
    off = np.abs(picture.pixels / white - np.clip(wanted, 0, 1)).max() * 255
    return max(off - 0.5, 0) if white == 255 else off


def converted(v, curve, primaries=profiles.SRGB_XY, white=profiles.D65_XY):
    return profiles.srgb_encode(
        np.clip(curve(v) @ profiles.to_srgb_matrix(primaries, white).T, 0, 1)
    )


CICP = {
    "Display P3": (12, 13, profiles.P3_XY, profiles.D65_XY, profiles.srgb_decode),
    "BT.709": (1, 1, profiles.SRGB_XY, profiles.D65_XY, bt709),
    "BT.601, 525 lines": (
        6,
        6,
        ((0.63, 0.34), (0.31, 0.595), (0.155, 0.07)),
        profiles.D65_XY,
        bt709,
    ),
    "BT.2020, 10 bits": (9, 14, profiles.BT2020_XY, profiles.D65_XY, bt709),
    "BT.2020, 12 bits": (9, 15, profiles.BT2020_XY, profiles.D65_XY, bt709),
    "linear": (1, 8, profiles.SRGB_XY, profiles.D65_XY, lambda v: v),
    "linear BT.2020": (9, 8, profiles.BT2020_XY, profiles.D65_XY, lambda v: v),
    "gamma 2.2": (1, 4, profiles.SRGB_XY, profiles.D65_XY, lambda v: v**2.2),
    "gamma 2.8": (1, 5, profiles.SRGB_XY, profiles.D65_XY, lambda v: v**2.8),
    "NTSC 1953": (
        4,
        4,
        ((0.67, 0.33), (0.21, 0.71), (0.14, 0.08)),
        (0.31, 0.316),
        lambda v: v**2.2,
    ),
    "DCI P3": (11, 17, profiles.P3_XY, (0.314, 0.351), lambda v: 52.37 / 48 * v**2.6),
    "PQ": (9, 16, profiles.BT2020_XY, profiles.D65_XY, pq),
}


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("name", CICP)
def test_cicp(name, dtype):
    primaries, transfer, xy, white, curve = CICP[name]
    pixels, v = values(dtype, (30, 40, 3))
    picture = parsed(pixels, cicp(primaries, transfer))
    assert error(picture, converted(v, curve, xy, white)) < TOLERANCE
    assert "cICP" in picture.meta.notes[0]
    gray = parsed(pixels[..., 0], cicp(primaries, transfer))
    assert gray.is_gray
    assert error(gray, profiles.srgb_encode(np.clip(curve(v[..., 0]), 0, 1))) < TOLERANCE


def test_cicp_hlg():
    pixels, v = values(np.uint16, (30, 40))
    picture = parsed(pixels, cicp(9, 18))
    assert error(picture, profiles.srgb_encode(np.clip(hlg_gray(v), 0, 1))) < TOLERANCE
    assert "203 cd/m2" in picture.meta.notes[0]
    # 75 % HLG and 58 % PQ are reference white (BT.2408).
    for transfer, signal in ((16, 0.5807), (18, 0.75)):
        white = parsed(np.full((2, 2, 3), round(signal * 65535), np.uint16), cicp(9, transfer))
        assert white.pixels.min() > 65535 * 0.995


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_cicp_narrow_range(dtype):
    step = 1 if dtype == np.uint8 else 256
    v = np.array([[0.0, 0.25, 0.5, 1.0]])
    pixels = np.round((16 + 219 * v) * step).astype(dtype)
    pixels = np.concatenate([pixels, np.array([[0, 15 * step, 236 * step, 255 * step]], dtype)])
    picture = parsed(pixels, cicp(1, 13, full=0))
    wanted = np.clip((pixels / step - 16) / 219, 0, 1)
    assert error(picture, wanted) < TOLERANCE


def test_cicp_of_srgb_changes_nothing():
    pixels, _ = values(np.uint8, (30, 40, 3))
    picture = parsed(pixels, cicp(1, 13))
    np.testing.assert_array_equal(picture.pixels, pixels)
    assert picture.meta.notes == ()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("gamma", [1.0, 0.55556, 0.38462, 0.35, 0.5, 0.8])
def test_gama(gamma, dtype):
    pixels, v = values(dtype, (30, 40, 3))
    picture = parsed(pixels, gama(gamma))
    assert error(picture, profiles.srgb_encode(v ** (1 / gamma))) < TOLERANCE
    assert "gAMA" in picture.meta.notes[0]
    gray = parsed(pixels[..., 0], gama(gamma))
    assert error(gray, profiles.srgb_encode(v[..., 0] ** (1 / gamma))) < TOLERANCE


@pytest.mark.parametrize("gamma", [0.45455, 0.45454, 0.4545, 0.455, 0.45656])
def test_an_ordinary_gama_is_srgb(gamma):
    pixels, _ = values(np.uint8, (30, 40, 3))
    for chunks in ([gama(gamma)], [gama(gamma), chrm(profiles.SRGB_XY)], [chrm(profiles.SRGB_XY)]):
        picture = parsed(pixels, *chunks)
        np.testing.assert_array_equal(picture.pixels, pixels)
        assert picture.meta.notes == ()


CHRM = {
    "Display P3": (0.45455, profiles.P3_XY, profiles.D65_XY),
    "AdobeRGB": (0.45455, profiles.ADOBE_XY, profiles.D65_XY),
    "linear BT.2020": (1.0, profiles.BT2020_XY, profiles.D65_XY),
    "ProPhoto": (0.55556, profiles.PROPHOTO_XY, profiles.D50_XY),
    "sRGB primaries at D50": (1.0, profiles.SRGB_XY, profiles.D50_XY),
}


@pytest.mark.parametrize("name", CHRM)
def test_gama_with_chrm(name):
    gamma, primaries, white = CHRM[name]
    pixels, v = values(np.uint16, (30, 40, 3))
    picture = parsed(pixels, gama(gamma), chrm(primaries, white))
    wanted = converted(v, lambda u: u ** (1 / gamma), primaries, white)
    assert error(picture, wanted) < TOLERANCE
    assert "gAMA and cHRM" in picture.meta.notes[0]


def test_chrm_alone_keeps_the_srgb_curve():
    pixels, v = values(np.uint16, (30, 40, 3))
    picture = parsed(pixels, chrm(profiles.P3_XY))
    assert error(picture, converted(v, profiles.srgb_decode, profiles.P3_XY)) < TOLERANCE


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_the_order_is_cicp_iccp_srgb_gama(dtype):
    pixels, v = values(dtype, (30, 40, 3))
    p3 = converted(v, profiles.srgb_decode, profiles.P3_XY)
    adobe = converted(v, lambda u: u**2.2, profiles.ADOBE_XY)
    chunks = {
        "cICP": (cicp(12, 13), p3),
        "iCCP": (iccp(ADOBE), adobe),
        "sRGB": (srgb(), v),
        "gAMA": (gama(1.0), profiles.srgb_encode(v)),
    }
    names = list(chunks)
    for first, name in enumerate(names):
        present = [chunks[n][0] for n in names[first:]]
        for order in (present, present[::-1]):
            assert error(parsed(pixels, *order), chunks[name][1]) < TOLERANCE, name


@pytest.mark.parametrize("bits", [(5, 6, 5), (8, 8, 8), (1, 1, 1), (12, 12, 12)])
def test_sbit_changes_nothing(bits):
    dtype = np.uint16 if max(bits) > 8 else np.uint8
    pixels, _ = values(dtype, (30, 40, 3))
    picture = parsed(pixels, sbit(*bits))
    np.testing.assert_array_equal(picture.pixels, pixels)
    assert picture.meta.notes == ()


USELESS = {
    "cICP, YCbCr": (cicp(1, 13, matrix=1), "cICP"),
    "cICP, unknown primaries": (cicp(200, 13), "cICP"),
    "cICP, unknown transfer": (cicp(1, 99), "cICP"),
    "cICP, unspecified": (cicp(2, 2), "cICP"),
    "cICP, too short": (chunk(b"cICP", b"\1\15\0"), "cICP"),
    "cICP, range 7": (cicp(1, 13, full=7), "cICP"),
    "iCCP, not packed": (chunk(b"iCCP", b"a\0\0nothing packed"), "iCCP"),
    "iCCP, no name": (chunk(b"iCCP", b"\0\0\0"), "iCCP"),
    "iCCP, cut": (chunk(b"iCCP", iccp(ADOBE)[8:-60]), "iCCP"),
    "iCCP, no profile": (iccp(b"no profile" * 30), "ICC profile"),
    "iCCP, grey": (iccp(profiles.gray_profile(profiles.power(1.8))), "ICC profile"),
    "gAMA 0": (gama(0), "gAMA"),
    "gAMA, too short": (chunk(b"gAMA", b"\1"), "gAMA"),
    "gAMA, enormous": (chunk(b"gAMA", b"\xff" * 4), "gAMA"),
    "cHRM, all alike": (chrm(((0.3, 0.3),) * 3), "cHRM"),
    "cHRM, zeros": (chunk(b"cHRM", bytes(32)), "cHRM"),
    "cHRM, too short": (chunk(b"cHRM", bytes(31)), "cHRM"),
    "cHRM, impossible white": (chrm(profiles.P3_XY, (0.9, 0.9)), "cHRM"),
}


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("name", USELESS)
def test_useless_chunks_are_named_and_left_out(name, dtype):
    content, word = USELESS[name]
    pixels, _ = values(dtype, (12, 10, 3))
    picture = parsed(pixels, content)
    np.testing.assert_array_equal(picture.pixels, pixels)
    assert any(word in note for note in picture.meta.notes)


def test_a_useless_chunk_leaves_the_word_to_the_next():
    pixels, v = values(np.uint16, (30, 40, 3))
    picture = parsed(pixels, cicp(2, 2), gama(1.0))
    assert error(picture, profiles.srgb_encode(v)) < TOLERANCE
    assert len(picture.meta.notes) == 2


def test_chunks_with_a_wrong_checksum_do_not_count():
    pixels, _ = values(np.uint16, (12, 10, 3))
    picture = parsed(pixels, chunk(b"gAMA", b"\0\1\x86\xa0", checksum=1))
    np.testing.assert_array_equal(picture.pixels, pixels)


def test_a_profile_of_two_megabytes(tmp_path):
    large = profiles.lut_profile(
        "mft2",
        lambda v: v,
        lambda v: np.stack(
            [v @ [40.0, 40.0, 20.0], 60 * (v[:, 0] - v[:, 1]), 50 * (v[:, 1] - v[:, 2])], axis=-1
        ),
        grid=70,
    )
    assert len(large) > 2_000_000
    for dtype in (np.uint8, np.uint16):
        pixels, _ = values(dtype, (12, 10, 3))
        picture = parsed(pixels, iccp(large))
        assert picture.meta.profiled
        assert "ICC" in picture.meta.notes[0]


def test_what_was_converted_is_written_as_srgb(tmp_path):
    pixels, _ = values(np.uint16, (30, 40, 3))
    picture = parsed(pixels, cicp(12, 13))
    vc.write(picture, tmp_path / "a.png")
    data = (tmp_path / "a.png").read_bytes()
    assert b"cICP" not in data
    assert b"iCCP" in data
    again = vc.read(tmp_path / "a.png")
    np.testing.assert_array_equal(again.pixels, picture.pixels)
    assert again.meta.notes == ()


def test_alpha_is_not_touched():
    pixels, v = values(np.uint16, (30, 40, 4))
    picture = parsed(pixels, gama(1.0))
    np.testing.assert_array_equal(picture.alpha, pixels[..., 3])
    assert error(picture, profiles.srgb_encode(v[..., :3])) < TOLERANCE
