"""Plans that others have written: a CSV or JSONL file with a photo a row.

Columns of CSV, and keys of each line of JSONL: ``path``; ``cues``, a file or several (JSON: a list,
CSV: separated by ``;``); ``options``, a JSON object of options that differ from those of the run;
``output``. Only ``path`` must be there. Paths count from the manifest's folder.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from varcolor.errors import InputError
from varcolor.image.read import read_bytes
from varcolor.registry import did_you_mean

COLUMNS = ("path", "cues", "options", "output")
SUFFIXES = (".csv", ".jsonl", ".ndjson")


@dataclass(frozen=True, slots=True)
class Row:
    """One photo."""

    line: int
    path: Path
    cues: tuple[Path, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    output: Path | None = None


def read_manifest(path: Path) -> list[Row]:
    """Return the rows of a manifest.

    Raises
    ------
    FileError
        If it cannot be read.
    InputError
        If a line cannot be used; the message names it.
    """
    try:
        text = read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{path}: a manifest is text in UTF-8") from None
    lines = _csv(text) if path.suffix.lower() == ".csv" else _jsonl(text)
    rows = []
    try:
        for line, entry in lines:
            try:
                rows.append(_row(line, entry, path.parent))
            except InputError as error:
                raise InputError(f"line {line}: {error}") from None
    except (InputError, csv.Error) as error:
        raise InputError(f"{path}: {error}") from None
    return rows


def _csv(text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    for entry in reader:
        if None in entry or None in entry.values():
            raise InputError(f"line {reader.line_num}: as many fields as the first line are needed")
        found = {key.strip(): value.strip() for key, value in entry.items() if value.strip()}
        if "cues" in found:
            found["cues"] = [part.strip() for part in found["cues"].split(";")]
        if "options" in found:
            found["options"] = _json(found["options"], reader.line_num)
        yield reader.line_num, found


def _jsonl(text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            yield number, _json(line, number)


def _json(text: str, line: int) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"line {line}: not valid JSON ({error})") from None


def _row(line: int, entry: Any, folder: Path) -> Row:
    if not isinstance(entry, dict):
        raise InputError("expected an object")
    for key in entry:
        if key not in COLUMNS:
            hint = did_you_mean(key, COLUMNS)
            raise InputError(f"unknown column {key!r}{hint}; known: {', '.join(COLUMNS)}")
    cues = entry.get("cues", [])
    cues = [cues] if isinstance(cues, str) else cues
    options, output = entry.get("options", {}), entry.get("output")
    if not isinstance(entry.get("path"), str) or not entry["path"]:
        raise InputError("'path' is missing")
    if not isinstance(cues, list) or not all(isinstance(cue, str) for cue in cues):
        raise InputError("'cues' must be a path or a list of paths")
    if not isinstance(options, dict):
        raise InputError("'options' must be an object")
    if output is not None and not isinstance(output, str):
        raise InputError("'output' must be a path")
    return Row(
        line,
        folder / entry["path"],
        tuple(folder / cue for cue in cues),
        options,
        None if output is None else folder / output,
    )
