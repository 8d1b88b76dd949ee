"""The codecs without positions: `global`, a histogram of the picture's colours, and `stock`, none.

By themselves, `stock` decodes grey, and `global` tints the picture by the mean chroma of its
histogram; networks make more of them (`varcolor.ir.network`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from varcolor.errors import FormatError, InputError
from varcolor.image.color import lab, yuv
from varcolor.image.picture import Picture
from varcolor.typing import Array

#: Cells that the picture is averaged over, a side; width of a bin in a* and b*; bins a side.
SIDE, WIDTH, BINS = 64, 10, 23
_MIDDLE = BINS // 2
#: Cells of the whole histogram.
TOTAL = SIDE * SIDE


@dataclass(frozen=True, slots=True, eq=False)
class Histogram:
    """How often which colours occur."""

    bins: Array
    """(n,) increasing: 23 (a* / 10 + 11) + (b* / 10 + 11), rounded."""
    counts: Array
    """(n,): cells of 4096 whose mean colour is in the bin."""
    saturation: int
    """Mean HSV saturation, 0 to 255."""

    @property
    def centres(self) -> Array:
        """(n, 2): a* and b* of the bins."""
        at = np.stack([self.bins // BINS, self.bins % BINS], axis=1) - _MIDDLE
        return np.asarray(at * float(WIDTH))


@dataclass(frozen=True, slots=True, kw_only=True)
class Global:
    """A histogram of colours and the mean saturation."""

    name: ClassVar[str] = "global"
    number: ClassVar[int] = 6

    def encode(self, photo: Picture, gray: Array) -> tuple[bytes, tuple[str, ...]]:
        """Return payload and notes."""
        histogram = histogram_of(photo)
        return pack_histogram(histogram), (f"{len(histogram.bins)} colours",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """No cues at all."""

    name: ClassVar[str] = "stock"
    number: ClassVar[int] = 7

    def encode(self, photo: Picture, gray: Array) -> tuple[bytes, tuple[str, ...]]:
        """Return an empty payload."""
        return b"", ()


def histogram_of(photo: Picture) -> Histogram:
    """Return the histogram of a colour photo, over 64 x 64 cells."""
    rgb = photo.pixels.astype(np.float64) / photo.maximum
    mean = _cell_means(lab.split(rgb)[1])
    index = np.clip(np.rint(mean / WIDTH).astype(np.int64) + _MIDDLE, 0, BINS - 1)
    counts = np.bincount((index[..., 0] * BINS + index[..., 1]).ravel(), minlength=BINS * BINS)
    high, low = rgb.max(axis=-1), rgb.min(axis=-1)
    saturation = np.divide(high - low, high, out=np.zeros_like(high), where=high > 0)
    bins = np.flatnonzero(counts)
    return Histogram(bins, counts[bins], round(255 * float(saturation.mean())))


def _cell_means(values: Array) -> Array:
    """Return the means over 64 x 64 cells; cells between pixels take the nearest pixel."""
    for axis in range(2):
        length = values.shape[axis]
        edges = np.arange(SIDE) * length // SIDE
        ends = np.maximum((np.arange(SIDE) + 1) * length // SIDE, edges + 1)
        total = np.concatenate(
            [np.zeros_like(values.take([0], axis)), values.cumsum(axis)], axis=axis
        )
        shape = [1] * values.ndim
        shape[axis] = SIDE
        values = (total.take(ends, axis) - total.take(edges, axis)) / (ends - edges).reshape(shape)
    return values


def pack_histogram(histogram: Histogram) -> bytes:
    """Return the payload of a histogram: saturation, then gap and count of each bin.

    Both in groups of seven bits, the lowest first; the last count is not stored, as the counts'
    sum is known.
    """
    parts = bytearray([histogram.saturation])
    last = -1
    for number, (bin_, count) in enumerate(zip(histogram.bins, histogram.counts, strict=True)):
        parts += _varint(int(bin_) - last - 1)
        last = int(bin_)
        if number + 1 < len(histogram.bins):
            parts += _varint(int(count) - 1)
    return bytes(parts)


def unpack_histogram(payload: bytes) -> Histogram:
    """Parse the payload of a histogram.

    Raises
    ------
    FormatError
        If it does not follow the format.
    """
    if not payload:
        raise FormatError("the colour stream is cut off: its histogram is missing")
    numbers, value, shift = [], 0, 0
    for byte in payload[1:]:
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            numbers.append(value)
            value = shift = 0
        elif shift > 14:
            raise FormatError("the colour stream is damaged: a number has too many digits")
    if shift or len(numbers) % 2 == 0:
        raise FormatError("the colour stream is cut off in its histogram")
    bins = np.cumsum(np.array(numbers[::2]) + 1) - 1
    counts = np.array(numbers[1::2], np.int64) + 1
    rest = TOTAL - int(counts.sum())
    if bins[-1] >= BINS * BINS or rest < 1:
        raise FormatError("the colour stream is damaged: its histogram has impossible entries")
    return Histogram(bins, np.append(counts, rest), payload[0])


def decode(payload: bytes, gray: Array, decoder: str = "auto") -> tuple[Array, tuple[str, ...]]:
    """Return chroma (H, W, 2), in the units of the space yuv, of the mean colour; and a note."""
    _require_auto(decoder, "global")
    histogram = unpack_histogram(payload)
    share = histogram.counts / histogram.counts.sum()
    mean = share @ histogram.centres
    # The mean a* and b* as chroma of a mid grey; a pull towards it, weak in shadows and highlights.
    tint = yuv.split(np.clip(lab.merge(np.array(0.6), mean), 0, 1))[1]
    luma = gray.astype(np.float32) / (255 if gray.dtype == np.uint8 else 65535)
    strength = 4 * luma * (1 - luma)
    note = "tinted by the mean colour of its histogram; decoder siggraph17 (a network) uses all"
    return (strength[..., None] * tint).astype(np.float32), (note,)


def decode_stock(
    payload: bytes, gray: Array, decoder: str = "auto"
) -> tuple[Array, tuple[str, ...]]:
    """Return no chroma (H, W, 2), and a note."""
    _require_auto(decoder, "stock")
    if payload:
        raise FormatError("the colour stream is damaged: the method 'stock' stores nothing")
    note = "nothing is stored: grey; decoder siggraph17 (a network) invents colours"
    return np.zeros((*gray.shape, 2), np.float32), (note,)


def _require_auto(decoder: str, name: str) -> None:
    if decoder != "auto":
        raise InputError(f"decoder {decoder!r}: the method {name!r} has none but its own")


def _varint(value: int) -> bytes:
    parts = []
    while value > 127:
        parts.append(value & 127 | 128)
        value >>= 7
    return bytes([*parts, value])
