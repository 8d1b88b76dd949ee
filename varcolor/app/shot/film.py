"""The film that the page was started with: frames that are open, and the keys beside it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from varcolor.app.shot.colouring import Colouring
from varcolor.app.shot.reel import Reel
from varcolor.app.tiles import png
from varcolor.app.work.document import Document, Slot
from varcolor.app.work.keeping import painting_json
from varcolor.app.work.recovery import Autosaves
from varcolor.app.work.workspace import Workspace
from varcolor.errors import InputError
from varcolor.film.files.keys import find_keys
from varcolor.project import SUFFIX


class Film:
    """A film that is painted on.

    What is painted on a frame is kept as a project named by the frame's number, in a folder beside
    the film, which ``varcolor film FILM --keys FOLDER`` takes as it is.

    Parameters
    ----------
    path : Path
        A video, or a folder of numbered pictures.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.reel = path, Reel(path)
        self.folder = path.with_name(f"{path.name}.keys")
        if self.folder.exists() and not self.folder.is_dir():
            raise InputError(f"{self.folder}: is where keys of {path.name} are kept; rename it")
        self.saves = Autosaves(self.folder, 0o777)
        self.colouring = Colouring(path, self.folder, self.reel.shape)

    def _name(self, place: int) -> str:
        return f"{self.reel.number(place):04d}"

    def keys(self) -> list[int]:
        """Return the places of the frames that have keys."""
        if not self.folder.is_dir() or not any(os.scandir(self.folder)):
            return []
        try:
            found = find_keys(self.folder)
        except InputError:  # files that are no keys
            return []
        places = (self.reel.place(number) for number in found)
        return sorted(place for place in places if place is not None)

    def open(self, workspace: Workspace, place: int) -> dict[str, Any]:
        """Open a frame for painting; return it and what is painted on it."""
        name, picture = self._name(place), self.reel.picture(place)
        slot = Slot(self.saves, name)
        data = png(picture.pixels)
        own = workspace.kept(Document(data, picture, str(picture.meta.source), None, slot))
        kept = self.saves.find(name)
        facts: dict[str, Any] = {"photo": own.facts(), "painting": None, "frame": place}
        if kept is not None and kept.shape == picture.shape:
            facts["painting"] = painting_json(own, kept)
        facts["others"] = self._others(place)
        return facts

    def _others(self, place: int) -> list[str]:
        """Return the names of key files of a frame that were not made here."""
        if place not in self.keys():
            return []
        files = find_keys(self.folder)[self.reel.number(place)].files()
        return [path.name for path in files if path.name != f"{self._name(place)}{SUFFIX}"]

    def facts(self) -> dict[str, Any]:
        """Return what the page is told of the film."""
        reel = self.reel
        return {
            "name": self.path.name,
            "folder": self.folder.name,
            "count": reel.count,
            "complete": reel.complete,
            "expected": reel.source.expected,
            "failed": reel.failed,
            "rate": reel.rate,
            "first": reel.number(0) if reel.count else 0,
            "width": reel.shape[1],
            "height": reel.shape[0],
            "keys": self.keys(),
            "notes": list(reel.source.notes),
            "colouring": self.colouring.facts(),
        }

    def close(self) -> None:
        """Stop what runs."""
        self.reel.close()
        self.colouring.close()
