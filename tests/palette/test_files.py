"""Palettes as files: there and back, what others write, what is no palette."""

import json
import struct

import numpy as np
import pytest

import varcolor as vc
from varcolor.palette.files import SUFFIXES, palette_content
from varcolor.palette.palette import Palette


@pytest.fixture
def palette():
    colors = np.array([[192, 128, 64], [0, 0, 0], [255, 255, 255], [10, 200, 30]]) / 255
    return Palette.of(colors, np.array([0.5, 0.25, 0.15, 0.1]), "four")


def stored(path, data):
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_there_and_back(suffix, palette, tmp_path):
    back = vc.read_palette(stored(tmp_path / f"p{suffix}", palette_content(palette, suffix)))
    assert back.hexes == palette.hexes
    np.testing.assert_allclose(back.shares, palette.shares, atol=1e-5)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_kinds_are_known_by_contents(suffix, palette, tmp_path):
    back = vc.read_palette(stored(tmp_path / "p.dat", palette_content(palette, suffix)))
    assert back.hexes == palette.hexes


def test_gpl_of_others(tmp_path):
    text = "GIMP Palette\nName: Web\nColumns: 3\n# a comment\n255 0 0 red\n  0 128   0\tgreen\n"
    found = vc.read_palette(stored(tmp_path / "a.gpl", text))
    assert found.name == "Web"
    assert found.hexes == ("#ff0000", "#008000")
    np.testing.assert_allclose(found.shares, 0.5)


@pytest.mark.parametrize(
    "document",
    [
        ["#ff0000", "teal"],
        {"colors": ["#ff0000", "#008080"]},
        {"palette": [{"color": "#f00"}, {"hex": "#008080"}]},
        {"swatches": ["rgb(255, 0, 0)", [0, 128, 128]]},
    ],
)
def test_json_of_others(document, tmp_path):
    found = vc.read_palette(stored(tmp_path / "a.json", json.dumps(document)))
    assert found.hexes == ("#ff0000", "#008080")


def ase_block(model, *values):
    body = struct.pack(">H", 1) + b"\0\0" + model + struct.pack(f">{len(values)}fH", *values, 0)
    return struct.pack(">HI", 1, len(body)) + body


def test_ase_of_others(tmp_path):
    group = struct.pack(">HI", 0xC001, 8) + struct.pack(">H", 3) + "ab\0".encode("utf-16-be")
    blocks = [
        group,
        ase_block(b"RGB ", 1.0, 0.0, 0.0),
        ase_block(b"Gray", 0.5),
        ase_block(b"CMYK", 0.0, 1.0, 1.0, 0.0),
        ase_block(b"LAB ", 1.0, 0.0, 0.0),
        struct.pack(">HI", 0xC002, 0),
    ]
    data = b"ASEF" + struct.pack(">HHI", 1, 0, len(blocks)) + b"".join(blocks)
    found = vc.read_palette(stored(tmp_path / "a.ase", data))
    assert found.name == "ab"
    assert found.hexes == ("#ff0000", "#808080", "#ff0000", "#ffffff")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the file is empty"),
        (b"hello", "neither GPL, ASE nor JSON"),
        (b"\x89PNG\r\n\x1a\n", "no palette that can be read"),
        (b"GIMP Palette\n#\n", "holds no colour"),
        (b"GIMP Palette\n300 0 0\n", "a level of 300"),
        (b"{", "no palette that can be read"),
        (b"[]", "holds no colour"),
        (b'{"colors": 3}', "no list"),
        (b'["#12345"]', "not a colour"),
        (b'{"colors": [{"hex": "#fff", "share": -1}, "#000"]}', None),
        (b'{"colors": [{"hex": "#fff", "share": -1}, {"hex": "#000", "share": 2}]}', "shares"),
        (b"ASEF", "no palette that can be read"),
        (b"ASEF" + struct.pack(">HHI", 1, 0, 0), "holds no colour"),
        (b"ASEF" + struct.pack(">HHI", 1, 0, 1), "no palette that can be read"),
        (b"ASEF" + struct.pack(">HHIHI", 1, 0, 1, 1, 99), "middle of a block"),
        (b"ASEF" + struct.pack(">HHI", 1, 0, 1) + ase_block(b"HSV ", 0.1, 0.1), "colour model"),
        (
            b"ASEF" + struct.pack(">HHI", 1, 0, 1) + ase_block(b"RGB ", np.nan, 0.0, 0.0),
            "no number",
        ),
        (b"[" * 100_000, "no palette that can be read"),
    ],
)
def test_what_is_no_palette(data, message, tmp_path):
    path = stored(tmp_path / "p.gpl", data)
    if message is None:  # shares that not every colour has are left out
        np.testing.assert_allclose(vc.read_palette(path).shares, 0.5)
        return
    with pytest.raises(vc.FileError, match=message) as error:
        vc.read_palette(path)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("suffix", [".txt", ""])
def test_other_suffixes_are_refused(suffix, palette):
    with pytest.raises(vc.InputError, match=r"\.gpl, \.ase, \.json"):
        palette_content(palette, suffix)


def test_bad_palettes():
    for colors, shares, message in (
        (np.zeros((0, 3)), np.zeros(0), "without a colour"),
        (np.full((1, 3), 1.5), np.ones(1), r"in 0\.\.1"),
        (np.full((1, 3), np.nan), np.ones(1), r"in 0\.\.1"),
        (np.zeros((2, 3)), np.zeros(2), "all zero"),
        (np.zeros((2, 3)), np.array([1.0, -1.0]), "negative"),
        (np.zeros((2, 4)), np.ones(2), "shape"),
    ):
        with pytest.raises(vc.InputError, match=message):
            Palette(colors, shares)
