"""What a picture in parts begins with: method, cues, decoded pixels, what an earlier call left."""

from __future__ import annotations

import contextlib
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np

from varcolor.cues.cues import Cues
from varcolor.cues.files import parse_cues
from varcolor.cues.parse import parse_point
from varcolor.cues.sources import CueSources
from varcolor.cues.table import parse_table
from varcolor.energy.prior import Data
from varcolor.errors import CueError, FileError, InputError
from varcolor.image.color import as_space
from varcolor.image.read import read_bytes
from varcolor.image.write import write_bytes
from varcolor.methods import Method
from varcolor.methods.base import summary_of
from varcolor.options import SolveOptions
from varcolor.prior.given import source_of
from varcolor.prior.gp import GP
from varcolor.tiled.field import Field
from varcolor.tiled.source import Source
from varcolor.typing import Shape


def method_of(options: SolveOptions) -> tuple[Method, GP | None]:
    """Return the method of a picture in parts, and its prior.

    Raises
    ------
    InputError
        For those that need the whole picture.
    """
    from varcolor.methods.quadratic import Auto, Harmonic

    method = options.make_method()
    prior = _prior(method.prior if options.prior is None else options.prior, options)
    if options.objects is not None:
        raise InputError("pictures in parts take no objects")
    if isinstance(method, Auto):
        method = Harmonic(affinity=method.affinity, sigma=method.sigma, floor=method.floor)
    what = summary_of(method, 1)
    clustered = getattr(method, "affinity", "") == "gauss4"
    if not (what.second_order and what.compact) or clustered:
        raise InputError(
            f"method {method.name!r}: pictures in parts take harmonic (affinities default and "
            "levin-sym) and levin in 3x3 windows"
        )
    return method, prior


def _prior(given: Any, options: SolveOptions) -> GP | None:
    """Return what is expected, if anything; refuse what needs the whole picture."""
    if options.start is not None:
        raise InputError("pictures in parts take no start")
    if options.reference is not None or options.loss != "square" or options.saturation != "none":
        raise InputError("pictures in parts take no reference, no loss and no saturation")
    level = options.confidence
    named = isinstance(given, GP) or given in (None, "none", "gp", "agreed")
    if not named or not (level is None or isinstance(level, int | float)):
        raise InputError(
            "pictures in parts take the priors gp and agreed, with a number as confidence"
        )
    source: Any = source_of(given, level, (1, 1), as_space(options.space))
    return source  # type: ignore[no-any-return]


def cues_of(sources: CueSources, shape: Shape) -> Cues:
    """Return the cues of a picture of which only the size is known.

    Raises
    ------
    InputError
        For marked copies, overlays and projects, which need the picture.
    CueError
        As `varcolor.read_cues`.
    """
    if sources.marked or sources.overlay or sources.project:
        raise InputError("pictures in parts take --strokes, --points and --cue only")
    cues = Cues.none(shape)
    for path in (*sources.strokes, *sources.points):
        try:
            text = read_bytes(path).decode("utf-8-sig")
            is_json = text.lstrip()[:1] in ("{", "[")
            cues |= parse_cues(text, shape) if is_json else parse_table(text, shape)
        except UnicodeDecodeError:
            raise CueError(f"{path}: neither JSON nor CSV text") from None
        except CueError as error:
            raise CueError(f"{path}: {error}") from None
    for text in sources.cue:
        point = parse_point(text)
        cues |= Cues.from_points(shape, [(point.x, point.y)], [point.color], radius=point.radius)
    return cues


def stamp_of(source: Source, data: Data, options: SolveOptions, side: int) -> str:
    """Return what an earlier call must agree in to be gone on from."""
    status = source.path.stat()
    digest = hashlib.sha256()
    for part in (data.at, data.weight, data.values):
        digest.update(np.ascontiguousarray(part).tobytes())
    own = {name: value for name, value in options.to_dict().items() if name != "threads"}
    facts = [str(source.path.absolute()), status.st_size, status.st_mtime_ns, side, own]
    digest.update(json.dumps(facts).encode())
    return digest.hexdigest()


class State:
    """How far a picture is, in its folder."""

    def __init__(self, folder: Path, stamp: str) -> None:
        self.path = folder / "state.json"
        self.values: dict[str, Any] = {"stamp": stamp}
        with contextlib.suppress(OSError, ValueError):
            found = json.loads(self.path.read_text())
            if found.get("stamp") == stamp:
                self.values = found

    @property
    def changes(self) -> list[float]:
        """The changes of the sweeps that are done; a copy."""
        return list(self.values.get("changes", []))

    @property
    def far(self) -> float:
        """What the search so far has seen of `varcolor.tiled.acceleration`'s amplification."""
        return float(self.values.get("far", 1.0))

    def save(self, more: dict[str, Any]) -> None:
        """Write it, whole or not."""
        self.values |= more
        write_bytes(self.path, json.dumps(self.values).encode())


def decoded(source: Source, state: State, report: Any) -> Field:
    """Return the photo's pixels where windows of them are read at once; decoded if need be."""
    report("read", 0.0)
    path = state.path.with_name("pixels")
    if state.values.get("read") and path.exists():
        with contextlib.suppress(FileError):
            return Field(path, source.shape, source.dtype, fresh=False)
    state.values.pop("changes", None)
    state.values.pop("far", None)
    field, total, seen = Field(path, source.shape, source.dtype), source.shape[0], 0
    try:
        for rows, columns, part in source.parts():
            field.write(rows, columns, part)
            seen = max(seen, rows.stop)
            report("read", seen / total)
    except OSError as error:
        raise FileError(f"{source.path}: {error.strerror or error}") from error
    except (ValueError, RuntimeError, TypeError) as error:
        raise FileError(f"{source.path}: broken TIFF file: {error}") from None
    field.flush()
    state.save({"read": True})
    return field
