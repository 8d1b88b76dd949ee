"""Colour a film: read, cut into shots, solved shot by shot, rendered and written."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from varcolor.backend.thread_pool import Team
from varcolor.energy.prior import Data
from varcolor.errors import InputError
from varcolor.film.cuts import read_shots, shots_text
from varcolor.film.expected import expected_of
from varcolor.film.keys import find_keys, keys_in
from varcolor.film.marches import march_all
from varcolor.film.shot import Shot
from varcolor.film.source import FrameFolder, Source, open_source
from varcolor.film.store import Store, stamp_of
from varcolor.film.sweeps import Sweeps
from varcolor.film.target import Codec, PictureFolder, VideoTarget, codec_of, picture_names
from varcolor.image.color import Space, as_space
from varcolor.image.render import render
from varcolor.image.write import write_bytes
from varcolor.methods import Method
from varcolor.options import FilmOptions
from varcolor.solve.result import Status
from varcolor.solve.rgb_error import RgbLevels
from varcolor.solve.solver import Goal
from varcolor.tiled.field import Field
from varcolor.typing import Array, FloatArray, PathLike, Progress

#: Tolerances in 1/255, as for pictures.
_TOLERANCE, _FINE_TOLERANCE = 0.5, 0.02
#: Below this reach, a pixel's colour is not a key's.
REACHED = 0.5
_WINDOW_STEPS = 40


@dataclass(frozen=True, slots=True)
class ShotResult:
    """How a shot was coloured."""

    first: int
    """Place of its first frame in the film."""
    frames: int
    keys: int
    """Frames with keys."""
    status: Status
    error: float
    """Estimate of the largest error of an RGB value, in 1/255."""
    sweeps: int
    unreached: float
    """Part of all pixels that no key reaches."""
    worst: int
    """Place in the film of the frame with most such pixels."""


@dataclass(frozen=True, slots=True)
class FilmResult:
    """How a film was coloured; its frames are in files."""

    path: Path
    frames: int
    shape: tuple[int, int]
    shots: tuple[ShotResult, ...]
    seconds: dict[str, float]
    notes: tuple[str, ...]
    unreached: tuple[float, ...] = field(default=(), repr=False)
    """Per frame, the part of its pixels that no key reaches."""

    @property
    def status(self) -> Status:
        """The first of the shots' that is not converged."""
        own = [shot.status for shot in self.shots if shot.status is not Status.CONVERGED]
        return own[0] if own else Status.CONVERGED

    @property
    def error(self) -> float:
        """The largest of the shots'."""
        return max((shot.error for shot in self.shots), default=0.0)


def colorize_film(
    film: PathLike,
    keys: PathLike,
    out: PathLike | None,
    options: FilmOptions | None = None,
    *,
    shots: PathLike | None = None,
    codec: Codec = "auto",
    step: int = 1,
    progress: Progress | None = None,
) -> FilmResult:
    """Colour a film from strokes on a few of its frames.

    What is found on the way lies in a hidden folder beside the result until it is complete; the
    same call goes on from there.

    Parameters
    ----------
    film : path
        A video, or a folder of numbered pictures.
    keys : path
        A folder of keys named by their frames, or one (`varcolor.film.keys`).
    out : path or None
        .mkv, .mov or .mp4, or a folder of pictures; None: nothing is written, only reported.
    options : FilmOptions, optional
        The method must be `harmonic` (or ``auto``, which is taken as it) in a 3x3 window.
    shots : path, optional
        Text file with the place of every shot's first frame; found and written if it is missing.
    codec : {"auto", "ffv1", "prores", "h264"}
        Of videos; auto: by the ending.
    step : int
        Solve and write frames smaller by this factor: a preview.
    progress : Progress, optional
        See `varcolor.typing.Progress`.

    Returns
    -------
    FilmResult

    Raises
    ------
    InputError
        For films, methods and names that cannot be used.
    CueError
        For keys that do not fit.
    FileError
        If something cannot be read or written.
    MissingExtra
        Without PyAV or OpenCV: ``pip install 'varcolor[film]'``.
    """
    began = time.perf_counter()
    options = options or FilmOptions()
    path, space = Path(film), as_space(options.space)
    method, notes = _method(options)
    source = open_source(path)
    found = find_keys(Path(keys))
    target = path.with_name(f"{path.name}.report") if out is None else Path(out)
    video = out is not None and bool(target.suffix) and not target.is_dir()
    if video:
        codec_of(target, codec)
    stamp = stamp_of(source, found, {**options.to_dict(), "step": step, "cut": str(shots)})
    store = Store(target.with_name(f".{target.name}.varcolor-film"), stamp)

    def report(stage: str, fraction: float) -> None:
        if progress is not None:
            progress(stage, min(fraction, 1.0))

    store.decode(source, lambda part: report("read", 0.1 * part), step)
    begins = _shots(store, None if shots is None else Path(shots))
    numbers = list(store.state["numbers"])
    known = keys_in(found, numbers, store.picture, space)
    seconds = {"read": time.perf_counter() - began}
    work = _Work(store, space, method, options, known, report)
    with Field(
        store.folder / "colour", (store.count * store.shape[0], store.shape[1], 2), np.float32,
        fresh=not store.state["shots"],
    ) as colour:
        results = work.solve(begins, colour)
        seconds["solve"] = time.perf_counter() - began - seconds["read"]
        if out is not None:
            more = _write(target, video, codec, source, store, colour, space, options, report)
            notes += more
    seconds["write"] = time.perf_counter() - began - seconds["read"] - seconds["solve"]
    seconds["total"] = time.perf_counter() - began
    unreached = tuple(part for shot in store.state["shots"] for part in shot["unreached"])
    store.remove()
    notes = [*source.notes, *notes, *_said(results, options)]
    return FilmResult(
        target, len(numbers), store.shape, tuple(results), seconds, tuple(notes), unreached
    )


def _method(options: FilmOptions) -> tuple[Method, list[str]]:
    from varcolor.methods.base import summary_of
    from varcolor.methods.quadratic import Auto, Harmonic

    method = options.make_method()
    if isinstance(method, Auto):
        method = Harmonic(affinity=method.affinity, sigma=method.sigma, floor=method.floor)
    what = summary_of(method, 1)
    if not (what.second_order and what.compact) or what.directed:
        raise InputError(f"method {method.name!r}: films take harmonic in a 3x3 window")
    return method, []


def _shots(store: Store, path: Path | None) -> list[int]:
    if path is not None and path.exists():
        return read_shots(path, store.count)
    begins = [int(t) for t in store.state["cuts"]]
    if path is not None:
        write_bytes(path, shots_text(begins).encode())
    return begins


def _said(results: list[ShotResult], options: FilmOptions) -> list[str]:
    notes = []
    for number, shot in enumerate(results, 1):
        name = f"shot {number} (frames {shot.first} to {shot.first + shot.frames - 1})"
        if not shot.keys:
            what = "left grey" if options.prior in (None, "none") else "coloured by the prior alone"
            notes.append(f"{name}: has no key: {what}; paint a frame of it")
        elif shot.unreached >= 0.0005:
            notes.append(
                f"{name}: no key reaches {shot.unreached:.1%} of its pixels, most in frame "
                f"{shot.worst}: paint there (varcolor film suggest-keys)"
            )
        if shot.status is not Status.CONVERGED and options.on_miss != "ignore":
            far = "not known" if not math.isfinite(shot.error) else f"about {shot.error:.2g}/255"
            notes.append(f"{name}: {shot.status}; the largest error is {far}; raise --sweeps")
    return notes


@dataclass(slots=True, eq=False)
class _Work:
    store: Store
    space: Space
    method: Method
    options: FilmOptions
    known: dict[int, Data]
    report: Callable[[str, float], None]

    def solve(self, begins: list[int], colour: Field) -> list[ShotResult]:
        """Solve all shots that are not solved yet."""
        ends = [*begins[1:], self.store.count]
        done = self.store.state["shots"]
        for number, (first, last) in enumerate(zip(begins, ends, strict=True)):
            if number < len(done):
                continue
            told = self._shot(first, last, colour)
            colour.flush()
            done.append(told)
            self.store.save(shots=done)
        return [_result(told) for told in done]

    def _shot(self, first: int, last: int, colour: Field) -> dict[str, Any]:
        store, options, count = self.store, self.options, self.store.count
        keys = {t - first: own for t, own in self.known.items() if first <= t < last}
        facts: dict[str, Any] = {"first": first, "frames": last - first, "keys": len(keys)}
        expected = expected_of(
            options, self.space, {t: self._luma(first + t) for t in keys}, keys
        )

        def luma(t: int) -> FloatArray:
            return self._luma(first + t)

        def told(part: float) -> None:
            done = (first + part * (last - first)) / count
            self.report("solve", 0.1 + 0.8 * done)

        guess = None if expected is None else (lambda t: expected(luma(t)))
        own = Shot(
            last - first, store.shape, luma, keys, self.method, store.folder, options.sweep, guess
        )
        try:
            status, error, sweeps = Status.CONVERGED, 0.0, 0
            if keys:
                status, error, sweeps = self._run(own, told)
            elif guess is not None:
                for t in range(own.count):
                    own.keep(t, guess(t))
            parts = []
            height = store.shape[0]
            for t in range(own.count):
                rows = slice((first + t) * height, (first + t + 1) * height)
                colour.write(rows, slice(0, store.shape[1]), own.read("chroma", t))
                parts.append(float((own.read("reach", t) < 255 * REACHED).mean()))
        finally:
            own.close()
        worst = int(np.argmax(parts))
        return {
            **facts,
            "status": str(status),
            "error": error if math.isfinite(error) else None,
            "sweeps": sweeps,
            "unreached": parts,
            "worst": first + worst,
        }

    def _run(self, shot: Shot, told: Callable[[float], None]) -> tuple[Status, float, int]:
        options = self.options
        deep = np.dtype(self.store.state["dtype"]) != np.uint8
        tolerance = options.tolerance or (_FINE_TOLERANCE if deep else _TOLERANCE)
        values = np.concatenate([own.values for own in shot.keys.values()])
        values = np.concatenate([values, np.zeros((1, 2))])
        levels = RgbLevels(self.space, shot.luma(0), tolerance)
        slope = np.abs(levels.slope(values)).astype(np.float32)
        goal = Goal(tolerance, min(options.max_steps, _WINDOW_STEPS))
        share = 1.0 if options.sweep else 0.3
        status, error = march_all(shot, goal, slope, lambda part: told(share * part))
        if options.sweep:
            return status, error, 0
        sweeps = Sweeps(
            shot,
            goal,
            slope,
            options.window,
            options.sweeps,
            Team(options.threads),
            lambda part: told(share + (1 - share) * part),
        )
        status, error = sweeps.run()
        return status, error, len(sweeps.changes)

    def _luma(self, t: int) -> FloatArray:
        return self.store.luma(t, self.space)


def _result(told: dict[str, Any]) -> ShotResult:
    parts = told["unreached"]
    return ShotResult(
        told["first"],
        told["frames"],
        told["keys"],
        Status(told["status"]),
        math.inf if told["error"] is None else told["error"],
        told["sweeps"],
        float(np.mean(parts)),
        told["worst"],
    )


def _write(
    target: Path,
    video: bool,
    codec: Codec,
    source: Source,
    store: Store,
    colour: Field,
    space: Space,
    options: FilmOptions,
    report: Callable[[str, float], None],
) -> list[str]:
    """Render and write all frames; return notes."""
    own = None if isinstance(source, FrameFolder) else source
    to: Any
    if video:
        to = VideoTarget(target, own, store.shape, store.state["dtype"], codec)
    else:
        names = picture_names(source.files) if isinstance(source, FrameFolder) else {}
        to = PictureFolder(target, names)
    whole, reduced = False, 0
    try:
        for t in range(store.count):
            frame, rows = store.read(t), slice(t * store.shape[0], (t + 1) * store.shape[0])
            chroma = colour.read(rows, slice(0, store.shape[1]))
            picture = store.picture(t)
            made = render(
                picture,
                store.luma(t, space),
                chroma,
                space,
                None,
                options.threads,
                options.luma == "fit",
            )
            reduced += int(made.reduced.sum())
            to.add(frame, replace(made.picture, meta=replace(picture.meta, source=str(target))))
            report("write", 0.9 + 0.1 * (t + 1) / store.count)
        whole = True
    finally:
        to.close(whole)
    notes = list(getattr(to, "notes", ()))
    if reduced:
        part = reduced / (store.count * store.shape[0] * store.shape[1])
        notes.append(
            f"{part:.1%} of all pixels: colour made paler, for sRGB has none so strong at their "
            "lightness"
        )
    return notes
