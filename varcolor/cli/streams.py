"""Standard output and error of the program: their faults are known as theirs and stop no work."""

from __future__ import annotations

import io
import os
import sys
from typing import Any, TextIO


class Stream(io.FileIO):
    """A standard stream that takes everything; what cannot be written after a fault is dropped."""

    fault: OSError | None = None
    """Why it could not be written to, once it could not."""

    def write(self, data: Any, /) -> int:
        """Write, or remember why that is not possible."""
        if self.fault is None:
            try:
                return super().write(data)
            except OSError as error:
                self.fault = error
        return memoryview(data).nbytes


def guarded(stream: TextIO | None) -> TextIO:
    """Return a text stream that writes through a `Stream` to where another one writes."""
    if stream is None:  # closed by whoever started the program
        return open(os.devnull, "w")
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    if sys.platform == "win32" and stream.isatty():  # the console is no file
        stream.reconfigure(errors="backslashreplace")
        return stream
    stream.flush()
    return io.TextIOWrapper(
        io.BufferedWriter(Stream(stream.fileno(), "wb", closefd=False)),
        encoding=stream.encoding,
        errors="backslashreplace",
        line_buffering=stream.line_buffering or stream.isatty(),
        write_through=stream.write_through,
    )


def fault_of(stream: TextIO) -> OSError | None:
    """Return why a stream could not take all that was written to it; None if it could."""
    try:
        stream.flush()
    except OSError as error:
        return error
    raw = getattr(getattr(stream, "buffer", None), "raw", None)
    return raw.fault if isinstance(raw, Stream) else None


def write_picture(data: bytes) -> OSError | None:
    """Write the content of a file to standard output; return why it could not be written."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    return fault_of(sys.stdout)
