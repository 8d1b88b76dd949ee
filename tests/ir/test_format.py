"""The format stays what it is: golden files of version 1, and the numbers of its model."""

import json
import zlib
from pathlib import Path

import numpy as np
import pytest

import varcolor as vc
from tests.ir import plain
from varcolor.ir.stream import unpack
from varcolor.ir.tree.chroma import gray8
from varcolor.ir.tree.model import load_model
from varcolor.ir.tree.regions import read_regions

FOLDER = Path(__file__).with_name("golden")
REGIONS = json.loads((FOLDER / "regions.json").read_text())
MODEL = json.loads((FOLDER / "model.json").read_text())


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.vcir")), ids=lambda p: p.stem)
def test_golden_files_decode(path):
    ir = vc.IR.load(path)
    result = vc.decode(ir)
    expected = np.asarray(vc.read(path.with_suffix(".png")).pixels)
    colors = result[..., :3]
    assert (vc.to_gray(colors) == ir.gray).all()
    level = 1 if result.dtype == np.uint8 else 257
    # Chroma agrees to rounding; where it crosses a half, a level of a channel may change.
    assert np.abs(colors.astype(int) - expected).max() <= 2 * level


@pytest.mark.parametrize("name", REGIONS)
def test_golden_regions_are_the_same_to_the_pixel(name):
    ir = vc.IR.load(FOLDER / f"{name}.vcir")
    payload = unpack(ir.color).payload
    found = read_regions(payload[1:], payload[0], gray8(ir.gray))
    assert zlib.crc32(found.labels.astype("<i4").tobytes()) == REGIONS[name]
    labels, _, _ = plain.regions(payload[1:], payload[0], gray8(ir.gray))
    np.testing.assert_array_equal(labels, found.labels)


def test_the_model_is_that_of_the_format():
    model = load_model()
    assert {
        name: zlib.crc32(getattr(model, name).astype("<i8").tobytes())
        for name in ("states", "weights", "curves", "rates")
    } == MODEL
