"""Every kind of file that is read, against the levels that were stored; and what is not read."""

from __future__ import annotations

import importlib.util
import io
import struct

import imagecodecs
import numpy as np
import pytest
from PIL import Image

import varcolor as vc
from tests.image import builders, samples
from varcolor.errors import FileError
from varcolor.image.read import parse

HEIC = importlib.util.find_spec("pillow_heif") is not None


def check(sample):
    picture = parse(sample.build(), sample.name)
    wanted = sample.levels
    white = 1 if wanted.dtype.kind == "f" else np.iinfo(wanted.dtype).max
    assert picture.pixels.shape == wanted.shape
    if wanted.dtype.kind == "u":
        assert picture.pixels.dtype == wanted.dtype
    error = np.abs(picture.pixels / picture.maximum - wanted / white).max() * 255
    assert error <= sample.error + 1e-12
    assert (picture.alpha is not None) == sample.alpha
    return picture


@pytest.mark.parametrize("sample", tuple(samples.samples()), ids=lambda s: s.name.replace(" ", "-"))
def test_files_give_the_levels_that_were_stored(sample):
    check(sample)


@pytest.mark.skipif(not HEIC, reason="pillow-heif is not installed: pip install 'varcolor[heic]'")
def test_heic_files():
    kinds = [check(sample).pixels.dtype for sample in samples.heic_samples()]
    assert kinds == [np.uint8, np.uint16, np.uint8]


def test_heic_without_its_package_names_the_extra(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pillow_heif", None)
    with pytest.raises(FileError, match=r"photo.*pip install 'varcolor\[heic\]'"):
        parse(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(200), "photo")


def test_heic_orientation_is_applied_once():
    pillow_heif = pytest.importorskip("pillow_heif", reason="pillow-heif is not installed")
    rgb = builders.smooth(builders.rgb8(), 8)
    exif = Image.Exif()
    exif[0x0112] = 6
    buffer = io.BytesIO()
    image = pillow_heif.from_bytes("RGB", rgb.shape[1::-1], rgb.tobytes())
    image.save(buffer, quality=-1, exif=exif.tobytes())
    picture = parse(buffer.getvalue(), "x")
    # Only the container's own rotation counts; what the decoder gives is upright.
    wanted = np.asarray(pillow_heif.open_heif(buffer.getvalue()).to_pillow())
    np.testing.assert_array_equal(picture.pixels, wanted)


@pytest.mark.parametrize("kind", ["gif", "webp", "jxl", "apng"])
def test_animations_give_their_first_frame_and_say_so(kind):
    rgb = builders.rgb8() // 51 * 51
    if kind == "jxl":
        data = bytes(imagecodecs.jpegxl_encode(np.stack([rgb, rgb[::-1]]), lossless=True))
    else:
        buffer = io.BytesIO()
        name = {"gif": "GIF", "webp": "WEBP", "apng": "PNG"}[kind]
        more = {"save_all": True, "append_images": [Image.fromarray(rgb[::-1])]}
        options = {"lossless": True} if kind == "webp" else {}
        Image.fromarray(rgb).save(buffer, name, **more, **options)
        data = buffer.getvalue()
    picture = parse(data, "x")
    np.testing.assert_array_equal(picture.pixels, rgb)
    assert "first" in " ".join(picture.meta.notes)


def test_float_tiffs_that_leave_0_to_1():
    values = (builders.rgb8() / 250.0 - 0.005).astype(np.float32)
    picture = parse(builders.tiff(values, photometric="rgb"), "x")
    np.testing.assert_array_equal(picture.pixels, np.clip(values, 0, 1))
    assert "cut to 0 … 1" in " ".join(picture.meta.notes)
    with pytest.raises(FileError, match=r"0 … 255.*divide by the level of white"):
        parse(builders.tiff(builders.rgb8().astype(np.float32), photometric="rgb"), "x")
    values[0, 0] = np.nan
    with pytest.raises(FileError, match="not finite"):
        parse(builders.tiff(values, photometric="rgb"), "x")


def test_signed_values_below_0_are_not_supported():
    with pytest.raises(FileError, match="signed samples below 0 is not supported"):
        parse(builders.tiff(np.full((4, 4), -3, np.int16), photometric="minisblack"), "x")


def test_lossless_jpeg_keeps_profile_exif_and_resolution():
    deep = builders.rgb16()
    plain = bytes(imagecodecs.jpeg8_encode(deep, lossless=True, bitspersample=16))
    exif = Image.Exif()
    exif[0x010E], exif[0x0112] = "a letter", 6
    profile = imagecodecs.cms_profile("srgb")
    segments = (
        struct.pack(">HH", 0xFFE0, 16) + b"JFIF\0\1\2\1" + struct.pack(">HHBB", 300, 300, 0, 0)
    )
    for marker, body in (
        (0xFFE1, b"Exif\0\0" + exif.tobytes().removeprefix(b"Exif\0\0")),
        (0xFFE2, b"ICC_PROFILE\0\1\1" + profile),
    ):
        segments += struct.pack(">HH", marker, len(body) + 2) + body
    picture = parse(plain[:2] + segments + plain[2:], "x")
    np.testing.assert_array_equal(picture.pixels, np.rot90(deep, -1))
    assert picture.meta.profiled
    assert picture.meta.dpi == (300, 300)
    saved = Image.Exif()
    saved.load(picture.meta.exif)
    assert dict(saved) == {0x010E: "a letter"}


FOREIGN = {
    "psd": (b"8BPS\0\1" + bytes(40), "Photoshop.*not supported"),
    "xcf": (b"gimp xcf v011" + bytes(40), "GIMP.*not supported"),
    "exr": (b"\x76\x2f\x31\x01" + bytes(40), "OpenEXR.*not supported"),
    "hdr": (b"#?RADIANCE\n" + bytes(40), "Radiance.*not supported"),
    "pdf": (b"%PDF-1.7\n" + bytes(40), "PDF.*not supported"),
    "svg": (b'<?xml version="1.0"?>\n<svg xmlns="x"></svg>', "SVG.*not supported"),
    "svg-bare": (b"<svg></svg>", "SVG.*not supported"),
    "cr2": (b"II*\0\x10\0\0\0CR\2\0" + bytes(4) + b"\1\0" + bytes(60), "raw camera.*not supported"),
    "cr3": (b"\0\0\0\x18ftypcrx \0\0\0\1crx isom" + bytes(40), "raw camera.*not supported"),
    "raf": (b"FUJIFILMCCD-RAW 0201" + bytes(40), "raw camera.*not supported"),
    "orf": (b"IIRO\x08\0\0\0" + bytes(40), "raw camera.*not supported"),
    "rw2": (b"IIU\0\x18\0\0\0" + bytes(40), "raw camera.*not supported"),
    "dng": (builders.raw_tiff(builders.page(t50706=(1, [1, 4, 0, 0])), bytes(256)),
            "raw camera.*not supported"),
    "nef": (builders.raw_tiff(builders.page(t254=(4, [1]), t330=(4, [8])), bytes(256)),
            "raw camera.*not supported"),
    "cfa": (builders.raw_tiff(builders.page(t262=(3, [32803])), bytes(256)),
            "raw camera.*not supported"),
    "jxr": (b"II\xbc\1" + bytes(40), "JPEG XR.*not supported"),
    "jpeg-ls": (b"\xff\xd8\xff\xf7\0\x0b\x08\0\x10\0\x10\1\1\x11\0" + bytes(20),
                "JPEG-LS.*not supported"),
    "mp4": (b"\0\0\0\x18ftypisom\0\0\0\1isomavc1" + bytes(40), "video.*not supported"),
    "zip": (b"PK\3\4" + bytes(40), "ZIP.*not supported"),
    "ico": (b"\0\0\1\0\1\0" + bytes(40), "ICO.*not supported"),
    "html": (b"<!DOCTYPE html>\n<html><body>404</body></html>", "web page.*download"),
    "lfs": (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", "git lfs pull"),
    "text": (b"hello", "not a picture, but text"),
    "zeros": (bytes(500), "nothing but zeros"),
    "noise": (np.random.default_rng(5).bytes(300), "not a picture"),
    "lerc": (builders.raw_tiff(builders.page(t259=(3, [34887])), bytes(256)),
             r"LERC.*not supported"),
    "complex": (builders.tiff(np.ones((4, 4), np.complex64), photometric="minisblack"),
                "not supported"),
}  # fmt: skip


@pytest.mark.parametrize("name", FOREIGN)
def test_what_is_not_read_is_never_called_broken(name):
    data, message = FOREIGN[name]
    with pytest.raises(FileError, match=f"(?s)photo.jpg: .*{message}") as error:
        parse(data, "photo.jpg")
    assert "broken" not in str(error.value)
    assert "damaged" not in str(error.value)


@pytest.mark.parametrize("extension", ["gif", "jp2", "pgm", "heic"])
def test_formats_that_are_only_read_give_png(tmp_path, cat, extension):
    from varcolor.batch.naming import target_for

    with pytest.raises(FileError, match=r"only read.*\.png"):
        vc.write(cat, tmp_path / f"a.{extension}")
    photo = tmp_path / f"old.{extension}"
    assert target_for(photo, None, "error", [photo]) == tmp_path / "old.colour.png"


def test_pictures_above_the_limit_of_pillow_leave_its_global_alone(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    rgb = builders.rgb8()
    for extension in ("PNG", "BMP", "GIF", "JPEG", "AVIF"):
        assert parse(builders.pillow(rgb, extension), extension).shape == (24, 32)
    data = bytes(imagecodecs.avif_encode(builders.rgb16() >> 6, level=90, bitspersample=10))
    assert parse(data, "x").shape == (24, 32)
    assert parse(bytes(imagecodecs.png_encode(builders.rgb16())), "x").shape == (24, 32)
    from varcolor.ir.gray import declared_shape, pack_lossy

    assert declared_shape(pack_lossy(builders.gray8(), 50)) == (24, 32)
    assert Image.MAX_IMAGE_PIXELS == 100


def test_arithmetic_coding():
    # A frame of two blocks whose every decision is the likelier one: a flat mid grey.
    table = b"\xff\xdb" + struct.pack(">HB", 67, 0) + bytes([1] * 64)
    frame = b"\xff\xc9" + struct.pack(">HBHHB", 11, 8, 8, 16, 1) + b"\1\x11\0"
    scan = b"\xff\xda" + struct.pack(">HB", 8, 1) + b"\1\0\0\x3f\0" + b"\x40\0"
    picture = parse(b"\xff\xd8" + table + frame + scan + b"\xff\xd9", "x")
    np.testing.assert_array_equal(picture.pixels, np.full((8, 16), 128))
