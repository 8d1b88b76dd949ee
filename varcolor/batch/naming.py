"""Where results are written: decided and checked before any work, settled when it is done."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from varcolor.errors import FileError, InputError
from varcolor.image.formats import EXTENSIONS, format_of
from varcolor.image.publish import Taken, replaceable, write_files

OnExists = Literal["error", "skip", "overwrite", "number"]
_LONGEST_NAME = 255


@dataclass(frozen=True, slots=True)
class Placed:
    """The files that were written."""

    paths: tuple[Path, ...]
    notes: tuple[str, ...] = ()
    """What names others took meanwhile; then the files have other names than was asked for."""


def name_for(photo: Path) -> str:
    """Return ``<stem>.colour<ext>``, where lossy formats and those only read become PNG."""
    known = EXTENSIONS.get(photo.suffix.lower())
    kept = known is not None and known.lossless and known.writable
    suffix = photo.suffix if kept else ".png"
    return f"{photo.stem}.colour{suffix}"


def target_for(
    photo: Path, out: str | None, on_exists: OnExists, inputs: Iterable[Path]
) -> Path | None:
    """Return the file that a coloured photo is written to; None if it is to be skipped.

    Without ``out`` it is ``<stem>.colour<ext>`` beside the photo, where lossy formats
    and those that are only read become PNG; ``out`` may be a file or a folder.

    Raises
    ------
    InputError
        If the target is one of the inputs, or exists and may not be replaced.
    FileError
        If the target's format is unknown or its folder cannot be written.
    """
    name = name_for(photo)
    if out is None:
        target = photo.with_name(name)
    else:
        try:
            is_folder = out.endswith(("/", os.sep)) or Path(out).is_dir()
        except OSError as error:
            raise FileError(f"{out}: cannot be written ({error.strerror or error})") from None
        target = Path(out) / name if is_folder else Path(out)
    format_of(target)
    return checked(target, on_exists, inputs)


def checked(target: Path, on_exists: OnExists, inputs: Iterable[Path]) -> Path | None:
    """Return a target that can be written by `place`; None if it is to be skipped."""
    try:
        return _checked(target, on_exists, inputs)
    except FileError:
        raise
    except OSError as error:
        raise FileError(f"{target}: cannot be written ({error.strerror or error})") from None


def taken(target: Path) -> InputError:
    """Return what is to be told of an output that exists and may not be replaced."""
    return InputError(
        f"{target}: exists already; use --on-exists overwrite, number or skip, or another name"
    )


def _checked(target: Path, on_exists: OnExists, inputs: Iterable[Path]) -> Path | None:
    if len(os.fsencode(target.name)) > _LONGEST_NAME:
        raise FileError(f"{target}: cannot be written (the name is longer than 255 bytes)")
    for path in inputs:
        if os.path.realpath(target) == os.path.realpath(path):
            raise InputError(f"{target}: is an input; name another output")
        if target.exists() and path.exists() and target.samefile(path):
            raise InputError(f"{target}: is an input; name another output")
    final = target
    if os.path.lexists(target):
        if target.is_dir():
            raise FileError(f"{target}: is a folder")
        if on_exists == "error":
            raise taken(target)
        if on_exists == "skip":
            return None
        if on_exists == "overwrite":
            final = replaceable(target)
    folder = final.parent
    while not os.path.lexists(folder):
        folder = folder.parent
    if not folder.is_dir():
        raise FileError(f"{target}: cannot be written ({folder} is a file, not a folder)")
    try:
        with tempfile.TemporaryFile(dir=folder, prefix=".varcolor-"):
            return target
    except PermissionError:
        reason = f"no permission to write in {folder}"
        raise FileError(f"{target}: cannot be written ({reason})") from None


def place(
    files: Mapping[Path, bytes], on_exists: OnExists, stem: str | None = None
) -> Placed | None:
    """Write files, all or none, under their names or what ``on_exists`` makes of them.

    A name that was free when `checked` saw it may have been taken since: then ``error`` saves the
    work under the next free number and says so, and ``skip`` writes nothing.

    Parameters
    ----------
    files : mapping of Path to bytes
        Names and contents; with a number, all of them get the same one.
    on_exists : OnExists
        What to do if one of them exists.
    stem : str, optional
        What all names begin with, and the number follows; by default each name without its ending.

    Returns
    -------
    Placed or None
        None if a file exists and is to be skipped.

    Raises
    ------
    FileError
        If the files cannot be written; none of them is there then.
    """
    notes: tuple[str, ...] = ()
    try:
        write_files(files, replace=on_exists == "overwrite")
        return Placed(tuple(files))
    except Taken as error:
        if on_exists == "skip":
            return None
        if on_exists != "number":
            notes = (f"{error} (the name was free when the work began)",)
    number = 2
    while True:
        named = {numbered(path, number, stem): data for path, data in files.items()}
        number += 1
        if any(os.path.lexists(path) for path in named):
            continue
        try:
            write_files(named, replace=False)
        except Taken:
            continue
        written = ", ".join(str(path) for path in named)
        return Placed(tuple(named), tuple(f"{note}: written to {written}" for note in notes))


def numbered(path: Path, number: int, stem: str | None = None) -> Path:
    """Return ``stem-number`` and what follows of a name, shortened to what a name may have."""
    stem = path.stem if stem is None else stem
    rest = f"-{number}{path.name[len(stem) :]}"
    while len(os.fsencode(stem + rest)) > _LONGEST_NAME and stem:
        stem = stem[:-1]
    return path.with_name(stem + rest)


def first_free(path: Path) -> Path:
    """Return the path, or the first of ``name-2``, ``name-3``, … that does not exist."""
    candidate, number = path, 2
    while os.path.lexists(candidate):
        candidate = numbered(path, number)
        number += 1
    return candidate
