"""Intermediate representations of an older program: NAME.gray.EXT with sidecars of another kind.

``NAME.mask``; or ``NAME_1.mask`` (a grid) and ``NAME_2.mask`` (blobs, which win); or
``NAME.glob_dist``. A loaded one is an `IR` whose stream wraps these files.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from varcolor.errors import FileError, FormatError, InputError
from varcolor.image.color import lab, yuv
from varcolor.image.read import read_bytes
from varcolor.ir import masks
from varcolor.ir.gray import pack_gray, unpack_gray
from varcolor.ir.histogram import decode as decode_global
from varcolor.ir.histogram import pack_histogram, unpack_histogram
from varcolor.ir.masks import Mask, pack_mask, unpack_mask
from varcolor.ir.points.cells import Cells
from varcolor.ir.points.codecs import spread_cues
from varcolor.ir.points.coder import Points, unpack_points
from varcolor.ir.representation import IR
from varcolor.ir.stream import pack, unpack
from varcolor.typing import Array, Shape

#: Numbers of the wrapped files among the codecs.
MASK, GLOB_DIST = 8, 9
_GRAYS = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp")


def is_legacy(path: Path) -> bool:
    """Return whether a name is that of a sidecar."""
    return path.suffix.lower() in (".mask", ".glob_dist")


def is_first(path: Path) -> bool:
    """Return whether a file stands for a picture: not the second of two masks."""
    return is_legacy(path) and not path.name.lower().endswith("_2.mask")


def stem_of(path: Path) -> str | None:
    """Return NAME of a sidecar; None for other files."""
    if not is_legacy(path):
        return None
    stem = path.stem
    pair = path.suffix.lower() == ".mask" and stem.endswith(("_1", "_2"))
    return stem[:-2] if pair and not _gray_beside(path, stem) else stem


def load(path: Path) -> IR:
    """Read a sidecar and its grey picture.

    Raises
    ------
    FileError
        If a file is missing.
    FormatError
        If a file is damaged.
    """
    stem = stem_of(path) or path.stem
    gray_path = _gray_beside(path, stem)
    if gray_path is None:
        raise FileError(f"{path.with_name(f'{stem}.gray.png')}: no such file; {path} needs it")
    picture = unpack_gray(read_bytes(gray_path), str(gray_path))
    if path.suffix.lower() == ".glob_dist":
        payload, number = read_bytes(path), GLOB_DIST
        _parse(path, masks.unpack_histogram, payload)
    else:
        names = [path]
        if stem != path.stem:
            names = [path.with_name(f"{stem}_{k}.mask") for k in (1, 2)]
        parts = [read_bytes(name) for name in names]
        for name, part in zip(names, parts, strict=True):
            _parse(name, unpack_mask, part)
        payload = len(parts[0]).to_bytes(4, "little") + b"".join(parts)
        number = MASK
    return IR(picture, pack(number, picture.pixels, payload))


def _parse(path: Path, parser: object, data: bytes) -> None:
    try:
        parser(data)  # type: ignore[operator]
    except FormatError as error:
        raise FormatError(f"{path}: {error}") from None


def _gray_beside(path: Path, stem: str) -> Path | None:
    for suffix in _GRAYS:
        candidate = path.with_name(f"{stem}.gray{suffix}")
        if candidate.exists():
            return candidate
    return None


def decode_mask(
    payload: bytes, gray: Array, decoder: str = "auto"
) -> tuple[Array, tuple[str, ...]]:
    """Return the chroma (H, W, 2) of wrapped masks in the units of the space yuv, and notes."""
    at, ab = painted(masks_of(payload), gray.shape)
    level = gray[at[:, 0], at[:, 1]] / (255 if gray.dtype == np.uint8 else 65535)
    color = lab.merge(lab.luma_of_gray(level), ab)
    return spread_cues(gray, at, yuv.split(color)[1], decoder)


def masks_of(payload: bytes) -> list[Mask]:
    """Return the wrapped masks: one, or a grid's and the blobs'."""
    length = int.from_bytes(payload[:4], "little")
    parts = [payload[4 : 4 + length], payload[4 + length :]]
    if len(parts[0]) < length:
        raise FormatError("the colour stream is cut off in its mask")
    return [unpack_mask(part) for part in parts if part]


def painted(found: Sequence[Mask], shape: Shape) -> tuple[Array, Array]:
    """Return the pixels (n, 2) that masks colour, in raster order, and their a*, b* (n, 2).

    Later masks win, and of the cells in one pixel the last one.
    """
    height, width = shape
    hit = np.zeros(height * width, bool)
    colors = np.zeros((height * width, 2), np.int8)
    for mask in found:
        cells, ab = mask.dilated()
        r, c = mask.pixels(cells, shape).T
        hit[r * width + c] = True
        colors[r * width + c] = ab
    where = np.flatnonzero(hit)
    return np.stack(np.divmod(where, width), axis=1), colors[where].astype(np.float64)


def decode_glob_dist(
    payload: bytes, gray: Array, decoder: str = "auto"
) -> tuple[Array, tuple[str, ...]]:
    """Return the chroma (H, W, 2) of a wrapped histogram in the units of yuv, and notes."""
    shares = masks.unpack_histogram(payload)
    bins = masks.bins_of_old()[shares > 0]
    counts = np.rint(shares[shares > 0] * 4096).astype(np.int64)
    from varcolor.ir.histogram import BINS, TOTAL, WIDTH, Histogram

    at = (bins // WIDTH + BINS // 2) @ np.array([BINS, 1])
    if counts.sum() != TOTAL or (counts < 1).any():
        raise FormatError("the histogram is damaged: its shares do not add up to 1")
    return decode_global(pack_histogram(Histogram(at, counts, 0)), gray, decoder)


def files_of(ir: IR, stem: Path) -> dict[Path, bytes]:
    """Return the old program's files for a representation: names and contents.

    Raises
    ------
    InputError
        If its method has no such form.
    """
    files = {stem.with_name(f"{stem.name}.gray.png"): pack_gray(ir.picture)}
    if ir.method == "stock":
        return files
    stream = unpack(ir.color) if ir.color else None
    if stream is None or ir.method == "tree":
        raise InputError(f"--legacy: the method {ir.method!r} has no such form; choose another one")
    if ir.method == "global":
        histogram = unpack_histogram(stream.payload)
        old = masks.bins_of_old()
        distance = ((histogram.centres[:, None] - old[None]) ** 2).sum(axis=2)
        shares = np.bincount(distance.argmin(axis=1), histogram.counts / 4096, 313)
        files[stem.with_name(f"{stem.name}.glob_dist")] = masks.pack_histogram(shares)
        return files
    points = unpack_points(stream.payload, ir.gray.shape)
    mask = mask_of(points, ir.gray)
    if ir.method == "grid+selective":
        empty = Mask(mask.size, 0, 0, np.zeros((0, 2), np.int64), np.zeros((0, 2), np.int8))
        files[stem.with_name(f"{stem.name}_1.mask")] = pack_mask(empty)
        files[stem.with_name(f"{stem.name}_2.mask")] = pack_mask(mask)
    else:
        files[stem.with_name(f"{stem.name}.mask")] = pack_mask(mask)
    return files


def mask_of(points: Points, gray: Array) -> Mask:
    """Return the mask with the colours of some cells, at the mask's own cells."""
    from scipy.spatial import cKDTree

    shape: Shape = gray.shape
    size = min(points.size, masks.LARGEST)
    at = Cells(shape, points.size).pixels(points.cells)
    chroma = points.values * (points.step / 255)
    level = gray[at[:, 0], at[:, 1]] / (255 if gray.dtype == np.uint8 else 65535)
    ab = np.clip(np.rint(lab.split(yuv.merge(level, chroma))[1]), -128, 127).astype(np.int8)
    p = min(points.radius, 127)
    if points.grid is None:
        cells = at * size // np.array(shape)
        cells, first = np.unique(cells, axis=0, return_index=True)
        return Mask(size, p, None, cells, ab[first])
    grid = 1 if points.grid == -1 else min(points.grid, 255)
    lines = np.arange(0, size, grid) if grid else np.zeros(0, np.int64)
    r, c = np.meshgrid(lines, lines, indexing="ij")
    cells = np.stack([r.ravel(), c.ravel()], axis=1)
    if len(cells):
        nearest = cKDTree(at).query(cells * np.array(shape) / size)[1]
        ab = ab[nearest]
    return Mask(size, p, grid, cells, ab.reshape(-1, 2))
