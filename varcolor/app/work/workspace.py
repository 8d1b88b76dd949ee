"""The folder that the server works in, and the photos that are open."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from varcolor.app.work.document import Document
from varcolor.errors import FileError, InputError
from varcolor.image.formats import EXTENSIONS
from varcolor.image.read import parse, read_bytes

#: Photos that are open at a time; the one that was used longest ago is closed.
_OPEN = 12
_LONGEST_NAME = 200


@dataclass(slots=True, eq=False)
class Workspace:
    """A folder, open photos, and the threads that work for them."""

    folder: Path
    """Photos are opened from here alone, and results are saved here."""
    first: Path | None = None
    """The photo or project that is opened with the page."""
    table: bool = False
    """Whether the page begins with the folder."""
    film: bool = False
    """Whether the page begins with a film."""
    documents: OrderedDict[str, Document] = field(default_factory=OrderedDict)
    pool: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(4, thread_name_prefix="paint")
    )
    slow: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(
            2, thread_name_prefix="paint-full", initializer=_give_way
        )
    )
    """For full-size work, which gives way to previews."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.folder = self.folder.resolve()

    def inside(self, name: str) -> Path:
        """Return the file of this name in the folder.

        Raises
        ------
        FileError
            If the name leads out of the folder, also by links, or to nothing.
        """
        if not name or "\0" in name or len(name) > 4096:
            raise FileError("no such file in the folder")
        real = Path(os.path.realpath(self.folder / name))
        if Path(name).is_absolute() or not real.is_relative_to(self.folder):
            raise FileError(f"{name}: lies outside of the folder that varcolor was started with")
        return real

    def open(self, name: str) -> Document:
        """Open a photo of the folder."""
        path = self.inside(name)
        data = read_bytes(path)
        return self.kept(Document(data, parse(data, name), path.name, path))

    def take(self, data: bytes, name: str) -> Document:
        """Open a photo that was uploaded."""
        name = plain_name(name)
        if not data:
            raise FileError(f"{name}: the file is empty")
        return self.kept(Document(data, parse(data, name), name, None))

    def document(self, key: str) -> Document:
        """Return an open photo.

        Raises
        ------
        InputError
            If it is not open any more.
        """
        with self._lock:
            found = self.documents.get(key)
            if found is None:
                raise InputError("this photo is not open any more: open it again")
            self.documents.move_to_end(key)
            return found

    def kept(self, document: Document) -> Document:
        """Keep a photo open; return the one that is open already, if it is the same."""
        with self._lock:
            known = self.documents.get(document.key)
            if known is not None and known.path == document.path:
                self.documents.move_to_end(document.key)
                return known
            self.documents[document.key] = document
            while len(self.documents) > _OPEN:
                self.documents.popitem(last=False)
            return document

    def photos(self) -> list[Path]:
        """Return the picture files of the folder, by name; results of ours are no photos."""
        found = []
        with os.scandir(self.folder) as entries:
            for entry in entries:
                path = Path(entry.path)
                known = path.suffix.lower() in EXTENSIONS and not entry.name.startswith(".")
                if known and ".colour" not in path.stem and entry.is_file():
                    real = Path(os.path.realpath(path))
                    if real.is_relative_to(self.folder):
                        found.append(path)
        return sorted(found, key=lambda path: path.name.lower())

    def facts(self) -> dict[str, Any]:
        """Return what the page is told first."""
        return {
            "folder": self.folder.name or str(self.folder),
            "first": None if self.first is None else self.first.name,
            "table": self.table,
            "film": self.film,
        }


def _give_way() -> None:
    """Lower the priority of this thread, and of those that it starts, where that can be done."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)


def plain_name(name: str) -> str:
    """Return the last part of a name that came from elsewhere, without what no file name has."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    clean = "".join(c for c in last if c.isprintable() and c not in ':*?"<>|').strip(" .")
    while len(os.fsencode(clean)) > _LONGEST_NAME:
        clean = clean[1:]
    if not clean:
        raise InputError("the file has no name")
    return clean
