"""Pictures of what an intermediate representation holds: where its regions and cues are."""

from __future__ import annotations

import numpy as np

from varcolor.image.color import yuv
from varcolor.image.luma import luma_of
from varcolor.image.picture import Picture
from varcolor.image.render import render
from varcolor.ir.codecs import name_of
from varcolor.ir.points.cells import Cells
from varcolor.ir.points.coder import unpack_points
from varcolor.ir.representation import IR
from varcolor.ir.stream import require_gray, unpack
from varcolor.ir.tree.chroma import from_axes, gray8
from varcolor.ir.tree.regions import Regions, read_regions
from varcolor.typing import Array

_RED = (230, 30, 30)
_POINTS = ("grid", "grid-exclude", "selective", "grid+selective")


def drawn(ir: IR) -> Picture:
    """Return the grey picture (8 bit) with the outlines of the regions, or the cues, in red."""
    gray = gray8(ir.gray)
    rgb = np.repeat(gray[:, :, None], 3, axis=2)
    method, payload = _content(ir)
    if method == "tree":
        rgb[_outlines(_regions(payload, gray).labels)] = _RED
    elif method in _POINTS:
        at = _cues(payload, ir.gray)[0]
        reach = max(1, min(gray.shape) // 400)
        for dr in range(-reach + 1, reach):
            for dc in range(-reach + 1, reach):
                r = np.clip(at[:, 0] + dr, 0, gray.shape[0] - 1)
                c = np.clip(at[:, 1] + dc, 0, gray.shape[1] - 1)
                rgb[r, c] = _RED
    return Picture(rgb)


def given(ir: IR) -> Picture:
    """Return what the decoder starts from: regions in their mean colour, or cues on the grey."""
    gray = gray8(ir.gray)
    chroma = np.zeros((*gray.shape, 2), np.float32)
    method, payload = _content(ir)
    if method == "tree":
        regions = _regions(payload, gray)
        flat = np.moveaxis(regions.means[regions.labels], -1, 0).astype(np.float32)
        chroma = from_axes(np.ascontiguousarray(flat), regions.angle, gray)
    elif method in _POINTS:
        at, values = _cues(payload, ir.gray)
        chroma[at[:, 0], at[:, 1]] = values
    photo = Picture(gray)
    return render(photo, luma_of(photo, yuv), chroma, yuv).picture


def _content(ir: IR) -> tuple[str, bytes]:
    if not ir.color:
        return "none", b""
    stream = unpack(ir.color)
    require_gray(stream, ir.gray)
    return name_of(stream.codec), stream.payload


def _regions(payload: bytes, gray: Array) -> Regions:
    return read_regions(payload[1:], payload[0], gray)


def _cues(payload: bytes, gray: Array) -> tuple[Array, Array]:
    """Return pixels and chroma of all cells that are coloured."""
    points = unpack_points(payload, gray.shape)
    cells = Cells(gray.shape, points.size)
    at, values = cells.dilated(points.cells, points.values, points.radius)
    return cells.pixels(at), values * (points.step / 255)


def _outlines(labels: Array) -> Array:
    """Return the pixels whose right or lower neighbour is of another region."""
    edge = np.zeros(labels.shape, bool)
    edge[:, :-1] |= labels[:, :-1] != labels[:, 1:]
    edge[:-1] |= labels[:-1] != labels[1:]
    return edge
