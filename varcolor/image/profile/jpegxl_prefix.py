"""Prefix codes of JPEG XL headers, as those of Brotli.

References
----------
RFC 7932 (Brotli), 3.4 and 3.5.
"""

from __future__ import annotations

from varcolor.image.profile.jpegxl_bits import Bits

_LENGTH_ORDER = (1, 2, 3, 4, 0, 5, 17, 6, 16, 7, 8, 9, 10, 11, 12, 13, 14, 15)
#: Prefix code of the lengths of the code lengths, first bit lowest.
_LENGTH_LENGTHS = {(2, 0): 0, (2, 1): 4, (2, 2): 3, (3, 3): 2, (4, 7): 1, (4, 15): 5}


class Prefix:
    """A canonical prefix code."""

    def __init__(self, lengths: dict[int, int]) -> None:
        self._only = next(iter(lengths), 0) if len(lengths) < 2 else None
        self._symbols: dict[tuple[int, int], int] = {}
        code = last = 0
        for symbol, length in sorted(lengths.items(), key=lambda item: (item[1], item[0])):
            code <<= length - last
            self._symbols[length, code] = symbol
            code, last = code + 1, length

    @classmethod
    def read(cls, stream: Bits, size: int) -> Prefix:
        if size == 1:
            return cls({0: 1})
        skip = stream.take(2)
        if skip == 1:
            bits, count = (size - 1).bit_length(), stream.take(2) + 1
            symbols = [stream.take(bits) for _ in range(count)]
            if len(set(symbols)) < count or max(symbols) >= size:
                raise ValueError("it is damaged")
            tree = stream.take(1) if count == 4 else 0
            lengths = ((1,), (1, 1), (1, 2, 2), (2, 2, 2, 2), (1, 2, 3, 3))[count - 1 + tree]
            return cls(dict(zip(symbols, lengths, strict=True)))
        outer: dict[int, int] = {}
        space = 32
        for place in _LENGTH_ORDER[skip:]:
            if space <= 0:
                break
            length = lowest_first(stream, _LENGTH_LENGTHS)
            if length:
                outer[place] = length
                space -= 32 >> length
        if space and len(outer) != 1:
            raise ValueError("it is damaged")
        return cls(_code_lengths(stream, cls(outer), size))

    def symbol(self, stream: Bits, state: list[int]) -> int:
        if self._only is not None:
            return self._only
        code = 0
        for length in range(1, 16):
            code = code << 1 | stream.take(1)
            found = self._symbols.get((length, code))
            if found is not None:
                return found
        raise ValueError("it is damaged")


def lowest_first(stream: Bits, table: dict[tuple[int, int], int]) -> int:
    for length in range(1, 8):
        value = table.get((length, stream.peek(length)))
        if value is not None:
            stream.take(length)
            return value
    raise ValueError("it is damaged")


def _code_lengths(stream: Bits, code: Prefix, size: int) -> dict[int, int]:
    """Return the code lengths above zero of an alphabet, repeats undone."""
    lengths: list[int] = []
    previous, repeat, repeated, space = 8, 0, 0, 1 << 15
    while len(lengths) < size and space > 0:
        length = code.symbol(stream, [])
        if length < 16:
            repeat = 0
            lengths.append(length)
            if length:
                previous = length
                space -= 1 << 15 >> length
            continue
        extra, new = length - 14, previous if length == 16 else 0
        if repeated != new:
            repeat, repeated = 0, new
        before = repeat
        repeat = (repeat - 2 << extra if repeat else 0) + stream.take(extra) + 3
        lengths += [new] * (repeat - before)
        space -= (repeat - before) * (1 << 15 >> new) if new else 0
    if space or len(lengths) > size:
        raise ValueError("it is damaged")
    return {symbol: length for symbol, length in enumerate(lengths) if length}
