"""Which pictures there are, in folders, lists and zip files, and which of them are held out."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from varcolor.errors import FileError, InputError
from varcolor.image.formats import EXTENSIONS
from varcolor.image.read import read_bytes
from varcolor.training.config import DataOptions

#: Largest member of a zip file that is unpacked, in bytes.
_LARGEST = 1 << 30


@dataclass(frozen=True, slots=True)
class Entry:
    """A picture: a file, or a member of a zip file."""

    path: Path
    member: str = ""
    """Its name in the zip file; empty: a file of its own."""
    key: str = ""
    """Its name below the place that was named, by which it is held out or not."""

    def __str__(self) -> str:
        return f"{self.path}:{self.member}" if self.member else str(self.path)

    def content(self) -> bytes:
        """Return the content of the file.

        Raises
        ------
        FileError
            If it cannot be read.
        """
        if not self.member:
            return read_bytes(self.path)
        try:
            with zipfile.ZipFile(self.path) as archive:
                if archive.getinfo(self.member).file_size > _LARGEST:
                    raise FileError(f"{self}: larger than {_LARGEST >> 30} GB")
                return archive.read(self.member)
        except FileError:
            raise
        except (OSError, KeyError, RuntimeError, NotImplementedError, zipfile.BadZipFile) as error:
            raise FileError(f"{self}: cannot be read ({error})") from None


def entries_of(places: Sequence[Path]) -> tuple[Entry, ...]:
    """Return all pictures in folders (sub-folders, too), zip files and lists, in a fixed order.

    Raises
    ------
    InputError
        If no place was named.
    FileError
        If one is not there, cannot be read, or all of them are empty of pictures.
    """
    if not places:
        raise InputError("no data: name folders, zip files or lists by --data or data.places")
    found: dict[tuple[str, str], Entry] = {}
    for place in places:
        for entry in _in(place):
            found.setdefault((str(entry.path), entry.member), entry)
    if not found:
        names = ", ".join(str(place) for place in places)
        raise FileError(f"{names}: no pictures there ({', '.join(sorted(EXTENSIONS))}, or in zips)")
    return tuple(found.values())


def _in(place: Path) -> Iterator[Entry]:
    try:
        if place.is_dir():
            files = sorted(p for p in place.rglob("*") if p.is_file() and not _is_hidden(p, place))
            for path in files:
                below = path.relative_to(place).as_posix()
                if path.suffix.lower() in EXTENSIONS:
                    yield Entry(path, key=below)
                elif path.suffix.lower() == ".zip":
                    yield from _in(path)
        elif not place.exists():
            raise FileError(f"{place}: no such file or folder; it should hold pictures")
        elif place.suffix.lower() == ".zip":
            with zipfile.ZipFile(place) as archive:
                names = sorted(archive.namelist())
            for name in names:
                if Path(name).suffix.lower() in EXTENSIONS and not name.startswith("__MACOSX"):
                    yield Entry(place, name, name)
        elif place.suffix.lower() in EXTENSIONS:
            yield Entry(place, key=place.name)
        else:
            yield from _listed(place)
    except zipfile.BadZipFile:
        raise FileError(f"{place}: is no zip file, or damaged or cut off") from None
    except OSError as error:
        if isinstance(error, FileError):
            raise
        raise FileError(f"{place}: cannot be read ({error.strerror or error})") from None


def _listed(place: Path) -> Iterator[Entry]:
    """Yield what a text file lists: one path a line, relative to its folder; # is a comment."""
    try:
        lines = place.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        raise FileError(f"{place}: is no picture, zip file or list of pictures") from None
    for number, line in enumerate(lines, 1):
        name = line.strip()
        if not name or name.startswith("#"):
            continue
        path = place.parent / name
        if not path.is_file():
            raise FileError(f"{place}: line {number}: no such file: {name}")
        yield Entry(path, key=Path(name).as_posix())


def _is_hidden(path: Path, place: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(place).parts)


def parted(data: DataOptions) -> tuple[tuple[Entry, ...], tuple[Entry, ...]]:
    """Return the pictures of a configuration for training and those that are held out.

    Raises
    ------
    InputError
        If no place was named.
    FileError
        If one cannot be read, or nothing is left for training.
    """
    entries = entries_of([Path(place) for place in data.places])
    if not data.held_out_places:
        return split(entries, data.held_out)
    apart = entries_of([Path(place) for place in data.held_out_places])
    known = {(entry.path.resolve(), entry.member) for entry in apart}
    rest = tuple(e for e in entries if (e.path.resolve(), e.member) not in known)
    if not rest:
        raise FileError(f"{entries[0]}: too few pictures: all are held out")
    return rest, apart


def split(entries: Sequence[Entry], held_out: float) -> tuple[tuple[Entry, ...], tuple[Entry, ...]]:
    """Return the pictures for training and those that are held out.

    A picture is held out if the first 8 bytes of the SHA-256 of its key, as a number in 0..1, lie
    below ``held_out``: the same whatever else is there, and wherever the folder lies.

    Raises
    ------
    FileError
        If nothing is left for training.
    """
    parts: tuple[list[Entry], list[Entry]] = ([], [])
    for entry in entries:
        digest = hashlib.sha256(entry.key.encode("utf-8", "surrogateescape")).digest()
        parts[int.from_bytes(digest[:8], "big") / 2**64 < held_out].append(entry)
    if not parts[0]:
        raise FileError(f"{entries[0]}: too few pictures: all are held out")
    return tuple(parts[0]), tuple(parts[1])
