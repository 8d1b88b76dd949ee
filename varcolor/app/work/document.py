"""One photo that is painted on: its file, its pixels, and everything that is solved for it."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from varcolor.app.work.engine import Engine
from varcolor.app.work.masks import Masks
from varcolor.app.work.recovery import Autosaves
from varcolor.cues.cues import Cues
from varcolor.cues.strokes import Stroke
from varcolor.errors import InputError
from varcolor.image.luma import to_gray
from varcolor.image.picture import Picture
from varcolor.image.read import read_bytes
from varcolor.pipeline.result import Result
from varcolor.project import Settings, cued
from varcolor.typing import BoolArray, Progress

#: Full-size results that tiles can still be asked of.
_RESULTS = 3
#: Engines with their sessions: for other options the weights are made anew.
_ENGINES = 2


class Dropped(InputError):  # noqa: N818
    """A result that newer ones have replaced."""


@dataclass(frozen=True, slots=True, eq=False)
class Imported:
    """Cues that came from a file."""

    name: str
    cues: Cues


@dataclass(frozen=True, slots=True)
class Painting:
    """What a person has painted: all that a result depends on beside the photo."""

    strokes: tuple[Stroke, ...] = ()
    imports: tuple[str, ...] = ()
    """Keys of imported cues, in order."""
    settings: Settings = field(default_factory=Settings)


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """A full-size result that is shown."""

    picture: Picture
    untouched: BoolArray | None


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for the painting of one frame of a film: alike frames have their own."""

    saves: Autosaves
    name: str


class Document:
    """A photo that was opened.

    Parameters
    ----------
    data : bytes
        Content of its file.
    picture : Picture
        What it holds.
    name : str
        Name for people, without a folder.
    path : Path, optional
        Where the file lies, if it lies in the folder that the server works in.
    slot : Slot, optional
        Where its painting is kept, if that is not with those of all photos.
    """

    def __init__(
        self,
        data: bytes,
        picture: Picture,
        name: str,
        path: Path | None,
        slot: Slot | None = None,
    ) -> None:
        self.sha256, self.slot = hashlib.sha256(data).hexdigest(), slot
        self.key = self.sha256[:20]
        if slot is not None:
            mark = f"{slot.saves.folder.absolute()}/{slot.name}".encode()
            self.key = hashlib.sha256(mark + data).hexdigest()[:20]
        self.name, self.path, self.picture = name, path, picture
        self._data = data if path is None else None
        self.gray = to_gray(picture)
        self.masks = Masks(picture, self.gray)
        self.imports: dict[str, Imported] = {}
        self._engines: OrderedDict[Settings, Engine] = OrderedDict()
        self._shown: OrderedDict[int, Shown] = OrderedDict()
        self._version = self._pages = 0
        self._lock = threading.Lock()

    @contextmanager
    def on_page(self) -> Iterator[None]:
        """Be on a page; when the last page goes, what was made for solving is dropped."""
        with self._lock:
            self._pages += 1
        try:
            yield
        finally:
            with self._lock:
                self._pages -= 1
                if not self._pages:
                    self._engines.clear()
                    self._shown.clear()

    def data(self) -> bytes:
        """Return the content of the photo's file.

        Raises
        ------
        InputError
            If the file has changed since it was opened.
        """
        if self._data is not None or self.path is None:
            return self._data or b""
        data = read_bytes(self.path)
        if hashlib.sha256(data).hexdigest() != self.sha256:
            raise InputError(f"{self.path}: has changed since it was opened; open it again")
        return data

    def engine(self, settings: Settings) -> Engine:
        """Return what solves with these settings.

        Raises
        ------
        InputError
            If the settings cannot be used.
        """
        with self._lock:
            engine = self._engines.get(settings)
            if engine is None:
                engine = self._engines[settings] = Engine(self.picture, settings, self.masks)
                while len(self._engines) > _ENGINES:
                    self._engines.popitem(last=False)
            self._engines.move_to_end(settings)
            return engine

    def base(self, imports: Sequence[str]) -> Cues | None:
        """Return the imported cues of some keys, later ones over earlier ones.

        Raises
        ------
        InputError
            For a key that is not known.
        """
        base: Cues | None = None
        for key in imports:
            if key not in self.imports:
                raise InputError(f"the imported colours {key!r} are not known; import them again")
            cues = self.imports[key].cues
            base = cues if base is None else base | cues
        return base

    def add(self, name: str, cues: Cues) -> str:
        """Keep imported cues and return their key: a hash of what they are."""
        hashed = hashlib.sha256(repr(cues.shape).encode())
        for part in (cues.at, cues.color, cues.weight, cues.keep):
            hashed.update(part.tobytes())
        key = hashed.hexdigest()[:16]
        self.imports[key] = Imported(name, cues)
        return key

    def exact(self, painting: Painting, progress: Progress | None = None) -> Result:
        """Return what `varcolor.colorize` or `recolor` give: for files, bit for bit.

        A session's results, which are shown, lie within the same tolerance, but begin from
        earlier ones.
        """
        cues = self.cues(painting)
        return painting.settings.solved(self.picture, cues, progress)

    def cues(self, painting: Painting) -> Cues:
        """Return all cues of a painting at the photo's size."""
        return cued(self.picture, painting.strokes, self.base(painting.imports))

    def show(self, result: Result) -> int:
        """Keep a full-size result for its tiles, and return its version."""
        with self._lock:
            self._version += 1
            self._shown[self._version] = Shown(result.picture, result.untouched)
            while len(self._shown) > _RESULTS:
                self._shown.popitem(last=False)
            return self._version

    def shown(self, version: int) -> Shown:
        """Return a kept result.

        Raises
        ------
        Dropped
            If it has been dropped.
        """
        found = self._shown.get(version)
        if found is None:
            raise Dropped("this result is no longer kept")
        return found

    def facts(self) -> dict[str, Any]:
        """Return what the page is told of the photo."""
        from varcolor.app.tiles import SIDE, levels

        height, width = self.picture.shape
        return {
            "key": self.key,
            "name": self.name,
            "path": None if self.path is None else self.path.name,
            "sha256": self.sha256,
            "width": width,
            "height": height,
            "depth": str(self.picture.pixels.dtype),
            "colour": not self.picture.is_gray,
            "alpha": self.picture.alpha is not None,
            "levels": levels(self.picture.shape),
            "tile": SIDE,
            "notes": list(self.picture.meta.notes),
        }
