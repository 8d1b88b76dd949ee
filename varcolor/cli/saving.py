"""Save a solved picture: to its file, to standard output, or, rather than lose it, elsewhere."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from varcolor.batch.encoded import encoded
from varcolor.cli.naming import OnExists, Placed, place
from varcolor.cli.streams import write_picture
from varcolor.errors import FileError, InputError

if TYPE_CHECKING:
    from varcolor.image.picture import Picture

#: As an output's name: the picture goes to standard output.
STDOUT = "-"


@dataclass(frozen=True, slots=True)
class Saved:
    """Where a picture went."""

    name: str
    """Its file, or `STDOUT`."""
    files: tuple[Path, ...]
    """All files that were written, the picture's last, as they are called in the end."""
    notes: tuple[str, ...]
    as_asked: bool
    """Whether format and name are those that were asked for."""


def require_pipe() -> None:
    """Refuse to write a picture to a terminal.

    Raises
    ------
    InputError
        If standard output is one.
    """
    if sys.stdout.isatty():
        raise InputError("-o -: standard output is a terminal; send it on: -o - > picture.png")


def save(
    picture: Picture,
    target: Path,
    quality: int | None,
    others: Mapping[Path, bytes],
    on_exists: OnExists,
    piped: bool = False,
) -> Saved | None:
    """Write a picture and the files that belong to it, all or none.

    Parameters
    ----------
    picture : Picture
        The result of a solve.
    target : Path
        Its file; the extension chooses the format. One that its format refuses becomes a PNG.
    quality : int, optional
        As for `varcolor.write`.
    others : mapping of Path to bytes
        What is written with it: names and contents.
    on_exists : OnExists
        What to do if one of them exists by now.
    piped : bool
        Whether the picture goes to standard output instead.

    Returns
    -------
    Saved or None
        None if a file exists and is to be skipped.

    Raises
    ------
    FileError
        If the files cannot be written; the message says where the result was saved instead.
    """
    path, data, notes = encoded(picture, target, quality)
    changed = path != target
    files = {**others} if piped else {**others, path: data}
    placed: Placed | None = Placed(())
    if files:
        try:
            placed = place(files, "number" if changed else on_exists)
        except FileError as error:
            raise _rescued(error, files) from None
    if placed is None:
        return None
    if piped:
        fault = write_picture(data)
        if fault is not None:
            raise FileError(f"standard output cannot be written ({fault.strerror or fault})")
    name = STDOUT if piped else str(placed.paths[-1])
    as_asked = not (changed or placed.notes)
    return Saved(name, placed.paths, (*notes, *placed.notes), as_asked)


def _rescued(error: FileError, files: Mapping[Path, bytes]) -> FileError:
    """Save what could not be written in a new temporary folder; return the error that tells it."""
    from varcolor.image.publish import write_files

    folder = None
    try:
        folder = Path(tempfile.mkdtemp(prefix="varcolor-"))
        write_files({folder / path.name: data for path, data in files.items()})
    except (OSError, FileError):
        if folder is not None:
            folder.rmdir()
        return error
    return FileError(f"{error}; the result was saved in {folder} instead")
