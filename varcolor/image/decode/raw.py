"""What every decoder returns, and what it checks before it allocates anything."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from varcolor.backend import memory
from varcolor.image.formats import Format
from varcolor.image.profile.encoding import Encoding
from varcolor.image.profile.icc import Kind
from varcolor.typing import Array

#: EXIF tag of the orientation.
ORIENTATION = 0x0112


class Unsupported(ValueError):  # noqa: N818
    """A sound file of a kind that is not read."""


@dataclass(slots=True)
class Raw:
    """Decoded pixels before orientation, profile and alpha have been dealt with."""

    pixels: Array
    """(H, W) or (H, W, C), colour channels first, then at most one alpha channel."""
    kind: Kind
    icc: bytes | None = None
    exif: bytes | None = None
    orientation: int = 1
    dpi: tuple[float, float] | None = None
    notes: list[str] = field(default_factory=list)
    encoding: Encoding | None = None
    """What the file says of its colours by numbers; it comes before a profile."""


def check_size(
    data: bytes | int, size: tuple[int, int], bytes_per_pixel: float, fmt: Format
) -> None:
    """Refuse a declared size that is empty, cannot come from so few bytes, or does not fit.

    Parameters
    ----------
    data : bytes or int
        The file, or how many of its bytes hold pixels.
    size : tuple of int
        Declared width and height.
    bytes_per_pixel : float
        Decoded bytes per pixel.
    fmt : Format
        The format, with its bound of expansion.

    Raises
    ------
    ValueError
        If the size is zero or the file is far too small for it.
    BackendError
        If the picture does not fit into memory.
    """
    held = data if isinstance(data, int) else len(data)
    width, height = size
    if width < 1 or height < 1:
        raise ValueError(f"it declares a size of {width} x {height}")
    if width * height * bytes_per_pixel > max(fmt.max_expansion * held, fmt.floor):
        raise ValueError(
            f"it declares {width} x {height} pixels, but {held} bytes are far too few for that"
        )
    memory.require(3 * width * height * max(bytes_per_pixel, 1), f"a {width} x {height} picture")


def widen(pixels: Array, bits: int) -> Array:
    """Scale unsigned values of ``bits`` bits to the full range of 8 or 16 bits, rounding."""
    white, dtype = (255, np.uint8) if bits <= 8 else (65535, np.uint16)
    top = (1 << bits) - 1
    if top == white:
        return pixels.astype(dtype, copy=False)
    work = np.uint32 if bits < 16 else np.uint64
    result = np.empty(pixels.shape, dtype)
    for row in range(0, len(pixels), 256):  # in pieces: no large temporary arrays
        part = np.minimum(pixels[row : row + 256].astype(work), work(top))
        result[row : row + 256] = (part * work(white) + work(top // 2)) // work(top)
    return result


def kind_by_channels(pixels: Array) -> Kind:
    """Return "gray" for one or two channels, else "rgb"."""
    return "gray" if pixels.ndim == 2 or pixels.shape[2] <= 2 else "rgb"
