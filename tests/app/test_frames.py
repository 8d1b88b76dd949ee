"""Frames and tiles: what the page draws is what the picture holds."""

from __future__ import annotations

import io
import json
import struct
import urllib.request

import numpy as np
import pytest

from tests.app.conftest import TOKEN, Server
from varcolor.app import tiles
from varcolor.app.frames import eight_bits, packed
from varcolor.errors import InputError
from varcolor.image.picture import Picture
from varcolor.image.read import parse


def test_a_frame_holds_facts_and_rgba() -> None:
    pixels = np.arange(60, dtype=np.uint8).reshape(4, 5, 3)
    alpha = np.full((4, 5), 7, np.uint8)
    frame = packed(Picture(pixels, alpha), type="preview", seq=3, error=float("inf"), name="ä")
    assert frame[:4] == b"VCF1"
    length = struct.unpack("<I", frame[4:8])[0]
    assert length % 4 == 0
    facts = json.loads(frame[8 : 8 + length])
    assert facts == {
        "type": "preview",
        "seq": 3,
        "error": None,
        "name": "ä",
        "width": 5,
        "height": 4,
    }
    rgba = np.frombuffer(frame[8 + length :], np.uint8).reshape(4, 5, 4)
    assert (rgba[..., :3] == pixels).all() and (rgba[..., 3] == 7).all()


@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
def test_deep_levels_are_rounded(dtype: type) -> None:
    exact = np.linspace(0, 1, 1000).reshape(25, 40)
    levels = exact.astype(dtype) if dtype is np.float32 else np.rint(exact * 65535).astype(dtype)
    assert np.abs(eight_bits(levels) - exact * 255).max() <= 0.51


def test_tiles_of_level_zero_are_the_picture() -> None:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (700, 1100, 3)).astype(np.uint8)
    picture = Picture(pixels)
    assert tiles.levels((700, 1100)) == 3
    whole = np.zeros_like(pixels)
    for row in range(2):
        for column in range(3):
            own = parse(tiles.tile(picture, 0, column, row, exact=False), "tile").pixels
            part = whole[row * 512 :, column * 512 :]
            part[: own.shape[0], : own.shape[1]] = own
    assert np.array_equal(whole, pixels)


def test_coarser_tiles_are_means_over_blocks() -> None:
    rng = np.random.default_rng(1)
    pixels = rng.integers(0, 256, (530, 601)).astype(np.uint8)
    own = parse(tiles.tile(Picture(pixels), 1, 0, 0, exact=True), "tile").pixels
    assert own.shape == (265, 301)
    expected = pixels[:, :600].reshape(265, 2, 300, 2).mean(axis=(1, 3))
    assert np.abs(own[:, :300] - expected).max() <= 0.5
    assert np.abs(own[:, 300] - pixels[:, 600].reshape(265, 2).mean(axis=1)).max() <= 0.5


@pytest.mark.parametrize("place", [(0, 2, 0), (0, 0, -1), (9, 0, 0), (-1, 0, 0)])
def test_other_tiles_are_refused(place: tuple[int, int, int]) -> None:
    with pytest.raises(InputError, match="there is no tile"):
        tiles.tile(Picture(np.zeros((600, 600), np.uint8)), *place, exact=True)


def test_a_tile_of_a_deep_picture_with_alpha() -> None:
    picture = Picture(np.full((9, 9), 40000, np.uint16), np.full((9, 9), 65535, np.uint16))
    found = parse(tiles.tile(picture, 0, 0, 0, exact=True), "tile")
    assert (found.pixels == 156).all()
    assert tiles.small(picture, 4).shape == (3, 3)
    assert io.BytesIO(tiles.png(np.zeros((2, 2), np.uint8))).read(4) == b"\x89PNG"


def test_a_result_that_newer_ones_have_replaced_is_no_error(server: Server) -> None:
    def ask(path: str, body: bytes | None = None) -> tuple[int, bytes]:
        own = {"Authorization": f"Bearer {TOKEN}"}
        with urllib.request.urlopen(urllib.request.Request(server.address + path, body, own)) as a:
            return a.status, a.read()

    key = json.loads(ask("/api/open", b'{"name": "portrait.png"}')[1])["photo"]["key"]
    assert ask(f"/api/{key}/tile/result/99/0/0/0") == (204, b"")
    assert ask(f"/api/{key}/tile/grey/0/0/0/0")[0] == 200
