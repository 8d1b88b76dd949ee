"""Strokes as a person draws them, on any colour picture: seeded, the same on every machine.

For tuning, in Python; the second pass over the same pictures costs nothing::

    from benchmarks.quality.strokes import samples

    for name, truth, gray, cues in samples("data", pictures=10, counts=(3, 12), side=240):
        result = vc.colorize(gray, cues, space="lab")   # the space that `gray` was made for

``truth`` is (H, W, 3) uint8, ``gray`` (H, W) float64 with the truth's luma, not rounded, ``cues``
a `varcolor.Cues`. ``side=240`` halves the pictures, for quick runs; `hand_drawn` gives the real
scribbles, and `benchmarks.quality.stains` the measures.

How it draws: the picture is cut into the things on it (`benchmarks.quality.segments`). A painter
starts with the large ones and comes back to them after the others; takes one brush for the whole
picture, and changes it a little; runs through the segment along its longer side, with momentum,
turns before its edge, and now and then only clicks. Every stroke has one colour: the mean of the
truth below it, in 8 bits, as a colour picker gives it. The strokes of a larger count begin with
those of a smaller one: the painter goes on.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.random import Generator

import varcolor as vc
from benchmarks.quality.protocols import Case, picture_files
from benchmarks.quality.segments import distances, segments
from varcolor.cues.strokes import covered
from varcolor.image.color import as_space
from varcolor.typing import Array, BoolArray, FloatArray

Color: TypeAlias = tuple[float, float, float]
Points: TypeAlias = tuple[tuple[float, float], ...]

#: Numbers of strokes.
COUNTS = (3, 6, 12, 25, 40)
#: Radii of brushes in a picture whose longer side has `SIDE` pixels.
RADII = (1.5, 6.0)
SIDE = 480
#: Radius below which a brush of a small picture would miss pixels, in its own pixels.
FINEST = 0.75
#: Share of strokes that are only a click.
CLICKS = 0.1
#: Pixels from one point of a stroke to the next.
STEP = 1.5
#: How far the brush's rim stays from the segment's edge, so that lines between points do, too.
MARGIN = STEP / 2 + math.sqrt(0.5)
#: Radians that a stroke turns at edges before it ends: it is no circle.
MOST_TURNS = 3.0


@dataclass(frozen=True, slots=True)
class Drawn:
    """A stroke and the segment that it lies in."""

    stroke: vc.Stroke
    segment: int


def draw(truth: Array, labels: Array, count: int, seed: Sequence[int]) -> list[Drawn]:
    """Return the first ``count`` strokes of the painter with this seed."""
    rng = np.random.default_rng(seed)
    scale = max(labels.shape) / SIDE
    low, high = (max(radius * scale, FINEST) for radius in RADII)
    far = distances(labels)
    areas = np.bincount(labels.ravel())
    widest = np.zeros(len(areas))
    np.maximum.at(widest, labels.ravel(), far.ravel())
    roomy = widest > low
    if not roomy.any():
        raise ValueError("no segment is as wide as the smallest brush")
    brush = math.exp(rng.uniform(math.log(low), math.log(high)))
    visits = np.zeros(len(areas), int)
    painted: list[Drawn] = []
    while len(painted) < count:
        appeal = roomy * areas**0.8 / (1.0 + 2 * visits) ** 2
        segment = int(rng.choice(len(areas), p=appeal / appeal.sum()))
        before = [d.stroke for d in painted if d.segment == segment]
        radius = float(np.clip(brush * math.exp(rng.normal(0, 0.25)), low, high))
        radius = max(low, min(radius, 0.6 * widest[segment]))
        inside = labels == segment
        points = _walk(rng, inside, far, radius, before)
        color = _picked(truth, points, radius)
        painted.append(Drawn(vc.Stroke(points, radius, "paint", color), segment))
        visits[segment] += 1
    return painted


def _picked(truth: Array, points: Points, radius: float) -> Color:
    """Return the mean colour below a stroke, 0..1, in steps of 8 bits."""
    rows, columns, mask = covered(vc.Stroke(points, radius, "neutral"), truth.shape[:2])
    red, green, blue = np.rint(truth[rows, columns][mask].mean(axis=0)) / 255
    return float(red), float(green), float(blue)


def _walk(
    rng: Generator, inside: BoolArray, far: FloatArray, radius: float, before: list[vc.Stroke]
) -> Points:
    """Return the points (x, y) of a stroke of this radius inside a segment."""
    free = inside & (far > radius + MARGIN)
    rim = math.ceil(2 * radius)  # few people paint along the picture's very edge
    middle = np.pad(free[rim:-rim, rim:-rim], rim)
    free = middle if middle.shape == free.shape and middle.any() else free
    click = rng.random() < CLICKS or not free.any()
    at = np.argwhere(inside & (far > radius) if click else free)
    row, column = _start(rng, at, far, before)
    x, y = column + 0.5, row + 0.5
    points = [(x, y)]
    if click:
        return tuple(points)
    size = math.sqrt(inside.sum())
    length = min(size * rng.uniform(0.4, 1.8), 0.7 * max(inside.shape))
    aim = heading = _long_axis(at) + rng.normal(0, 0.4) + math.pi * rng.integers(2)
    bend = turned = 0.0
    for _ in range(round(length / STEP)):
        bend = 0.9 * bend + rng.normal(0, 0.015) + 0.004 * math.sin(aim - heading)
        turn = _turn(free, x, y, heading + bend, 1 if bend > 0 else -1)
        if turn is None or turned > MOST_TURNS:
            break
        turned += abs(turn)
        heading += bend + turn
        aim += turn
        x, y = x + STEP * math.cos(heading), y + STEP * math.sin(heading)
        points.append((x, y))
    return tuple(points)


def _start(rng: Generator, at: Array, far: FloatArray, before: list[vc.Stroke]) -> tuple[int, int]:
    """Return a place in the middle of things, away from earlier strokes of the segment."""
    rim = np.minimum(at, np.array(far.shape) - 1 - at).min(axis=1)
    chance = np.minimum(far[at[:, 0], at[:, 1]], rim + 1)
    places = at[rng.choice(len(at), 8, p=chance / chance.sum())]
    if before:
        known = np.concatenate([np.array(stroke.points)[:, ::-1] for stroke in before])
        apart = np.linalg.norm(places[:, None] - known, axis=2).min(axis=1)
        places = places[np.argmax(apart)][None]
    return int(places[0, 0]), int(places[0, 1])


def _long_axis(at: Array) -> float:
    """Return the angle of the longer side of a set of pixels (row, column), from x to y."""
    if len(at) < 3:
        return 0.0
    _, vectors = np.linalg.eigh(np.cov(at.T.astype(float)))
    return math.atan2(vectors[0, 1], vectors[1, 1])


def _turn(free: BoolArray, x: float, y: float, heading: float, side: int) -> float | None:
    """Return the least turn, in radians, that leaves room for the next few steps."""
    for ahead in (4, 1):
        for turn in np.arange(0, 2.2, 0.2):
            for sign in (side, -side):
                angle = heading + sign * turn
                way = STEP * np.array([1, ahead])
                rows = np.floor(y + way * math.sin(angle)).astype(int)
                columns = np.floor(x + way * math.cos(angle)).astype(int)
                if min(rows.min(), columns.min()) < 0:
                    continue
                if rows.max() >= free.shape[0] or columns.max() >= free.shape[1]:
                    continue
                if free[rows, columns].all():
                    return float(sign * turn)
    return None


@cache
def session(
    file: Path, seed: int, count: int = COUNTS[-1], side: int = 0
) -> tuple[Array, tuple[vc.Stroke, ...]]:
    """Return a picture (H, W, 3) uint8 and its painter's strokes; kept in memory.

    With a ``side`` the picture is shrunk until its longer side has that many pixels.
    """
    from PIL import Image

    with Image.open(file) as image:
        small = image.convert("RGB")
        if side:
            small.thumbnail((side, side), Image.Resampling.LANCZOS)
    truth = np.asarray(small)
    drawn = draw(truth, segments(truth), count, [seed, *file.name.encode()])
    return truth, tuple(d.stroke for d in drawn)


def cases_of(
    file: Path, seed: int, counts: Sequence[int] = COUNTS, side: int = 0, space: str = "lab"
) -> Iterator[Case]:
    """Yield the cases of one picture."""
    truth, painted = session(file, seed, max(COUNTS[-1], *counts), side)
    gray = gray_of(truth, space)
    for count in counts:
        cues = vc.rasterise(painted[:count], gray.shape)
        yield Case(file.name, count, truth, gray, cues)


def gray_of(truth: Array, space: str) -> FloatArray:
    """Return the grey (H, W) whose luma in a space is the truth's, not rounded."""
    colors = as_space(space)
    return colors.gray_of_luma(colors.luma(truth / 255.0))


def hand_drawn(folder: Path, pictures: int, seed: int, space: str = "lab") -> Iterator[Case]:
    """Yield hand-drawn strokes (Levin's pairs), each in the mean true colour below it."""
    for original in sorted(folder.glob("*_original.bmp"))[:pictures]:
        stem = original.name.removesuffix("_original.bmp")
        gray, marked = (vc.read(folder / f"{stem}_{kind}.bmp") for kind in ("bw", "marked"))
        truth = vc.read(original).pixels
        drawn = vc.Cues.from_marked(gray, marked, every_difference=True)
        rows, columns = drawn.at.T
        each = strokes_of(drawn)
        sums = [np.bincount(each, plane) for plane in truth[rows, columns].T]
        means = np.rint(np.stack(sums, axis=-1) / np.bincount(each)[:, None])
        cues = vc.Cues.from_points(gray, drawn.at[:, ::-1], means[each].astype(np.uint8))
        yield Case(stem, int(each.max()) + 1, truth, gray_of(truth, space), cues)


def strokes_of(cues: vc.Cues) -> Array:
    """Return the number (N,) of the stroke of each cue: connected, and of one colour.

    Colours of a connected mark are those of a tenth of its pixels; others are rims of the nearest.
    """
    from skimage.measure import label

    mask = np.zeros(cues.shape, bool)
    rows, columns = cues.at.T
    mask[rows, columns] = True
    marks = label(mask, connectivity=2)[rows, columns]
    each = np.zeros(len(cues), int)
    for mark in np.unique(marks):
        chosen = marks == mark
        colors = cues.color[chosen]
        levels, counts = np.unique(colors, axis=0, return_counts=True)
        levels = levels[counts >= min(counts.max(), chosen.sum() / 10)]
        nearest = np.linalg.norm(colors[:, None] - levels, axis=2).argmin(axis=1)
        each[chosen] = each.max() + 1 + nearest
    return np.unique(each, return_inverse=True)[1].ravel()


def samples(
    data: Path | str,
    pictures: int = 10,
    counts: Sequence[int] = COUNTS,
    seed: int = 0,
    side: int = 0,
    space: str = "lab",
) -> Iterator[tuple[str, Array, FloatArray, vc.Cues]]:
    """Yield (name, truth, grey, cues) of pictures of bsds500/val in a data folder, for tuning."""
    for file in picture_files(Path(data) / "bsds500" / "val", pictures, seed):
        for case in cases_of(file, seed, tuple(counts), side, space):
            yield case.picture, case.truth, case.gray, case.cues
