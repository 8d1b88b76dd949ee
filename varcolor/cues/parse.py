"""Colours and points as people write them."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from varcolor.errors import CueError, CueWarning
from varcolor.typing import Array

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

#: Weights of soft cues that single precision can tell from none and from exact.
LIGHTEST, HEAVIEST = 1e-30, 1e30

_WHOLE = re.compile(r"[+-]?[0-9]{1,18}\Z")
_HEX = re.compile(r"#?(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})\Z")


def parse_color(text: str) -> tuple[float, float, float]:
    """Return the sRGB colour, 0..1, of ``#rrggbb`` or ``#rgb``."""
    text = text.strip()
    if not _HEX.match(text):
        raise CueError(f"{text!r} is not a colour; write #rrggbb, e.g. #c08040")
    digits = text.lstrip("#")
    if len(digits) == 3:
        digits = "".join(2 * d for d in digits)
    red, green, blue = (int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4))
    return red, green, blue


def parse_colors(colors: ArrayLike | Sequence[str]) -> Array:
    """Return sRGB colours as float32, 0..1.

    uint8 and uint16 arrays are divided by their level of white, other integers by 255; floats are
    taken as they are.
    """
    try:
        values = np.asarray(colors)
    except ValueError as error:
        raise CueError(f"the colours make no array ({error})") from None
    if values.dtype.kind in "US":
        names = [str(v) for v in np.atleast_1d(values)]
        return np.array([parse_color(n) for n in names], np.float32).reshape(-1, 3)
    if values.size == 0:
        return np.empty((0, 3), np.float32)
    if values.shape[-1:] != (3,) or values.dtype.kind not in "uif":
        raise CueError(
            f"colours of shape {values.shape} and type {values.dtype}; expected (N, 3) numbers "
            "or '#rrggbb' strings"
        )
    if values.dtype.kind == "f":
        return values.astype(np.float32)
    white = 65535 if values.dtype == np.uint16 else 255
    if values.min() < 0 or values.max() > white:
        raise CueError(
            f"integer colours must lie in 0..{white}; got {values.min()}..{values.max()}"
        )
    if values.max() == 1:
        warnings.warn(
            f"integer colours count in 0..{white}, so these are almost black; write 1.0 for full",
            CueWarning,
            stacklevel=3,
        )
    return (values / white).astype(np.float32)


def check_weight(weight: float) -> None:
    """Refuse the weight of a soft cue that is not a number between 1e-30 and 1e30."""
    if not LIGHTEST <= weight <= HEAVIEST:
        raise CueError(f"weight {weight:g}: expected 1e-30 to 1e30, or none for an exact cue")


def parse_point(text: str) -> tuple[int, int, tuple[float, float, float]]:
    """Return column, row and colour of ``X,Y,#rrggbb``."""
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != 3:
        raise CueError(
            f"cue {text!r}: write X,Y,#rrggbb (column, row, colour), e.g. 120,45,#c08040"
        )
    return whole_number(parts[0]), whole_number(parts[1]), parse_color(parts[2])


def whole_number(text: str) -> int:
    """Return a column or row written in plain digits."""
    if not _WHOLE.match(text):
        raise CueError(f"{text!r} is not a whole number: columns and rows count pixels from 0")
    return int(text)
