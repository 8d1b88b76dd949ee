"""Where a command writes, decided and checked before any work is done."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from varcolor.errors import FileError, InputError
from varcolor.image.formats import EXTENSIONS, format_of

OnExists = Literal["error", "skip", "overwrite", "number"]


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
    known = EXTENSIONS.get(photo.suffix.lower())
    kept = known is not None and known.lossless and known.writable
    suffix = photo.suffix if kept else ".png"
    name = f"{photo.stem}.colour{suffix}"
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
    """Apply ``on_exists`` to a target and make sure that it can be written."""
    try:
        return _checked(target, on_exists, inputs)
    except OSError as error:
        raise FileError(f"{target}: cannot be written ({error.strerror or error})") from None


def _checked(target: Path, on_exists: OnExists, inputs: Iterable[Path]) -> Path | None:
    if len(os.fsencode(target.name)) > 255:
        raise FileError(f"{target}: cannot be written (the name is longer than 255 bytes)")
    for path in inputs:
        if target.resolve() == path.resolve():
            raise InputError(f"{target}: is an input; name another output")
        if target.exists() and path.exists() and target.samefile(path):
            raise InputError(f"{target}: is an input; name another output")
    if os.path.lexists(target):
        if target.is_dir():
            raise FileError(f"{target}: is a folder")
        if on_exists == "error":
            raise InputError(
                f"{target}: exists already; use --on-exists overwrite, number or skip, or another "
                "name"
            )
        if on_exists == "skip":
            return None
        if on_exists == "number":
            target = numbered(target)
    folder = target.parent
    while not os.path.lexists(folder):
        folder = folder.parent
    if not folder.is_dir():
        raise FileError(f"{target}: cannot be written ({folder} is a file, not a folder)")
    if not os.access(folder, os.W_OK):
        raise FileError(f"{target}: cannot be written (no permission to write in {folder})")
    return target


def numbered(path: Path) -> Path:
    """Return the first of ``name-2.ext``, ``name-3.ext``, … that does not exist."""
    number = 2
    while True:
        candidate = path.with_name(f"{path.stem}-{number}{path.suffix}")
        if not os.path.lexists(candidate):
            return candidate
        number += 1
