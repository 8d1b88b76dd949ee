"""A picture on disk, read and written by windows; nothing of it stays in memory."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Self

import numpy as np

from varcolor.errors import FileError
from varcolor.typing import Array


class Field:
    """An array (H, W, C) in a file of its own, in C order.

    Parameters
    ----------
    path : Path
        The file.
    shape : (int, int, int)
        Height, width and channels.
    dtype : dtype
        Of its numbers.
    fresh : bool
        Whether it is made, of zeros; else it must be there.
    """

    def __init__(
        self, path: Path, shape: tuple[int, int, int], dtype: Any, fresh: bool = True
    ) -> None:
        self.path, self.shape, self.dtype = path, shape, np.dtype(dtype)
        self._pixel = shape[2] * int(self.dtype.itemsize)
        flags = os.O_RDWR | getattr(os, "O_BINARY", 0)
        try:
            self._file = os.open(path, flags | (os.O_CREAT | os.O_TRUNC if fresh else 0), 0o600)
            size = shape[0] * shape[1] * self._pixel
            if fresh:
                if hasattr(os, "posix_fallocate") and size:
                    os.posix_fallocate(self._file, 0, size)  # a full disk is known now
                else:
                    os.ftruncate(self._file, size)
            elif os.fstat(self._file).st_size != size:
                raise FileError(f"{path}: has another size than the picture's; remove it")
        except OSError as error:
            raise FileError(f"{path}: cannot be made ({error.strerror or error})") from error

    def read(self, rows: slice, columns: slice) -> Array:
        """Return a window (h, w, C)."""
        height, width = rows.stop - rows.start, columns.stop - columns.start
        result = np.empty((height, width, self.shape[2]), self.dtype)
        data = memoryview(result.data).cast("B") if result.size else memoryview(b"")
        length = width * self._pixel
        if width == self.shape[1]:
            self._fill(data, rows.start * length)
            return result
        for k in range(height):
            part = data[k * length : (k + 1) * length]
            self._fill(part, self._at(rows.start + k, columns.start))
        return result

    def write(self, rows: slice, columns: slice, values: Array) -> None:
        """Replace a window (h, w, C)."""
        data = np.ascontiguousarray(values, self.dtype)
        if not data.size:
            return
        if data.shape[1] == self.shape[1]:
            self._put(memoryview(data.data).cast("B"), self._at(rows.start, 0))
            return
        for k in range(len(data)):
            part = memoryview(data[k].data).cast("B")
            self._put(part, self._at(rows.start + k, columns.start))

    def flush(self) -> None:
        """Let everything be on the disk."""
        os.fsync(self._file)

    def close(self) -> None:
        """Close it; the file stays."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _at(self, row: int, column: int) -> int:
        return (row * self.shape[1] + column) * self._pixel

    def _put(self, data: memoryview, place: int) -> None:
        while data:
            count = os.pwrite(self._file, data, place)
            data, place = data[count:], place + count

    def _fill(self, data: memoryview, place: int) -> None:
        while data:
            count = os.preadv(self._file, [data], place)
            if not count:
                raise FileError(f"{self.path}: ends too early")
            data, place = data[count:], place + count
