"""`varcolor film`: strokes on a few frames in, the coloured film out."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Group, Parameter

from varcolor.cli import OK, PARTLY, output
from varcolor.cli.folders.options import DEFAULT_RUN, RunOptions
from varcolor.cli.naming import WRITES
from varcolor.cli.options import (
    FilmParameters,
    GuessParameters,
    NetworkParameters,
    SolveParameters,
    options_from,
)
from varcolor.errors import InputError
from varcolor.options import FilmOptions

if TYPE_CHECKING:
    from varcolor.film.result import FilmResult

_GUESS, _NETWORK, _SOLVE = GuessParameters(), NetworkParameters(), SolveParameters()
_FRAMES = FilmParameters()
#: Word in place of a film's name that asks what to paint next.
SUGGEST = "suggest-keys"
_SUGGESTED = 5
_OUTPUT = Group("Output", sort_key=3)


@Parameter(name="*", group=_OUTPUT)
@dataclass(frozen=True, slots=True)
class FilmOutput:
    """Where the film goes, and what is said about it."""

    out: Annotated[
        Path | None,
        WRITES,
        Parameter(
            name=["--out", "-o"],
            help="A .mkv (FFV1, lossless), .mov (ProRes 4444) or .mp4 (H.264), or a folder of "
            "pictures; sound and subtitles of a video are copied [FILM.colour.mkv, or "
            "FILM.colour/ for a folder].",
        ),
    ] = None
    on_exists: Annotated[
        Literal["error", "skip", "overwrite"],
        WRITES,
        Parameter(help="What to do if the output exists already."),
    ] = "error"
    codec: Annotated[
        Literal["auto", "ffv1", "prores", "h264"], Parameter(help="Codec of a video.")
    ] = "auto"
    preview: Annotated[
        bool, Parameter(negative="", help="Solve and write frames of a quarter of the size.")
    ] = False
    json: Annotated[bool, Parameter(negative="", help="Print the result as JSON.")] = False
    quiet: Annotated[bool, Parameter(negative="", help="Print no notes and no progress.")] = False


_DEFAULT_OUT = FilmOutput()


def film(
    *film: Annotated[
        Path,
        Parameter(
            help="A video, or a folder of numbered pictures, or a folder of videos; suggest-keys "
            "before it only tells which frames to paint next."
        ),
    ],
    keys: Annotated[
        Path,
        Parameter(
            help="Folder of keys named by their frames, counted from 0 in a video: "
            "0012.strokes.json, 0012.marked.png, 0012.varcolor, or the finished frame 0012.png; "
            "or one such file. For a folder of videos: a folder of such folders, named like them."
        ),
    ],
    shots: Annotated[
        Path | None,
        WRITES,
        Parameter(
            help="Text file with the first frame of every shot, a line each; written with the cuts "
            "that are found if it does not exist, to be corrected."
        ),
    ] = None,
    frames: FilmParameters = _FRAMES,
    guess: GuessParameters = _GUESS,
    network: NetworkParameters = _NETWORK,
    out: FilmOutput = _DEFAULT_OUT,
    solve: SolveParameters = _SOLVE,
    run: RunOptions = DEFAULT_RUN,
) -> int:
    """Colour a film from strokes on a few of its frames."""
    suggest = len(film) > 1 and str(film[0]) == SUGGEST
    names = film[1:] if suggest else film
    if len(names) != 1:
        raise InputError("name one film, or one folder of films")
    options = options_from(FilmOptions, guess, network, solve, frames)
    path = names[0]
    with output.failures_in_json(out.json, input=str(path)):
        if suggest:
            return _suggested(path, keys, shots, options, out)
        return _coloured(path, keys, shots, options, out, run)


def _coloured(
    path: Path,
    keys: Path,
    shots: Path | None,
    options: FilmOptions,
    out: FilmOutput,
    run: RunOptions,
) -> int:
    from varcolor.batch.jobs.film import film_target, films_in, settled
    from varcolor.film.colorize import colorize_film

    if films := films_in(path):
        from varcolor.cli.films.many import coloured_films

        if shots is not None:
            raise InputError("--shots: is for one film")
        return coloured_films(path, films, keys, options, out, run)
    if run != DEFAULT_RUN:
        raise InputError(
            "--jobs, --journal, --scheduler and the like: are for folders of videos; one film is "
            "gone on with by itself"
        )
    target = settled(film_target(path, out.out), path, keys, out.on_exists)
    if target is None:
        output.note([f"{path}: the output exists already, skipped"], out.quiet)
        return OK
    bar = _Timed(output.Bar(path.name, out.quiet))
    try:
        result = colorize_film(
            path,
            keys,
            target,
            options,
            shots=shots,
            codec=out.codec,
            step=4 if out.preview else 1,
            progress=bar,
        )
    finally:
        bar.clear()
    output.note(result.notes, out.quiet)
    output.result(facts_of(path, result), str(result.path), out.json)
    met = str(result.status) == "converged" or options.on_miss == "ignore"
    return OK if met else PARTLY


def _suggested(
    path: Path, keys: Path, shots: Path | None, options: FilmOptions, out: FilmOutput
) -> int:
    from dataclasses import replace

    from varcolor.film.colorize import colorize_film
    from varcolor.film.suggest import suggested

    bar = _Timed(output.Bar(path.name, out.quiet))
    quick = replace(options, exact=False)
    try:
        result = colorize_film(path, keys, None, quick, shots=shots, step=2, progress=bar)
    finally:
        bar.clear()
    found = suggested(result, _SUGGESTED)
    lines = [
        f"{own.frame}\t{own.unreached:.1%} of the frame is reached by no key"
        + (" (its shot has none)" if own.bare else "")
        for own in found
    ]
    told = [
        {"frame": own.frame, "unreached": own.unreached, "shot_without_keys": own.bare}
        for own in found
    ]
    facts: dict[str, Any] = {"input": str(path), "frames": told, "notes": list(result.notes)}
    output.result(facts, "\n".join(lines) or "keys reach every frame", out.json)
    return OK


def facts_of(path: Path, result: FilmResult) -> dict[str, Any]:
    """Return what --json says of a film."""
    from dataclasses import asdict

    return {
        "input": str(path),
        "output": str(result.path),
        "status": str(result.status),
        "error": result.error,
        "frames": result.frames,
        "width": result.shape[1],
        "height": result.shape[0],
        "shots": [{**asdict(shot), "status": str(shot.status)} for shot in result.shots],
        "seconds": result.seconds,
        "notes": list(result.notes),
    }


class _Timed:
    """Progress with the time that is left."""

    def __init__(self, bar: output.Bar) -> None:
        self._bar, self._began = bar, time.monotonic()

    def __call__(self, stage: str, fraction: float, preview: Any = None) -> None:
        """Tell stage, part and time left."""
        passed = time.monotonic() - self._began
        left = passed * (1 - fraction) / fraction if fraction > 0.01 else 0.0
        text = f"{stage}, {_span(left)} left" if left >= 1 else stage
        self._bar(text, fraction, preview)

    def clear(self) -> None:
        """Take it off the screen."""
        self._bar.clear()


def _span(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
