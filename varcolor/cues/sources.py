"""All sources of a photo's cues, by their files: what commands, plans and tasks carry."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from varcolor.errors import CueError, FileError

if TYPE_CHECKING:
    from varcolor.cues.cues import Cues
    from varcolor.image.picture import Picture

#: Largest text entry of a project that is read.
_MOST_TEXT = 256 << 20


@dataclass(frozen=True, slots=True)
class CueSources:
    """Where the known colours of a photo come from; later sources win over earlier ones."""

    project: Path | None = None
    """A project (.varcolor); its strokes and imported cues count, its photo and options do not."""
    marked: Path | None = None
    """A copy of the photo with colour drawn on it."""
    every_difference: bool = False
    """Whether each pixel of the marked copy that differs is a mark."""
    overlay: Path | None = None
    """A picture that is transparent where nothing is painted."""
    strokes: tuple[Path, ...] = ()
    """Strokes or saved cues in JSON."""
    points: tuple[Path, ...] = ()
    """Points in CSV."""
    cue: tuple[str, ...] = ()
    """Single pixels or dots: ``X,Y,COLOUR[,RADIUS]``."""

    def __bool__(self) -> bool:
        return bool(self.cue) or next(self.files(), None) is not None

    def files(self) -> Iterator[Path]:
        """Yield the files that are read."""
        yield from (p for p in (self.project, self.marked, self.overlay) if p is not None)
        yield from (*self.strokes, *self.points)

    def over(self, base: CueSources) -> CueSources:
        """Return these sources on top of others; of a kind that is there once, these win."""
        return replace(
            self,
            project=self.project or base.project,
            marked=self.marked or base.marked,
            every_difference=self.every_difference or base.every_difference,
            overlay=self.overlay or base.overlay,
            strokes=(*base.strokes, *self.strokes),
            points=(*base.points, *self.points),
            cue=(*base.cue, *self.cue),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return what is set, as JSON has it."""
        found: dict[str, Any] = {}
        for own in fields(self):
            value = getattr(self, own.name)
            if value:
                found[own.name] = (
                    [str(part) for part in value]
                    if isinstance(value, tuple)
                    else value
                    if isinstance(value, bool)
                    else str(value)
                )
        return found

    def read(self, photo: Picture) -> Cues:
        """Read and combine all sources.

        Raises
        ------
        FileError
            If a file cannot be read.
        CueError
            If its content cannot be used.
        """
        from varcolor.cues.cues import Cues
        from varcolor.cues.files import read_cues
        from varcolor.cues.parse import parse_point
        from varcolor.image.read import read

        cues = Cues.none(photo.shape)
        if self.project is not None:
            cues |= _of_project(self.project, photo)
        if self.marked is not None:
            copy = read(self.marked)
            cues |= Cues.from_marked(photo, copy, every_difference=self.every_difference)
        if self.overlay is not None:
            cues |= Cues.from_overlay(read(self.overlay), photo)
        for path in (*self.strokes, *self.points):
            cues |= read_cues(path, photo)
        for text in self.cue:
            try:
                point = parse_point(text)
                place = [(point.x, point.y)]
                cues |= Cues.from_points(photo.shape, place, [point.color], radius=point.radius)
            except CueError as error:
                raise CueError(f"--cue {text}: {error}") from None
        return cues


def _of_project(path: Path, photo: Picture) -> Cues:
    """Return the cues of a project: imported ones under the strokes, by their fixed names."""
    from varcolor.cues.cues import Cues
    from varcolor.cues.files import parse_cues

    cues = Cues.none(photo.shape)
    try:
        with zipfile.ZipFile(path) as archive:
            sizes = {entry.filename: entry.file_size for entry in archive.infolist()}
            number = 1
            names = []
            while f"cues-{number}.json" in sizes:
                names.append(f"cues-{number}.json")
                number += 1
            for name in (*names, "strokes.json"):
                if sizes.get(name, _MOST_TEXT + 1) > _MOST_TEXT:
                    raise CueError(f"{name} is missing or too large")
                cues |= parse_cues(archive.read(name).decode(), photo.shape)
    except OSError as error:
        raise FileError(f"{path}: cannot be read ({error.strerror or error})") from None
    except CueError as error:
        raise CueError(f"{path}: {error}") from None
    except (
        UnicodeDecodeError,
        zipfile.BadZipFile,
        RuntimeError,
        NotImplementedError,
        EOFError,
    ) as error:
        raise FileError(f"{path}: no project of varcolor ({error})") from None
    return cues
