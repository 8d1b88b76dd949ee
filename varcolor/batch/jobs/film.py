"""Colour one film with its keys: what `varcolor film` does with every film of a folder."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from varcolor.batch.fingerprint import looks
from varcolor.batch.naming import checked
from varcolor.errors import FileError, InputError
from varcolor.options import FilmOptions

if TYPE_CHECKING:
    from varcolor.batch.task import Facts, Task
    from varcolor.typing import Progress, Shape

#: Bytes that a pixel of a frame in a window takes: weights, grids, links, vectors.
_PIXEL = 300.0


@dataclass(frozen=True, slots=True)
class Film:
    """Films and keys to coloured films."""

    name: ClassVar[str] = "film"
    options: FilmOptions
    keys: Path
    """Folder of keys of one film."""
    codec: Literal["auto", "ffv1", "prores", "h264"] = "auto"
    step: int = 1

    def targets(self, task: Task) -> tuple[Path, ...]:
        """Return the film's file."""
        return (task.output,)

    def run(self, task: Task, progress: Progress | None) -> Facts | None:
        """Colour the film; an interrupted run is gone on with."""
        from varcolor.film.colorize import colorize_film

        if task.output.exists() and task.on_exists == "skip":
            return None
        result = colorize_film(
            task.input,
            self.keys,
            task.output,
            self.options,
            codec=self.codec,
            step=self.step,
            progress=progress,
        )
        met = str(result.status) == "converged" or self.options.on_miss == "ignore"
        return {
            "outputs": [str(result.path)],
            "notes": list(result.notes),
            "solved": str(result.status),
            "error": result.error,
            "frames": result.frames,
            "shots": len(result.shots),
            "as_asked": met,
        }

    def memory(self, shape: Shape) -> float:
        """Return what a window takes."""
        pixels = 1920 * 1080
        if not self.options.exact:
            return _PIXEL * pixels
        from varcolor.film.sweeps import PIXEL_BYTES, fitting

        frames = fitting(self.options.window, (1080, 1920))
        return (_PIXEL + PIXEL_BYTES * frames) * pixels

    def to_dict(self) -> Facts:
        """Return what differs from the defaults, and what tells other keys from these."""
        found: dict[str, Any] = {**self.options.to_dict(), "keys": str(self.keys)}
        found["keys_stamp"] = _stamp(self.keys)
        if self.codec != "auto":
            found["codec"] = self.codec
        return found if self.step == 1 else {**found, "step": self.step}

    def moved(self, path: Callable[[Path], Path]) -> Self:
        """Return the same with the keys elsewhere."""
        return replace(self, keys=path(self.keys))

    def on_threads(self, threads: int) -> Self:
        """Return the same for so many threads."""
        if self.options.threads is not None:
            return self
        return replace(self, options=replace(self.options, threads=threads))


def _stamp(keys: Path) -> str:
    """Return a hash of names, sizes and times of the files in a folder of keys, or of one file."""
    files = sorted(keys.iterdir()) if keys.is_dir() else [keys]
    digest = hashlib.sha256()
    for path in files:
        digest.update(f"{path.name} {looks(path)}\n".encode())
    return digest.hexdigest()[:16]


def films_in(path: Path) -> list[Path]:
    """Return the videos in a folder, in order; none for a folder of frames."""
    from varcolor.film.files.source import VIDEOS

    if not path.is_dir():
        return []
    own = [p for p in sorted(path.iterdir()) if p.suffix.lower() in VIDEOS]
    return [p for p in own if not p.name.startswith(".")]


def film_target(path: Path, out: Path | None) -> Path:
    """Return where a film goes: ``out``, or a name beside the film."""
    if out is not None:
        return out
    return path.with_name(f"{path.name}.colour" if path.is_dir() else f"{path.stem}.colour.mkv")


def settled(target: Path, path: Path, keys: Path, on_exists: str) -> Path | None:
    """Return a target that can be written, or None if it is to be skipped.

    Raises
    ------
    InputError
        If it is an input, or exists already.
    FileError
        If it cannot be written.
    """
    if target.suffix and not target.is_dir():
        how: Any = on_exists
        inputs = [own for own in (path, keys) if own.is_file()]
        return checked(target, how, inputs)
    for own in (path, keys):
        if target.resolve() == own.resolve():
            raise InputError(f"{target}: is an input; name another output")
    if target.is_file():
        raise FileError(f"{target}: is a file, not a folder")
    if target.is_dir() and any(target.iterdir()):
        if on_exists == "skip":
            return None
        if on_exists == "error":
            raise InputError(
                f"{target}: holds files already; use --on-exists overwrite or skip, or another name"
            )
    return target
