"""Write a picture file, whole or not at all."""

from __future__ import annotations

from dataclasses import replace as replaced
from pathlib import Path
from typing import Any

import numpy as np

from varcolor.errors import FileError, InputError, VarcolorError
from varcolor.image.encode.encoders import ENCODERS
from varcolor.image.encode.metadata import fitted, reduced
from varcolor.image.formats import Format, format_of, plugin_of, require_size
from varcolor.image.picture import Meta, Picture, PictureLike, as_picture
from varcolor.image.publish import write_files
from varcolor.typing import Array, PathLike


def write(
    picture: PictureLike,
    path: PathLike,
    *,
    quality: int | None = None,
    replace: bool = True,
) -> list[str]:
    """Write a picture; an existing file is replaced once the new one is complete.

    Metadata that the format cannot hold never costs the picture: it is left out, with a note.

    Parameters
    ----------
    picture : Picture or ndarray
        What to write.
    path : str or path
        Target; its extension chooses the format.
    quality : int, optional
        1..100, lossy. Without it everything but JPEG (95) and AVIF (90) is written lossless.
    replace : bool
        Whether an existing file is replaced; its mode and, where possible, its owner are kept.

    Returns
    -------
    list of str
        What the format could not hold, in words; empty if everything was kept.

    Raises
    ------
    FileError
        If the format is unknown or too small for the picture, the file exists and may not be
        replaced, or cannot be written; nothing is left behind then.
    InputError
        If the quality is out of range.
    """
    picture, path = as_picture(picture), Path(path)
    fmt = format_of(path)
    if quality is not None and not 1 <= quality <= 100:
        raise InputError(f"quality {quality}: expected 1 to 100")
    data, notes = content(picture, fmt, quality, name=str(path))
    write_files({path: data}, replace=replace)
    return notes


def content(
    picture: Picture, fmt: Format, quality: int | None = None, name: str = "the picture"
) -> tuple[bytes, list[str]]:
    """Return the content of a file, and what the format could not hold; as `write`."""
    require_size(picture.shape, fmt, name)
    stored, notes = _fit(picture, fmt, quality)
    meta, left_out = fitted(stored.meta, fmt)
    data, more = _encoded(replaced(stored, meta=meta), fmt, quality, name)
    return data, [*notes, *left_out, *more]


def _encoded(
    picture: Picture, fmt: Format, quality: int | None, name: str
) -> tuple[bytes, list[str]]:
    """Encode with as much of the metadata as the encoder takes; tell what it refused."""
    encode = ENCODERS.get(fmt.name) or plugin_of(fmt).encode
    if encode is None:
        raise FileError(f"{name}: {fmt.name} is only read")
    try:
        return encode(picture, quality), []
    except (VarcolorError, MemoryError):
        raise
    except Exception as error:
        reason = str(error).strip() or type(error).__name__
    parts = list(reduced(picture.meta))
    bare = replaced(picture, meta=Meta(picture.meta.source))
    try:
        plain = encode(bare, quality)
    except (VarcolorError, MemoryError):
        raise
    except Exception as error:
        raise FileError(f"{name}: cannot be written as {fmt.name} ({error})") from None
    for meta, part in parts:
        try:
            data = encode(replaced(picture, meta=meta), quality)
        except Exception:
            continue
        return data, [f"{part} cannot be stored in {fmt.name} ({reason}): left out"]
    lost = " and ".join(part for _, part in parts)
    return plain, [f"{lost} cannot be stored in {fmt.name} ({reason}): left out"]


def write_bytes(path: PathLike, data: bytes) -> None:
    """Write a file so that it appears complete or not at all.

    Raises
    ------
    FileError
        If the folder or the file cannot be made.
    """
    write_files({Path(path): data})


def _fit(picture: Picture, fmt: Format, quality: int | None) -> tuple[Picture, list[str]]:
    """Bring depth and alpha to what the format holds; tell what is lost."""
    notes = []
    pixels, alpha = picture.pixels, picture.alpha
    if alpha is not None and not fmt.alpha:
        notes.append(f"{fmt.name} holds no transparency: left out")
        alpha = None
    depth = 8 if quality is not None and fmt.name == "WebP" else fmt.depth
    if not (pixels.dtype == np.float32 and fmt.floats):
        target: Any = np.uint8 if pixels.dtype == np.uint8 or depth == 8 else np.uint16
        if pixels.dtype != target:
            if pixels.dtype == np.uint16:
                notes.append(f"{fmt.name} holds 8 bits: written with 8 instead of 16")
            elif not fmt.floats:
                notes.append(f"{fmt.name} holds no floats: written with {depth} bits")
            elif pixels.dtype == np.float64:
                target = np.float32
            pixels = _convert(pixels, target)
            alpha = None if alpha is None else _convert(alpha, target)
        elif pixels.dtype == np.uint16 and depth < 16:
            notes.append(f"{fmt.name} holds {depth} bits: written with {depth} instead of 16")
    if quality is not None and not fmt.lossy:
        notes.append(f"{fmt.name} is always lossless: the quality is not used")
    elif not fmt.lossless or quality is not None:
        notes.append(f"{fmt.name} is written lossy: stored levels differ slightly")
    return Picture(pixels, alpha, picture.meta), notes


def _convert(values: Array, target: Any) -> Array:
    if target is np.float32:
        return values.astype(np.float32)
    white = np.iinfo(target).max
    scale = white / (np.iinfo(values.dtype).max if values.dtype.kind == "u" else 1.0)
    return np.floor(values * scale + 0.5).astype(target)
