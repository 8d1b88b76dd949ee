"""A reader of protocol-buffer messages: numbered fields, without their schema.

A message is a row of fields; each begins with a varint key = 8 number + kind. Kinds: 0 varint, 1
eight bytes, 2 a length and so many bytes (strings, messages, packed numbers), 5 four bytes.

Reference: protobuf.dev, "Encoding".
"""

from __future__ import annotations

from collections.abc import Iterator

from varcolor.errors import FormatError

_LONGEST_VARINT = 10


def fields(data: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Yield number and value of every field: an int for varints, else the bytes.

    Raises
    ------
    FormatError
        If a field is cut off or of an unknown kind.
    """
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        number, kind = key >> 3, key & 7
        if number == 0:
            raise FormatError("a field has the number 0")
        if kind == 0:
            value, at = varint(data, at)
            yield number, value
            continue
        if kind == 2:
            length, at = varint(data, at)
        elif kind in (1, 5):
            length = 8 if kind == 1 else 4
        else:
            raise FormatError(f"a field of the unknown kind {kind}")
        if at + length > len(data):
            raise FormatError("it is cut off in a field")
        yield number, data[at : at + length]
        at += length


def varint(data: memoryview, at: int) -> tuple[int, int]:
    """Return a whole number of seven bits a byte, the lowest first, and where it ends."""
    value = shift = 0
    for k in range(_LONGEST_VARINT):
        if at + k >= len(data):
            raise FormatError("it is cut off in a number")
        byte = data[at + k]
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at + k + 1
    raise FormatError("a number has too many digits")
