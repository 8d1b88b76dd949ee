"""Huge pictures read by their segments: tiled and striped TIFF and BigTIFF, zarr arrays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from varcolor.errors import FileError, InputError, MissingExtra
from varcolor.image.decode.tiff import complaints_of_tifffile
from varcolor.typing import Array

#: Rows of a zarr array, or of a TIFF in one piece, that are read at a time.
_BAND = 256


@dataclass(frozen=True, slots=True)
class Source:
    """A picture that is read in parts."""

    path: Path
    shape: tuple[int, int, int]
    """Height, width and channels: 1 grey, 2 grey + alpha, 3 RGB, 4 RGB + alpha."""
    dtype: np.dtype[Any]
    """uint8 or uint16."""
    notes: tuple[str, ...] = ()

    @property
    def is_zarr(self) -> bool:
        """Whether it is a zarr array."""
        return self.path.suffix.lower() == ".zarr"

    def parts(self) -> Iterator[tuple[slice, slice, Array]]:
        """Yield rows, columns and pixels (h, w, C) that make up the picture."""
        if self.is_zarr:
            yield from self._of_zarr()
        else:
            yield from self._of_tiff()

    def _of_zarr(self) -> Iterator[tuple[slice, slice, Array]]:
        array = _zarr(self.path)
        height, width, channels = self.shape
        step = max(1, int(array.chunks[0]))
        for top in range(0, height, step):
            rows = slice(top, min(top + step, height))
            yield rows, slice(0, width), np.asarray(array[rows]).reshape(-1, width, channels)

    def _of_tiff(self) -> Iterator[tuple[slice, slice, Array]]:
        import tifffile

        height, width, channels = self.shape
        with complaints_of_tifffile(), tifffile.TiffFile(self.path) as tiff:
            page: Any = tiff.pages[0]
            file = tiff.filehandle
            if page.is_contiguous:
                offset = page.dataoffsets[0]
                stored = self.dtype.newbyteorder(tiff.byteorder)
                row = width * channels * self.dtype.itemsize
                for top in range(0, height, _BAND):
                    count = min(_BAND, height - top)
                    file.seek(offset + top * row)
                    band = np.frombuffer(file.read(count * row), stored).astype(self.dtype)
                    rows = slice(top, top + count)
                    yield rows, slice(0, width), band.reshape(count, width, channels)
                return
            for number, (offset, size) in enumerate(
                zip(page.dataoffsets, page.databytecounts, strict=True)
            ):
                file.seek(offset)
                data = file.read(size) if size else None
                part, place, _ = page.decode(data, number, jpegtables=page.jpegtables)
                top, left = int(place[2]), int(place[3])
                bottom, right = (
                    min(top + page_rows(page), height),
                    min(left + page_columns(page, width), width),
                )
                window = slice(top, bottom), slice(left, right)
                if part is None:
                    shape = (bottom - top, right - left, channels)
                    yield *window, np.zeros(shape, self.dtype)
                    continue
                pixels = part.reshape(-1, part.shape[-2], channels)
                yield *window, pixels[: bottom - top, : right - left].astype(self.dtype)


def page_rows(page: Any) -> int:
    """Return the rows of a segment."""
    return int(page.tilelength if page.is_tiled else page.rowsperstrip)


def page_columns(page: Any, width: int) -> int:
    """Return the columns of a segment."""
    return int(page.tilewidth) if page.is_tiled else width


def open_source(path: Path, most: float) -> Source:
    """Return a picture that can be read in parts.

    Parameters
    ----------
    path : Path
        TIFF, BigTIFF or zarr.
    most : float
        Bytes that one of its segments may take, decoded.

    Raises
    ------
    FileError
        If it cannot be read.
    InputError
        If it is of a kind that is not read in parts.
    """
    if path.suffix.lower() == ".zarr":
        return _zarr_source(path)
    import tifffile

    try:
        with complaints_of_tifffile() as complaints, tifffile.TiffFile(path) as tiff:
            found = _tiff_source(path, tiff.pages[0], most)
    except InputError:
        raise
    except OSError as error:
        raise FileError(f"{path}: cannot be read ({error.strerror or error})") from None
    except Exception as error:
        raise FileError(
            f"{path}: no TIFF that can be read in parts ({error}); convert it to a tiled TIFF"
        ) from None
    damage = [f"the file is damaged; read as far as possible ({c})" for c in complaints[:1]]
    return replace(found, notes=(*damage, *found.notes))


def _tiff_source(path: Path, page: Any, most: float) -> Source:
    name = getattr(page.photometric, "name", str(page.photometric))
    channels = int(page.samplesperpixel)
    dtype = np.dtype(page.dtype) if page.dtype is not None else np.dtype(object)
    known = {"MINISBLACK": (1, 2), "RGB": (3, 4)}
    if name not in known or channels not in known[name] or dtype not in (np.uint8, np.uint16):
        raise InputError(
            f"{path}: {name} with {channels} channels of {dtype}: pictures are read in parts as "
            "grey or RGB, with or without alpha, 8 or 16 bit; convert it"
        )
    if channels > 1 and int(page.planarconfig) != 1:
        raise InputError(f"{path}: planar colours are not read in parts; convert it")
    shape = (int(page.imagelength), int(page.imagewidth), channels)
    segment = page_rows(page) * page_columns(page, shape[1]) * channels * dtype.itemsize
    if not page.is_contiguous and segment > most:
        raise InputError(
            f"{path}: is stored in pieces of {segment / 1e9:.2g} GB, which do not fit; convert it "
            "to a tiled TIFF, or give it more --memory"
        )
    notes = []
    if page.tags.get(34675) is not None:
        notes.append("its ICC profile is not applied to pictures in parts: taken as sRGB")
    if page.tags.get(274) is not None and page.tags[274].value != 1:
        notes.append("it is not turned upright: pictures in parts stay as they are stored")
    return Source(path, shape, dtype.newbyteorder("="), tuple(notes))


def _zarr(path: Path) -> Any:
    try:
        import zarr
    except ImportError:
        raise MissingExtra("zarr arrays need zarr: pip install 'varcolor[zarr]'") from None
    try:
        array: Any = zarr.open_array(str(path), mode="r")
    except Exception as error:
        raise FileError(f"{path}: no zarr array ({error})") from None
    return array


def _zarr_source(path: Path) -> Source:
    array = _zarr(path)
    shape = (*array.shape, 1) if array.ndim == 2 else array.shape
    if len(shape) != 3 or shape[2] not in (1, 2, 3, 4) or array.dtype not in (np.uint8, np.uint16):
        raise InputError(
            f"{path}: an array of shape {array.shape} of {array.dtype}: expected (H, W) or "
            "(H, W, 1 to 4) of uint8 or uint16"
        )
    return Source(path, (int(shape[0]), int(shape[1]), int(shape[2])), np.dtype(array.dtype))
