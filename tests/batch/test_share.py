"""Sizes of pictures by their headers: what memory is shared out by."""

from __future__ import annotations

import io
import struct
import warnings
import zlib

import numpy as np
import pytest
from PIL import Image

import varcolor as vc
from varcolor.batch.share import shape_of


@pytest.mark.parametrize("ending", ["png", "jpg", "webp", "bmp", "gif", "tif", "ppm", "jp2"])
def test_the_header_tells_the_size_whatever_the_name(tmp_path, ending):
    kinds = {"jpg": "JPEG", "tif": "TIFF", "ppm": "PPM", "jp2": "JPEG2000"}
    data = io.BytesIO()
    picture = Image.fromarray(np.zeros((7, 31), np.uint8))
    picture.save(data, kinds.get(ending, ending.upper()))
    for name in (f"a.{ending}", "b.png"):
        (tmp_path / name).write_bytes(data.getvalue())
        assert shape_of(tmp_path / name) == (7, 31)


def _png(width: int, height: int) -> bytes:
    """Return the head of a PNG, and no pixel."""
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunk = struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body))
    return b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I", 0) + b"IDAT" + bytes(4)


def test_gigapixels_are_told_and_nobody_is_warned(tmp_path):
    path = tmp_path / "huge.png"
    path.write_bytes(_png(40_000, 30_000))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert shape_of(path) == (30_000, 40_000)


@pytest.mark.parametrize(
    "data",
    [b"", b"no picture", b"II*\0" + b"\xff" * 99, b"II*\0\x08\0\0\0\x01\0\0\0", _png(9, 9)[:20]],
)
def test_a_broken_file_is_guessed_at_in_silence(tmp_path, data, caplog):
    path = tmp_path / "broken.tif"
    path.write_bytes(data)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        height, width = shape_of(path)
    assert 1 <= height < 100 and 1 <= width < 100
    assert not caplog.records


def test_memory_follows_from_the_size(tmp_path):
    path = tmp_path / "large.png"
    path.write_bytes(_png(4000, 3000))
    (task,) = vc.plan(path, tmp_path / "out", cues=vc.CueSources(cue=("1,1=red",))).tasks
    assert task.job.memory(shape_of(path)) > 12e6 * 3
