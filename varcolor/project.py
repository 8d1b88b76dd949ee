"""Projects: a photo, what is painted on it and how it is solved, in one file (``.varcolor``).

A project is a zip archive; `docs/project-format.md` specifies it. Nothing of it is ever extracted
to a path: entries are read by their fixed names, and none that is larger than it may be.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from varcolor.cues.cues import Cues
from varcolor.cues.files import cues_to_json, parse_cues
from varcolor.cues.stroke_raster import StrokeRaster
from varcolor.cues.strokes import Stroke, strokes_from_document, strokes_to_json
from varcolor.errors import FileError, InputError, VarcolorError
from varcolor.image.picture import Picture
from varcolor.image.read import parse, read_bytes
from varcolor.options import RecolorOptions, SolveOptions
from varcolor.pipeline.result import Result
from varcolor.typing import PathLike, Progress

FORMAT, VERSION = "varcolor-project", 1
SUFFIX = ".varcolor"
#: Options that name files or reach for the network: a project may be another person's.
OUTSIDE = ("start", "weights", "reference", "fetch")
#: Decoded size of the entries that are text, and of the photo, at most.
_MOST_TEXT, _MOST_PHOTO = 256 << 20, 4 << 30
_MOST_IMPORTS = 1000

Mode = Literal["colorize", "recolor"]


@dataclass(frozen=True, slots=True)
class Settings:
    """What is done and how; hashable, so that sessions can be kept by it."""

    mode: Mode = "colorize"
    text: str = "{}"
    """The options that differ from their defaults, as JSON with sorted keys."""

    @classmethod
    def of(cls, mode: Any, values: Any) -> Settings:
        """Return the settings of a document.

        Raises
        ------
        InputError
            If the mode or an option is not known or out of range, or an option names a file: the
            document may be another person's.
        """
        if mode not in ("colorize", "recolor"):
            raise InputError(f"mode {mode!r}: expected colorize or recolor")
        if not isinstance(values, dict):
            raise InputError("the options must be an object")
        if said := [name for name in OUTSIDE if name in values]:
            raise InputError(f"{said[0]}: projects and the painting page take no such option")
        settings = cls(mode, json.dumps(values, sort_keys=True))
        options = settings.options()
        options.make_method()
        if named := list(options.files()):
            raise InputError(f"{named[0]}: projects and the painting page take no files as options")
        return settings

    @property
    def values(self) -> dict[str, Any]:
        """The options that differ from their defaults."""
        return dict(json.loads(self.text))

    def options(self) -> SolveOptions:
        """Return the options; a missed tolerance is told by the result's status alone."""
        kind = SolveOptions if self.mode == "colorize" else RecolorOptions
        return replace(kind.from_dict(self.values), on_miss="ignore")

    def solved(self, picture: Picture, cues: Cues, progress: Progress | None) -> Result:
        """Return the result of one solve from scratch."""
        from varcolor.colorization import colorize, recolor

        function = colorize if self.mode == "colorize" else recolor
        return function(picture, cues, options=self.options(), progress=progress)


def cued(picture: Picture, strokes: Sequence[Stroke], base: Cues | None) -> Cues:
    """Return the cues of strokes over imported ones."""
    return StrokeRaster(picture.shape).cues(strokes, base)


@dataclass(frozen=True, slots=True, eq=False)
class Project:
    """What a project file holds."""

    name: str
    """Name of the photo's file, without a folder."""
    sha256: str
    """Of the photo's file."""
    photo: bytes | None
    """Content of the photo's file; None if it lies beside the project."""
    shape: tuple[int, int]
    """Height and width of the photo."""
    strokes: tuple[Stroke, ...]
    imports: tuple[tuple[str, Cues], ...] = ()
    """Names and contents of imported cues; they lie under the strokes."""
    settings: Settings = field(default_factory=Settings)
    palette: tuple[str, ...] = ()
    """Colours, ``#rrggbb``."""
    history: Any = None
    """What the painting page keeps of undo and redo; of no meaning elsewhere."""
    preview: bytes | None = None
    """PNG, for people who look into the archive."""

    def content(self) -> bytes:
        """Return the content of the file."""
        about = {
            "format": FORMAT,
            "version": VERSION,
            "photo": {
                "name": self.name,
                "sha256": self.sha256,
                "embedded": self.photo is not None,
                "width": self.shape[1],
                "height": self.shape[0],
            },
            "mode": self.settings.mode,
            "options": self.settings.values,
            "palette": list(self.palette),
            "imports": [name for name, _ in self.imports],
        }
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("project.json", json.dumps(about, indent=1))
            archive.writestr("strokes.json", strokes_to_json(self.strokes, self.shape))
            for number, (_, cues) in enumerate(self.imports, 1):
                archive.writestr(f"cues-{number}.json", cues_to_json(cues))
            if self.history is not None:
                archive.writestr("history.json", json.dumps(self.history))
            if self.preview is not None:
                archive.writestr("preview.png", self.preview, zipfile.ZIP_STORED)
            if self.photo is not None:
                archive.writestr("photo", self.photo, zipfile.ZIP_STORED)
        return buffer.getvalue()

    def picture(self, beside: Path | None = None) -> Picture:
        """Return the photo.

        Parameters
        ----------
        beside : Path, optional
            The folder where it lies if it is not in the project.

        Raises
        ------
        FileError
            If it cannot be read, or is not the one that was painted on.
        """
        data = self.photo
        if data is None:
            if beside is None or Path(self.name).name != self.name:
                raise FileError(f"{self.name}: the project does not hold this photo")
            data = read_bytes(beside / self.name)
        if hashlib.sha256(data).hexdigest() != self.sha256:
            raise FileError(f"{self.name}: is not the photo that was painted on (its hash differs)")
        picture = parse(data, self.name)
        if picture.shape != self.shape:
            raise FileError(f"{self.name}: its size is not the one that the project says")
        return picture

    def cues(self) -> Cues:
        """Return all cues: imported ones, and the strokes over them."""
        base: Cues | None = None
        for _, cues in self.imports:
            base = cues if base is None else base | cues
        return StrokeRaster(self.shape).cues(self.strokes, base)


def read_project(path: PathLike) -> Project:
    """Read a project file.

    Raises
    ------
    FileError
        If it cannot be read, or does not follow the format.
    """
    return parse_project(read_bytes(path), str(path))


def parse_project(data: bytes, source: str) -> Project:
    """Return the project that the content of a file holds; as `read_project`."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _project(archive)
    except VarcolorError as error:
        raise FileError(f"{source}: {error}") from None
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, OSError) as error:
        raise FileError(f"{source}: broken project file ({error})") from None
    except KeyError as error:
        raise FileError(f"{source}: broken project file (missing: {error.args[0]})") from None
    except (ValueError, TypeError, AttributeError, RecursionError, RuntimeError) as error:
        raise FileError(f"{source}: broken project file ({error})") from None


def _project(archive: zipfile.ZipFile) -> Project:
    about = json.loads(_entry(archive, "project.json"))
    if about["format"] != FORMAT:
        raise FileError(f"'format' is {about['format']!r}; expected {FORMAT!r}")
    if about["version"] != VERSION:
        raise FileError(
            f"version {about['version']!r} is not known to this program, which reads {VERSION}"
        )
    photo, names = about["photo"], archive.namelist()
    strokes, shape = strokes_from_document(json.loads(_entry(archive, "strokes.json")))
    if shape != (photo["height"], photo["width"]):
        raise FileError("the strokes were made for another size than the photo's")
    imported = [str(name) for name in about.get("imports", [])]
    if len(imported) > _MOST_IMPORTS:
        raise FileError("too many imports")
    imports = [
        (name, parse_cues(_entry(archive, f"cues-{number}.json").decode(), shape))
        for number, name in enumerate(imported, 1)
    ]
    history = json.loads(_entry(archive, "history.json")) if "history.json" in names else None
    return Project(
        name=str(photo["name"]),
        sha256=str(photo["sha256"]),
        photo=_entry(archive, "photo", _MOST_PHOTO) if photo["embedded"] else None,
        shape=shape,
        strokes=tuple(strokes),
        imports=tuple(imports),
        settings=Settings.of(about.get("mode", "colorize"), about.get("options", {})),
        palette=tuple(str(color) for color in about.get("palette", [])),
        history=history,
        preview=_entry(archive, "preview.png") if "preview.png" in names else None,
    )


def _entry(archive: zipfile.ZipFile, name: str, most: int = _MOST_TEXT) -> bytes:
    """Return an entry; one that claims, or has, more than it may have is refused."""
    info = archive.getinfo(name)
    if info.file_size > most:
        raise FileError(f"{name} is larger than {most >> 20} MiB")
    with archive.open(info) as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise FileError(f"{name} is larger than {most >> 20} MiB")
    return data


def is_project(data: bytes) -> bool:
    """Tell whether a file's content may be a project."""
    return data.startswith(b"PK\x03\x04")
