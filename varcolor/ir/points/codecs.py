"""The codecs that store cues: options, and both directions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from varcolor.checks import whole
from varcolor.cues.cues import Cues
from varcolor.errors import InputError
from varcolor.image.color import yuv
from varcolor.image.picture import Picture
from varcolor.ir.points.cells import Cells
from varcolor.ir.points.coder import (
    LARGEST_RADIUS,
    LARGEST_SIZE,
    Points,
    pack_points,
    unpack_points,
)
from varcolor.ir.points.sample import palette_of, smoothed_chroma, unlike_neighbours
from varcolor.ir.points.selective import Picking, pick
from varcolor.typing import Array

Payload = tuple[bytes, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PointOptions:
    """What all codecs of cues have in common."""

    size: int = 256
    """Cells along the longer side of the picture, 1 to 16384."""
    p: int = 0
    """Every cue also colours the cells up to so many away, 0 to 255."""
    quantise: int = 0
    """Colours of a palette, 1 to 256; 0: no palette."""
    step: int = 6
    """Step of the chroma in levels of 255, 1 to 255; a palette has step 1."""
    fit: bool = False
    """Optimise the colours by least squares through the decoder, instead of sampling them."""

    def __post_init__(self) -> None:
        for name, low, high in (
            ("size", 1, LARGEST_SIZE),
            ("p", 0, LARGEST_RADIUS),
            ("quantise", 0, 256),
            ("step", 1, 255),
        ):
            whole(name, getattr(self, name), low, high)

    def pack(self, photo: Picture, gray: Array, grid: int | None, cells: Array) -> Payload:
        """Return the payload of cues in some cells, in raster order."""
        shape = photo.shape
        at = Cells(shape, self.size).pixels(cells)
        chroma = smoothed_chroma(photo)
        values = chroma[at[:, 0], at[:, 1]].astype(np.float64)
        if self.fit and len(at):
            from varcolor.ir.points.fit import fitted

            exact = photo.pixels.astype(np.float64) * (255 / photo.maximum)
            values = fitted(gray, at, yuv.split(exact)[1], values)
        palette = np.zeros((0, 2), np.int64)
        step = 1 if self.quantise else self.step
        if self.quantise and len(at):
            palette, index = palette_of(values, self.quantise)
            whole = palette[index]
        else:
            whole = np.rint(values / step).astype(np.int64)
        points = Points(self.size, grid, self.p, step, cells, whole, palette)
        return pack_points(points, shape), (f"{len(cells)} cues",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid(PointOptions):
    """Cues on a regular grid."""

    name: ClassVar[str] = "grid"
    number: ClassVar[int] = 2

    grid: int = 10
    """Spacing in cells; 0: no cues, -1: every cell."""

    def __post_init__(self) -> None:
        PointOptions.__post_init__(self)
        _check_grid(self.grid)

    def encode(self, photo: Picture, gray: Array) -> Payload:
        """Return payload and notes."""
        cells = Cells(photo.shape, self.size).grid(self.grid)
        return self.pack(photo, gray, self.grid, cells)


@dataclass(frozen=True, slots=True, kw_only=True)
class GridExclude(PointOptions):
    """Cues on a regular grid, without those whose neighbours have the same rounded colour."""

    name: ClassVar[str] = "grid-exclude"
    number: ClassVar[int] = 3

    grid: int = 10
    """Spacing in cells; 0: no cues, -1: every cell."""
    round_to: int = 25
    """Rounding of chroma, in levels of 255, when neighbours are compared."""

    def __post_init__(self) -> None:
        PointOptions.__post_init__(self)
        _check_grid(self.grid)
        _check_positive(round_to=self.round_to)

    def encode(self, photo: Picture, gray: Array) -> Payload:
        """Return payload and notes."""
        cells = Cells(photo.shape, self.size)
        at = cells.grid(self.grid)
        if len(at):
            pixels = cells.pixels(at)
            values = smoothed_chroma(photo)[pixels[:, 0], pixels[:, 1]]
            at = at[unlike_neighbours(at, values, self.round_to)]
        return self.pack(photo, gray, None, at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selective(PointOptions):
    """A cue in every blob of a colour; parameters of the blobs as in `Picking`."""

    name: ClassVar[str] = "selective"
    number: ClassVar[int] = 4

    side: int = 250
    """Shorter side that the picture is reduced to before blobs are sought."""
    round_to: int = 10
    """Rounding of chroma, in levels of 255."""
    blur: float = 1.0
    """Width of the Gaussian over the chroma, in reduced pixels."""
    smallest: int = 5
    """Reduced pixels of the smallest blob that gets a cue."""
    large: int = 1000
    """A further cue for every so many reduced pixels of a blob."""
    border: int = 2
    """Reduced pixels that cues stay away from the border."""

    def __post_init__(self) -> None:
        PointOptions.__post_init__(self)
        _check_positive(
            side=self.side, round_to=self.round_to, smallest=self.smallest, large=self.large
        )
        if self.border < 0 or self.blur < 0:
            raise InputError("border and blur: expected 0 or more")

    def blobs(self, photo: Picture, extra: bool) -> Array:
        """Return the cells of the blobs' cues (n, 2), in raster order."""
        picking = Picking(
            side=self.side,
            round_to=self.round_to,
            blur=self.blur,
            smallest=self.smallest,
            large=self.large,
            border=self.border,
            extra=extra,
        )
        pixels = pick(smoothed_chroma(photo), picking)
        return np.unique(Cells(photo.shape, self.size).of_pixels(pixels), axis=0)

    def encode(self, photo: Picture, gray: Array) -> Payload:
        """Return payload and notes."""
        return self.pack(photo, gray, None, self.blobs(photo, True))


@dataclass(frozen=True, slots=True, kw_only=True)
class GridSelective(Selective):
    """Cues on a regular grid and in every blob."""

    name: ClassVar[str] = "grid+selective"
    number: ClassVar[int] = 5

    grid: int = 16
    """Spacing in cells; 0: no grid, -1: every cell."""

    def __post_init__(self) -> None:
        Selective.__post_init__(self)
        _check_grid(self.grid)

    def encode(self, photo: Picture, gray: Array) -> Payload:
        """Return payload and notes."""
        grid = Cells(photo.shape, self.size).grid(self.grid)
        cells = np.unique(np.concatenate([grid, self.blobs(photo, False)]), axis=0)
        return self.pack(photo, gray, None, cells)


def decode(payload: bytes, gray: Array, decoder: str = "auto") -> tuple[Array, tuple[str, ...]]:
    """Return the chroma (H, W, 2) of a payload in the units of the space yuv, and notes.

    Parameters
    ----------
    decoder : str
        Name of a colorize method; ``"auto"``: harmonic, by a bounded number of steps.
    """
    at, chroma, _ = cued_pixels(payload, gray)
    return spread_cues(gray, at, chroma, decoder)


def cued_pixels(payload: bytes, gray: Array) -> tuple[Array, Array, int]:
    """Return the pixels (n, 2) of a payload's cues, their chroma (n, 2), and cells a side."""
    points = unpack_points(payload, gray.shape)
    cells = Cells(gray.shape, points.size)
    at, values = cells.dilated(points.cells, points.values, points.radius)
    return cells.pixels(at), values * (points.step / 255), points.size


def spread_cues(
    gray: Array, at: Array, chroma: Array, decoder: str
) -> tuple[Array, tuple[str, ...]]:
    """Return the chroma of all pixels (H, W, 2), and notes, of chroma (n, 2) at pixels (n, 2)."""
    if decoder == "auto":
        return _interpolated(gray, at, chroma)
    from varcolor.colorization import colorize

    luma = gray[at[:, 0], at[:, 1]] / (255 if gray.dtype == np.uint8 else 65535)
    color = yuv.merge(luma, chroma)
    count = len(at)
    cues = Cues(gray.shape, at, color, np.full(count, np.inf), np.zeros(count, bool))
    result = colorize(gray, cues, method=decoder)
    return result.chroma, tuple(result.notes)


def _interpolated(gray: Array, at: Array, chroma: Array) -> tuple[Array, tuple[str, ...]]:
    from varcolor.ir.points.interpolate import Interpolation

    if not len(at):
        return np.zeros((*gray.shape, 2), np.float32), ("no cues: grey",)
    mean = chroma.mean(axis=0)
    spread = Interpolation(gray, at).forward(chroma - mean)
    return np.moveaxis(spread, 0, -1) + mean.astype(np.float32), ()


def _check_grid(grid: int) -> None:
    if not isinstance(grid, int) or not -1 <= grid <= LARGEST_SIZE:
        raise InputError(f"grid {grid!r}: expected a spacing in cells, 0 for none or -1 for all")


def _check_positive(**values: int) -> None:
    for name, value in values.items():
        whole(name, value, 1)
