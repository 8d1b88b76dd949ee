"""Damaged picture files of every format give a picture or a FileError."""

from __future__ import annotations

import struct
import zlib

import pytest

from tests.fuzz import images
from tests.fuzz.checksums import repaired
from tests.image import builders


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.filterwarnings("ignore")
def test_damaged_files_give_a_picture_or_a_file_error(seed):
    outcomes = [images.run(data) for data in images.cases(250, seed)]
    assert outcomes.count("error") > 40
    assert outcomes.count("picture") > 40


def test_checksums_are_repaired():
    data = bytearray(builders.pillow(builders.rgb8(), "PNG"))
    data[20] = 99
    fixed = repaired(bytes(data))
    assert fixed[:29] == data[:29]
    assert struct.unpack(">I", fixed[29:33])[0] == zlib.crc32(fixed[12:29])


def test_the_cases_are_repeatable():
    assert list(images.cases(20, 3)) == list(images.cases(20, 3))
    assert len(set(images.cases(20, 3))) > 10
