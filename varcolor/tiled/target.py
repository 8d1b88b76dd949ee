"""Results written by tiles: tiled TIFF (BigTIFF where it must be) and zarr arrays, whole or not."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from varcolor.errors import FileError, InputError
from varcolor.image.publish import replaceable
from varcolor.tiled.window import Box
from varcolor.typing import Array

SUFFIXES = (".tif", ".tiff", ".zarr")
#: Files of which a zarr array has one: format 3, format 2.
_ARRAY = ("zarr.json", ".zarray")
#: Side of the tiles of files, and how many of them are made at a time.
SIDE, _AT_ONCE = 256, 4
_CLASSIC = 3 << 30


def check_target(path: Path, photo: Path, replace: bool) -> None:
    """Refuse a result's name that is the photo's, or something that is not to be replaced.

    Raises
    ------
    InputError
        If it is the photo, or its ending is unknown.
    FileError
        If there is something already: any file or array unless ``replace``, else what is no result.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(f"{path}: pictures in parts are written as {' '.join(SUFFIXES)}")
    if os.path.realpath(path) == os.path.realpath(photo):
        raise InputError(f"{path}: is the photo; name another output")
    if not os.path.lexists(path):
        return
    if not replace:
        raise FileError(f"{path}: exists already; name another output, or let it be replaced")
    if path.suffix.lower() != ".zarr":
        replaceable(path)
    elif not any((path / name).is_file() for name in _ARRAY):
        raise FileError(f"{path}: is no zarr array; only those are replaced")


def write_tiles(
    path: Path,
    shape: tuple[int, int, int],
    dtype: Any,
    made: Callable[[Box], Array],
    check: Callable[[], None] = lambda: None,
) -> None:
    """Write a picture tile by tile; it appears when it is complete.

    Parameters
    ----------
    path : Path
        Ending in .tif, .tiff or .zarr.
    shape : (int, int, int)
        Height, width and channels: 3, or 4 with alpha.
    dtype : dtype
        Of the pixels.
    made : callable
        Returns the pixels (h, w, C) of a box.
    check : callable
        Refuses the name, before and after the work.

    Raises
    ------
    FileError
        If it cannot be written; nothing is left behind then.
    """
    part = path.with_name(f".varcolor-{secrets.token_hex(6)}.{path.name}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        check()
        if path.suffix.lower() == ".zarr":
            _write_zarr(part, shape, dtype, made)
            check()
            _exchange(part, path)
        else:
            _write_tiff(part, shape, dtype, made)
            check()
            part.replace(replaceable(path))
    except BaseException as error:
        if part.is_dir():
            shutil.rmtree(part, ignore_errors=True)
        else:
            part.unlink(missing_ok=True)
        if isinstance(error, OSError) and not isinstance(error, FileError):
            reason = error.strerror or error
            raise FileError(f"{path}: cannot be written ({reason})") from error
        raise


def _exchange(part: Path, path: Path) -> None:
    """Let a folder take another one's place, if there is one; that is removed at last."""
    old = part.with_name(f"{part.name}.old")
    final = Path(os.path.realpath(path))
    if final.exists():
        final.replace(old)
    try:
        part.replace(final)
    except OSError:
        if old.exists():
            old.replace(final)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _boxes(shape: tuple[int, int, int]) -> Iterator[Box]:
    """Yield what is made at a time: rows of some tiles."""
    for top in range(0, shape[0], SIDE):
        for left in range(0, shape[1], SIDE * _AT_ONCE):
            bottom, right = min(top + SIDE, shape[0]), min(left + SIDE * _AT_ONCE, shape[1])
            yield Box(top, left, bottom, right)


def _write_tiff(
    path: Path, shape: tuple[int, int, int], dtype: Any, made: Callable[[Box], Array]
) -> None:
    import tifffile

    def all_tiles() -> Iterator[Array]:
        for box in _boxes(shape):
            pixels = made(box)
            for left in range(0, pixels.shape[1], SIDE):
                tile = pixels[:, left : left + SIDE]
                whole = np.zeros((SIDE, SIDE, shape[2]), dtype)
                whole[: tile.shape[0], : tile.shape[1]] = tile
                yield whole

    large = shape[0] * shape[1] * shape[2] * np.dtype(dtype).itemsize > _CLASSIC
    with open(path, "wb") as file:
        with tifffile.TiffWriter(file, bigtiff=large) as tiff:
            tiff.write(
                all_tiles(),
                shape=shape,
                dtype=dtype,
                tile=(SIDE, SIDE),
                photometric="rgb",
                planarconfig="contig",
                extrasamples=["unassalpha"] if shape[2] == 4 else None,
                compression="zlib",
                compressionargs={"level": 3},
                predictor=True,
                software="varcolor",
                metadata=None,
            )
        file.flush()
        os.fsync(file.fileno())


def _write_zarr(
    path: Path, shape: tuple[int, int, int], dtype: Any, made: Callable[[Box], Array]
) -> None:
    from varcolor.errors import MissingExtra

    try:
        import zarr
    except ImportError:
        raise MissingExtra("zarr arrays need zarr: pip install 'varcolor[zarr]'") from None
    chunks = (SIDE, SIDE * _AT_ONCE, shape[2])
    store: Any = zarr.create_array(store=str(path), shape=shape, dtype=dtype, chunks=chunks)
    for box in _boxes(shape):
        store[box.rows, box.columns] = made(box)
