"""The entropy coder of JPEG XL headers: clustered contexts, prefix codes or ANS, repeats.

Written for the few kilobytes of a profile, not for pictures.

References
----------
ISO/IEC 18181-1:2024, Annex C (entropy decoding). Prefix codes as RFC 7932 (Brotli), 3.4 and 3.5.
J. Duda, "Asymmetric numeral systems", 2013.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from varcolor.image.profile.jpegxl_bits import Bits
from varcolor.image.profile.jpegxl_prefix import Prefix, lowest_first

_RANGE_BITS = 12
_RANGE = 1 << _RANGE_BITS
_FINAL_STATE = 0x130000
_WINDOW = 1 << 20
#: Prefix code of the logarithms of counts, first bit lowest: (length, code) to value.
_LOGARITHMS = {
    **{(3, code): value for code, value in ((0, 10), (2, 7), (4, 6), (5, 8), (6, 9))},
    **{(4, code): value for code, value in ((3, 3), (7, 5), (9, 4), (11, 1), (15, 2))},
    (5, 17): 0,
    (6, 33): 11,
    (7, 1): 12,
    (7, 65): 13,
}
_REPEAT = 13


@dataclass(frozen=True, slots=True)
class _Number:
    """How a token and the bits behind it make a number."""

    split: int
    high: int
    low: int

    @classmethod
    def read(cls, stream: Bits, log_alphabet: int) -> _Number:
        split = stream.take(log_alphabet.bit_length())
        high = low = 0
        if split != log_alphabet:
            high = stream.take(split.bit_length())
            low = stream.take((split - high).bit_length()) if high <= split else 0
        if split > log_alphabet or high + low > split:
            raise ValueError("it is damaged")
        return cls(split, high, low)

    def value(self, token: int, stream: Bits) -> int:
        if token < 1 << self.split:
            return token
        kept = self.high + self.low
        count = self.split - kept + (token - (1 << self.split) >> kept)
        if count > 32:
            raise ValueError("it is damaged")
        low = token & ((1 << self.low) - 1)
        top = token >> self.low & ((1 << self.high) - 1) | 1 << self.high
        return (top << count | stream.take(count)) << self.low | low


class _Code(Protocol):
    def symbol(self, stream: Bits, state: list[int]) -> int: ...


class _Ans:
    """A distribution of asymmetric numeral systems, read through an alias table."""

    def __init__(self, counts: list[int], log_alphabet: int) -> None:
        size = 1 << log_alphabet
        if len(counts) > size or sum(counts) != _RANGE:
            raise ValueError("it is damaged")
        self._bucket_bits = _RANGE_BITS - log_alphabet
        bucket = 1 << self._bucket_bits
        counts = counts + [0] * (size - len(counts))
        self._counts = counts
        self._symbols, self._offsets = list(range(size)), [0] * size
        self._cutoffs = list(counts)
        if _RANGE in counts:
            only = counts.index(_RANGE)
            self._symbols = [only] * size
            self._offsets = [bucket * i for i in range(size)]
            self._cutoffs = [0] * size
            return
        over = [i for i, count in enumerate(counts) if count > bucket]
        under = [i for i, count in enumerate(counts) if count < bucket]
        while over:
            full, short = over.pop(), under.pop()
            self._cutoffs[full] -= bucket - self._cutoffs[short]
            self._symbols[short], self._offsets[short] = full, self._cutoffs[full]
            if self._cutoffs[full] < bucket:
                under.append(full)
            elif self._cutoffs[full] > bucket:
                over.append(full)
        for i in range(size):
            if self._cutoffs[i] == bucket:
                self._symbols[i], self._offsets[i], self._cutoffs[i] = i, 0, 0
            else:
                self._offsets[i] -= self._cutoffs[i]

    @classmethod
    def read(cls, stream: Bits, log_alphabet: int) -> _Ans:
        return cls(_read_counts(stream), log_alphabet)

    def symbol(self, stream: Bits, state: list[int]) -> int:
        low = state[0] & _RANGE - 1
        index, place = low >> self._bucket_bits, low & (1 << self._bucket_bits) - 1
        symbol, offset = index, place
        if place >= self._cutoffs[index]:
            symbol, offset = self._symbols[index], self._offsets[index] + place
        state[0] = self._counts[symbol] * (state[0] >> _RANGE_BITS) + offset
        if state[0] < 1 << 16:
            state[0] = state[0] << 16 | stream.take(16)
        return symbol


def _small(stream: Bits, bits: int) -> int:
    """Return a number that is coded by its length."""
    if not stream.flag():
        return 0
    count = stream.take(bits)
    return (1 << count) + stream.take(count)


def _read_counts(stream: Bits) -> list[int]:
    """Return how often each symbol occurs, of 4096."""
    if stream.flag():
        two = stream.flag()
        symbols = [_small(stream, 3) for _ in range(1 + two)]
        counts = [0] * (max(symbols) + 1)
        counts[symbols[0]] = stream.take(_RANGE_BITS) if two else _RANGE
        if two:
            counts[symbols[1]] = _RANGE - counts[symbols[0]]
        return counts
    if stream.flag():
        size = _small(stream, 3) + 1
        return [_RANGE // size + (i < _RANGE % size) for i in range(size)]
    width = 0
    while width < 3 and stream.flag():
        width += 1
    shift = (stream.take(width) | 1 << width) - 1
    size = _small(stream, 3) + 3
    logarithms, repeats = [0] * size, {}
    i = 0
    while i < size:
        logarithms[i] = lowest_first(stream, _LOGARITHMS)
        if logarithms[i] == _REPEAT:
            logarithms[i] = 0
            repeats[i] = _small(stream, 3) + 4
            i += repeats[i] - 1
        i += 1
    rest = max(range(size), key=lambda k: (logarithms[k], -k))
    counts, same, previous = [0] * size, 0, 0
    for i, logarithm in enumerate(logarithms):
        if i in repeats:
            same, previous = repeats[i], counts[i - 1] if i else 0
        if same:
            counts[i] = previous
            same -= 1
        elif i != rest and logarithm:
            bits = min(max(0, shift - (_RANGE_BITS - logarithm + 1 >> 1)), logarithm - 1)
            counts[i] = (1 << logarithm - 1) + (stream.take(bits) << logarithm - 1 - bits)
    counts[rest] = _RANGE - sum(counts)
    if counts[rest] <= 0:
        raise ValueError("it is damaged")
    return counts


class Decoder:
    """Reads numbers, each in a context, from one entropy-coded stream."""

    def __init__(self, stream: Bits, contexts: int, *, may_repeat: bool = True) -> None:
        self._stream = stream
        self._repeats = stream.flag()
        if self._repeats:
            if not may_repeat:
                raise ValueError("it is damaged")
            self._first_repeat = stream.number((224, 0), (512, 0), (4096, 0), (8, 15))
            self._shortest = stream.number((3, 0), (4, 0), (5, 2), (9, 8))
            self._repeat_length = _Number.read(stream, 8)
            contexts += 1
        self._clusters = _clusters(stream, contexts) if contexts > 1 else [0]
        count = max(self._clusters) + 1
        prefix = stream.flag()
        log_alphabet = 15 if prefix else 5 + stream.take(2)
        self._numbers = [_Number.read(stream, log_alphabet) for _ in range(count)]
        self._codes: list[_Code]
        if prefix:
            sizes = [1 + _small(stream, 4) for _ in range(count)]
            self._codes = [Prefix.read(stream, size) for size in sizes]
        else:
            self._codes = [_Ans.read(stream, log_alphabet) for _ in range(count)]
        self._state = [_FINAL_STATE if prefix else stream.take(32)]
        self._past: list[int] = []
        self._copy = self._copied_from = 0

    def read(self, context: int) -> int:
        """Return the next number."""
        if not self._copy:
            cluster = self._clusters[context]
            token = self._codes[cluster].symbol(self._stream, self._state)
            if not self._repeats or token < self._first_repeat:
                return self._keep(self._numbers[cluster].value(token, self._stream))
            token -= self._first_repeat
            self._copy = self._shortest + self._repeat_length.value(token, self._stream)
            cluster = self._clusters[-1]
            token = self._codes[cluster].symbol(self._stream, self._state)
            distance = 1 + self._numbers[cluster].value(token, self._stream)
            self._copied_from = len(self._past) - min(distance, len(self._past), _WINDOW)
        self._copy -= 1
        self._copied_from += 1
        known = self._copied_from <= len(self._past)
        return self._keep(self._past[self._copied_from - 1] if known else 0)

    def _keep(self, value: int) -> int:
        if self._repeats:
            self._past.append(value)
        return value

    def finish(self) -> None:
        """Check that the stream ended as it should.

        Raises
        ------
        ValueError
            If not: something in it is damaged.
        """
        if self._state[0] != _FINAL_STATE:
            raise ValueError("it is damaged")


def _clusters(stream: Bits, contexts: int) -> list[int]:
    """Return the number of the code of each context."""
    if stream.flag():
        bits = stream.take(2)
        return [stream.take(bits) for _ in range(contexts)]
    to_front = stream.flag()
    decoder = Decoder(stream, 1, may_repeat=contexts > 2)
    found = [decoder.read(0) for _ in range(contexts)]
    decoder.finish()
    if max(found) > 255:
        raise ValueError("it is damaged")
    if to_front:
        order = list(range(256))
        for i, place in enumerate(found):
            found[i] = order.pop(place)
            order.insert(0, found[i])
    return found
