"""Odd and damaged files that once were misread."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest
import tifffile

import varcolor as vc


def test_a_volume_gives_its_first_slice(tmp_path, rng):
    slices = rng.integers(0, 256, (4, 16, 32), dtype=np.uint8)
    path = tmp_path / "volume.tif"
    tifffile.imwrite(path, slices, volumetric=True, tile=(4, 16, 16), photometric="minisblack")
    picture = vc.read(path)
    np.testing.assert_array_equal(picture.pixels, slices[0])
    assert "volume of 4 slices" in " ".join(picture.meta.notes)


def test_damaged_exif_costs_the_exif_only(tmp_path, rng):
    gray = rng.integers(0, 256, (8, 9), dtype=np.uint8)
    path = tmp_path / "photo.png"
    vc.write(gray, path)
    data = path.read_bytes()
    body = b"eXIf" + b"no TIFF header"
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    path.write_bytes(data[:33] + chunk + data[33:])
    picture = vc.read(path)
    np.testing.assert_array_equal(picture.pixels, gray)
    assert "EXIF data are damaged" in " ".join(picture.meta.notes)


def test_a_tiff_cut_after_its_first_page_is_read_with_a_note(tmp_path, rng, capfd):
    path = tmp_path / "pages.tif"
    pages = rng.integers(0, 256, (3, 16, 16), dtype=np.uint8)
    tifffile.imwrite(path, pages[0], photometric="minisblack")
    for page in pages[1:]:
        tifffile.imwrite(path, page, photometric="minisblack", append=True)
    path.write_bytes(path.read_bytes()[:600])
    try:
        picture = vc.read(path)
    except vc.InputError:
        pytest.fail("the first page is complete")
    np.testing.assert_array_equal(picture.pixels, pages[0])
    assert "damaged" in " ".join(picture.meta.notes)
    assert capfd.readouterr().err == ""


def test_float_tiff_where_zero_is_white(tmp_path):
    path = tmp_path / "white.tif"
    tifffile.imwrite(path, np.full((4, 4), 0.25, np.float32), photometric="miniswhite")
    np.testing.assert_allclose(vc.read(path).pixels, 0.75)


def test_messages_name_no_python_objects(tmp_path):
    path = tmp_path / "odd.png"
    vc.write(np.zeros((64, 64, 3), np.uint8), path)
    data = bytearray(path.read_bytes())
    data[24] = 7  # no such bit depth
    path.write_bytes(data)
    with pytest.raises(vc.InputError, match="damaged or cut off") as error:
        vc.read(path)
    assert "BytesIO" not in str(error.value)
