"""Parts of a JPEG XL header that are read over, to come to those about colour.

References
----------
ISO/IEC 18181-1:2024, Annex D (SizeHeader, ImageMetadata).
"""

from __future__ import annotations

from varcolor.image.profile.jpegxl_bits import Bits

_ALPHA, _SPOT, _FILTER = 0, 2, 5


def skip_size(stream: Bits) -> None:
    small = stream.flag()

    def side() -> None:
        if small:
            stream.take(5)
        else:
            stream.take((9, 13, 18, 30)[stream.take(2)])

    side()
    if stream.take(3) == 0:
        side()


def skip_extra_fields(stream: Bits) -> None:
    stream.take(3)  # orientation
    if stream.flag():
        skip_size(stream)
    if stream.flag():  # preview
        eighths = stream.flag()
        kinds = ((1, 6), (65, 8), (321, 10), (1345, 12))
        if eighths:
            kinds = ((16, 0), (32, 0), (1, 5), (33, 9))
        stream.number(*kinds)
        if stream.take(3) == 0:
            stream.number(*kinds)
    if stream.flag():  # animation
        stream.number((100, 0), (1000, 0), (1, 10), (1, 30))
        stream.number((1, 0), (1001, 0), (1, 8), (1, 10))
        stream.number((0, 0), (0, 3), (0, 16), (0, 32))
        stream.take(1)


def skip_depth(stream: Bits) -> None:
    if stream.flag():
        stream.number((32, 0), (16, 0), (24, 0), (1, 6))
        stream.take(4)
    else:
        stream.number((8, 0), (10, 0), (12, 0), (1, 6))


def skip_channel(stream: Bits) -> None:
    if stream.flag():
        return
    kind = stream.enum()
    skip_depth(stream)
    stream.number((0, 0), (3, 0), (4, 0), (1, 3))
    stream.take(8 * stream.number((0, 0), (0, 4), (16, 5), (48, 10)))
    if kind == _ALPHA:
        stream.take(1)
    elif kind == _SPOT:
        stream.take(64)
    elif kind == _FILTER:
        stream.number((1, 0), (0, 2), (3, 4), (19, 8))


def skip_rest(stream: Bits, extra: bool, xyb: bool) -> None:
    """Go on to where the profile begins: past tone mapping, extensions and transform data."""
    if extra and not stream.flag():
        stream.take(16 + 16 + 1 + 16)
    extensions = stream.long()
    sizes = [stream.long() for k in range(64) if extensions >> k & 1]
    stream.take(sum(sizes))
    if not stream.flag():
        if xyb and not stream.flag():
            stream.take(16 * 16)
        mask = stream.take(3)
        stream.take(16 * sum(n for k, n in enumerate((15, 55, 210)) if mask >> k & 1))
