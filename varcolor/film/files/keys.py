"""Keys: what is known of some frames, from files named by the frames' numbers.

In a folder, the number in a file's name (the last one) is the frame's: ``0012.strokes.json``,
``0012.json``, ``frame_0012.marked.png``, ``0012.overlay.png``, ``0012.points.csv``,
``0012.varcolor``; a plain picture ``0012.png`` is the finished frame, all of it known. One file is
the key of the frame in its name, or of the first frame.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from varcolor.cues.downsample import shrunk_cues
from varcolor.cues.sources import CueSources
from varcolor.energy.prior import Data
from varcolor.errors import CueError, FileError, InputError
from varcolor.film.files.source import number_of
from varcolor.film.motion.flow import opencv
from varcolor.image.color import Space
from varcolor.image.formats import EXTENSIONS
from varcolor.image.picture import Picture
from varcolor.typing import Shape

_ENDINGS: dict[str, Callable[[Path], CueSources]] = {
    ".varcolor": lambda path: CueSources(project=path),
    ".json": lambda path: CueSources(strokes=(path,)),
    ".csv": lambda path: CueSources(points=(path,)),
}


@dataclass(slots=True)
class KeyFiles:
    """The files of one frame."""

    sources: CueSources = field(default_factory=CueSources)
    finished: Path | None = None
    """The frame in colour."""

    def files(self) -> list[Path]:
        """Return all files."""
        own = [] if self.finished is None else [self.finished]
        return [*own, *self.sources.files()]

    def read(self, photo: Picture, space: Space, shape: Shape | None = None) -> Data:
        """Return what is known of a grey frame, or of a smaller copy of it of another shape.

        Raises
        ------
        CueError
            If it does not fit the frame, or nothing is known.
        """
        if self.finished is not None:
            from varcolor.image.read import read

            found = read(self.finished)
            if found.shape != photo.shape:
                raise CueError(
                    f"{self.finished}: {found.shape[1]} x {found.shape[0]}; the film has "
                    f"{photo.shape[1]} x {photo.shape[0]}"
                )
            if found.is_gray:
                raise CueError(f"{self.finished}: is grey; a finished frame has colours")
            rgb = found.as_float()
            if shape is not None and shape != photo.shape:
                cv2 = opencv()
                rgb = cv2.resize(rgb, shape[::-1], interpolation=cv2.INTER_AREA)
            values = space.split(rgb)[1].reshape(-1, 2)
            return Data(np.arange(len(values)), np.full(len(values), np.inf), values)
        cues = self.sources.read(photo)
        if cues.keep.any():
            raise CueError(f"{self.files()[0]}: keep strokes are for colour photos")
        if not len(cues):
            raise CueError(f"{self.files()[0]}: holds no colours")
        if shape is not None and shape != photo.shape:
            cues = shrunk_cues(cues, photo, shape, -(-photo.shape[0] // shape[0]))
        chroma = space.split(cues.color.astype(np.float64))[1]
        return Data(cues.flat, cues.weight.astype(np.float64), chroma)


def find_keys(path: Path) -> dict[int, KeyFiles]:
    """Return the files of all keys by the number of their frame.

    Raises
    ------
    FileError
        If there is no such file or folder.
    InputError
        If a folder holds no key, or a name does not tell what a file is.
    """
    if not path.exists():
        raise FileError(f"{path}: no such file or folder of keys")
    if not path.is_dir():
        found: dict[int, KeyFiles] = {}
        _add(found, number_of(path) or 0, path)
        return found
    found = {}
    for own in sorted(path.iterdir()):
        number = number_of(own)
        if own.name.startswith(".") or own.is_dir() or number is None:
            continue
        if own.suffix.lower() in _ENDINGS or own.suffix.lower() in EXTENSIONS:
            _add(found, number, own)
    if not found:
        raise InputError(
            f"{path}: no keys; they are named by their frame: 0012.strokes.json, 0012.marked.png, "
            "0012.png"
        )
    return found


def _add(found: dict[int, KeyFiles], number: int, path: Path) -> None:
    own = found.setdefault(number, KeyFiles())
    suffix, middle = path.suffix.lower(), Path(path.stem).suffix.lower()
    if suffix in EXTENSIONS and middle == ".marked":
        added = CueSources(marked=path)
    elif suffix in EXTENSIONS and middle == ".overlay":
        added = CueSources(overlay=path)
    elif suffix in EXTENSIONS:
        own.finished = path
        return
    elif suffix in _ENDINGS:
        added = _ENDINGS[suffix](path)
    else:
        raise InputError(
            f"{path}: a key is strokes in JSON, points in CSV, a project, or a picture"
        )
    own.sources = added.over(own.sources)


def keys_in(
    found: dict[int, KeyFiles],
    numbers: list[int],
    photo: Callable[[int], Picture],
    space: Space,
    shape: Shape | None = None,
) -> dict[int, Data]:
    """Return what is known, by the place of the frames in the film.

    Parameters
    ----------
    found : dict
        From `find_keys`.
    numbers : list of int
        The numbers of all frames, in order.
    photo : callable
        Returns the grey picture of the frame at a place.
    space : Space
        Working space.
    shape : (int, int), optional
        Of the frames that are solved, if they are smaller copies.

    Raises
    ------
    InputError
        If there is no frame of a key's number.
    """
    places = {number: place for place, number in enumerate(numbers)}
    result = {}
    for number, files in sorted(found.items()):
        if number not in places:
            raise InputError(
                f"{files.files()[0]}: the film has no frame {number}; it has {numbers[0]} to "
                f"{numbers[-1]}"
            )
        result[places[number]] = files.read(photo(places[number]), space, shape)
    return result
