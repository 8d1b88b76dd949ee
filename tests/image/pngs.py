"""PNG files with any chunks, built byte by byte."""

import struct
import zlib

import imagecodecs
import numpy as np


def chunk(kind, content, checksum=None):
    body = kind + content
    checksum = zlib.crc32(body) if checksum is None else checksum
    return struct.pack(">I", len(content)) + body + struct.pack(">I", checksum)


def png(pixels, *chunks):
    """Return a PNG file with chunks between header and pixel data."""
    data = bytes(imagecodecs.png_encode(np.ascontiguousarray(pixels)))
    return data[:33] + b"".join(chunks) + data[33:]


def cicp(primaries, transfer, matrix=0, full=1):
    return chunk(b"cICP", bytes([primaries, transfer, matrix, full]))


def iccp(profile, name=b"test"):
    return chunk(b"iCCP", name + b"\0\0" + zlib.compress(profile))


def srgb():
    return chunk(b"sRGB", b"\0")


def gama(value):
    return chunk(b"gAMA", struct.pack(">I", round(value * 100_000)))


def chrm(primaries, white=(0.3127, 0.3290)):
    numbers = [v for xy in (white, *primaries) for v in xy]
    return chunk(b"cHRM", struct.pack(">8i", *[round(v * 100_000) for v in numbers]))


def sbit(*bits):
    return chunk(b"sBIT", bytes(bits))
