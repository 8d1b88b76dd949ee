"""ICC profiles built byte by byte, and what they mean by exact arithmetic.

Every builder returns the profile; the references beside them use only NumPy in float64. Curves are
given as tags: `power`, `table`, `parametric`.
"""

from __future__ import annotations

import itertools
import struct

import numpy as np

D50 = np.array([0.9642, 1.0, 0.8249])
D65_XY, D50_XY = (0.3127, 0.3290), (0.34567, 0.35850)
SRGB_XY = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
ADOBE_XY = ((0.64, 0.33), (0.21, 0.71), (0.15, 0.06))
P3_XY = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
PROPHOTO_XY = ((0.7347, 0.2653), (0.1596, 0.8404), (0.0366, 0.0001))
BT2020_XY = ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046))

_LAB_OFFSET = np.array([0, 128, 128])
_BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)


# -- what colours mean ------------------------------------------------------------------------


def srgb_encode(linear):
    linear = np.asarray(linear, dtype=np.float64)
    bent = 1.055 * np.maximum(linear, 0.0031308) ** (1 / 2.4) - 0.055
    return np.where(linear <= 0.0031308, 12.92 * linear, bent)


def srgb_decode(value):
    value = np.asarray(value, dtype=np.float64)
    return np.where(
        value <= 0.04045, value / 12.92, ((np.maximum(value, 0) + 0.055) / 1.055) ** 2.4
    )


def lightness_decode(value):
    """L* / 100 to linear light."""
    value = np.asarray(value, dtype=np.float64)
    return np.where(value <= 0.08, value * 100 / 903.2963, ((value + 0.16) / 1.16) ** 3)


def xyz(xy):
    return np.array([xy[0] / xy[1], 1, (1 - xy[0] - xy[1]) / xy[1]])


def rgb_to_xyz(primaries, white):
    columns = np.stack([xyz(p) for p in primaries], axis=1)
    return columns * np.linalg.solve(columns, xyz(white))


def bradford(source, target):
    gains = np.diag(_BRADFORD @ target / (_BRADFORD @ source))
    return np.linalg.inv(_BRADFORD) @ gains @ _BRADFORD


def to_srgb_matrix(primaries, white):
    """Linear RGB to linear sRGB by the exact chromaticities."""
    adapted = bradford(xyz(white), xyz(D65_XY)) @ rgb_to_xyz(primaries, white)
    return np.linalg.inv(rgb_to_xyz(SRGB_XY, D65_XY)) @ adapted


def srgb_of_pcs(values):
    """XYZ of the D50 connection space to sRGB, clipped."""
    matrix = np.linalg.inv(rgb_to_xyz(SRGB_XY, D65_XY)) @ bradford(D50, xyz(D65_XY))
    return srgb_encode(np.clip(values @ matrix.T, 0, 1))


def xyz_of_lab(lab):
    fy = (lab[..., 0] + 16) / 116
    f = np.stack([fy + lab[..., 1] / 500, fy, fy - lab[..., 2] / 200], axis=-1)
    return np.where(f > 6 / 29, f**3, 3 * (6 / 29) ** 2 * (f - 4 / 29)) * D50


# -- curves -----------------------------------------------------------------------------------


def power(gamma):
    """A curve of one number, in 1/256 (version 2)."""
    return struct.pack(">4s4xIH", b"curv", 1, round(gamma * 256))


def table(function, size=4096):
    """A sampled curve of 16-bit numbers (version 2)."""
    values = np.clip(np.round(function(np.linspace(0, 1, size)) * 65535), 0, 65535)
    return struct.pack(f">4s4xI{size}H", b"curv", size, *values.astype(int))


def parametric(kind, *numbers):
    """A curve by formula (version 4)."""
    fixed = [round(n * 65536) for n in numbers]
    return struct.pack(f">4s4xHH{len(fixed)}i", b"para", kind, 0, *fixed)


SRGB_CURVE = parametric(3, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


# -- profiles ---------------------------------------------------------------------------------


def profile(tags, space=b"RGB ", device=b"mntr", pcs=b"XYZ ", version=2):
    """A whole profile of tags {signature: content}."""
    tags = {
        b"desc": struct.pack(">4s4xI5s", b"desc", 5, b"test\0") + bytes(78),
        b"cprt": struct.pack(">4s4x5s", b"text", b"free\0"),
        b"wtpt": xyz_tag(D50),
        **tags,
    }
    body, entries = b"", b""
    start = 128 + 4 + 12 * len(tags)
    for signature, content in tags.items():
        entries += struct.pack(">4sII", signature, start + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    head = struct.pack(">I4sI4s4s4s", start + len(body), b"lcms", version << 24, device, space, pcs)
    head += struct.pack(">6H4s4s4x4s4xI", 2026, 1, 1, 0, 0, 0, b"acsp", b"APPL", b"none", 0)
    head += bytes(68 - len(head)) + struct.pack(">3i", *[round(v * 65536) for v in D50])
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + entries + body


def xyz_tag(values):
    return struct.pack(">4s4x3i", b"XYZ ", *[round(v * 65536) for v in values])


def matrix_profile(primaries, white, curve, version=2, **options):
    """A profile of three curves and a matrix; one curve for all, or three."""
    columns = bradford(xyz(white), D50) @ rgb_to_xyz(primaries, white)
    curves = curve if isinstance(curve, tuple) else (curve,) * 3
    tags = {}
    for name, column, one in zip("rgb", columns.T, curves, strict=True):
        tags[f"{name}XYZ".encode()] = xyz_tag(column)
        tags[f"{name}TRC".encode()] = one
    return profile(tags, version=version, **options)


def gray_profile(curve, pcs=b"XYZ ", version=2, **options):
    return profile({b"kTRC": curve}, space=b"GRAY", pcs=pcs, version=version, **options)


def _corners(function, channels, grid):
    nodes = np.linspace(0, 1, grid)
    return function(np.array(list(itertools.product(nodes, repeat=channels))))


def lut_tag(kind, curve, function, channels, grid, pcs=b"Lab "):
    """A table from device to connection space.

    kind: "mft1" (8 bits), "mft2" (16 bits) or "mAB " (version 4, 16 bits). curve: the input
    curve as a function. function: (n, channels) linear values to (n, 3) XYZ or Lab.
    """
    encoded = encode_pcs(_corners(function, channels, grid), kind, pcs)
    identity = [round(65536 * v) for v in np.eye(3).ravel()]
    if kind == "mAB ":
        size = 4096
        tables = table(curve, size) * channels
        straight = parametric(0, 1.0) * 3
        clut = bytes([grid] * channels).ljust(16, b"\0") + b"\2\0\0\0"
        clut += encoded.astype(">u2").tobytes()
        clut += bytes(-len(clut) % 4)
        b_at = 32
        clut_at = b_at + len(straight)
        a_at = clut_at + len(clut)
        head = struct.pack(">4s4xBBHIIIII", b"mAB ", channels, 3, 0, b_at, 0, 0, clut_at, a_at)
        return head + straight + clut + tables
    head = struct.pack(">4s4xBBBx9i", kind.encode(), channels, 3, grid, *identity)
    if kind == "mft1":
        inputs = np.round(curve(np.linspace(0, 1, 256)) * 255).astype(np.uint8).tobytes() * channels
        outputs = np.arange(256).astype(np.uint8).tobytes() * 3
        return head + inputs + encoded.astype(np.uint8).tobytes() + outputs
    samples = np.round(curve(np.linspace(0, 1, 4096)) * 65535).astype(">u2").tobytes()
    outputs = np.array([0, 65535]).astype(">u2").tobytes() * 3
    head += struct.pack(">HH", 4096, 2)
    return head + samples * channels + encoded.astype(">u2").tobytes() + outputs


def encode_pcs(values, kind, pcs):
    """XYZ or Lab as the numbers that a table stores, rounded."""
    if kind == "mft1":
        return np.round((values + _LAB_OFFSET) * [2.55, 1, 1])
    if pcs == b"XYZ ":
        return np.round(values * 32768)
    top = 65280 if kind == "mft2" else 65535
    return np.round((values + _LAB_OFFSET) * [top / 100, top / 255, top / 255])


def decode_pcs(values, kind, pcs):
    """The inverse of `encode_pcs`: what the rounded numbers mean."""
    if kind == "mft1":
        return values / [2.55, 1, 1] - _LAB_OFFSET
    if pcs == b"XYZ ":
        return values / 32768
    top = 65280 if kind == "mft2" else 65535
    return values * [100 / top, 255 / top, 255 / top] - _LAB_OFFSET


def lut_profile(kind, curve, function, channels=3, grid=9, pcs=b"Lab "):
    space = {3: b"RGB ", 4: b"CMYK"}[channels]
    tag = lut_tag(kind, curve, function, channels, grid, pcs)
    version = 4 if kind == "mAB " else 2
    device = b"prtr" if channels == 4 else b"scnr"
    return profile({b"A2B0": tag, b"A2B1": tag}, space, device, pcs, version)


def lut_reference(values, kind, curve, function, channels=3, grid=9, pcs=b"Lab "):
    """The connection space XYZ of (n, channels) in 0..1: multilinear between the rounded nodes.

    Equal to any other interpolation where the function is linear in each cell.
    """
    size, top = (256, 255) if kind == "mft1" else (4096, 65535)
    samples = np.round(curve(np.linspace(0, 1, size)) * top) / top
    values = np.interp(values, np.linspace(0, 1, size), samples)
    nodes = encode_pcs(_corners(function, channels, grid), kind, pcs)
    nodes = nodes.reshape((grid,) * channels + (3,))
    place = values * (grid - 1)
    low = np.minimum(place.astype(int), grid - 2)
    part = place - low
    total = np.zeros((len(values), 3))
    for corner in itertools.product((0, 1), repeat=channels):
        weight = np.prod(np.where(corner, part, 1 - part), axis=1)
        total += weight[:, None] * nodes[tuple((low + corner).T)]
    found = decode_pcs(total, kind, pcs)
    return found if pcs == b"XYZ " else xyz_of_lab(found)
