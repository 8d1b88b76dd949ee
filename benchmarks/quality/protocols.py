"""The protocols: which pictures, which cues, which error. Seeded, and the same for every method.

hints
    ideepcolor's sweep (Zhang et al., SIGGRAPH 2017): picture squashed to 256 x 256; N points,
    each coordinate ~ Normal(centre, size / 4), clipped; a patch of 6 x 6 gets its mean true ab;
    L is kept; PSNR over RGB, 8 bit.
icolorit
    Yun et al., WACV 2023: 224 x 224; hints on distinct uniform 2 x 2 cells, each with its mean
    true ab; MSE of every picture floored at 1e-5.
scribbles
    Positions of hand-drawn strokes, painted with the true colours there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import varcolor as vc
from varcolor.image.color import lab
from varcolor.typing import Array, FloatArray

PICTURES = {".png", ".jpg", ".jpeg", ".bmp"}


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One picture with cues."""

    picture: str
    hints: int
    truth: Array
    """(H, W, 3) uint8."""
    gray: FloatArray
    """(H, W) float64: the grey with the truth's lightness, not rounded."""
    cues: vc.Cues


@dataclass(frozen=True, slots=True)
class Protocol:
    """A named protocol."""

    counts: tuple[int, ...]
    """Numbers of hints."""
    least_mse: float
    """Floor of a picture's mean square error, values in 0..1."""
    cases: Callable[[Path, int, int], Iterator[Case]]
    """(data folder, number of pictures, seed) -> cases."""


def picture_files(folder: Path, count: int, seed: int) -> list[Path]:
    """Return a seeded choice of the pictures of a folder, in a fixed order."""
    files = sorted(p for p in folder.iterdir() if p.suffix.lower() in PICTURES)
    chosen = np.random.default_rng(seed).permutation(len(files))[:count]
    return [files[index] for index in sorted(chosen)]


def squashed(file: Path, size: int) -> Array:
    """Return a picture resized to size x size, whatever its shape."""
    from PIL import Image

    with Image.open(file) as image:
        small = image.convert("RGB").resize((size, size), Image.Resampling.BICUBIC)
    return np.asarray(small)


def case_of(name: str, truth: Array, patches: list[tuple[int, int, int]]) -> Case:
    """Make the cues of square patches (row, column, side), later ones over earlier ones."""
    luma, chroma = lab.split(truth / 255.0)
    mask = np.zeros(luma.shape, bool)
    known = np.zeros_like(chroma)
    for row, column, side in patches:
        place = (slice(row, row + side), slice(column, column + side))
        known[place] = chroma[place].mean(axis=(0, 1))
        mask[place] = True
    colors = lab.merge(luma, known)
    cues = vc.Cues.from_mask(mask, colors)
    return Case(name, len(patches), truth, lab.gray_of_luma(luma), cues)


def hints(
    folder: Path,
    pictures: int,
    seed: int,
    counts: tuple[int, ...] | None = None,
    size: int = 256,
) -> Iterator[Case]:
    """Yield the cases of ideepcolor's sweep, all numbers of hints or only some.

    Pictures of another ``size`` have hints of the same part of it.
    """
    side = max(1, 6 * size // 256)
    for file in picture_files(folder, pictures, seed):
        truth = squashed(file, size)
        for count in counts or HINTS.counts:
            rng = np.random.default_rng([seed, count, *file.name.encode()])
            places = np.clip(rng.normal(size / 2, size / 4, (count, 2)), 0, size - side)
            yield case_of(file.name, truth, [(int(r), int(c), side) for r, c in places])


def icolorit(folder: Path, pictures: int, seed: int) -> Iterator[Case]:
    """Yield the cases of the iColoriT protocol."""
    size, side = 224, 2
    for file in picture_files(folder, pictures, seed):
        truth = squashed(file, size)
        for count in ICOLORIT.counts:
            rng = np.random.default_rng([seed, count, *file.name.encode()])
            cells = rng.choice((size // side) ** 2, count, replace=False)
            rows, columns = np.divmod(cells, size // side)
            places = zip(rows.tolist(), columns.tolist(), strict=True)
            yield case_of(file.name, truth, [(side * r, side * c, side) for r, c in places])


def scribbles(folder: Path, pictures: int, seed: int) -> Iterator[Case]:
    """Yield the hand-drawn strokes, painted with the true colours."""
    for original in sorted((folder).glob("*_original.bmp"))[:pictures]:
        stem = original.name.removesuffix("_original.bmp")
        gray, marked = (vc.read(folder / f"{stem}_{kind}.bmp") for kind in ("bw", "marked"))
        truth = vc.read(original).pixels
        drawn = vc.Cues.from_marked(gray, marked, every_difference=True)
        luma, _ = lab.split(truth / 255.0)
        colors = truth[drawn.at[:, 0], drawn.at[:, 1]] / 255.0
        cues = vc.Cues(drawn.shape, drawn.at, colors, drawn.weight, drawn.keep)
        yield Case(stem, len(cues), truth, lab.gray_of_luma(luma), cues)


def training_cases(data: Path, pictures: int, seed: int) -> list[Case]:
    """Return cases for tuning: two thirds from ImageNet, one third from BSDS."""
    found: list[Case] = []
    for folder, share in {"imagenet-sample/train": 2, "bsds500/train": 1}.items():
        files = len(picture_files(data / folder, pictures * share // 3, seed))
        found += hints(data / folder, pictures * share // 3, seed, TRAINING_COUNTS)
        print(f"{folder}: {files} pictures", flush=True)
    return found


#: Numbers of hints that settings are tuned on.
TRAINING_COUNTS = (10, 100, 501)
HINTS = Protocol((0, 1, 2, 5, 10, 20, 50, 100, 200, 501), 0.0, hints)
ICOLORIT = Protocol((0, 1, 2, 5, 10, 20, 50, 100, 200), 1e-5, icolorit)
SCRIBBLES = Protocol((), 0.0, scribbles)
PROTOCOLS = {"hints": HINTS, "icolorit": ICOLORIT, "scribbles": SCRIBBLES}
#: Where the pictures of each protocol lie in the data folder.
FOLDERS = {
    "hints": "imagenet-sample/val",
    "icolorit": "imagenet-sample/val",
    "scribbles": "levin/scribbles",
}
