"""Colours of other programs become the cues that they say."""

from __future__ import annotations

import io

import numpy as np
import pytest

import varcolor as vc
from varcolor.app.work.imports import imported
from varcolor.cues.strokes import strokes_to_json
from varcolor.image.color import lab
from varcolor.image.formats import FORMATS
from varcolor.image.write import content

SHAPE = (24, 36)
PHOTO = vc.Picture((np.random.default_rng(0).random(SHAPE) * 90 + 90).astype(np.uint8))


def png(pixels: np.ndarray, alpha: np.ndarray | None = None) -> bytes:
    return content(vc.Picture(pixels, alpha), FORMATS["PNG"])[0]


def npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def test_a_marked_copy_an_overlay_and_a_mask_are_told_apart() -> None:
    drawn = np.zeros(SHAPE, bool)
    drawn[4:9, 5:20] = True
    marked = np.repeat(PHOTO.pixels[..., None], 3, axis=2)
    marked[drawn] = (200, 40, 40)
    layer = np.zeros((*SHAPE, 3), np.uint8)
    layer[drawn] = (200, 40, 40)
    alpha = np.where(drawn, 255, 0).astype(np.uint8)
    for data in (png(marked), png(layer, alpha), png(layer)):
        cues = imported(PHOTO, [("x.png", data)])
        assert np.array_equal(np.sort(cues.flat), np.flatnonzero(drawn))
        assert np.allclose(cues.color, np.array([200, 40, 40]) / 255)


def test_points_and_strokes() -> None:
    cues = imported(PHOTO, [("p.csv", b"x,y,color\n3,4,#ff0000\n")])
    assert cues.at.tolist() == [[4, 3]]
    stroke = vc.Stroke(((3, 3), (9, 9)), 1, color="red")
    text = strokes_to_json([stroke], SHAPE).encode()
    ours = imported(PHOTO, [("s.json", text)])
    assert np.array_equal(ours.at, vc.rasterise([stroke], SHAPE).at)


def test_hints_of_ideepcolor() -> None:
    """The arrays have the size of the network; chroma is a* and b*."""
    mask, ab = np.zeros((1, 12, 12)), np.zeros((2, 12, 12))
    mask[0, 2, 3] = 1
    ab[:, 2, 3] = 20, -15
    files = [("im_ab.npy", npy(ab)), ("im_mask.npy", npy(mask))]
    cues = imported(PHOTO, files)
    assert set(map(tuple, cues.at.tolist())) == {(r, c) for r in (4, 5) for c in (9, 10, 11)}
    assert np.allclose(lab.split(cues.color.astype(float))[1], [20, -15], atol=1e-3)
    result = vc.colorize(PHOTO, cues)
    assert (vc.to_gray(result.picture).pixels == PHOTO.pixels).all()


@pytest.mark.parametrize(
    "files",
    [
        [("im_ab.npy", npy(np.zeros((2, 4, 4))))],
        [("im_ab.npy", npy(np.zeros((3, 4, 4)))), ("im_mask.npy", npy(np.ones((1, 4, 4))))],
        [("im_ab.npy", npy(np.full((2, 4, 4), np.nan))), ("im_mask.npy", npy(np.ones((4, 4))))],
        [("im_ab.npy", npy(np.zeros((2, 4, 4)))), ("im_mask.npy", npy(np.zeros((1, 4, 4))))],
        [("im_ab.npy", b"\x93NUMPY\x01\x00v\x00{"), ("im_mask.npy", npy(np.ones((4, 4))))],
        [("im_ab.npy", npy(np.array([{}], object))), ("im_mask.npy", npy(np.ones((4, 4))))],
        [("x.png", b"no picture")],
        [("x.csv", b"\xff\xfe\x00")],
        [("x.json", b"{}")],
        [("x.png", png(np.zeros((5, 30, 3), np.uint8)))],
    ],
)
def test_what_cannot_be_used_is_refused(files: list[tuple[str, bytes]]) -> None:
    with pytest.raises(vc.VarcolorError):
        imported(PHOTO, files)
