"""Files that lie about their size are refused early: little memory, little time, a clear message."""

from __future__ import annotations

import struct
import zlib

import imagecodecs
import numpy as np
import pytest

import varcolor as vc
from tests.image import builders
from tests.image.builders import page, raw_tiff
from tests.image.memory import costs
from varcolor.errors import FileError
from varcolor.image.decode import tiff_check
from varcolor.image.read import parse

PIXELS = bytes(range(256))
HUGE = {"t256": (4, [60_000]), "t257": (4, [60_000]), "t278": (4, [60_000])}


def tiled(**changes):
    """Return the tags of a page of one tile of 16 x 16."""
    tags = page(t322=(4, [16]), t323=(4, [16]), t324=(4, [8]), t325=(4, [256]), **changes)
    return {code: value for code, value in tags.items() if code not in (273, 278, 279)}


def nested(compression, data):
    """Return a page whose strip of 16 x 16 holds a picture of another size."""
    changes = {"t259": (3, [compression]), "t279": (4, [len(data)]), "t258": (3, [8])}
    return raw_tiff(page(**changes), data)


def jpeg_header(width, height, process=0xC0, bits=8):
    body = struct.pack(">BHHB", bits, height, width, 1) + b"\1\x11\0"
    return b"\xff\xd8" + struct.pack(">BBH", 0xFF, process, len(body) + 2) + body + b"\xff\xd9"


def siz(width, height, tile=None, components=1, bits=8):
    tile = tile or (width, height)
    body = struct.pack(">H8IH", 0, width, height, 0, 0, *tile, 0, 0, components)
    body += bytes([bits - 1, 1, 1]) * components
    return b"\xff\x4f\xff\x51" + struct.pack(">H", len(body) + 2) + body


def jxl_header(width, height):
    bits = 0 | 3 << 1 | (height - 1) << 3 | 0 << 33 | 3 << 36 | (width - 1) << 38
    return b"\xff\x0a" + bits.to_bytes(12, "little") + bytes(40)


def jxl_boxes(stream):
    """Return a container where the codestream comes late, in two pieces, the sizes 64 bits wide."""
    head = b"\0\0\0\x0cJXL \r\n\x87\n\0\0\0\x14ftypjxl \0\0\0\0jxl "
    filler = struct.pack(">I4s", 408, b"Exif") + bytes(400)
    one = struct.pack(">I4sQ", 1, b"jxlp", 16 + 4 + 3) + b"\0\0\0\0" + stream[:3]
    return head + filler + one + struct.pack(">I4s", 0, b"jxlp") + b"\x80\0\0\1" + stream[3:]


def webp_header(width, height, extended):
    if extended:
        body = bytes(4) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
        chunk = b"VP8X" + struct.pack("<I", 10) + body
    else:
        bits = (width - 1) | (height - 1) << 14
        chunk = b"VP8L" + struct.pack("<I", 20) + b"\x2f" + struct.pack("<I", bits) + bytes(15)
    return b"RIFF" + struct.pack("<I", len(chunk) + 4) + b"WEBP" + chunk


def avif(width, height):
    data = builders.pillow(builders.rgb8(), "AVIF")
    at = data.find(b"ispe") + 8
    return data[:at] + struct.pack(">II", width, height) + data[at + 8 :]


def gif(width, height):
    image = b"," + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x02\x02\x4c\x01\0;"
    screen = struct.pack("<HHBBB", width, height, 0x80, 0, 0)
    return b"GIF89a" + screen + b"\0\0\0\xff\xff\xff" + image


def bombs():
    """Return hostile files by name."""
    found = {
        # Strips and tiles.
        "tiff-few-strips": raw_tiff(page(t256=(4, [23]), t257=(4, [67_174_419])), PIXELS),
        "tiff-strip-per-row": raw_tiff(page(**HUGE, t273=(4, [8] * 9)) | {278: (4, [1])}, PIXELS),
        "tiff-no-strips": raw_tiff({k: v for k, v in page().items() if k != 273}, PIXELS),
        "tiff-strip-past-end": raw_tiff(page(t279=(4, [2**32 - 1])), PIXELS),
        "tiff-offset-past-end": raw_tiff(page(t273=(4, [2**32 - 5])), PIXELS),
        "tiff-empty-strip": raw_tiff(page(t279=(4, [0])), PIXELS),
        "tiff-rows-0": raw_tiff(page(t278=(4, [0])), PIXELS),
        "tiff-width-0": raw_tiff(page(t256=(4, [0])), PIXELS),
        "tiff-height-0": raw_tiff(page(t257=(4, [0])), PIXELS),
        "tiff-bits-0": raw_tiff(page(t258=(3, [0])), PIXELS),
        "tiff-bits-65535": raw_tiff(page(t258=(3, [65535])), PIXELS),
        "tiff-samples-0": raw_tiff(page(t277=(3, [0])), PIXELS),
        "tiff-samples-60000": raw_tiff(page(t277=(3, [60_000])), PIXELS),
        "tiff-planes-missing": raw_tiff(page(t277=(3, [3]), t284=(3, [2]), t262=(3, [2])), PIXELS),
        "tiff-sides-2^32": raw_tiff(page(t256=(4, [2**32 - 1]), t257=(4, [2**32 - 1])), PIXELS),
        "tiff-depth-2^31": raw_tiff(page(t32997=(4, [2**31])), PIXELS),
        "tiff-count-2^32": raw_tiff(page(t273=(4, [8], 2**32 - 1)), PIXELS),
        "tile-width-0": raw_tiff(tiled() | {322: (4, [0])}, PIXELS),
        "tile-height-0": raw_tiff(tiled() | {323: (4, [0])}, PIXELS),
        "tile-sides-2^31": raw_tiff(tiled() | {322: (4, [2**31]), 323: (4, [2**31])}, PIXELS),
        "tile-count": raw_tiff(tiled(**{k: v for k, v in HUGE.items() if k != "t278"}), PIXELS),
        "tiff-thousand-strips-of-one": raw_tiff(
            page(
                t256=(4, [60_000]),
                t257=(4, [16_000]),
                t259=(3, [8]),
                t273=(4, [8] * 1000),
                t279=(4, [256] * 1000),
            ),
            PIXELS,
        ),
        # Other formats.
        "bomb.jpg": jpeg_header(65_000, 65_000),
        "bomb12.jpg": jpeg_header(65_000, 65_000, 0xC1, 12),
        "lossless.jpg": jpeg_header(65_000, 65_000, 0xC3, 16),
        "arithmetic.jpg": jpeg_header(65_000, 65_000, 0xC9),
        "bomb.j2k": siz(60_000, 60_000) + bytes(200),
        "tiles.j2k": siz(4000, 4000, (1, 1)) + bytes(200),
        "channels.j2k": siz(100, 100, None, 16_000) + bytes(200),
        "tile-0.j2k": siz(100, 100, (0, 5)) + bytes(200),
        "bomb.jxl": jxl_header(60_000, 60_000),
        "boxes.jxl": jxl_boxes(jxl_header(60_000, 60_000)),
        "no-stream.jxl": jxl_boxes(b"\0\0\0\0\0"),
        "bomb.webp": webp_header(16_383, 16_383, False),
        "canvas.webp": webp_header(1 << 24, 1 << 24, True),
        "bomb.avif": avif(16_000, 16_000),
        "sides.avif": avif(2**31, 2**31),
        "bomb.gif": gif(65_535, 65_535),
        "bomb.pgm": b"P5 60000 60000 255\n" + bytes(100),
        "plain.ppm": b"P3 60000 60000 255\n1 2 3",
        "word.ppm": b"P3 1 1 255\n" + b"1" * 5000 + b" 2 3",
        "bomb.pam": b"P7\nWIDTH 60000\nHEIGHT 60000\nDEPTH 3\nMAXVAL 255\nENDHDR\n" + bytes(50),
        "bomb.pfm": b"PF 60000 60000 -1.0\n" + bytes(50),
        "negative.pgm": b"P5 -5 7 255\n" + bytes(50),
        "bomb.bmp": builders.pillow(builders.rgb8(), "BMP")[:18]
        + struct.pack("<ii", 40_000, 40_000)
        + builders.pillow(builders.rgb8(), "BMP")[26:],
        "bomb.png": builders.png((60_000, 60_000), 8, 2, bytes(1000)),
        "bomb16.png": builders.png((60_000, 60_000), 16, 6, bytes(1000)),
    }
    for compression in (
        *tiff_check.EXPANSION,
        *tiff_check.NO_HARD_BOUND,
        6,
        32909,
        34887,
        22610,
        9,
    ):
        found[f"compression-{compression}"] = raw_tiff(
            page(**HUGE, t259=(3, [compression])), PIXELS
        )
    deflated = zlib.compress(bytes(50_000_000), 9)[:1500]
    found["tiff-deflate-1.5-kB"] = raw_tiff(
        page(**HUGE, t259=(3, [8]), t279=(4, [len(deflated)])), deflated
    )
    for name, compression, inner in (
        ("jpeg", 7, jpeg_header(65_000, 65_000)),
        ("jpeg2000", 34712, siz(60_000, 60_000) + bytes(50)),
        ("webp", 50001, webp_header(16_383, 16_383, False)),
        ("jpegxl", 50002, jxl_header(60_000, 60_000)),
        ("png", 34933, builders.png((60_000, 60_000), 8, 0, bytes(99))),
    ):
        found[f"nested-{name}"] = nested(compression, inner)
    return found


BOMBS = bombs()


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """Decode all of them in one process that measures each."""
    folder = tmp_path_factory.mktemp("bombs")
    peer = folder / "peer.png"
    vc.write(np.zeros((1000, 1500, 3), np.uint8), peer)
    files = []
    for name, data in BOMBS.items():
        files.append(folder / name)
        files[-1].write_bytes(data)
    return costs(files, peer)


@pytest.mark.parametrize("name", BOMBS)
def test_a_file_that_lies_is_refused_with_its_name(measured, name):
    assert measured[name][2].startswith(f"{name}: ")


@pytest.mark.parametrize("name", BOMBS)
def test_a_file_that_lies_costs_little(measured, name):
    megabytes, seconds, _ = measured[name]
    assert megabytes < 300
    # The peer is a sound picture of 1.5 megapixels.
    assert seconds < 20 * measured["peer.png"][1] + 0.05


def test_loops_and_wild_tags_cost_the_first_page_nothing():
    loop = raw_tiff(page(), PIXELS, next_ifd=8 + 256)
    for data in (
        loop,
        raw_tiff(page(t34675=(1, [8], 2**32 - 1)), PIXELS),
        raw_tiff(page(t270=(1, [8], 2**32 - 1)), PIXELS),
    ):
        picture = parse(data, "x")
        assert picture.pixels.tobytes() == PIXELS
        assert "damaged" in " ".join(picture.meta.notes)


def test_every_compression_that_is_decoded_has_a_bound():
    known = {*tiff_check.EXPANSION, *tiff_check.NO_HARD_BOUND}
    for compression in range(1, 65_536):
        if compression in known:
            continue
        if compression > 200 and compression % 997:  # all of the small ones, some of the others
            continue
        data = raw_tiff(page(t259=(3, [compression])), PIXELS)
        with pytest.raises(FileError, match="compression .* is not supported"):
            parse(data, "x")


@pytest.mark.parametrize("compression", ["lzw", "zlib", "packbits", "lzma", "zstd"])
def test_genuine_flat_pictures_stay_within_the_bounds(compression):
    flat = np.full((1200, 1300), 255, np.uint8)
    data = builders.tiff(flat, photometric="minisblack", compression=compression)
    np.testing.assert_array_equal(parse(data, "x").pixels, flat)


@pytest.mark.parametrize("extension", ["png", "webp", "avif", "jxl", "jpg", "tif"])
def test_genuine_flat_files_of_other_formats_stay_within_the_bounds(tmp_path, extension):
    flat = np.full((3000, 3200, 3), 255, np.uint8)
    vc.write(flat, tmp_path / f"a.{extension}")
    assert np.abs(vc.read(tmp_path / f"a.{extension}").pixels.astype(int) - 255).max() <= 1


def test_an_empty_fax_page_is_genuine():
    page_of_paper = np.ones((6000, 4000), bool)
    data = builders.pillow(page_of_paper, "TIFF", compression="group4")
    assert len(data) < 3000
    assert (parse(data, "x").pixels == 255).all()


def test_the_size_of_a_jpegxl_in_boxes_is_found():
    from varcolor.image.decode.jpegxl import jpegxl_size

    stream = bytes(imagecodecs.jpegxl_encode(builders.rgb8(), lossless=True, usecontainer=False))
    assert jpegxl_size(stream) == (32, 24)
    assert jpegxl_size(jxl_boxes(stream)) == (32, 24)
