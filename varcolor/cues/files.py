"""Cue files: strokes and cues in JSON, points in CSV."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np

from varcolor.cues.cues import Cues
from varcolor.cues.parse import check_weight, require_memory
from varcolor.cues.strokes import (
    FORMAT,
    color_entry,
    document_shape,
    fitted,
    is_number,
    rasterise,
    strokes_from_document,
)
from varcolor.cues.table import parse_table
from varcolor.errors import CueError
from varcolor.image.picture import PictureLike, as_picture
from varcolor.image.read import read_bytes
from varcolor.image.write import write_bytes
from varcolor.typing import Array, PathLike, Shape

CUES_FORMAT = "varcolor-cues"
CUES_VERSION = 1


def read_cues(path: PathLike, photo: PictureLike | None = None) -> Cues:
    """Read cues from a file.

    Parameters
    ----------
    path : str or path
        Strokes (``"format": "varcolor-strokes"``) or saved cues (``"varcolor-cues"``) in JSON, or
        points in CSV; see `varcolor.cues.table`. Strokes that were made for another size of the
        same picture are scaled to the photo's, with a note.
    photo : Picture or ndarray, optional
        The picture that the cues are for: needed for CSV, which does not say its size; otherwise
        the size is checked.

    Returns
    -------
    Cues

    Raises
    ------
    FileError
        If the file cannot be read.
    CueError
        If its content cannot be used; the message names the file and the place.
    """
    data = read_bytes(path)
    shape = None if photo is None else as_picture(photo).shape
    try:
        text = data.decode("utf-8-sig")
        if text.lstrip()[:1] in ("{", "["):
            cues = parse_cues(text, shape)
        elif shape is None:
            raise CueError("a CSV file does not tell the picture's size: pass the photo as well")
        else:
            cues = parse_table(text, shape)
    except UnicodeDecodeError:
        raise CueError(f"{path}: neither JSON nor CSV text") from None
    except CueError as error:
        raise CueError(f"{path}: {error}") from None
    return replace(cues, notes=tuple(f"{path}: {note}" for note in cues.notes))


def parse_cues(text: str, shape: Shape | None) -> Cues:
    """Return the cues of a JSON text; as `read_cues`."""
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise CueError(f"line {error.lineno}: not valid JSON ({error.msg})") from None
    except ValueError:
        raise CueError("not valid JSON (a number has too many digits)") from None
    except RecursionError:
        raise CueError("not valid JSON (nested too deeply)") from None
    kind = document.get("format") if isinstance(document, dict) else None
    if kind == FORMAT:
        strokes, made_for = strokes_from_document(document)
        if shape is None or shape == made_for:
            return rasterise(strokes, made_for)
        strokes, note = fitted(strokes, made_for, shape)
        cues = rasterise(strokes, shape)
        return replace(cues, notes=(note, *cues.notes))
    if kind == CUES_FORMAT:
        made_for = document_shape(document, CUES_VERSION, ("cues",))
        _check_shape(made_for, shape)
        return _cues_from_document(document["cues"], made_for)
    raise CueError(f"'format' is {kind!r}; expected {FORMAT!r} or {CUES_FORMAT!r}")


def _check_shape(made_for: Shape, shape: Shape | None) -> None:
    if shape is not None and made_for != shape:
        raise CueError(
            f"made for a {made_for[1]} x {made_for[0]} picture, but the photo is "
            f"{shape[1]} x {shape[0]}"
        )


def save_cues(cues: Cues, path: PathLike) -> None:
    """Write cues to a JSON file that `read_cues` reads back unchanged.

    Pixels of the same colour and weight are stored together as runs ``[row, column, length]``.
    """
    write_bytes(path, cues_to_json(cues).encode())


def cues_to_json(cues: Cues) -> str:
    """Return the JSON document of some cues."""
    table = np.column_stack([cues.color, cues.weight, cues.keep]).astype(np.float32)
    values, group = np.unique(table, axis=0, return_inverse=True)
    order = np.argsort(group, kind="stable")
    edges = np.searchsorted(group[order], np.arange(len(values) + 1))
    entries = []
    for index, (red, green, blue, weight, keep) in enumerate(values):
        entry: dict[str, Any] = {}
        if keep:
            entry["keep"] = True
        else:
            entry["color"] = _color_text((red, green, blue))
        if np.isfinite(weight):
            entry["weight"] = float(weight)
        entry["runs"] = _runs(cues.at[order[edges[index] : edges[index + 1]]])
        entries.append(entry)
    if len(cues.protected):
        at = np.stack(np.divmod(cues.protected, cues.shape[1]), axis=1)
        entries.append({"protect": True, "runs": _runs(at)})
    return json.dumps(
        {
            "format": CUES_FORMAT,
            "version": CUES_VERSION,
            "width": cues.shape[1],
            "height": cues.shape[0],
            "cues": entries,
        }
    )


def _color_text(color: tuple[Any, Any, Any]) -> str | list[float]:
    levels = [round(float(v) * 255) for v in color]
    if all(0 <= n <= 255 and np.float32(n / 255) == v for n, v in zip(levels, color, strict=True)):
        return "#" + "".join(f"{n:02x}" for n in levels)
    return [float(v) for v in color]


def _runs(at: Array) -> list[list[int]]:
    """Join pixels in raster order to runs [row, column, length]."""
    new = np.ones(len(at), bool)
    new[1:] = (np.diff(at[:, 0]) != 0) | (np.diff(at[:, 1]) != 1)
    starts = np.flatnonzero(new)
    lengths = np.diff(np.append(starts, len(at)))
    return [[int(r), int(c), int(n)] for (r, c), n in zip(at[starts], lengths, strict=True)]


def _cues_from_document(entries: Any, shape: Shape) -> Cues:
    if not isinstance(entries, list):
        raise CueError("'cues' must be a list")
    parts = [Cues.none(shape)]
    for number, entry in enumerate(entries, 1):
        try:
            parts.append(_cue_group(entry, shape))
        except CueError as error:
            raise CueError(f"entry {number} of 'cues': {error}") from None
    return Cues(
        shape,
        np.concatenate([p.at for p in parts]),
        np.concatenate([p.color for p in parts]),
        np.concatenate([p.weight for p in parts]),
        np.concatenate([p.keep for p in parts]),
        (),
        np.concatenate([p.protected for p in parts]),
    )


def _cue_group(entry: Any, shape: Shape) -> Cues:
    if not isinstance(entry, dict) or not {"runs"} <= set(entry) <= {
        "keep",
        "protect",
        "color",
        "weight",
        "runs",
    }:
        raise CueError("expected an object with runs, color, keep or protect, and perhaps weight")
    if entry.get("protect") is True and set(entry) == {"protect", "runs"}:
        at = _places(entry["runs"], shape)
        return replace(Cues.none(shape), protected=at[:, 0] * shape[1] + at[:, 1])
    keep = entry.get("keep", False)
    if not isinstance(keep, bool) or keep == ("color" in entry):
        raise CueError('expected either a color or "keep": true')
    color = (0.5, 0.5, 0.5) if keep else color_entry(entry["color"], stored=True)
    weight = entry.get("weight", np.inf)
    if "weight" in entry:
        if not is_number(weight):
            raise CueError(f"weight {weight!r}: expected a finite number")
        check_weight(weight)
    at = _places(entry["runs"], shape)
    count = len(at)
    return Cues(
        shape,
        at,
        np.tile(np.array(color, np.float32), (count, 1)),
        np.full(count, weight, np.float32),
        np.full(count, keep),
    )


def _places(runs: Any, shape: Shape) -> Array:
    """Return row and column (N, 2) of the pixels of runs."""
    if not isinstance(runs, list) or not all(
        isinstance(run, list)
        and len(run) == 3
        and all(isinstance(v, int) and 0 <= v < 1 << 31 for v in run)
        and run[0] < shape[0]
        and run[1] + run[2] <= shape[1]
        for run in runs
    ):
        raise CueError("'runs' must be a list of [row, column, length] inside of the picture")
    count = sum(run[2] for run in runs)
    require_memory(100.0 * count, f"{count} cues")
    table = np.array(runs, np.int64).reshape(-1, 3)
    at = np.repeat(table[:, :2], table[:, 2], axis=0)
    first = np.repeat(np.cumsum(table[:, 2]) - table[:, 2], table[:, 2])
    at[:, 1] += np.arange(count) - first
    return at
