"""Files and folders through one function: found, named, done one by one, counted."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from varcolor.cli import FILES, OK, PARTLY, output
from varcolor.cli.naming import OnExists
from varcolor.errors import FileError, InputError, VarcolorError
from varcolor.image.publish import sweep


@dataclass(frozen=True, slots=True)
class Item:
    """One input, and the name that what is made of it begins with."""

    path: Path
    stem: Path
    """Folder and name without an ending; never that of another input."""


@dataclass(frozen=True, slots=True)
class Found:
    """All inputs of a command."""

    items: tuple[Item, ...]
    missing: tuple[tuple[Path, str], ...]
    """What was named and is not there, and folders that cannot be read, with the reason."""
    passed_over: int
    """Files in folders that are no inputs."""
    on_exists: OnExists


def find(
    paths: Sequence[Path],
    out: Path | None,
    wanted: Callable[[Path], bool],
    stem_of: Callable[[Path], str],
    on_exists: OnExists | None,
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

    passed_over = 0
    for path in paths:
        if path.is_dir():
            inside = sorted(_files_in(path, out, cannot_read))
            chosen = [p for p in inside if wanted(p)]
            known = {(p.parent, stem_of(p)) for p in chosen} if companions else set()
            others = [p for p in inside if (p.parent, stem_of(p)) not in known]
            passed_over += len(set(others).difference(chosen))
            places += [(p, p.parent.relative_to(path)) for p in chosen]
        elif os.path.lexists(path):
            places.append((path, Path()))
        else:
            missing.append((path, "no such file or folder"))
    places = list(
        {os.path.realpath(path): (path, place) for path, place in reversed(places)}.values()
    )[::-1]
    folders = [path.parent if out is None else out / place for path, place in places]
    stems = [folder / stem_of(path) for folder, (path, _) in zip(folders, places, strict=True)]
    taken = Counter(_key(stem) for stem in stems)
    items: list[Item] = []
    used: set[str] = set()
    for folder, stem, (path, _) in zip(folders, stems, places, strict=True):
        name = stem if taken[_key(stem)] == 1 else folder / path.name
        number = 2
        while _key(name) in used:
            name = folder / f"{path.name}-{number}"
            number += 1
        used.add(_key(name))
        items.append(Item(path, name))
    single = len(paths) == 1 and not paths[0].is_dir()
    chosen_rule: OnExists = on_exists or ("error" if single else "skip")
    return Found(tuple(items), tuple(missing), passed_over, chosen_rule)


def _key(path: Path) -> str:
    """Return what two names share that a file system may take for the same."""
    return str(path).casefold()


def _files_in(
    folder: Path, out: Path | None, on_error: Callable[[OSError], None]
) -> Iterable[Path]:
    """Yield the visible files below a folder, without those below the output folder."""
    own = None if out is None else os.path.realpath(out)
    if own == os.path.realpath(folder):
        own = None
    for root, folders, files in os.walk(folder, onerror=on_error):
        folders[:] = sorted(
            f for f in folders if not f.startswith(".") and os.path.realpath(Path(root) / f) != own
        )
        yield from (Path(root) / name for name in files if not name.startswith("."))


def run(
    found: Found,
    work: Callable[[Item, output.Bar], Mapping[str, Any] | None],
    line: Callable[[Mapping[str, Any]], str],
    as_json: bool,
    quiet: bool,
) -> int:
    """Do ``work`` on every item, report, and return the exit code.

    ``work`` returns the facts of a file, or None if it was skipped; one bad file never stops the
    rest. Exit codes: 0 all well, 1 some files failed or got other names, 3 all failed.
    """
    failed, done, skipped, renamed = len(found.missing), 0, 0, 0
    for path, reason in found.missing:
        _fail(path, reason, as_json)
    sweep(item.stem.parent for item in found.items)
    for number, item in enumerate(found.items, 1):
        label = item.path.name if len(found.items) == 1 else f"{number}/{len(found.items)}"
        bar = output.Bar(label, quiet)
        try:
            facts = work(item, bar)
        except (VarcolorError, MemoryError, OSError) as error:
            bar.clear()
            alone = len(found.items) == 1 and not found.missing
            with output.failures_in_json(as_json and alone, input=str(item.path)):
                if alone and isinstance(error, VarcolorError):
                    raise
            _fail(item.path, output.reason_of(error), as_json)
            failed += 1
            continue
        bar.clear()
        if facts is None:
            skipped += 1
            output.note([f"{item.path}: the output exists already, skipped"], quiet)
            if as_json:
                output.result({"input": str(item.path), "status": "skipped"}, "", True)
            continue
        done += 1
        renamed += bool(facts.get("renamed"))
        notes = facts.get("notes", ())
        several = len(found.items) > 1
        output.note([f"{item.path}: {n}" if several else n for n in notes], quiet)
        output.result(facts, line(facts), as_json)
    if found.passed_over:
        one = found.passed_over == 1
        what = "file that is no input was" if one else "files that are no inputs were"
        output.note([f"{found.passed_over} {what} passed over"], quiet)
    if not found.items and not failed:
        output.note(["nothing to do"], quiet)
    if failed:
        output.note([f"{done} done, {skipped} skipped, {failed} failed"], quiet)
        return PARTLY if done or skipped else FILES
    return PARTLY if renamed else OK


def _fail(path: Path, reason: str, as_json: bool) -> None:
    """Say that an input failed, and why."""
    output.complain(reason if str(path) in reason else f"{path}: {reason}")
    if as_json:
        output.result({"input": str(path), "status": "failed", "error": reason}, "", True)
