"""What a painting is saved as: the result, its chroma, the strokes, a comparison."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import numpy as np

from varcolor.app.frames import rgba
from varcolor.app.work.document import Document, Painting
from varcolor.cues.strokes import strokes_to_json
from varcolor.errors import InputError
from varcolor.image.formats import FORMATS, WRITABLE, format_of
from varcolor.image.picture import Picture
from varcolor.image.publish import Taken, write_files
from varcolor.image.write import content
from varcolor.typing import Array

KINDS = ("result", "layer", "chroma", "strokes", "strokes-png", "comparison")
_GAP = 8


def exported(
    document: Document, painting: Painting, kind: str, suffix: str, quality: int | None
) -> tuple[str, bytes, list[str]]:
    """Return name, content and notes of a file.

    Parameters
    ----------
    kind : str
        "result": the coloured photo in its own depth; "layer": the colour alone over transparency;
        "chroma": (H, W, 2) float32 as .npy; "strokes": JSON; "strokes-png": strokes over
        transparency; "comparison": grey and coloured side by side.
    suffix : str
        Extension, with its dot, of what is a picture.
    quality : int, optional
        1..100, lossy.

    Raises
    ------
    InputError, FileError
        For an unknown kind or format, and what solving raises.
    """
    stem = Path(document.name).stem
    if kind not in KINDS:
        raise InputError(f"kind {kind!r}: expected {', '.join(KINDS)}")
    if suffix not in WRITABLE:
        raise InputError(f"format {suffix[:20]!r}: expected one of {' '.join(WRITABLE)}")
    if quality is not None and not 1 <= quality <= 100:
        raise InputError(f"quality {quality}: expected 1 to 100")
    if kind == "strokes":
        text = strokes_to_json(painting.strokes, document.picture.shape)
        return f"{stem}.strokes.json", text.encode(), []
    if kind == "strokes-png":
        data, notes = content(_overlay(document, painting), FORMATS["PNG"])
        return f"{stem}.strokes.png", data, notes
    fmt = FORMATS["PNG"] if kind == "chroma" else format_of(Path(f"{stem}{suffix}"))
    result = document.exact(painting)
    notes = list(result.notes)
    if kind == "chroma":
        buffer = io.BytesIO()
        np.save(buffer, result.chroma, allow_pickle=False)
        return f"{stem}.chroma.npy", buffer.getvalue(), notes
    picture = {
        "result": lambda: result.picture,
        "layer": lambda: result.layer,
        "comparison": lambda: _beside(document.gray, result.picture),
    }[kind]()
    data, said = content(picture, fmt, quality, f"{stem}{suffix}")
    word = {"result": "colour", "layer": "layer", "comparison": "before-after"}[kind]
    return f"{stem}.{word}{suffix}", data, notes + said


def place(folder: Path, name: str, data: bytes) -> Path:
    """Write a file of the folder under its name, or the next free number; never over another.

    Raises
    ------
    InputError, FileError
        If the name has a folder in it, and if the file cannot be written.
    """
    if not name or Path(name).name != name:
        raise InputError(f"{name}: is no plain name of a file")
    path, number = folder / name, 2
    head, dot, tail = name.partition(".")
    while True:
        if not os.path.lexists(path):
            try:
                write_files({path: data}, replace=False)
                return path
            except Taken:
                pass
        path = folder / f"{head}-{number}{dot}{tail}"
        number += 1


def _overlay(document: Document, painting: Painting) -> Picture:
    """Return the cues over transparency, in 8 bits."""
    cues = document.cues(painting)
    pixels = np.zeros((*document.picture.shape, 3), np.uint8)
    alpha = np.zeros(document.picture.shape, np.uint8)
    rows, columns = cues.at[:, 0], cues.at[:, 1]
    pixels[rows, columns] = np.rint(np.clip(cues.color, 0, 1) * 255).astype(np.uint8)
    alpha[rows, columns] = 255
    return Picture(pixels, alpha)


def _beside(gray: Picture, picture: Picture) -> Picture:
    """Return two pictures of one size side by side, the wide way round."""
    left: Array = gray.pixels
    if left.ndim == 2:
        left = np.repeat(left[..., None], 3, axis=2)
    axis = 1 if left.shape[0] >= left.shape[1] else 0
    gap = list(left.shape)
    gap[axis] = _GAP
    white = np.full(gap, picture.maximum, left.dtype)
    return Picture(np.concatenate([left, white, picture.pixels], axis=axis))


def preview_png(document: Document, painting: Painting) -> bytes:
    """Return a small PNG of the result, for projects and light tables."""
    from varcolor.app.tiles import png

    engine = document.engine(painting.settings)
    base = document.base(painting.imports)
    result = engine.preview(painting.strokes, base, _silent)
    return png(rgba(result.picture)[..., :3])


def _silent(stage: str, fraction: float, preview: Any = None) -> None:
    """Report nothing."""
