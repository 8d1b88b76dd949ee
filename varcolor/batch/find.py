"""All inputs in files and folders, and the names that what is made of them begins with."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from varcolor.batch.cue_files import kind_of
from varcolor.batch.journal import NAME as JOURNAL
from varcolor.errors import FileError, InputError
from varcolor.image.formats import EXTENSIONS

#: Why files in folders are passed over.
HIDDEN, APPLE, OTHER = "hidden", "AppleDouble (another system's metadata)", "no input"
CUES, MADE = "cues of photos", "made by varcolor"
#: Middle of the names of pictures that this program makes.
_MADE = (".colour", ".plot", ".given", ".layer")


@dataclass(frozen=True, slots=True)
class Item:
    """One input, and the name that what is made of it begins with."""

    path: Path
    stem: Path
    """Folder and name without an ending; never that of another input."""
    below: Path
    """Its folder below the one that was named."""


@dataclass(frozen=True, slots=True)
class Found:
    """All inputs of a command."""

    items: tuple[Item, ...]
    missing: tuple[tuple[Path, str], ...]
    """What was named and is not there, and folders that cannot be read, with the reason."""
    passed_over: dict[str, int]
    """How many files in folders are no inputs, by the reason."""
    single: bool
    """Whether one file was named and no folder."""


def is_photo(path: Path) -> bool:
    """Return whether a file in a folder is a photo to colour: no cues, and no result."""
    return path.suffix.lower() in EXTENSIONS and kind_of(path) is None and not _is_made(path)


def _is_made(path: Path) -> bool:
    inner = Path(path.stem).suffix.lower()
    return inner in _MADE or path.name == JOURNAL


def find(
    paths: Sequence[Path],
    out: Path | None,
    wanted: Callable[[Path], bool] = is_photo,
    stem_of: Callable[[Path], str] = lambda path: path.stem,
    companions: bool = False,
) -> Found:
    """Find the inputs in files and folders, sub-folders included, and name their outputs.

    Two inputs of one folder whose stems are equal keep their whole names. With ``companions``,
    files with the stem of an input belong to it, and are not counted as passed over.

    Raises
    ------
    InputError
        If nothing was named.
    FileError
        If the output folder is a file.
    """
    if not paths:
        raise InputError("name at least one file or folder")
    if out == Path("-"):
        raise InputError("-o -: files go into a folder; name one")
    if out is not None and out.exists() and not out.is_dir():
        raise FileError(f"{out}: is a file, not a folder")
    places: list[tuple[Path, Path]] = []
    missing: list[tuple[Path, str]] = []

    def cannot_read(error: OSError) -> None:
        missing.append((Path(str(error.filename)), f"cannot be read ({error.strerror})"))

    passed_over: Counter[str] = Counter()
    for path in paths:
        if path.is_dir():
            inside = sorted(_files_in(path, out, cannot_read, passed_over))
            chosen = [p for p in inside if wanted(p)]
            known = {(p.parent, stem_of(p)) for p in chosen} if companions else set()
            others = [p for p in inside if (p.parent, stem_of(p)) not in known]
            passed_over.update(_why(p) for p in set(others).difference(chosen))
            places += [(p, p.parent.relative_to(path)) for p in chosen]
        elif os.path.lexists(path):
            places.append((path, Path()))
        else:
            missing.append((path, "no such file or folder"))
    places = list(
        {os.path.realpath(path): (path, place) for path, place in reversed(places)}.values()
    )[::-1]
    items = _named(places, out, stem_of)
    single = len(paths) == 1 and not paths[0].is_dir()
    return Found(tuple(items), tuple(missing), dict(+passed_over), single)


def _why(path: Path) -> str:
    """Return why a file is no input."""
    return CUES if kind_of(path) else MADE if _is_made(path) else OTHER


def _named(
    places: list[tuple[Path, Path]], out: Path | None, stem_of: Callable[[Path], str]
) -> list[Item]:
    """Return the inputs with names that are all different."""
    folders = [path.parent if out is None else out / place for path, place in places]
    stems = [folder / stem_of(path) for folder, (path, _) in zip(folders, places, strict=True)]
    taken = Counter(_key(stem) for stem in stems)
    items: list[Item] = []
    used: set[str] = set()
    for folder, stem, (path, place) in zip(folders, stems, places, strict=True):
        name = stem if taken[_key(stem)] == 1 else folder / path.name
        number = 2
        while _key(name) in used:
            name = folder / f"{path.name}-{number}"
            number += 1
        used.add(_key(name))
        items.append(Item(path, name, place))
    return items


def _key(path: Path) -> str:
    """Return what two names share that a file system may take for the same."""
    return str(path).casefold()


def _files_in(
    folder: Path,
    out: Path | None,
    on_error: Callable[[OSError], None],
    passed_over: Counter[str],
) -> Iterable[Path]:
    """Yield the visible files below a folder, without those below the output folder."""
    own = None if out is None else os.path.realpath(out)
    if own == os.path.realpath(folder):
        own = None
    for root, folders, files in os.walk(folder, onerror=on_error):
        folders[:] = sorted(
            f for f in folders if not f.startswith(".") and os.path.realpath(Path(root) / f) != own
        )
        for name in files:
            if not name.startswith("."):
                yield Path(root) / name
            elif not name.startswith(".varcolor-"):
                passed_over[APPLE if name.startswith("._") else HIDDEN] += 1
