"""Colour a picture that does not fit into memory: read, sweep, render and write by windows."""

from __future__ import annotations

import contextlib
import math
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from varcolor.backend.memory import budget
from varcolor.cues.cues import Cues
from varcolor.cues.sources import CueSources
from varcolor.energy.prior import Data
from varcolor.errors import CueError, FileError, InputError
from varcolor.image.color import Space, as_space
from varcolor.image.lock import locked
from varcolor.image.luma import luma_of
from varcolor.image.render import render
from varcolor.methods.base import summary_of
from varcolor.options import SolveOptions
from varcolor.pipeline.run import FINE_TOLERANCE, TOLERANCE
from varcolor.solve.result import Status
from varcolor.solve.rgb_error import RgbLevels
from varcolor.tiled.acceleration import Acceleration
from varcolor.tiled.expected import Expected
from varcolor.tiled.field import Field
from varcolor.tiled.memory import left_of, side_of
from varcolor.tiled.prepared import State, cues_of, decoded, method_of, stamp_of
from varcolor.tiled.reach import silence_unreached
from varcolor.tiled.schwarz import Alone, Crew, Schwarz
from varcolor.tiled.source import Source, open_source
from varcolor.tiled.steps import Scene, Steps
from varcolor.tiled.target import SUFFIXES, check_target, write_tiles
from varcolor.tiled.window import Box, Known, picture_in, tiles
from varcolor.typing import Array, FloatArray, PathLike, Progress, Shape


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
    replace: bool = True,
    crew: Callable[[Scene], Crew] | None = None,
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
        .tif, .tiff or .zarr.
    options : SolveOptions, optional
        The methods `auto`, `harmonic` in a 3x3 window and `levin`; the priors gp and agreed.
    memory : float or str, optional
        Bytes, or like ``"2GB"``; default: the options', else half of what can be had.
    replace : bool
        Whether a file or an array of that name may be replaced.
    crew : callable, optional
        Who does the steps of the tiles (`varcolor.tiled.schwarz.Crew`); default: this process.
    progress : Progress, optional
        See `varcolor.typing.Progress`.

    Returns
    -------
    TiledResult

    Raises
    ------
    InputError
        For pictures and methods that cannot be done in parts, and an output that is the photo.
    CueError
        For cues that do not fit.
    FileError
        If something cannot be read or written, or is not to be replaced, or another process is
        making the same output.
    OutOfMemoryError
        If the memory is too little even in parts.
    """
    began, seconds = time.perf_counter(), {}
    path, target = Path(photo), Path(out)
    options = options or SolveOptions()
    limit = budget(memory if memory is not None else options.memory)
    if memory is None and options.memory is None:
        limit /= 2
    check = partial(check_target, target, path, replace)
    check()
    method, prior = method_of(options)
    source = open_source(path, limit / 8)
    shape = source.shape[0], source.shape[1]
    side = side_of(shape, limit, method, prior is not None)
    space = as_space(options.space)
    given = _cues(cues, shape, path)
    color = given.color.astype(np.float64)
    data = Data(given.flat, given.weight.astype(np.float64), space.split(color)[1])
    notes = [*source.notes, *given.notes]

    def report(stage: str, fraction: float) -> None:
        if progress is not None:
            progress(stage, fraction)

    with _folder(target) as folder:
        state = State(folder, stamp_of(source, data, options, side))
        pixels = decoded(source, state, report)
        chroma = Field(folder / "chroma", (*shape, 2), np.float32, not state.changes)
        seconds["read"] = time.perf_counter() - began
        tolerance = options.tolerance or TOLERANCE.get(source.dtype, FINE_TOLERANCE)
        known = Known(data, shape[1])
        expected = None if prior is None else Expected.of(prior, pixels, data, space)
        notes += [] if expected is None or not expected.reason else [expected.reason]
        parts = tuple(tiles(shape, side))
        scene = Scene(
            folder,
            source.shape,
            source.dtype,
            known,
            space,
            method,
            options,
            _slope(space, data),
            parts,
            left_of(shape, limit, method, parts, prior is not None),
            expected,
        )
        steps = Steps(scene)
        who = Alone(steps) if crew is None else crew(scene)
        known_far = Acceleration(state.far)
        work = Schwarz(scene, steps, who, tolerance, report, state.save, state.changes, known_far)
        with pixels, chroma, contextlib.closing(steps):
            status, error = work.run()
            own = pixels, chroma, known, list(scene.tiles)
            grey = silence_unreached(*own) if expected is None else 0  # a prior reaches all
            seconds["solve"] = time.perf_counter() - began - seconds["read"]
            report("write", 0.0)
            reduced = _write(target, source, pixels, chroma, space, options, report, check)
        seconds["write"] = time.perf_counter() - began - seconds["read"] - seconds["solve"]
    notes += _notes(grey, reduced, shape, status)
    seconds["total"] = time.perf_counter() - began
    count, sweeps = len(scene.tiles), max(len(work.changes), 1)
    name = options.make_method().name
    return TiledResult(target, shape, name, status, error, count, sweeps, seconds, tuple(notes))


def _notes(grey: int, reduced: int, shape: Shape, status: Status) -> list[str]:
    """Say what became of pixels, and of the search."""
    notes = []
    if grey:
        notes.append(f"{grey} pixels are reached by no cue: left grey; put a colour there")
    if reduced:
        notes.append(
            f"{reduced} pixels ({reduced / (shape[0] * shape[1]):.1%}): colour made paler, for "
            "sRGB has none so strong at their lightness"
        )
    if status is not Status.CONVERGED:
        notes.append(f"{status}: {status.explanation}")
    return notes


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


def _slope(space: Space, data: Data) -> FloatArray:
    """Return (3, 2): RGB levels that a change of either chroma makes at most."""
    luma = np.linspace(0, 1, 101)[None]
    return np.asarray(RgbLevels(space, luma.repeat(61, axis=0), 1.0).slope(data.values))


@contextlib.contextmanager
def _folder(target: Path) -> Iterator[Path]:
    """Yield the folder of what is found on the way; it stays where the work does not end.

    Raises
    ------
    FileError
        If it cannot be made, or another process works in it.
    """
    folder = target.with_name(f".{target.name}.varcolor-parts")
    with contextlib.ExitStack() as ended:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            lock = folder / "lock"
            if not locked(ended.enter_context(open(lock, "ab")), lock):
                raise FileError(f"{target}: another run is making it; wait, or name another output")
        except OSError as error:
            if isinstance(error, FileError):
                raise
            reason = error.strerror or error
            raise FileError(f"{target}: cannot be written ({reason})") from None
        yield folder
        shutil.rmtree(folder, ignore_errors=True)


def _write(
    target: Path,
    source: Source,
    pixels: Field,
    chroma: Field,
    space: Space,
    options: SolveOptions,
    report: Any,
    check: Callable[[], None],
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

    write_tiles(target, shape, source.dtype, made, check)
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
        method, _ = method_of(options)
    except InputError:
        return False
    problem = summary_of(method, source.shape[0] * source.shape[1])
    least = min(needs(name, problem) for name in candidates(problem)[:2])
    return least > limit
