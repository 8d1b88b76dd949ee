"""The bits of a JPEG XL codestream."""

from __future__ import annotations


class Bits:
    """Reads from the lowest bit of each byte on (ISO/IEC 18181-1, Annex B)."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.position = 0
        """In bits."""

    def take(self, count: int) -> int:
        """Return the next bits as a number.

        Raises
        ------
        ValueError
            If the stream ends before.
        """
        start, end = self.position, self.position + count
        if end > 8 * len(self._data):
            raise ValueError("it ends too early")
        self.position = end
        chunk = int.from_bytes(self._data[start >> 3 : end + 7 >> 3], "little")
        return chunk >> (start & 7) & ((1 << count) - 1)

    def peek(self, count: int) -> int:
        """Return the next bits without going on; zeros after the end."""
        start = self.position
        chunk = int.from_bytes(self._data[start >> 3 : start + count + 7 >> 3], "little")
        return chunk >> (start & 7) & ((1 << count) - 1)

    @property
    def left(self) -> int:
        """Bytes that are still to come."""
        return len(self._data) - self.position // 8

    def flag(self) -> bool:
        """Return the next bit."""
        return bool(self.take(1))

    def number(self, *kinds: tuple[int, int]) -> int:
        """Return a U32: two bits choose one of four pairs of an offset and a count of bits."""
        offset, bits = kinds[self.take(2)]
        return offset + self.take(bits)

    def enum(self) -> int:
        """Return the number of an enumeration."""
        return self.number((0, 0), (1, 0), (2, 4), (18, 6))

    def long(self) -> int:
        """Return a U64."""
        kind = self.take(2)
        if kind < 3:
            return (0, 1, 17)[kind] + self.take((0, 4, 8)[kind])
        value, shift = self.take(12), 12
        while self.flag():
            if shift == 60:
                return value | self.take(4) << shift
            value |= self.take(8) << shift
            shift += 8
        return value

    def align(self) -> None:
        """Go on to the next whole byte."""
        self.position = self.position + 7 & ~7
