"""PNM: PBM, PGM and PPM (plain and raw, up to 16 bit), PAM, and PFM (floats).

Source: the manual pages of Netpbm, pbm(5), pgm(5), ppm(5), pam(5), pfm(5).
"""

from __future__ import annotations

import re

import numpy as np

from varcolor.image.decode.raw import Raw, Unsupported, check_size, widen
from varcolor.image.formats import Format
from varcolor.typing import Array

#: Bytes of a header at most, comments included.
_LONGEST_HEADER = 1 << 16
_SPACE = re.compile(rb"\s")
#: Bytes of text that are parsed at a time.
_PIECE = 1 << 20
_TOKEN = re.compile(rb"(?:\s|#[^\r\n]*(?:[\r\n]|$))*([^\s#]+)")


def decode_pnm(data: bytes, fmt: Format) -> Raw:
    """Decode a picture of Netpbm's family; the first one of a file."""
    kind = data[1:2]
    if kind == b"7":
        return _decode_pam(data, fmt)
    if kind in b"Ff":
        return _decode_pfm(data, fmt)
    number = int(kind)
    count = 2 if number in (1, 4) else 3
    values, at = _header(data, count)
    width, height, top = *values[:2], (1 if count == 2 else values[2])
    channels = 3 if number in (3, 6) else 1
    if not 1 <= top <= 65535:
        raise ValueError(f"it declares a white of {top}; 1 to 65535 are possible")
    item = 1 if top < 256 else 2
    stored = 1 / 8 if number == 4 else 1 if number <= 3 else item  # a digit at least
    check_size(data, (width, height), channels * stored, fmt)
    if number <= 3:
        pixels = _plain(data, at, width * height * channels, number == 1)
    elif number == 4:
        row = (width + 7) // 8
        packed = _raw(data, at, row * height, np.dtype(np.uint8)).reshape(height, row)
        pixels = np.unpackbits(packed, axis=1, count=width)
    else:
        pixels = _raw(data, at, width * height * channels, np.dtype(f">u{item}"))
    pixels = pixels.reshape((height, width, 3) if channels == 3 else (height, width))
    raw = Raw(_scaled(1 - pixels if top == 1 and number in (1, 4) else pixels, top), "gray")
    raw.kind = "rgb" if channels == 3 else "gray"
    _note_depth(raw, top)
    return raw


def _header(data: bytes, count: int) -> tuple[list[int], int]:
    """Return the numbers of a header and where the pixels begin."""
    values: list[int] = []
    at = 2
    for _ in range(count):
        found = _TOKEN.match(data, at, _LONGEST_HEADER)
        if found is None or not found[1].isdigit() or len(found[1]) > 9:
            raise ValueError("its header is damaged")
        values.append(int(found[1]))
        at = found.end()
    if min(values) < 0 or not data[at : at + 1].isspace():
        raise ValueError("its header is damaged")
    return values, at + 1


def _raw(data: bytes, at: int, count: int, dtype: np.dtype[np.generic]) -> Array:
    if len(data) - at < count * dtype.itemsize:
        raise ValueError("it ends before its pixel data: the file is cut off")
    return np.frombuffer(data, dtype, count, at)


def _plain(data: bytes, at: int, count: int, bitmap: bool) -> Array:
    """Return numbers written as text; bits need no space between them."""
    text = re.sub(rb"#[^\r\n]*", b"", data[at:])
    if bitmap:
        found = np.frombuffer(re.sub(rb"\s", b"", text)[:count], np.uint8) - np.uint8(ord("0"))
    else:
        found = _numbers(text, count)
    if len(found) < count:
        raise ValueError("it ends before its pixel data: the file is cut off")
    return found


def _numbers(text: bytes, count: int) -> Array:
    """Return numbers of a text, at most ``count``; piece by piece, for the sake of memory."""
    parts: list[Array] = []
    at = found = 0
    while at < len(text) and found < count:
        space = _SPACE.search(text, min(at + _PIECE, len(text)))
        end = space.end() if space else len(text)
        words = text[at:end].split()
        at = end
        if not words:
            continue
        if not all(word.isdigit() and len(word) <= 9 for word in words):
            raise ValueError("its pixels are no numbers")
        parts.append(np.array(words).astype(np.int32))
        found += len(words)
    return np.concatenate(parts)[:count] if parts else np.zeros(0, np.int32)


def _scaled(pixels: Array, top: int) -> Array:
    """Return levels 0..top as 8 or 16 bits, rounded."""
    if len(pixels) and int(pixels.max()) > top:
        raise ValueError(f"it holds levels above its white of {top}")
    if top in (255, 65535):
        return pixels.astype(np.uint8 if top == 255 else np.uint16)
    white, dtype = (255, np.uint8) if top < 256 else (65535, np.uint16)
    if (top + 1) & top == 0:
        return widen(pixels, top.bit_length())
    return ((pixels.astype(np.uint32) * np.uint32(white) + top // 2) // top).astype(dtype)


def _note_depth(raw: Raw, top: int) -> None:
    if top == 1:
        raw.notes.append("1-bit picture: read as 8-bit grey")
    elif top not in (255, 65535):
        raw.notes.append(f"levels 0 to {top}: read as {8 if top < 256 else 16}-bit")


def _decode_pam(data: bytes, fmt: Format) -> Raw:
    end = data.find(b"\nENDHDR", 0, _LONGEST_HEADER)
    start = data.find(b"\n", end + 1) + 1 if end >= 0 else 0
    if start == 0:
        raise ValueError("its header is damaged")
    lines = [line.split(None, 1) for line in data[3:end].split(b"\n")]
    fields = {line[0]: line[1].strip() for line in lines if len(line) == 2}
    numbers = [fields.get(key, b"") for key in (b"WIDTH", b"HEIGHT", b"DEPTH", b"MAXVAL")]
    if not all(number.isdigit() and len(number) <= 9 for number in numbers):
        raise ValueError("its header is damaged")
    width, height, depth, top = (int(number) for number in numbers)
    if not 1 <= top <= 65535:
        raise ValueError(f"it declares a white of {top}; 1 to 65535 are possible")
    if not 1 <= depth <= 4:
        raise Unsupported(f"PAM with {depth} channels")
    item = 1 if top < 256 else 2
    check_size(data, (width, height), depth * item, fmt)
    pixels = _raw(data, start, width * height * depth, np.dtype(f">u{item}"))
    pixels = pixels.reshape((height, width) if depth == 1 else (height, width, depth))
    raw = Raw(_scaled(pixels, top), "gray" if depth <= 2 else "rgb")
    _note_depth(raw, top)
    return raw


def _decode_pfm(data: bytes, fmt: Format) -> Raw:
    tokens: list[bytes] = []
    at = 2
    for _ in range(3):
        found = _TOKEN.match(data, at, _LONGEST_HEADER)
        if found is None:
            raise ValueError("its header is damaged")
        tokens.append(found[1])
        at = found.end()
    if not all(t.isdigit() and len(t) <= 9 for t in tokens[:2]):
        raise ValueError("its header is damaged")
    width, height, scale = int(tokens[0]), int(tokens[1]), float(tokens[2])
    channels = 3 if data[1:2] == b"F" else 1
    check_size(data, (width, height), 4 * channels, fmt)
    dtype = np.dtype("<f4" if scale < 0 else ">f4")
    pixels = _raw(data, at + 1, width * height * channels, dtype)
    pixels = pixels.reshape((height, width, 3) if channels == 3 else (height, width))
    # Rows run from the bottom to the top.
    return Raw(pixels[::-1].astype(np.float32), "rgb" if channels == 3 else "gray")
