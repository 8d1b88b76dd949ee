"""Palette files: what is written is read again; what is none is refused with its name."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from varcolor.errors import FileError, InputError
from varcolor.palette.files import SUFFIXES, palette_content, read_palette
from varcolor.palette.palette import Palette

COLORS = np.array([[192, 128, 64], [0, 0, 0], [255, 254, 1]]) / 255
WARM = Palette.of(COLORS, np.array([0.5, 0.3, 0.2]), "warm")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_is_written_is_read_again(tmp_path, suffix):
    file = tmp_path / f"warm{suffix}"
    file.write_bytes(palette_content(WARM, suffix.upper()))
    found = read_palette(file)
    np.testing.assert_allclose(found.colors, COLORS, atol=1e-6)
    np.testing.assert_allclose(found.shares, WARM.shares, atol=1e-5)
    assert found.hexes == ("#c08040", "#000000", "#fffe01")


def test_files_of_other_programs(tmp_path):
    gpl = tmp_path / "a.gpl"
    gpl.write_bytes(
        b"\xef\xbb\xbfGIMP Palette\r\nName: Sea\r\n# 3 2 1\r\n  0 128 128 Teal\r\n1 2 3\r\n"
    )
    found = read_palette(gpl)
    assert (found.hexes, found.name) == (("#008080", "#010203"), "Sea")
    np.testing.assert_array_equal(found.shares, [0.5, 0.5])
    for text in ('["teal", "#010203"]', '{"swatches": [{"color": "teal"}, {"hex": "#010203"}]}'):
        (tmp_path / "a.json").write_text(text)
        assert read_palette(tmp_path / "a.json").hexes == ("#008080", "#010203")


def test_lists_of_one_color_a_line(tmp_path):
    file = tmp_path / "list.hex"
    file.write_text("#008080\n010203\n\n")
    assert read_palette(file).hexes == ("#008080", "#010203")
    file.write_text("GIMP Palette\n#ffffff\n1 2 3\n")  # a comment there
    assert read_palette(file).hexes == ("#010203",)


@pytest.mark.parametrize(
    ("model", "values", "expected"),
    [
        (b"Gray", (0.2,), "#333333"),
        (b"CMYK", (1.0, 0.0, 0.0, 0.0), "#00ffff"),
        (b"LAB ", (100.0, 0.0, 0.0), "#ffffff"),
    ],
)
def test_color_models_of_ase(tmp_path, model, values, expected):
    group = struct.pack(">H", 2) + "g\0".encode("utf-16-be")
    color = struct.pack(">H", 1) + b"\0\0" + model + struct.pack(f">{len(values)}fH", *values, 0)
    blocks = [(0xC001, group), (1, color), (0xC002, b"")]
    data = b"ASEF" + struct.pack(">HHI", 1, 0, 3)
    data += b"".join(struct.pack(">HI", kind, len(body)) + body for kind, body in blocks)
    (tmp_path / "a.ase").write_bytes(data)
    found = read_palette(tmp_path / "a.ase")
    assert (found.hexes, found.name) == ((expected,), "g")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"GIMP Palette\n",
        b"GIMP Palette\n300 0 0 red\n",
        b"[]",
        b"{}",
        b'{"colors": 3}',
        b'["nocolor"]',
        b'[{"share": 1}]',
        b'[{"hex": "red", "share": -1}]',
        b"[" * 100_000,
        b"\x89PNG\r\n\x1a\n",
        b"ASEF",
        b"ASEF\0\1\0\0\0\0\0\1\0\1\xff\xff\xff\xff",
        palette_content(WARM, ".ase")[:-3],
        palette_content(WARM, ".ase").replace(b"RGB ", b"HSV "),
        palette_content(WARM, ".ase").replace(struct.pack(">f", 0.0), struct.pack(">f", np.nan)),
    ],
)
def test_what_is_no_palette_is_refused_with_its_name(tmp_path, data):
    file = tmp_path / "some.gpl"
    file.write_bytes(data)
    with pytest.raises(FileError, match=r"some\.gpl: "):
        read_palette(file)


def test_missing_files_and_unknown_kinds(tmp_path):
    with pytest.raises(FileError, match=r"no\.ase"):
        read_palette(tmp_path / "no.ase")
    with pytest.raises(InputError, match=r"\.aco: palettes are written as"):
        palette_content(WARM, ".aco")


def test_palettes_are_checked():
    for colors, shares in (
        (np.zeros((0, 3)), np.zeros(0)),
        (np.full((1, 3), 2.0), np.ones(1)),
        (np.zeros((1, 3)), np.zeros(1)),
        (np.zeros((1, 3)), -np.ones(1)),
        (np.zeros((2, 3)), np.ones(1)),
        (np.full((1, 3), np.nan), np.ones(1)),
    ):
        with pytest.raises(InputError):
            Palette(colors, shares)
    for count, said in ((1, "holds 1 colour;"), (500, "holds 500 colours;")):
        with pytest.raises(InputError, match=said):
            Palette.of(np.zeros((count, 3))).require_size("x.gpl")
