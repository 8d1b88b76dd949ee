"""Colour a picture that does not fit into memory: read, sweep, render and write by windows."""

from __future__ import annotations

import contextlib
import math
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from varcolor.backend.memory import budget, human
from varcolor.cues.cues import Cues
from varcolor.cues.sources import CueSources
from varcolor.energy.prior import Data
from varcolor.errors import CueError, FileError, InputError, OutOfMemoryError
from varcolor.image.color import Space, as_space
from varcolor.image.luma import luma_of
from varcolor.image.render import render
from varcolor.methods import Method
from varcolor.methods.base import summary_of
from varcolor.options import SolveOptions
from varcolor.pipeline.run import FINE_TOLERANCE, TOLERANCE
from varcolor.solve.result import Status
from varcolor.tiled.coarse import BLOCK, HALO
from varcolor.tiled.field import Field
from varcolor.tiled.prepared import State, cues_of, decoded, stamp_of
from varcolor.tiled.reach import silence_unreached
from varcolor.tiled.schwarz import Schwarz
from varcolor.tiled.source import Source, open_source
from varcolor.tiled.target import write_tiles
from varcolor.tiled.window import MARGIN, Box, Known, picture_in
from varcolor.typing import Array, PathLike, Progress, Shape

#: Bytes of the program itself; of a window's pixel, all that is made of it; of a coarse pixel.
_PROGRAM, _PIXEL, _DIRECTED, _COARSE = 300e6, 420.0, 620.0, 180.0
#: Pixels that a tile is solved for beyond its own.
OVERLAP = 48
_LEAST_SIDE, _MOST_SIDE = 256, 4096
SUFFIXES = (".tif", ".tiff", ".zarr")


@dataclass(frozen=True, slots=True)
class TiledResult:
    """How a picture in parts was coloured; the picture itself is in its file."""

    path: Path
    shape: Shape
    method: str
    status: Status
    error: float
    """Estimate of the largest error of an RGB value, in 1/255."""
    tiles: int
    sweeps: int
    seconds: dict[str, float]
    notes: tuple[str, ...]


def colorize_tiled(
    photo: PathLike,
    cues: Cues | CueSources,
    out: PathLike,
    options: SolveOptions | None = None,
    *,
    memory: float | str | None = None,
    progress: Progress | None = None,
) -> TiledResult:
    """Colour a picture that does not fit into memory, from disk to disk.

    The answer is that of `varcolor.colorize` within the tolerance. What is found on the way lies in
    a hidden folder beside the result until it is complete; the same call goes on from there.

    Parameters
    ----------
    photo : path
        Tiled or striped TIFF or BigTIFF, or a zarr array; grey or RGB, 8 or 16 bit, with alpha.
    cues : Cues or CueSources
        Known colours: strokes, saved cues, points.
    out : path
        .tif, .tiff or .zarr; replaced if it exists.
    options : SolveOptions, optional
        The methods `harmonic` in a 3x3 window and `levin`; `auto` is taken as `harmonic`.
    memory : float or str, optional
        Bytes, or like ``"2GB"``; default: the options', else half of what can be had.
    progress : Progress, optional
        See `varcolor.typing.Progress`.

    Returns
    -------
    TiledResult

    Raises
    ------
    InputError
        For pictures and methods that cannot be done in parts.
    CueError
        For cues that do not fit.
    FileError
        If something cannot be read or written.
    OutOfMemoryError
        If the memory is too little even in parts.
    """
    began, seconds = time.perf_counter(), {}
    path, target = Path(photo), Path(out)
    options = options or SolveOptions()
    limit = budget(memory if memory is not None else options.memory)
    if memory is None and options.memory is None:
        limit /= 2
    if target.suffix.lower() not in SUFFIXES:
        raise InputError(f"{target}: pictures in parts are written as {' '.join(SUFFIXES)}")
    method, notes = _method(options)
    source = open_source(path, limit / 8)
    shape = source.shape[0], source.shape[1]
    side = _side(shape, limit, method)
    space = as_space(options.space)
    known = _cues(cues, shape, path)
    color = known.color.astype(np.float64)
    data = Data(known.flat, known.weight.astype(np.float64), space.split(color)[1])
    notes = [*source.notes, *notes, *known.notes]

    def report(stage: str, fraction: float) -> None:
        if progress is not None:
            progress(stage, fraction)

    with _folder(target) as folder:
        state = State(folder, stamp_of(source, data, options, side))
        report("read", 0.0)
        pixels = decoded(source, state, report)
        chroma_shape = (*shape, 2)
        fresh = not state.values.get("changes")
        chroma = Field(folder / "chroma", chroma_shape, np.float32, fresh)
        seconds["read"] = time.perf_counter() - began
        tolerance = options.tolerance or TOLERANCE.get(source.dtype, FINE_TOLERANCE)
        work = Schwarz(
            pixels,
            chroma,
            Known(data, shape[1]),
            space,
            method,
            replace(options, on_miss="ignore"),
            tolerance,
            side,
            OVERLAP,
            report,
            state.save,
            list(state.values.get("changes", [])),
        )
        with pixels, chroma:
            status, error = work.run()
            grey = silence_unreached(pixels, chroma, work.known, work.tiles)
            seconds["solve"] = time.perf_counter() - began - seconds["read"]
            report("write", 0.0)
            reduced = _write(target, source, pixels, chroma, space, options, report)
        seconds["write"] = time.perf_counter() - began - seconds["read"] - seconds["solve"]
        shutil.rmtree(folder, ignore_errors=True)
    if grey:
        notes.append(f"{grey} pixels are reached by no cue: left grey; put a colour there")
    if reduced:
        notes.append(
            f"{reduced} pixels ({reduced / (shape[0] * shape[1]):.1%}): colour made paler, for "
            "sRGB has none so strong at their lightness"
        )
    if status is not Status.CONVERGED:
        notes.append(f"{status}: {status.explanation}")
    seconds["total"] = time.perf_counter() - began
    count, sweeps = len(work.tiles), max(len(work.changes), 1)
    return TiledResult(
        target, shape, method.name, status, error, count, sweeps, seconds, tuple(notes)
    )


def _cues(cues: Cues | CueSources, shape: Shape, path: Path) -> Cues:
    """Return the cues, checked."""
    known = cues if isinstance(cues, Cues) else cues_of(cues, shape)
    if known.shape != shape:
        raise CueError(f"the cues are not for a picture of {shape[1]} x {shape[0]}: {path}")
    if known.keep.any():
        raise CueError("keep strokes are for recolor, which does not work in parts")
    if not len(known):
        raise CueError(f"{path}: no cues; pictures in parts need some")
    return known


def _method(options: SolveOptions) -> tuple[Method, list[str]]:
    """Return the method, and what a user should know of it."""
    from varcolor.methods.quadratic import Auto, Harmonic

    method, notes = options.make_method(), []
    if options.prior not in (None, "none") or options.start is not None:
        raise InputError("pictures in parts take no prior and no start")
    if options.objects is not None:
        raise InputError("pictures in parts take no objects")
    if isinstance(method, Auto):
        method = Harmonic(affinity=method.affinity, sigma=method.sigma, floor=method.floor)
        notes.append("method auto: its prior needs the whole picture, so it is harmonic in parts")
    what = summary_of(method, 1)
    clustered = getattr(method, "affinity", "") == "gauss4"
    if not (what.second_order and what.compact) or clustered:
        raise InputError(
            f"method {method.name!r}: pictures in parts take harmonic (affinities default and "
            "levin-sym) and levin in 3x3 windows"
        )
    return method, notes


def _side(shape: Shape, limit: float, method: Method) -> int:
    """Return the side of tiles that fit into memory."""
    coarse = _COARSE * shape[0] * shape[1] / BLOCK**2
    each = _DIRECTED if summary_of(method, 1).directed else _PIXEL
    around = 2 * max(OVERLAP + MARGIN, HALO)
    if not math.isfinite(limit):
        return _MOST_SIDE
    left = limit - _PROGRAM - coarse
    side = int(math.sqrt(max(left, 0.0) / each)) - around
    if side < _LEAST_SIDE:
        least = _PROGRAM + coarse + each * (_LEAST_SIDE + around) ** 2
        raise OutOfMemoryError(
            f"a picture of {shape[1]} x {shape[0]} needs at least {human(least)} in parts, "
            f"{human(limit)} are given: --memory {math.ceil(least / 1e8) / 10:g}GB"
        )
    return min(side, _MOST_SIDE) // BLOCK * BLOCK


@contextlib.contextmanager
def _folder(target: Path) -> Iterator[Path]:
    """Yield the folder of what is found on the way; it stays where the work does not end."""
    folder = target.with_name(f".{target.name}.varcolor-parts")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"{target}: cannot be written ({error.strerror or error})") from None
    yield folder


def _write(
    target: Path,
    source: Source,
    pixels: Field,
    chroma: Field,
    space: Space,
    options: SolveOptions,
    report: Any,
) -> int:
    """Render and write the result; return how many pixels had their chroma reduced."""
    alpha = source.shape[2] in (2, 4)
    shape = (source.shape[0], source.shape[1], 4 if alpha else 3)
    reduced = 0

    def made(box: Box) -> Array:
        nonlocal reduced
        photo = picture_in(pixels, box, str(source.path))
        found = chroma.read(box.rows, box.columns)
        own = options.threads, options.luma == "fit"
        rendering = render(photo, luma_of(photo, space), found, space, None, *own)
        reduced += int(rendering.reduced.sum())
        report("write", box.bottom / shape[0])
        rgb = rendering.picture.pixels
        if not alpha:
            return rgb
        opaque = np.full(box.shape, np.iinfo(source.dtype).max, source.dtype)
        seen = opaque if photo.alpha is None else photo.alpha
        return np.concatenate([rgb, seen[..., None]], axis=2)

    write_tiles(target, shape, source.dtype, made)
    return reduced


def in_parts(path: Path, options: SolveOptions) -> bool:
    """Return whether a picture is for `colorize_tiled`: zarr, or a TIFF beyond the memory.

    Only the header is read; what cannot be told is left to the ordinary way.
    """
    if path.suffix.lower() == ".zarr":
        return True
    if path.suffix.lower() not in SUFFIXES or not path.is_file():
        return False
    from varcolor.solve.selection import candidates, needs

    limit = budget(options.memory)
    try:
        source = open_source(path, math.inf)
        method, _ = _method(options)
    except InputError:
        return False
    problem = summary_of(method, source.shape[0] * source.shape[1])
    least = min(needs(name, problem) for name in candidates(problem)[:2])
    return least > limit
