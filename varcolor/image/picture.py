"""The picture type: stored levels, alpha and what the file said about itself."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

import numpy as np

from varcolor.errors import InputError
from varcolor.image.accept import Foreign, as_array, is_path
from varcolor.typing import Array, BoolArray, FloatArray, Shape


@dataclass(frozen=True, slots=True)
class Meta:
    """What travels with the pixels from file to file."""

    source: str = "the picture"
    """Name for messages: the file's path, or a word for an array."""
    profiled: bool = False
    """The file carried an ICC profile (pixels are sRGB by now); writing embeds an sRGB profile."""
    exif: bytes | None = None
    """EXIF block without orientation (it has been applied)."""
    dpi: tuple[float, float] | None = None
    """Horizontal and vertical resolution in dots per inch."""
    notes: tuple[str, ...] = ()
    """What was converted while reading, in words."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Picture:
    """A grey or sRGB picture with the levels that its file stores.

    The pixels are kept as stored (uint8, uint16) or as float32/float64 in 0..1, so that exact
    work in float64 starts from exact values.
    """

    pixels: Array
    """(H, W) grey or (H, W, 3) sRGB; uint8, uint16, float32 or float64."""
    alpha: Array | None = None
    """(H, W), same dtype as the pixels; None where everything is opaque."""
    meta: Meta = field(default_factory=Meta)

    @property
    def shape(self) -> Shape:
        """Height and width."""
        return (self.pixels.shape[0], self.pixels.shape[1])

    @property
    def is_gray(self) -> bool:
        """Whether there is one channel only."""
        return self.pixels.ndim == 2

    @property
    def maximum(self) -> float:
        """The level of white: 255, 65535 or 1."""
        return level_of_white(self.pixels.dtype)

    @property
    def visible(self) -> BoolArray | None:
        """(H, W) mask of the pixels that are not fully transparent; None if all are visible."""
        if self.alpha is None:
            return None
        mask: BoolArray = self.alpha > 0
        return None if mask.all() else mask

    def as_float(self, rows: slice = slice(None)) -> FloatArray:
        """Return the pixels of some rows as float64 in 0..1."""
        values: FloatArray = self.pixels[rows].astype(np.float64)
        if self.maximum != 1:
            values /= self.maximum
        return values

    def __repr__(self) -> str:
        """Say in a line what it is."""
        kind = "grey" if self.is_gray else "sRGB"
        clear = "" if self.alpha is None else " with alpha"
        size = f"{self.shape[1]} x {self.shape[0]}"
        return f"<Picture {self.meta.source!r}: {size}, {kind}{clear}, {self.pixels.dtype}>"

    def _repr_png_(self) -> bytes:
        """Return a small PNG for notebooks."""
        from varcolor.image.encode.preview import png_preview

        return png_preview(self)

    def with_notes(self, *notes: str) -> Picture:
        """Return the same picture with further notes."""
        return replace(self, meta=replace(self.meta, notes=(*self.meta.notes, *notes)))


def level_of_white(dtype: np.dtype[Any]) -> float:
    """Return the value that stands for white: 255, 65535, or 1 for floats."""
    return float(np.iinfo(dtype).max) if np.issubdtype(dtype, np.integer) else 1.0


#: Whatever is taken as a picture: a Picture, a path, an array of any library.
PictureLike: TypeAlias = "Picture | Foreign"
#: Floats that leave 0..1 by no more are clipped: resizing and conversions round like that.
OVERSHOOT = 1e-3


def as_picture(image: PictureLike, source: str = "the picture") -> Picture:
    """Return a Picture for a Picture, a path, or a picture in memory.

    Parameters
    ----------
    image : Picture, str, path, ndarray or other
        A path is read as by `varcolor.read`. Arrays are (H, W) grey, (H, W, 2) grey + alpha,
        (H, W, 3) sRGB or (H, W, 4) sRGB + alpha; uint8, uint16, or floats in 0..1, where 0.001
        more or less is clipped. Of other libraries: see `varcolor.image.accept`.
    source : str
        Name for messages.

    Raises
    ------
    InputError
        For another shape or type, an empty array, values that are not finite or leave 0..1.
    FileError
        If there is no picture to read at a path.
    """
    if isinstance(image, Picture):
        return image
    if is_path(image):
        from varcolor.image.read import read

        return read(image)
    array = as_array(image, source)
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (2, 3, 4)):
        raise InputError(
            f"{source}: an array of shape {array.shape} is no picture; "
            "expected (H, W) or (H, W, 2 | 3 | 4)"
        )
    if array.size == 0:
        raise InputError(f"{source}: an array of shape {array.shape} holds no pixels")
    array = _check_type(array, source)
    alpha = None
    if array.ndim == 3 and array.shape[2] in (2, 4):
        array, alpha = array[:, :, :-1], np.ascontiguousarray(array[:, :, -1])
        if array.shape[2] == 1:
            array = array[:, :, 0]
    return Picture(np.ascontiguousarray(array), alpha, Meta(source=source))


def _check_type(array: Array, source: str) -> Array:
    """Return the array in native byte order and a known type; floats must lie in 0..1."""
    array = array.astype(array.dtype.newbyteorder("="), copy=False)
    if array.dtype in (np.uint8, np.uint16):
        return array
    if array.dtype == np.bool_:
        return array.astype(np.uint8) * np.uint8(255)
    if not np.issubdtype(array.dtype, np.floating):
        raise InputError(
            f"{source}: pixels of type {array.dtype} are not supported; use uint8, uint16 or "
            "floats in 0..1"
        )
    if array.dtype not in (np.float32, np.float64):
        array = array.astype(np.float32)
    low, high = float(array.min()), float(array.max())
    if not (np.isfinite(low) and np.isfinite(high)):
        raise InputError(f"{source}: some pixels are not finite (NaN or infinite)")
    if low < -OVERSHOOT or high > 1 + OVERSHOOT:
        raise InputError(f"{source}: float pixels lie in {low:.6g} … {high:.6g}; {_advice(high)}")
    return np.clip(array, 0, 1) if low < 0 or high > 1 else array


def _advice(high: float) -> str:
    """Say how floats that are too large become a picture."""
    whites = [white for white in (255, 65535) if 2 < high <= white]
    if whites:
        return f"expected 0 … 1: divide by the level of white, photo / {whites[0]}"
    return "expected 0 … 1: use np.clip(photo, 0, 1), or divide by the level of white"
