"""ICC profiles against exact arithmetic: every curve, primaries, table, depth; and useless ones."""

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

import varcolor as vc
from tests.image import profiles
from varcolor.image.profile import icc
from varcolor.image.profile.icc import to_srgb
from varcolor.image.profile.recode import recode

#: Largest error allowed, in 1/255, beyond the rounding of 8-bit results.
TOLERANCE = 0.1

GRAY_CURVES = {
    "gamma 1.0": (profiles.power(1.0), lambda v: v),
    "gamma 1.8": (profiles.parametric(0, 1.8), lambda v: v**1.8),
    "gamma 2.2": (profiles.parametric(0, 2.2), lambda v: v**2.2),
    "gamma 2.19921875": (profiles.power(2.2), lambda v: v ** (round(2.2 * 256) / 256)),
    "gamma 2.4": (profiles.parametric(0, 2.4), lambda v: v**2.4),
    "L*": (profiles.table(profiles.lightness_decode), profiles.lightness_decode),
    "L* by formula": (
        profiles.parametric(3, 3.0, 1 / 1.16, 0.16 / 1.16, 100 / 903.2963, 0.08),
        profiles.lightness_decode,
    ),
    "dot gain 20 %": (
        profiles.table(lambda v: v**1.5 * 0.9 + 0.1 * v),
        lambda v: v**1.5 * 0.9 + 0.1 * v,
    ),
}
SPACES = {
    "AdobeRGB": (profiles.ADOBE_XY, profiles.D65_XY, 2.19921875),
    "ProPhoto": (profiles.PROPHOTO_XY, profiles.D50_XY, 1.8),
    "Display P3, gamma 2.2": (profiles.P3_XY, profiles.D65_XY, 2.2),
    "BT.2020, gamma 2.4": (profiles.BT2020_XY, profiles.D65_XY, 2.4),
    "sRGB primaries, gamma 1.8": (profiles.SRGB_XY, profiles.D65_XY, 1.8),
    "sRGB primaries, linear": (profiles.SRGB_XY, profiles.D65_XY, 1.0),
    "AdobeRGB primaries at D50": (profiles.ADOBE_XY, profiles.D50_XY, 2.2),
}
DEPTHS = [np.uint8, np.uint16, np.float32, np.float64]


def levels(dtype, shape, seed=0):
    """Random colours, a third of them in the shadows."""
    values = np.random.default_rng(seed).random(shape)
    values[: shape[0] // 3] **= 4
    white = np.iinfo(dtype).max if np.dtype(dtype).kind == "u" else 1
    stored = np.floor(values * white + 0.5) if white > 1 else values
    return stored.astype(dtype), white


def error(found, wanted, dtype):
    """Largest error in 1/255; less half a level where 8 bits round it."""
    white = np.iinfo(dtype).max if np.dtype(dtype).kind == "u" else 1
    off = np.abs(found.astype(np.float64) / white - wanted).max() * 255
    return max(off - 0.5, 0) if dtype == np.uint8 else off


@pytest.mark.parametrize("dtype", DEPTHS)
@pytest.mark.parametrize("name", GRAY_CURVES)
def test_grey_curves(name, dtype):
    tag, curve = GRAY_CURVES[name]
    pixels, white = levels(dtype, (60, 40))
    found, outside = to_srgb(pixels, profiles.gray_profile(tag), "gray")
    assert found.dtype == dtype
    assert outside == 0
    assert error(found, profiles.srgb_encode(curve(pixels / white)), dtype) < TOLERANCE


@pytest.mark.parametrize("dtype", DEPTHS)
@pytest.mark.parametrize("version", [2, 4])
@pytest.mark.parametrize("name", SPACES)
def test_curves_and_matrix(name, version, dtype):
    primaries, white_xy, gamma = SPACES[name]
    pixels, white = levels(dtype, (60, 40, 3))
    profile = profiles.matrix_profile(primaries, white_xy, profiles.parametric(0, gamma), version)
    found, outside = to_srgb(pixels, profile, "rgb")
    linear = (pixels / white) ** gamma @ profiles.to_srgb_matrix(primaries, white_xy).T
    assert found.dtype == dtype
    assert error(found, profiles.srgb_encode(np.clip(linear, 0, 1)), dtype) < TOLERANCE
    beyond = (profiles.srgb_encode(linear) < -0.5 / 255) | (
        profiles.srgb_encode(np.maximum(linear, 1)) > 1 + 0.5 / 255
    )
    assert outside == pytest.approx(beyond.any(axis=-1).mean(), abs=0.02)


@pytest.mark.parametrize(
    "curve",
    [
        profiles.table(profiles.srgb_decode),
        profiles.SRGB_CURVE,
        profiles.table(profiles.srgb_decode, 1024),
    ],
)
def test_display_p3(curve):
    pixels, white = levels(np.uint16, (60, 40, 3))
    found, _ = to_srgb(
        pixels, profiles.matrix_profile(profiles.P3_XY, profiles.D65_XY, curve), "rgb"
    )
    linear = (
        profiles.srgb_decode(pixels / white)
        @ profiles.to_srgb_matrix(profiles.P3_XY, profiles.D65_XY).T
    )
    assert error(found, profiles.srgb_encode(np.clip(linear, 0, 1)), np.uint16) < TOLERANCE


def test_each_channel_has_its_own_curve():
    gammas = np.array([1.4, 1.8, 2.6])
    curves = tuple(profiles.parametric(0, g) for g in gammas)
    pixels, white = levels(np.uint16, (60, 40, 3))
    found, _ = to_srgb(
        pixels, profiles.matrix_profile(profiles.ADOBE_XY, profiles.D65_XY, curves), "rgb"
    )
    linear = (pixels / white) ** gammas @ profiles.to_srgb_matrix(
        profiles.ADOBE_XY, profiles.D65_XY
    ).T
    assert error(found, profiles.srgb_encode(np.clip(linear, 0, 1)), np.uint16) < TOLERANCE


def lightness(v):
    """Linear in each channel, so that every interpolation gives the same."""
    return np.stack(
        [v @ [40.0, 40.0, 20.0], v @ [60.0, -70.0, 10.0], v @ [20.0, 40.0, -60.0]], axis=-1
    )


def paper(v):
    """Ink to Lab, linear in each ink."""
    return np.stack(
        [
            100 - v @ [20.0, 30.0, 10.0, 40.0],
            v @ [-40.0, 50.0, 0.0, 0.0],
            v @ [-30.0, 0.0, 60.0, 0.0],
        ],
        axis=-1,
    )


TABLES = {
    "16 bits": ("mft2", lambda v: v**1.8, lightness, 3, 6),
    "16 bits, fine": ("mft2", lambda v: v, lightness, 3, 11),
    "8 bits": ("mft1", lambda v: v, lightness, 3, 2),
    "version 4": ("mAB ", lambda v: v**2.2, lightness, 3, 6),
    "CMYK": ("mft2", lambda v: v, paper, 4, 3),
    "CMYK, version 4": ("mAB ", lambda v: v**1.2, paper, 4, 2),
}


@pytest.mark.parametrize("dtype", DEPTHS)
@pytest.mark.parametrize("name", TABLES)
def test_tables(name, dtype):
    kind, curve, function, channels, grid = TABLES[name]
    pixels, white = levels(dtype, (60, 40, channels))
    profile = profiles.lut_profile(kind, curve, function, channels, grid)
    found, _ = to_srgb(pixels, profile, "rgb" if channels == 3 else "cmyk")
    reference = profiles.lut_reference(
        pixels.reshape(-1, channels) / white, kind, curve, function, channels, grid
    )
    wanted = profiles.srgb_of_pcs(_compensated(reference, profile, channels)).reshape(60, 40, 3)
    assert error(found, wanted, dtype) < TOLERANCE


def _compensated(xyz, profile, channels):
    """Black point compensation as ICC.1 and lcms have it: scale about white."""
    kinds = next(v for v in TABLES.values() if profiles.lut_profile(*v) == profile)
    black = profiles.lut_reference(np.array([[0.0] * 3 if channels == 3 else [1.0] * 4]), *kinds)[0]
    lab_l = 116 * np.cbrt(black[1]) - 16
    if black[1] < 1e-6 or lab_l > 50:
        return xyz
    y = black[1]
    return xyz * (1 / (1 - y)) - profiles.D50 * (y / (1 - y))


@pytest.mark.parametrize("dtype", DEPTHS)
@pytest.mark.parametrize("kind", ["gray", "rgb"])
def test_own_curves_agree_with_lcms(kind, dtype):
    pixels, _ = levels(dtype, (60, 40, 3) if kind == "rgb" else (60, 40))
    for tag, _ in GRAY_CURVES.values():
        profile = (
            profiles.matrix_profile(profiles.PROPHOTO_XY, profiles.D50_XY, tag)
            if kind == "rgb"
            else profiles.gray_profile(tag)
        )
        own, _ = to_srgb(pixels, profile, kind)
        lcms, _ = recode(pixels, icc._by_lcms(profile, kind, kind))
        white = 1 if np.dtype(dtype).kind == "f" else np.iinfo(dtype).max
        off = np.abs(own.astype(np.float64) - lcms).max() / white * 255
        assert off <= (1 if dtype == np.uint8 else 0.15)


PARAMETRIC = {
    "1": (profiles.parametric(1, 2.2, 0.9, 0.1), lambda v: (0.9 * v + 0.1) ** 2.2),
    "2": (
        profiles.parametric(2, 2.0, 0.9, -0.1, 0.05),
        lambda v: np.where(v >= 0.1 / 0.9, (0.9 * v - 0.1) ** 2, 0) + 0.05,
    ),
    "3": (profiles.SRGB_CURVE, profiles.srgb_decode),
    "4": (
        profiles.parametric(4, 2.0, 0.8, 0.1, 0.2, 0.5, 0.02, 0.01),
        lambda v: np.where(v >= 0.5, (0.8 * v + 0.1) ** 2 + 0.02, 0.2 * v + 0.01),
    ),
    "none": (b"curv" + bytes(8), lambda v: v),
}


@pytest.mark.parametrize("name", PARAMETRIC)
def test_parametric_curves(name):
    tag, curve = PARAMETRIC[name]
    pixels, white = levels(np.uint16, (60, 40, 3))
    profile = profiles.matrix_profile(profiles.P3_XY, profiles.D65_XY, tag)
    found, _ = to_srgb(pixels, profile, "rgb")
    linear = curve(pixels / white) @ profiles.to_srgb_matrix(profiles.P3_XY, profiles.D65_XY).T
    assert error(found, profiles.srgb_encode(np.clip(linear, 0, 1)), np.uint16) < TOLERANCE


@pytest.mark.parametrize("size", [2, 26, 256, 1024, 4096])
@pytest.mark.parametrize("name", SPACES)
def test_tabulated_curves(name, size):
    primaries, white_xy, gamma = SPACES[name]
    pixels, white = levels(np.uint16, (60, 40, 3))
    nodes = np.linspace(0, 1, size)
    profile = profiles.matrix_profile(primaries, white_xy, profiles.table(lambda v: v**gamma, size))
    if size > 2 or gamma > 1:
        found, _ = to_srgb(pixels, profile, "rgb")
        samples = np.interp(pixels / white, nodes, np.round(nodes**gamma * 65535) / 65535)
        linear = samples @ profiles.to_srgb_matrix(primaries, white_xy).T
        assert error(found, profiles.srgb_encode(np.clip(linear, 0, 1)), np.uint16) < TOLERANCE


def test_large_8_bit_pictures_are_computed_once_a_colour():
    pixels, _ = levels(np.uint8, (700, 600, 3))
    profile = profiles.matrix_profile(profiles.P3_XY, profiles.D65_XY, profiles.parametric(0, 2.2))
    whole, outside = to_srgb(pixels, profile, "rgb")
    rows = [to_srgb(pixels[i : i + 100], profile, "rgb") for i in range(0, 700, 100)]
    np.testing.assert_array_equal(whole, np.concatenate([r[0] for r in rows]))
    assert outside == pytest.approx(np.mean([r[1] for r in rows]))


SRGB_LIKE = {
    "lcms, version 4": bytes(imagecodecs.cms_profile("srgb")),
    "Pillow": ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(),
    "version 2, 1024 steps": profiles.matrix_profile(
        profiles.SRGB_XY, profiles.D65_XY, profiles.table(profiles.srgb_decode, 1024)
    ),
    "version 2, 4096 steps": profiles.matrix_profile(
        profiles.SRGB_XY, profiles.D65_XY, profiles.table(profiles.srgb_decode)
    ),
    "version 4, formula": profiles.matrix_profile(
        profiles.SRGB_XY, profiles.D65_XY, profiles.SRGB_CURVE, 4
    ),
    "rounded to 4 digits": profiles.profile(
        {
            b"rXYZ": profiles.xyz_tag([0.4361, 0.2225, 0.0139]),
            b"gXYZ": profiles.xyz_tag([0.3851, 0.7169, 0.0971]),
            b"bXYZ": profiles.xyz_tag([0.1431, 0.0606, 0.7141]),
            **dict.fromkeys(
                [b"rTRC", b"gTRC", b"bTRC"], profiles.table(profiles.srgb_decode, 1024)
            ),
        }
    ),
}


@pytest.mark.parametrize("dtype", DEPTHS)
@pytest.mark.parametrize("name", SRGB_LIKE)
def test_srgb_profiles_leave_every_bit(name, dtype):
    pixels, _ = levels(dtype, (30, 20, 3))
    found, outside = to_srgb(pixels, SRGB_LIKE[name], "rgb")
    assert found is pixels
    assert outside is None
    assert to_srgb(pixels[..., 0], SRGB_LIKE[name], "gray")[1] is None
    gray = profiles.gray_profile(profiles.table(profiles.srgb_decode, 1024))
    assert to_srgb(pixels[..., 0], gray, "gray")[1] is None


def bump(v):
    """The sRGB curve but for waves that vanish at every 32nd of the way."""
    return np.clip(
        profiles.srgb_decode(v) + 0.03 * np.sin(32 * np.pi * v) ** 2 * v * (1 - v) * 4, 0, 1
    )


def test_a_profile_that_is_srgb_at_the_nodes_only_is_not_srgb():
    pixels, white = levels(np.uint16, (60, 40))
    found, outside = to_srgb(pixels, profiles.gray_profile(profiles.table(bump)), "gray")
    assert outside is not None
    assert error(found, profiles.srgb_encode(bump(pixels / white)), np.uint16) < TOLERANCE
    colors = np.repeat(pixels[..., None], 3, axis=-1)
    profile = profiles.matrix_profile(profiles.SRGB_XY, profiles.D65_XY, profiles.table(bump))
    assert to_srgb(colors, profile, "rgb")[1] is not None


@pytest.mark.parametrize("dtype", DEPTHS)
def test_greys_stay_grey(dtype):
    ramp = np.linspace(0, 1, 1000)
    white = np.iinfo(dtype).max if np.dtype(dtype).kind == "u" else 1
    pixels = np.repeat((ramp * white).astype(dtype)[None, :, None], 3, axis=2)
    profile = profiles.matrix_profile(
        profiles.PROPHOTO_XY, profiles.D50_XY, profiles.parametric(0, 1.8)
    )
    found = to_srgb(pixels, profile, "rgb")[0].astype(np.float64) / white
    assert np.ptp(found, axis=-1).max() < (1.5 / white if white > 1 else 1e-4)


def test_an_rgb_profile_fits_a_grey_picture():
    pixels, white = levels(np.uint16, (60, 40))
    profile = profiles.matrix_profile(
        profiles.ADOBE_XY, profiles.D65_XY, profiles.parametric(0, 2.2)
    )
    found, _ = to_srgb(pixels, profile, "gray")
    assert found.ndim == 2
    assert error(found, profiles.srgb_encode((pixels / white) ** 2.2), np.uint16) < TOLERANCE


def test_float_pictures_with_a_linear_profile_are_clipped_and_counted(tmp_path):
    profile = profiles.matrix_profile(profiles.SRGB_XY, profiles.D65_XY, profiles.power(1.0))
    pixels = np.array([[[0.0, 0.5, 1.0], [-0.2, 0.2, 3.0], [1e-6, 1.0, 0.18]]], np.float32)
    tifffile.imwrite(tmp_path / "a.tif", pixels, iccprofile=profile, photometric="rgb")
    picture = vc.read(tmp_path / "a.tif")
    assert picture.pixels.dtype == np.float32
    wanted = profiles.srgb_encode(np.clip(pixels, 0, 1))
    np.testing.assert_allclose(picture.pixels, wanted, atol=TOLERANCE / 255)
    assert "33.3 % of the pixels" in picture.meta.notes[0]


@pytest.mark.parametrize("dtype", [np.float16, ">u2", ">f4"])
def test_half_floats_and_other_byte_orders(dtype):
    values = np.linspace(0, 1, 60, dtype=np.float32).reshape(4, 5, 3)
    white = 65535 if dtype == ">u2" else 1
    pixels = (values * white).astype(dtype)
    found, _ = to_srgb(pixels, GOOD, "rgb")
    assert found.dtype == (np.uint16 if dtype == ">u2" else np.float32)
    linear = (pixels.astype(float) / white) ** 2.2
    linear = linear @ profiles.to_srgb_matrix(profiles.ADOBE_XY, profiles.D65_XY).T
    wanted = profiles.srgb_encode(np.clip(linear, 0, 1))
    assert np.abs(found / white - wanted).max() * 255 < TOLERANCE


@pytest.mark.parametrize("dtype", [np.uint32, np.int16, np.int8])
def test_whole_numbers_of_other_types_are_converted_along_the_profile(tmp_path, dtype):
    top = np.iinfo(dtype).max
    pixels = np.round(np.linspace(0, 1, 90).reshape(6, 5, 3) * top).astype(dtype)
    tifffile.imwrite(tmp_path / "a.tif", pixels, photometric="rgb", iccprofile=GOOD)
    found = vc.read(tmp_path / "a.tif").as_float()
    linear = (pixels / top) ** 2.2
    linear = linear @ profiles.to_srgb_matrix(profiles.ADOBE_XY, profiles.D65_XY).T
    wanted = profiles.srgb_encode(np.clip(linear, 0, 1))
    assert np.abs(found - wanted).max() * 255 < (1.5 if dtype == np.int8 else TOLERANCE)


def header(**fields):
    """An RGB profile with some bytes of its header replaced."""
    data = bytearray(
        profiles.matrix_profile(profiles.ADOBE_XY, profiles.D65_XY, profiles.parametric(0, 2.2))
    )
    for place, value in ((int(k[1:]), v) for k, v in fields.items()):
        data[place : place + len(value)] = value
    return bytes(data)


GOOD = profiles.matrix_profile(profiles.ADOBE_XY, profiles.D65_XY, profiles.parametric(0, 2.2))
NOISE = np.random.default_rng(0).integers(0, 256, 4000, dtype=np.uint8).tobytes()
USELESS = {
    "grey": profiles.gray_profile(profiles.power(1.8)),
    "CMYK": profiles.lut_profile("mft2", lambda v: v, paper, 4, 2),
    "header only": GOOD[:128],
    "cut in the tags": GOOD[:200],
    "cut in the curves": GOOD[: len(GOOD) - 90],
    "empty": b"",
    "random bytes": NOISE,
    "random bytes behind a header": GOOD[:128] + NOISE,
    "zeros behind a header": GOOD[:128] + bytes(500),
    "no tags": profiles.profile({}),
    "no curves": profiles.profile({b"rXYZ": profiles.xyz_tag(profiles.D50)}),
    "abstract": header(_12=b"abst", _16=b"Lab "),
    "device link": header(_12=b"link"),
    "named colours": header(_12=b"nmcl"),
    "Lab": header(_16=b"Lab "),
    "unknown space": header(_16=b"5CLR"),
    "unknown connection space": header(_20=b"????"),
    "too many tags": GOOD[:128] + b"\xff\xff\xff\xff" + GOOD[132:],
    "tags outside": GOOD[:136] + b"\xff\xff\xff\xff\xff\xff\xff\xff" * 20 + GOOD[296:],
    "all black": profiles.profile(
        {
            **dict.fromkeys([b"rXYZ", b"gXYZ", b"bXYZ"], profiles.xyz_tag([0, 0, 0])),
            **dict.fromkeys([b"rTRC", b"gTRC", b"bTRC"], profiles.power(2.2)),
        }
    ),
}


@pytest.mark.parametrize("name", USELESS)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_useless_profiles_are_noted_and_left_out(tmp_path, name, dtype):
    pixels, _ = levels(dtype, (12, 10, 3))
    tifffile.imwrite(tmp_path / "a.tif", pixels, photometric="rgb")
    data = USELESS[name]
    if data:
        tifffile.imwrite(tmp_path / "a.tif", pixels, photometric="rgb", iccprofile=data)
        picture = vc.read(tmp_path / "a.tif")
        assert any("unusable ICC profile" in n and "as sRGB" in n for n in picture.meta.notes)
        np.testing.assert_array_equal(picture.pixels, pixels)
    with pytest.raises(ValueError, match="unusable ICC profile"):
        to_srgb(pixels, data, "rgb")


@pytest.mark.parametrize("seed", range(4))
def test_damaged_profiles_never_crash(seed):
    rng = np.random.default_rng(seed)
    pixels, _ = levels(np.uint16, (4, 5, 3))
    models = (
        GOOD,
        profiles.lut_profile("mft2", lambda v: v, lightness, 3, 2),
        profiles.lut_profile("mAB ", lambda v: v, lightness, 3, 2),
    )
    for _ in range(40):
        data = bytearray(models[rng.integers(3)])
        for place in rng.integers(0, 700, rng.integers(1, 12)) % len(data):
            data[place] = rng.integers(256)
        try:
            found, _ = to_srgb(pixels, bytes(data), "rgb")
        except ValueError:
            continue
        assert found.shape == pixels.shape
        assert found.dtype == pixels.dtype


def test_a_cmyk_picture_whose_profile_is_useless_is_refused(tmp_path):
    ink = np.zeros((8, 8, 4), np.uint8)
    Image.fromarray(ink, "CMYK").save(tmp_path / "a.jpg", icc_profile=GOOD)
    with pytest.raises(vc.errors.FileError, match="made for RGB, the picture is CMYK"):
        vc.read(tmp_path / "a.jpg")


@pytest.mark.parametrize("extension", ["png", "jpg", "tif", "webp", "avif"])
def test_profiles_are_read_from_every_format(tmp_path, cat, extension):
    options = {"webp": {"lossless": True}, "jpg": {"quality": 100}, "avif": {"quality": 100}}
    plain, file = tmp_path / f"plain.{extension}", tmp_path / f"a.{extension}"
    Image.fromarray(cat).save(plain, **options.get(extension, {}))
    Image.fromarray(cat).save(file, icc_profile=GOOD, **options.get(extension, {}))
    stored = vc.read(plain).pixels
    wanted = profiles.srgb_encode(
        np.clip(
            (stored / 255) ** 2.2 @ profiles.to_srgb_matrix(profiles.ADOBE_XY, profiles.D65_XY).T,
            0,
            1,
        )
    )
    picture = vc.read(file)
    assert error(picture.pixels, wanted, np.uint8) < TOLERANCE
    assert picture.meta.profiled
    vc.write(picture, tmp_path / "b.png")
    again = vc.read(tmp_path / "b.png")
    np.testing.assert_array_equal(again.pixels, picture.pixels)
    assert again.meta.profiled
