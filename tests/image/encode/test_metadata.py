"""Metadata that a format cannot hold is left out with a note; the picture is always written."""

from __future__ import annotations

import math
import struct
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import tifffile
from PIL import Image

import varcolor as vc
from varcolor.errors import FileError
from varcolor.image.encode import encoders
from varcolor.image.encode.metadata import fitted, usable_resolution
from varcolor.image.formats import EXTENSIONS, FORMATS, require_size
from varcolor.image.picture import Meta, Picture

WRITTEN = ["png", "jpg", "tif", "webp", "avif", "jxl", "bmp"]


def exif(**texts):
    block = Image.Exif()
    for code, text in texts.items():
        block[int(code[1:])] = text
    return block.tobytes()


def artist(name):
    """Return a block with this artist, in bytes of any encoding."""
    head = b"Exif\0\0II*\0" + struct.pack("<IHHHIII", 8, 1, 315, 2, len(name) + 1, 26, 0)
    return head + name + b"\0"


BLOCKS = {
    "empty": b"",
    "no head": exif(t271="Agfa").removeprefix(b"Exif\0\0"),
    "long": exif(t270="x" * 100_000),
    "too long by one": artist(b"x" * 65501),
    "noise": b"Exif\0\0" + bytes(range(256)) * 3,
    "zeros": b"\0" * 50,
    "cut": exif(t271="Agfa Gevaert", t315="me myself")[:-10],
    "offset far away": b"Exif\0\0II*\0" + struct.pack("<I", 2**31),
    "a loop of folders": b"Exif\0\0II*\0" + struct.pack("<IHHHIII", 8, 1, 34665, 4, 1, 8, 8),
    "structure": b"Exif\0\0II*\0" + struct.pack("<IHHHI4sI", 8, 1, 256, 2, 4, b"bad\0", 0),
    "utf-8": artist("Åke Größe".encode()),
    "latin-1": artist("Åke Größe".encode("latin-1")),
    "zero bytes": exif(t315="a\0b", t270="\0"),
    "ISO date": exif(t306="2020-01-01T00:00:00Z"),
    "19 letters": exif(t306="2020-01-01T00:00:00"),
    "words": exif(t306="last summer"),
    "a date with a comma": exif(t306="2020:01:01, 10:00:00"),
    "an empty date": exif(t306=""),
    "blank date": exif(t306="    :  :     :  :  "),
}
DENSITIES = {
    "zero": (0.0, 0.0),
    "negative": (-72.0, 72.0),
    "infinite": (math.inf, 72.0),
    "not a number": (math.nan, math.nan),
    "1e9": (1e9, 1e9),
    "1e30": (1e30, 1e30),
    "tiny": (1e-9, 1e-9),
    "one tiny": (300.0, 1e-3),
    "70000": (70_000.0, 70_000.0),
    "fractions": (Fraction(300), Fraction(1, 3)),
    "one": (72.0,),
    "three": (72.0, 72.0, 72.0),
    "text": ("72", "dots"),
    "none": (None, None),
    "number": 72.0,
}


def picture(**meta):
    pixels = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    return Picture(pixels, None, Meta(profiled=True, **meta))


def is_there(file, extension):
    found = vc.read(file).pixels
    assert found.shape == (4, 4, 3)
    if extension not in ("jpg", "avif"):
        np.testing.assert_array_equal(found, picture().pixels)


@pytest.mark.parametrize("extension", WRITTEN)
@pytest.mark.parametrize("block", BLOCKS)
def test_no_exif_costs_the_picture(tmp_path, extension, block):
    file = tmp_path / f"a.{extension}"
    vc.write(picture(exif=BLOCKS[block]), file)
    is_there(file, extension)


@pytest.mark.parametrize("extension", WRITTEN)
@pytest.mark.parametrize("density", DENSITIES)
def test_no_resolution_costs_the_picture(tmp_path, extension, density):
    file = tmp_path / f"a.{extension}"
    notes = vc.write(picture(dpi=DENSITIES[density]), file)
    is_there(file, extension)
    lost = vc.read(file).meta.dpi is None and extension != "tif"  # read from 1 dpi on only
    if lost or usable_resolution(DENSITIES[density]) is None:
        assert any("resolution" in note for note in notes)


def test_what_is_left_out_is_named(tmp_path):
    def notes(extension, **meta):
        return " ".join(vc.write(picture(**meta), tmp_path / f"a.{extension}"))

    assert "EXIF of 100034 bytes is too long for JPEG" in notes("jpg", exif=BLOCKS["long"])
    assert "EXIF of" in notes("jpg", exif=BLOCKS["too long by one"])
    assert "date '2020-01-01T00:00:00Z'" in notes("tif", exif=BLOCKS["ISO date"])
    assert "the date" in notes("tif", exif=BLOCKS["19 letters"])
    assert "the artist is no plain text" in notes("tif", exif=BLOCKS["utf-8"])
    assert "1e+09 x 1e+09 dpi" in notes("png", dpi=(1e9, 1e9))
    assert "resolution 70000 x 70000 dpi" in notes("jpg", dpi=(70_000.0, 70_000.0))
    assert "EXIF cannot be stored in BMP" in notes("bmp", exif=BLOCKS["words"])


def test_what_fits_is_kept(tmp_path):
    block = exif(t271="Agfa", t306="1968:07:21 10:00:00", t270="a cat")
    vc.write(picture(exif=block, dpi=(300.0, 200.0)), tmp_path / "a.tif")
    with tifffile.TiffFile(tmp_path / "a.tif") as file:
        tags = file.pages[0].tags
        assert tags[271].value == "Agfa"
        assert tags[306].value == "1968:07:21 10:00:00"
        assert tags[270].value == "a cat"
    vc.write(picture(exif=BLOCKS["latin-1"]), tmp_path / "a.tif")
    with tifffile.TiffFile(tmp_path / "a.tif") as file:
        assert 315 not in file.pages[0].tags
    longest = artist(b"x" * 65500)
    assert len(longest) == 65533
    notes = vc.write(picture(exif=longest, dpi=(1e9, 1e9)), tmp_path / "a.jpg")
    assert not any("EXIF" in note for note in notes)
    with Image.open(tmp_path / "a.jpg") as image:
        assert len(image.getexif()[315]) == 65500
        assert image.info["icc_profile"]


@pytest.mark.parametrize("lost", ["exif", "dpi", "profiled"])
def test_whatever_an_encoder_refuses_is_left_out(tmp_path, monkeypatch, lost):
    whole = picture(exif=exif(t271="Agfa"), dpi=(300.0, 300.0))
    real = encoders.ENCODERS["PNG"]

    def fussy(stored, quality):
        if getattr(stored.meta, lost):
            raise RuntimeError("I do not like it")
        return real(stored, quality)

    monkeypatch.setitem(encoders.ENCODERS, "PNG", fussy)
    (note,) = vc.write(whole, tmp_path / "a.png")
    assert "I do not like it" in note
    meta = vc.read(tmp_path / "a.png").meta
    kept = {"exif": meta.exif is not None, "dpi": meta.dpi is not None, "profiled": meta.profiled}
    assert kept == {name: name != lost for name in kept}


def test_an_encoder_that_refuses_everything(tmp_path, monkeypatch):
    def broken(*_):
        raise OSError("broken data stream when writing image file")

    monkeypatch.setitem(encoders.ENCODERS, "PNG", broken)
    with pytest.raises(FileError, match=r"a\.png: cannot be written as PNG \(broken data"):
        vc.write(picture(exif=exif(t271="Agfa")), tmp_path / "a.png")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("density", DENSITIES)
def test_an_encoded_photo_with_any_resolution(tmp_path, density):
    photo = picture(dpi=DENSITIES[density], exif=BLOCKS["noise"])
    ir = vc.encode(photo, budget=0)
    back = vc.IR.from_bytes(ir.to_bytes())
    np.testing.assert_array_equal(back.gray, ir.gray)
    known = usable_resolution(photo.meta.dpi)
    assert back.picture.meta.dpi == known
    assert any("resolution" in note for note in ir.notes) == (known is None)
    ir.save(tmp_path / "a.vcc")
    assert vc.IR.load(tmp_path / "a.vcc").gray.shape == (4, 4)


def test_fitted_changes_nothing_that_fits():
    meta = Meta(exif=exif(t271="Agfa"), dpi=(300.0, 300.0), profiled=True)
    for name in ("PNG", "JPEG", "TIFF", "WebP", "AVIF"):
        assert fitted(meta, FORMATS[name]) == (meta, [])


SIDES = {"png": 1_000_000, "jpg": 65_500, "webp": 16_383, "avif": 32_768}


@pytest.mark.parametrize("extension", SIDES)
@pytest.mark.parametrize("tall", [False, True])
def test_the_largest_side_is_written_and_read(tmp_path, extension, tall):
    side = SIDES[extension]
    assert EXTENSIONS[f".{extension}"].max_side == side
    shape = (side, 2) if tall else (2, side)
    pixels = (np.arange(2 * side) % 251).astype(np.uint8).reshape(shape)
    vc.write(pixels, tmp_path / f"a.{extension}")
    assert vc.read(tmp_path / f"a.{extension}").shape == shape
    more = np.zeros((side + 1, 1) if tall else (1, side + 1), np.uint8)
    with pytest.raises(FileError, match=rf"a\.{extension}: .* at most .*; use .*TIFF, .*JPEG XL"):
        vc.write(more, tmp_path / f"a.{extension}")


@pytest.mark.parametrize("extension", ["tif", "jxl", "bmp"])
def test_formats_without_a_narrow_limit(tmp_path, extension):
    pixels = (np.arange(300_000) % 251).astype(np.uint8)[None]
    vc.write(pixels, tmp_path / f"a.{extension}")
    np.testing.assert_array_equal(vc.read(tmp_path / f"a.{extension}").pixels, pixels)


@pytest.mark.parametrize(
    ("name", "shape", "fits"),
    [
        ("AVIF", (16_384, 16_384), True),
        ("AVIF", (16_385, 16_384), False),
        ("AVIF", (32_768, 8192), True),
        ("AVIF", (32_768, 8193), False),
        ("BMP", (40_000, 40_000), False),
        ("JPEG", (65_500, 65_500), True),
        ("TIFF", (200_000, 200_000), True),
        ("PNG", (1_000_001, 1), False),
        ("WebP", (1, 16_384), False),
        ("JPEG XL", (1 << 30, 1), True),
    ],
)
def test_limits(name, shape, fits):
    if fits:
        require_size(shape, FORMATS[name], "x")
        return
    with pytest.raises(FileError, match=f"^x: {name} holds at most") as caught:
        require_size(shape, FORMATS[name], "x")
    advised = str(caught.value).split("; use ")[1].split(", ")
    assert advised
    assert all(FORMATS[other].holds(shape) for other in advised)


def test_the_alpha_counts_for_large_tiff_files(tmp_path, monkeypatch):
    seen = {}
    monkeypatch.setattr(tifffile, "imwrite", lambda buffer, pixels, **o: seen.update(o, p=pixels))
    huge = np.broadcast_to(np.zeros((1, 1, 1), np.uint8), (30_000, 30_000, 4))
    monkeypatch.setattr(encoders, "_channels", lambda _: huge)
    encoders._encode_tiff(replace(picture(), alpha=np.zeros((4, 4), np.uint8)), None)
    assert seen["bigtiff"]
