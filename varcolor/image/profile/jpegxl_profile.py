"""ICC profiles as JPEG XL packs them: predicted byte by byte, then entropy-coded.

References
----------
ISO/IEC 18181-1:2024, Annex E.4 (ICC profile).
"""

from __future__ import annotations

from varcolor.image.profile.jpegxl_bits import Bits
from varcolor.image.profile.jpegxl_entropy import Decoder

#: Largest packed profile, in bytes, that is read; a table profile has about a megabyte.
_LARGEST = 1 << 21
#: Most bytes of a profile that one byte of a genuine file packs (a bound that libjxl has, too).
_MOST_FOR_A_BYTE = 256
_CONTEXTS = 41
_HEADER = 128
_TAGS = (
    *(b"cprt", b"wtpt", b"bkpt", b"rXYZ", b"gXYZ", b"bXYZ", b"kXYZ", b"rTRC", b"gTRC"),
    *(b"bTRC", b"kTRC", b"chad", b"desc", b"chrm", b"dmnd", b"dmdd", b"lumi"),
)
_TYPES = (b"XYZ ", b"desc", b"text", b"mluc", b"para", b"curv", b"sf32", b"gbd ")
_XYZ_TAGS = (b"rXYZ", b"gXYZ", b"bXYZ", b"kXYZ", b"wtpt", b"bkpt", b"lumi")
_OFFSET_FLAG, _SIZE_FLAG = 64, 128
_INSERT, _SHUFFLE_2, _SHUFFLE_4, _PREDICT, _XYZ, _FIRST_TYPE = 1, 2, 3, 4, 10, 16


def unpack(stream: Bits) -> bytes:
    """Return the profile that begins at the stream's position.

    Raises
    ------
    ValueError
        If it is damaged or too long.
    """
    length = stream.long()
    if length > min(_LARGEST, _MOST_FOR_A_BYTE * stream.left):
        raise ValueError("the profile is too long")
    decoder = Decoder(stream, _CONTEXTS)
    packed = bytearray()
    for i in range(length):
        context = 0
        if i > 128:
            context = 1 + _kind(packed[-1]) + 8 * _kind_before(packed[-2])
        packed.append(decoder.read(context) & 255)
    decoder.finish()
    try:
        return _Unpredict(bytes(packed)).run()
    except IndexError:
        raise ValueError("the profile is damaged") from None


def _kind(byte: int) -> int:
    """Return the class of the last byte."""
    if byte in b".,0123456789":
        return 1
    if chr(byte).isascii() and chr(byte).isalpha():
        return 0
    if byte < 16:
        return 2 + min(byte, 2)
    return 7 if byte <= 240 else 5 + (byte == 255)


def _kind_before(byte: int) -> int:
    """Return the class of the last byte but one."""
    kind = _kind(byte)
    if kind < 2:
        return kind
    if byte < 16:
        return 2
    return 3 if byte > 240 else 4


class _Unpredict:
    """Commands and data, two parts of one string of bytes, to the profile."""

    def __init__(self, packed: bytes) -> None:
        self._bytes = packed
        self._command = 0
        self._end = len(packed)
        self._size = self._varint()
        commands = self._varint()
        self._end = self._command + commands
        self._data = self._end
        self._result = bytearray()

    def run(self) -> bytes:
        if self._end > len(self._bytes) or self._size > 16 * _LARGEST:
            raise ValueError("the profile is damaged")
        self._header()
        if len(self._result) < self._size:
            self._tags()
        while self._command < self._end and len(self._result) <= self._size:
            self._content(self._next())
        if len(self._result) != self._size or self._data != len(self._bytes):
            raise ValueError("the profile is damaged")
        return bytes(self._result)

    def _next(self) -> int:
        if self._command >= self._end:
            raise IndexError
        self._command += 1
        return self._bytes[self._command - 1]

    def _varint(self) -> int:
        value = shift = 0
        while shift < 63:
            byte = self._next()
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                break
        return value

    def _take(self, count: int) -> bytes:
        if self._data + count > len(self._bytes):
            raise IndexError
        self._data += count
        return self._bytes[self._data - count : self._data]

    def _header(self) -> None:
        guess = bytearray(_HEADER)
        guess[:4] = (self._size & 0xFFFFFFFF).to_bytes(4, "big")
        guess[8] = 4
        guess[12:24] = b"mntrRGB XYZ "
        guess[36:40] = b"acsp"
        guess[68:80] = b"\0\0\xf6\xd6\0\1\0\0\0\0\xd3\x2d"
        out = self._result
        for i in range(min(_HEADER, self._size)):
            if i == 8:
                guess[80:84] = out[4:8]
            elif i == 41:
                guess[41:44] = {65: b"PPL", 77: b"SFT"}.get(out[40], bytes(guess[41:44]))
            elif i == 42:
                guess[42:44] = {b"SG": b"I ", b"SU": b"NW"}.get(
                    bytes(out[40:42]), bytes(guess[42:44])
                )
            out.append((self._take(1)[0] + guess[i]) & 255)

    def _tags(self) -> None:
        count = self._varint()
        if not count:
            return
        self._words(count - 1)
        start, size = _HEADER + 12 * (count - 1), 0
        while self._command < self._end and len(self._result) <= self._size:
            command = self._next()
            code = command & 63
            if code == 0:
                return
            if code == 1:
                tag = self._take(4)
            else:
                tag = {2: b"rTRC", 3: b"rXYZ"}.get(code) or _TAGS[code - 4]
            start += size
            if tag in _XYZ_TAGS:
                size = 20
            if command & _OFFSET_FLAG:
                start = self._varint()
            if command & _SIZE_FLAG:
                size = self._varint()
            self._tag(tag, start, size)
            if code == 2:
                self._tag(b"gTRC", start, size)
                self._tag(b"bTRC", start, size)
            elif code == 3:
                self._tag(b"gXYZ", start + size, size)
                self._tag(b"bXYZ", start + 2 * size, size)

    def _tag(self, tag: bytes, start: int, size: int) -> None:
        self._result += tag
        self._words(start, size)

    def _words(self, *values: int) -> None:
        for value in values:
            self._result += (value & 0xFFFFFFFF).to_bytes(4, "big")

    def _content(self, command: int) -> None:
        if command == _INSERT:
            self._result += self._take(self._varint())
        elif command in (_SHUFFLE_2, _SHUFFLE_4):
            self._result += _interleaved(self._take(self._varint()), 2 * command - 2)
        elif command == _PREDICT:
            self._predicted()
        elif command == _XYZ:
            self._result += b"XYZ \0\0\0\0" + self._take(12)
        elif command >= _FIRST_TYPE:
            self._result += _TYPES[command - _FIRST_TYPE] + bytes(4)
        else:
            raise ValueError("the profile is damaged")

    def _predicted(self) -> None:
        """Add numbers to their linear prediction from those before."""
        flags = self._next()
        width, order = (flags & 3) + 1, flags >> 2 & 3
        stride = self._varint() if flags & 16 else width
        out = self._result
        if width == 3 or order == 3 or stride < width or 4 * stride >= len(out):
            raise ValueError("the profile is damaged")
        residuals = self._take(self._varint())
        if width > 1:
            residuals = _interleaved(residuals, width)
        weights = ((1, 0, 0), (2, -1, 0), (3, -3, 1))[order]
        begin = len(out)
        for i, residual in enumerate(residuals):
            first = begin + i - i % width
            guess = 0
            for k, weight in enumerate(weights, 1):
                place = first - k * stride
                guess += weight * int.from_bytes(out[place : place + width], "big")
            guess = guess >> 8 * (width - 1 - i % width)
            out.append((residual + guess) & 255)


def _interleaved(data: bytes, width: int) -> bytes:
    """Return "AaBbCc" for "ABCabc" and a width of 2."""
    height = -(-len(data) // width)
    return bytes(data[i] for row in range(height) for i in range(row, len(data), height))
