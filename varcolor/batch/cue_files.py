"""Which cue files belong to a photo, by their names.

Beside ``photo.tif``, and in a folder of cues (in its sub-folder of the same name, or at its top),
the files ``photo.KIND`` and ``photo.tif.KIND`` belong to it, where KIND is one of `KINDS`; the
longer name is its alone, where ``photo.jpg`` lies there, too. In a folder of cues ``photo.json``
and ``photo.csv`` do as well.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path

from varcolor.cues.sources import CueSources
from varcolor.errors import InputError
from varcolor.image.formats import EXTENSIONS

#: Middle of a picture's name -> the source of cues that it is.
PICTURES = {".marked": "marked", ".overlay": "overlay"}
#: End of another file's name -> the source of cues that it is.
KINDS = {
    ".varcolor": "project",
    ".strokes.json": "strokes",
    ".cues.json": "strokes",
    ".points.csv": "points",
}
#: In folders that hold cues alone.
PLAIN = {".json": "strokes", ".csv": "points"}


def kind_of(path: Path, plain: bool = False) -> tuple[str, str] | None:
    """Return the stem of a cue file's photo and the source of cues that it is; None for others."""
    name = path.name
    lower = name.lower()
    picture = Path(lower)
    middle = Path(picture.stem).suffix
    if picture.suffix in EXTENSIONS and middle in PICTURES:
        return name[: -len(middle) - len(picture.suffix)], PICTURES[middle]
    for ending, kind in {**KINDS, **(PLAIN if plain else {})}.items():
        if lower.endswith(ending) and len(name) > len(ending):
            return name[: -len(ending)], kind
    return None


def by_kind(path: Path) -> CueSources:
    """Return the sources that one cue file is, by its name.

    Raises
    ------
    InputError
        If its name does not tell.
    """
    found = kind_of(path, plain=True)
    if found is None:
        known = ", ".join([*KINDS, *PLAIN, *(f"{middle}.png" for middle in PICTURES)])
        raise InputError(f"{path}: a cue file is told by its name: one that ends in {known}")
    return _sources({found[1]: [path]})


class CueFiles:
    """The cue files beside photos and in one folder; folders are read once.

    Parameters
    ----------
    folder : path, optional
        A folder of cues; cues beside the photos count as well, and win.
    """

    def __init__(self, folder: Path | None = None) -> None:
        if folder is not None and not folder.is_dir():
            raise InputError(f"{folder}: no such folder of cues")
        self.folder = folder
        self._read: dict[tuple[Path, bool], dict[str, dict[str, list[Path]]]] = {}

    def of(self, photo: Path, below: Path = Path()) -> CueSources:
        """Return what belongs to a photo.

        Parameters
        ----------
        photo : Path
            The photo.
        below : Path
            Its folder below the one that was searched.
        """
        own = _sources(self._named(photo, photo.parent, False))
        if self.folder is None:
            return own
        for place in dict.fromkeys((self.folder / below, self.folder)):
            if found := self._named(photo, place, True):
                return own.over(_sources(found))
        return own

    def forget(self) -> None:
        """Read folders anew when they are needed."""
        self._read.clear()

    def _named(self, photo: Path, folder: Path, plain: bool) -> dict[str, list[Path]]:
        names = self._listed(folder, plain)
        return names.get(photo.name.casefold()) or names.get(photo.stem.casefold()) or {}

    def _listed(self, folder: Path, plain: bool) -> dict[str, dict[str, list[Path]]]:
        """Return the cue files of a folder: stem of the photo -> source -> files."""
        if (folder, plain) not in self._read:
            found: dict[str, dict[str, list[Path]]] = {}
            try:
                names: Iterable[str] = sorted(path.name for path in folder.iterdir())
            except OSError:
                names = ()
            for name in names:
                about = None if name.startswith(".") else kind_of(Path(name), plain)
                if about is not None:
                    kinds = found.setdefault(about[0].casefold(), {})
                    kinds.setdefault(about[1], []).append(folder / name)
            self._read[folder, plain] = found
        return self._read[folder, plain]


def _sources(found: dict[str, list[Path]]) -> CueSources:
    several = {own.name for own in fields(CueSources) if own.default == ()}
    values = {kind: tuple(paths) if kind in several else paths[0] for kind, paths in found.items()}
    return CueSources(**values)  # type: ignore[arg-type]
