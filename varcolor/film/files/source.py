"""Where frames come from: folders of numbered pictures; for videos, `varcolor.film.files.video`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from varcolor.errors import FileError, InputError
from varcolor.image.formats import EXTENSIONS
from varcolor.typing import Array, Shape

#: Endings of files that are taken as videos.
VIDEOS = frozenset(
    (
        *(".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ts", ".m2ts"),
        *(".mxf", ".ogv", ".flv", ".wmv", ".vob", ".dv", ".y4m"),
    )
)


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """A frame as it comes."""

    gray: Array
    """(H, W) uint8 or uint16: grey levels of the full range."""
    number: int
    """Its number in names of keys: that in its file's name, or its place in the video."""
    time: int = 0
    """Presentation time, in units of the video's time base."""
    luma: Array | None = None
    """(H, W): stored luma samples of a video, which are written as they are."""


class Source(Protocol):
    """A film."""

    path: Path
    shape: Shape
    dtype: Any
    notes: list[str]
    """What a user should know; reading adds to it."""
    expected: int
    """About how many frames there are; 0 = not known."""

    rate: float
    """Frames a second, about."""

    def frames(self) -> Iterator[Read]:
        """Yield all frames in order."""
        ...

    def frame(self, place: int, time: int) -> Read:
        """Return the frame at a place, which is shown at a time that `frames` has told."""
        ...


class FrameFolder:
    """A folder of numbered pictures.

    Raises
    ------
    FileError
        If it holds none.
    InputError
        If two have the same number.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.notes = path, list[str]()
        self.files = numbered_pictures(path)
        self.expected, self.rate = len(self.files), 25.0
        numbers = [number for number, _ in self.files]
        if missing := sorted(set(range(numbers[0], numbers[-1])) - set(numbers)):
            few = ", ".join(map(str, missing[:5])) + (" ..." if len(missing) > 5 else "")
            self.notes.append(
                f"{len(missing)} numbers are missing ({few}); frames on both sides are neighbours"
            )
        first = _gray(self.files[0][1])
        self.shape: Shape = (first.shape[0], first.shape[1])
        self.dtype: Any = first.dtype

    def frames(self) -> Iterator[Read]:
        """Yield all frames in order.

        Raises
        ------
        InputError
            If one has another size or depth than the first.
        """
        for place, (number, path) in enumerate(self.files):
            gray = _gray(path)
            if gray.shape != self.shape or gray.dtype != self.dtype:
                raise InputError(
                    f"{path}: {gray.shape[1]} x {gray.shape[0]} of {gray.dtype}; the first frame "
                    f"has {self.shape[1]} x {self.shape[0]} of {self.dtype}"
                )
            yield Read(gray, number, place)

    def frame(self, place: int, time: int) -> Read:
        """Return the frame at a place."""
        number, path = self.files[place]
        return Read(_gray(path), number, place)


def numbered_pictures(folder: Path) -> list[tuple[int, Path]]:
    """Return number and path of the frames in a folder, in order.

    Marked copies and overlays are keys, and left out.
    """
    found: dict[int, Path] = {}
    for path in sorted(folder.iterdir()):
        stem = Path(path.stem)
        if path.suffix.lower() not in EXTENSIONS or stem.suffix.lower() in (".marked", ".overlay"):
            continue
        number = number_of(path)
        if path.name.startswith(".") or number is None or stem.suffix.lower() == ".colour":
            continue
        if number in found:
            raise InputError(f"{path}: has the number of {found[number].name}; rename one")
        found[number] = path
    if not found:
        raise FileError(f"{folder}: no numbered pictures, as frame_0001.png")
    return sorted(found.items())


#: Fewer numbered pictures are no film yet.
_FEW = 8


def looks_like_frames(folder: Path) -> bool:
    """Tell whether pictures are named like frames: one name, one number after another."""
    names = [p for p in sorted(folder.iterdir()) if p.suffix.lower() in EXTENSIONS]
    numbers = [number_of(path) for path in names]
    heads = {re.sub(r"\d+(?=\D*$)", "", path.name.split(".")[0]) for path in names}
    if len(names) < _FEW or len(heads) > 1 or None in numbers:
        return False
    found = sorted(number for number in numbers if number is not None)
    return found == list(range(found[0], found[0] + len(found)))


def number_of(path: Path) -> int | None:
    """Return the last number in a name before its endings; None if there is none."""
    digits = re.findall(r"\d+", path.name.split(".")[0])
    return int(digits[-1]) if digits else None


def _gray(path: Path) -> Array:
    from varcolor.image.luma import to_gray
    from varcolor.image.read import read

    picture = to_gray(read(path))
    gray = picture.pixels
    if gray.dtype not in (np.uint8, np.uint16):
        raise InputError(f"{path}: frames are of 8 or 16 bit; this one is {gray.dtype}")
    return gray


def open_source(path: Path) -> Source:
    """Return the film at a path.

    Raises
    ------
    FileError
        If there is none.
    InputError
        If it is of a kind that is no film.
    """
    if path.is_dir():
        return FrameFolder(path)
    if not path.exists():
        raise FileError(f"{path}: no such file or folder")
    if path.suffix.lower() in EXTENSIONS:
        raise InputError(
            f"{path}: is a picture; a film is a video or a folder of numbered pictures. For one "
            "picture: varcolor colorize"
        )
    from varcolor.film.files.video import VideoFile

    return VideoFile(path)
