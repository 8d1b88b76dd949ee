"""Which result belongs to which reference, by path and stem.

A result belongs to the reference whose stem is its own, or is followed in it by ``_…`` or by
``.colour`` (what the commands append); of several the longest stem wins, so ``img1`` takes neither
``img10`` nor what belongs to ``img1_b``. In folders the sub-folder counts, too: the result's must
end with the reference's, so that the folders of several methods may lie side by side; the longest
agreement wins.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from varcolor.errors import FileError
from varcolor.image.formats import EXTENSIONS

#: Appended to the stems of error maps, which are never taken for results.
MAP_SUFFIX = ".ciede2000"
_APPENDED = re.compile(r"|_.*|\.colour(?:[-_].*)?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Match:
    """A result and its reference."""

    reference: Path
    result: Path
    place: PurePath
    """The result's path below the folder it was found in: where mirrored outputs go."""


@dataclass(frozen=True, slots=True)
class Matching:
    """All pairs that were found, and what was left over."""

    matches: tuple[Match, ...]
    left_over: tuple[tuple[Path, str], ...]
    """Files without a partner, each with the reason."""


def belongs(result: str, reference: str) -> bool:
    """Whether a result with this stem can belong to a reference with that stem."""
    return (
        result.startswith(reference) and _APPENDED.fullmatch(result[len(reference) :]) is not None
    )


def pictures_in(folder: Path, recursive: bool = True) -> list[Path]:
    """Return the picture files of a folder by extension, sorted; hidden ones and maps left out."""
    found = []
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(f for f in folders if recursive and not f.startswith("."))
        for name in sorted(names):
            path = Path(here, name)
            if (
                path.suffix.lower() in EXTENSIONS
                and not name.startswith(".")
                and not path.stem.endswith(MAP_SUFFIX)
            ):
                found.append(path)
    return found


def match(reference: Path, results: Sequence[Path], recursive: bool = True) -> Matching:
    """Find the reference of every result.

    Parameters
    ----------
    reference : path
        A file or a folder. Result *files* that are named one by one belong to a reference file
        whatever they are called.
    results : sequence of path
        Files and folders.
    recursive : bool
        Whether folders are searched with their sub-folders.

    Raises
    ------
    FileError
        If the reference does not exist, or is a folder without pictures.
    """
    if not reference.exists():
        raise FileError(f"{reference}: no such file or folder")
    single = not reference.is_dir()
    root = reference.parent if single else reference
    references = [reference] if single else pictures_in(reference, recursive)
    if not references:
        raise FileError(f"{reference}: holds no picture that varcolor can read")
    matches: list[Match] = []
    left_over: list[tuple[Path, str]] = []
    candidates: list[tuple[Path, PurePath]] = []
    for result in results:
        if result.is_dir():
            candidates += [(p, p.relative_to(result)) for p in pictures_in(result, recursive)]
        elif not result.exists():
            left_over.append((result, "no such file or folder"))
        elif single:
            matches.append(Match(reference, result, PurePath(result.name)))
        else:
            candidates.append((result, PurePath(result.name)))
    if not single:
        references = _originals(references, {os.path.realpath(p) for p, _ in candidates})
    keys = {p: PurePath(p.relative_to(root)) for p in references}
    own = {os.path.realpath(p) for p in references}
    for path, place in candidates:
        if os.path.realpath(path) in own:
            continue
        fitting = _fitting(path, place, keys, single)
        if len(fitting) == 1:
            matches.append(Match(fitting[0], path, place))
        elif fitting:
            several = " and ".join(str(p) for p in fitting)
            left_over.append((path, f"could belong to {several}"))
        else:
            left_over.append((path, "no reference of that name"))
    taken = {m.reference for m in matches}
    left_over += [(p, "no result of that name") for p in references if p not in taken]
    order = {p: i for i, p in enumerate(references)}
    matches.sort(key=lambda m: order[m.reference])
    return Matching(tuple(matches), tuple(left_over))


def _originals(references: list[Path], results: set[str]) -> list[Path]:
    """Leave out references that are a result of another one, where both lie in one folder."""
    stems = {(p.parent, p.stem) for p in references}

    def derived(path: Path) -> bool:
        return any(
            folder == path.parent and stem != path.stem and belongs(path.stem, stem)
            for folder, stem in stems
        )

    return [p for p in references if not (os.path.realpath(p) in results and derived(p))]


def _fitting(
    path: Path, place: PurePath, references: dict[Path, PurePath], single: bool
) -> list[Path]:
    """Return the references that fit a result best; several only if nothing tells them apart."""
    folder = place.parent.parts
    best: list[Path] = []
    best_rank: tuple[int, int, bool] | None = None
    for reference, key in references.items():
        above = () if single else key.parent.parts
        ends = not above or folder[-len(above) :] == above
        # A result that is named by itself has no folder to compare.
        if not belongs(path.stem, key.stem) or not (ends or not folder):
            continue
        rank = (len(above) if ends else 0, len(key.stem), path.suffix == key.suffix)
        if best_rank is None or rank > best_rank:
            best, best_rank = [reference], rank
        elif rank == best_rank:
            best.append(reference)
    return best


def folders_of(matches: Iterable[Match]) -> list[Path]:
    """Return the folders that results lie in, each once."""
    return list(dict.fromkeys(m.result.parent for m in matches))
