"""Colour a film: read, cut into shots, solved shot by shot, rendered and written."""

from __future__ import annotations

import math
import time
from pathlib import Path

import numpy as np

from varcolor.errors import InputError
from varcolor.film.files.keys import find_keys, keys_in
from varcolor.film.files.rendering import write_film
from varcolor.film.files.source import open_source
from varcolor.film.files.store import Store, stamp_of
from varcolor.film.files.target import Codec, codec_of
from varcolor.film.motion.cuts import read_shots, shots_text
from varcolor.film.result import FilmResult, ShotResult
from varcolor.film.shots import Work
from varcolor.image.color import as_space
from varcolor.image.write import write_bytes
from varcolor.methods import Method
from varcolor.options import FilmOptions
from varcolor.solve.result import Status
from varcolor.tiled.field import Field
from varcolor.typing import PathLike, Progress


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
        A folder of keys named by their frames, or one (`varcolor.film.files.keys`).
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

    store.decode(source, lambda part: report("read", 0.1 * part), step, found)
    begins = _shots(store, None if shots is None else Path(shots))
    numbers = list(store.state["numbers"])
    known = keys_in(found, numbers, store.whole, space, store.shape)
    seconds = {"read": time.perf_counter() - began}
    work = Work(store, space, method, options, known, report)
    with Field(
        store.folder / "colour",
        (store.count * store.shape[0], store.shape[1], 2),
        np.float32,
        fresh=not store.state["shots"],
    ) as colour:
        results = work.solve(begins, colour)
        seconds["solve"] = time.perf_counter() - began - seconds["read"]
        if out is not None:
            more = write_film(target, video, codec, source, store, colour, space, options, report)
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
    if options.objects is not None:
        raise InputError("films take no objects: they are for single photos")
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
