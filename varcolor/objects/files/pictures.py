"""Masks in pictures: maps of labels, and one picture an object.

In a map of labels every value is an object: a grey level, an index of a palette, or a colour. 0,
black and what is fully transparent is no object. In a picture of one object its pixels are those
with more than half of alpha, or, without alpha, of brightness.
"""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from varcolor.errors import FileError, InputError
from varcolor.image.read import read_bytes
from varcolor.objects.files.coco import MOST
from varcolor.objects.instance import Instance, from_labels
from varcolor.typing import Array, Shape

#: Lossless formats that are read.
SUFFIXES = (".png", ".tif", ".tiff", ".bmp", ".gif", ".webp", ".pgm", ".ppm")
_LOSSY = (".jpg", ".jpeg", ".jfif", ".avif", ".heic")


def read_labels(path: Path, shape: Shape) -> list[Instance]:
    """Return the objects of a map of labels.

    Raises
    ------
    FileError
        If the file cannot be read.
    InputError
        If it has another size than the photo, no object, or more than 10 000.
    """
    values = _read(path, shape)
    if values.ndim == 2:
        found, numbers = np.unique(values, return_inverse=True)
        names = [str(value) for value in found.tolist()]
        empty = found == 0
    else:
        clear = values[..., 3] == 0 if values.shape[2] == 4 else np.zeros(shape, bool)
        rgb = values[..., :3].astype(np.int64)
        codes = (rgb[..., 0] << 32) | (rgb[..., 1] << 16) | rgb[..., 2]
        codes[clear] = 0
        found, numbers = np.unique(codes, return_inverse=True)
        names = [_hex(int(code)) for code in found.tolist()]
        empty = found == 0
    count = int(np.count_nonzero(~empty))
    if not count:
        raise InputError(f"{path}: holds no object: every pixel is 0")
    if count > MOST:
        raise InputError(
            f"{path}: has {count} different values, each of which would be an object ({MOST} at "
            "most): is it a photo, or a map with smooth edges?"
        )
    ranks = np.where(empty, 0, np.cumsum(~empty)).astype(np.int32)
    labels = ranks[numbers].reshape(shape)
    named = {int(rank): name for rank, name in zip(ranks, names, strict=True) if rank}
    return from_labels(labels, named)


def read_object(path: Path, shape: Shape) -> Instance:
    """Return the object of a picture of its own.

    Raises
    ------
    FileError
        If the file cannot be read.
    InputError
        If it has another size than the photo, or the object is empty.
    """
    values = _read(path, shape, indices=False)
    white = np.iinfo(values.dtype).max if values.dtype != bool else 1
    if values.ndim == 3 and values.shape[2] == 4 and (values[..., 3] < white).any():
        mask = values[..., 3] > white / 2
    elif values.ndim == 3:
        mask = values[..., :3].max(axis=2) > white / 2
    else:
        mask = values > white / 2
    if not mask.any():
        raise InputError(f"{path}: its object is empty")
    return Instance.of(mask, 1.0, path.stem)


def _hex(code: int) -> str:
    red, green, blue = (code >> 32) & 0xFFFF, (code >> 16) & 0xFFFF, code & 0xFFFF
    digits = 2 if max(red, green, blue) < 256 else 4
    return "#" + "".join(f"{value:0{digits}x}" for value in (red, green, blue))


def _read(path: Path, shape: Shape, indices: bool = True) -> Array:
    """Return levels, indices of a palette or colours; the size is checked before pixels are."""
    from PIL import Image, UnidentifiedImageError

    if path.suffix.lower() in _LOSSY:
        raise InputError(f"{path}: masks need a lossless format, e.g. PNG; this one blurs them")
    data = read_bytes(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data)) as image:
                if (image.height, image.width) != shape:
                    raise InputError(
                        f"{path}: is {image.width} x {image.height}, but the photo is "
                        f"{shape[1]} x {shape[0]}"
                    )
                return _pixels(image, indices)
    except (OSError, UnidentifiedImageError, SyntaxError, Image.DecompressionBombError) as error:
        reason = " ".join(str(error).split())
        if isinstance(error, UnidentifiedImageError):
            reason = "is no picture"
        raise FileError(f"{path}: cannot be read ({reason})") from None


def _pixels(image: Any, indices: bool) -> Array:
    mode = image.mode
    if mode == "P" and indices:
        return np.asarray(image)
    if mode in ("P", "LA", "La", "PA"):
        image = image.convert("RGBA")
    elif mode not in ("1", "L", "RGB", "RGBA") and not mode.startswith("I"):
        raise InputError(f"masks are grey, indexed or sRGB pictures, not {mode}")
    values = np.asarray(image)
    return values.astype(np.uint16) if values.dtype == np.int32 else values
