"""Photos at a given size, with cues: what every solver of the suite is given."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

import varcolor as vc
from benchmarks.speed.strokes import random_strokes
from varcolor.image.color import SPACES
from varcolor.typing import Array, FloatArray, Shape

SPACE = SPACES["yuv"]
#: A photo is cropped if at least this part of it remains: shrinking it a little would blur it.
_CROP_FROM = 0.5
_SEED = 0


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A grey photo, its cues, and the colours that it had."""

    truth: Array
    """(H, W, 3) uint8."""
    gray: Array
    """(H, W) uint8."""
    cues: vc.Cues

    @property
    def shape(self) -> Shape:
        """Height and width."""
        return self.gray.shape[0], self.gray.shape[1]

    @property
    def luma(self) -> FloatArray:
        """(H, W) in 0..1."""
        return SPACE.luma_of_gray(self.gray / 255)

    @property
    def chroma(self) -> FloatArray:
        """(N, 2): the chroma of the cues."""
        return SPACE.split(self.cues.color.astype(np.float64))[1]

    def piece(self, side: int) -> Case:
        """Return the corner of at most side x side pixels, with cues of its own."""
        truth = np.ascontiguousarray(self.truth[:side, :side])
        gray = np.ascontiguousarray(self.gray[:side, :side])
        return Case(truth, gray, grid(truth))

    def save(self, path: Path) -> None:
        """Write the case to a file that `load` reads quickly."""
        at, color = self.cues.at, self.cues.color
        np.savez(path, truth=self.truth, gray=self.gray, at=at, color=color)

    @classmethod
    def load(cls, path: Path) -> Case:
        """Read a case."""
        with np.load(path) as data:
            gray, at = data["gray"], data["at"]
            cues = vc.Cues.from_points(gray, at[:, ::-1], data["color"])
            return cls(data["truth"], gray, cues)


def resized(photo: Image.Image, megapixels: float) -> Array:
    """Return a photo (H, W, 3), uint8, with about that many pixels.

    Raises
    ------
    ValueError
        If the photo is smaller.
    """
    share = megapixels * 1e6 / (photo.width * photo.height)
    if share > 1.001:
        raise ValueError(f"the photo has {photo.width * photo.height / 1e6:.2g} megapixels only")
    width = min(photo.width, round(photo.width * math.sqrt(share)))
    height = min(photo.height, round(photo.height * math.sqrt(share)))
    rgb = photo.convert("RGB")
    if share >= _CROP_FROM:
        left, top = (photo.width - width) // 2, (photo.height - height) // 2
        return np.array(rgb.crop((left, top, left + width, top + height)))
    return np.array(rgb.resize((width, height), Image.Resampling.BOX))


def strokes(truth: Array) -> vc.Cues:
    """Return 40 brush strokes in the photo's colours."""
    return vc.rasterise(random_strokes(truth, seed=_SEED), (truth.shape[0], truth.shape[1]))


def grid(truth: Array) -> vc.Cues:
    """Return the photo's own colours at every sixteenth pixel of every sixteenth row."""
    rows, columns = np.mgrid[8 : truth.shape[0] : 16, 8 : truth.shape[1] : 16].reshape(2, -1)
    return _points(truth, rows, columns)


def pixels(truth: Array) -> vc.Cues:
    """Return the photo's own colours at 20 pixels."""
    flat = np.random.default_rng(_SEED).choice(truth.shape[0] * truth.shape[1], 20, replace=False)
    return _points(truth, *np.divmod(flat, truth.shape[1]))


def _points(truth: Array, rows: Array, columns: Array) -> vc.Cues:
    shape = (truth.shape[0], truth.shape[1])
    return vc.Cues.from_points(shape, np.column_stack([columns, rows]), truth[rows, columns])


CUES: dict[str, Callable[[Array], vc.Cues]] = {"a": strokes, "b": grid, "c": pixels}


def make_case(photo: Path, megapixels: float, cues: str) -> Case:
    """Return a photo at a size, in grey, with cues of a kind: a, b or c."""
    Image.MAX_IMAGE_PIXELS = None
    with Image.open(photo) as file:
        truth = resized(file, megapixels)
    return Case(truth, np.ascontiguousarray(vc.to_gray(truth)), CUES[cues](truth))
