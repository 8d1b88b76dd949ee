"""JPEG XL files with any colour encoding: the header of a lossless file is written anew."""

import base64

import imagecodecs
import numpy as np

from varcolor.image.profile.jpegxl_bits import Bits
from varcolor.image.profile.jpegxl_color import (
    _read_encoding,
    _skip_to_encoding,
    codestream,
    color,
)
from varcolor.image.profile.jpegxl_header import skip_rest, skip_size
from varcolor.image.profile.jpegxl_profile import unpack


def enum(value):
    """(value, bits) pairs of an enumeration."""
    if value < 2:
        return [(value, 2)]
    return [(2, 2), (value - 2, 4)] if value < 18 else [(3, 2), (value - 18, 6)]


def coordinate(value):
    code = round(value * 1e6) * 2
    for kind, (offset, bits) in enumerate(((0, 19), (524288, 19), (1048576, 20), (2097152, 21))):
        if code < offset + (1 << bits):
            return [(kind, 2), (code - offset, bits)]
    raise ValueError(value)


def encoding(primaries=1, white=1, transfer=13, gamma=None, gray=False):
    """Bits of a colour encoding; primaries and white are a code or chromaticities."""
    bits = [(0, 1), (0, 1), *enum(1 if gray else 0)]
    for named, given in ((white, [white]), (primaries, primaries))[: 1 if gray else 2]:
        if isinstance(named, int):
            bits += enum(named)
        else:
            bits += enum(2)
            for xy in given:
                bits += [*coordinate(xy[0]), *coordinate(xy[1])]
    bits += [(0, 1), *enum(transfer)] if gamma is None else [(1, 1), (round(gamma * 1e7), 24)]
    return [*bits, *enum(1)]


def jpegxl(pixels, bits=None, **options):
    """A file whose colour encoding is made of these (value, bits) pairs."""
    data = bytes(imagecodecs.jpegxl_encode(np.ascontiguousarray(pixels), lossless=True, **options))
    if bits is None:
        return data
    assert data[:2] == b"\xff\x0a"
    # A default that says nothing is written as all its fields first.
    stream = Bits(data)
    extra, xyb = _skip_to_encoding(stream)
    start = stream.position
    if not stream.flag():
        stream.take(1)
        _read_encoding(stream, stream.enum())
    end = stream.position
    skip_rest(stream, extra, xyb)
    rest = stream.position
    stream.align()
    header = int.from_bytes(data[: stream.position // 8], "little")
    result, length = header & ((1 << start) - 1), start
    for value, count in [*bits, (header >> end & ((1 << rest - end) - 1), rest - end)]:
        result |= value << length
        length += count
    return result.to_bytes((length + 7) // 8, "little") + data[stream.position // 8 :]


def lossy_with_profile(pixels):
    """A lossy (XYB) file that carries the profile of `WITH_ADOBE_PROFILE`."""
    source = codestream(WITH_ADOBE_PROFILE)
    stream = color(source).profile
    start = stream.position
    unpack(stream)
    count = stream.position - start
    packed = int.from_bytes(source, "little") >> start & ((1 << count) - 1)
    data = bytes(imagecodecs.jpegxl_encode(np.ascontiguousarray(pixels), level=98))
    stream = Bits(data)
    stream.take(16)
    skip_size(stream)
    bits, length = int.from_bytes(data, "little") & ((1 << stream.position) - 1), stream.position
    assert stream.take(2) == 3  # all metadata and the transform as usual
    stream.align()
    # Metadata: 8 bits, buffers of 16, no extra channels, XYB; a profile of RGB; no extensions.
    fields = [
        (0, 1),
        (0, 1),
        (0, 3),
        (1, 1),
        (0, 2),
        (1, 1),
        (0, 1),
        (1, 1),
        (0, 2),
        (0, 2),
        (1, 1),
    ]
    for value, size in [*fields, (packed, count)]:
        bits |= value << length
        length += size
    return bits.to_bytes((length + 7) // 8, "little") + data[stream.position // 8 :]


#: A lossless picture of 16 x 16 pixels, R = 17 x, G = 17 y, B = 8 (x + y), written by libjxl with the
#: profile `profiles.matrix_profile(ADOBE_XY, D65_XY, parametric(0, 2.2))`.
WITH_ADOBE_PROFILE = base64.b85decode(
    "0000CN?1%F4GM<}0000KW^{RQYItlQ00000YItlQ00033YItm8{|ZAu2&W1I66OIgnXv$EFY`LSqAGZwR1zwD<&!9M"
    "tELdVon15(WHeN4G|;hvwX8y^)bt!KJ3!csX*28RGtR16EUqK~0OID2o02ag#f}pj@Kc;Zr_3ChKSRvODKDP1Ykl|V"
    "bQ;KMgglnuAfFf8%$YFs@g-;&)UDim#!Q5Ud7#hDtp^AM0RX50ODHqlgmpU22j35_3JMAeN)8G}Fm^^_3|_(*#$XXZ"
    "(O!&sI0qDnF<3cjBLEOU2p|BE_~0D>A^<qO2LOQXUjP6AK>4h!7&<_8Qm{e=fKUMlE>Z$cr5pAUf;1M8YAO>_wI#KI"
    "i~s"
)
#: The same picture with `profiles.matrix_profile(P3_XY, D65_XY, table(srgb_decode, 1024))`.
WITH_TABLE_PROFILE = base64.b85decode(
    "0000CN?1%F4GM<}0000KW^{RQYItlQ00000YItlQ0005(YItm8{|ZAu2#?AE1|&=dkeT7e`Mb4|sM{**fP@Hj=E$Q!"
    "1DC%L1ARGl5%9}%7GYdC2qTOOCuxLnfg3V*MF&Smw;rBCxX?TSnDyw^bNqBXM~x6G4gdhVe(k#CgM^Y!CTZ}qcrxwM"
    "vuS=AY+82d5&&Y46#-;A4Km0VrstP`{`qIeL+}s$uIQKb`}dJ20078e000000I=Ot{wROtF91OKqvEde7XX0r7x@dI"
    "nX#X}8=;(B%qrY$UW%E@9{~W$Uvvk>l-1YnU^&>wZh>^OR<pa+!d5YQPo=c9IVztkqX5cZ03SHc|E2ZT4rz=QK5GM8"
    "i0gdv*Yd^i{`itV>{m-K@2B;h)t>T40IYrh1ONhP@@g{da;fvHobNFM2ms|TK!xqX!#cLi;qBf!Z=c;c>xcfhYu$vm"
    "ua-S{mA*eSw>f%Cs)$qo2>8grW=fgNW(YuFB|k`PE*vHIKY;HC3>pkK&LGHt0en9I2m}EDr~ykTGu?!BI?V^)53ULd"
    "3JOXN3Pvz?Mq&(J!WhP25kS#ijCnW*6o@fcIcg&S5I_hZ0Fe0L9RDH!IK2k|fbL%a002PwtgIM1Ky^~ELIr?O0SGQq"
    "0#2nH_7Q?K7LaNx6H>J$wSkNP"
)
