"""Colours and points as people write them."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from varcolor.backend import memory
from varcolor.errors import BackendError, CueError, CueWarning
from varcolor.registry import did_you_mean
from varcolor.typing import Array

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

#: Weights of soft cues that single precision can tell from none and from exact.
LIGHTEST, HEAVIEST = 1e-30, 1e30

#: Levels written as fractions may leave 0..1 this far: chroma can be stronger than sRGB shows.
LOWEST, HIGHEST = -1.0, 2.0

_WHOLE = re.compile(r"[+-]?[0-9]{1,18}\Z")
_HEX = re.compile(r"#?(?:[0-9a-f]{3}|[0-9a-f]{6})\Z")
#: A level of red, green or blue as it looks: short colours made of digits alone need their "#".
_LEVEL = re.compile(r"[0-9]{3}\Z")
_FUNCTION = re.compile(r"rgb\((.*)\)\Z")
_HELP = "write #rrggbb, e.g. #c08040, a name of CSS like tan, or rgb(192, 128, 64)"


def parse_color(text: str) -> tuple[float, float, float]:
    """Return the sRGB colour, 0..1, of ``#rrggbb``, ``#rgb``, ``rgb(r, g, b)`` or a CSS name."""
    word = text.strip().lower()
    if _LEVEL.match(word):
        raise CueError(f"{word!r} is one number of a colour, or #{word} without its #; {_HELP}")
    if _HEX.match(word):
        digits = word.lstrip("#")
        if len(digits) == 3:
            digits = "".join(2 * d for d in digits)
        red, green, blue = (int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4))
        return red, green, blue
    if function := _FUNCTION.match(word):
        return _rgb_function(text, re.split(r"[\s,]+", function[1].strip()))
    from PIL.ImageColor import colormap, getrgb

    name = re.sub(r"[\s_-]", "", word)
    if name not in colormap:
        raise CueError(f"{text.strip()!r} is not a colour{did_you_mean(name, colormap)}; {_HELP}")
    red, green, blue = getrgb(name)[:3]
    return red / 255, green / 255, blue / 255


def _rgb_function(text: str, parts: list[str]) -> tuple[float, float, float]:
    """Return the colour of the three words within ``rgb(…)``: 0 to 255, or percentages."""
    try:
        levels = [float(p[:-1]) / 100 if p.endswith("%") else float(p) / 255 for p in parts]
    except ValueError:
        levels = []
    if len(levels) != 3 or not all(0 <= v <= 1 for v in levels):
        raise CueError(f"{text.strip()!r} is not a colour: rgb(…) takes three numbers, 0 to 255")
    return levels[0], levels[1], levels[2]


def parse_colors(colors: ArrayLike | Sequence[str | Sequence[float]]) -> Array:
    """Return sRGB colours as float32, 0..1.

    Whole numbers are levels: uint8 and uint16 arrays are divided by their level of white, other
    integers by 255. Floats are taken as they are, and may leave 0..1 a little (-1 to 2). Of three
    numbers with at least one float all are floats.
    """
    if isinstance(colors, list | tuple) and any(isinstance(c, str) for c in colors):
        one_by_one = [parse_color(c) if isinstance(c, str) else parse_colors(c) for c in colors]
        if any(np.shape(c) != (3,) for c in one_by_one):
            raise CueError(f"three numbers were expected for a colour; {_HELP}")
        return np.array(one_by_one, np.float32)
    try:
        values = np.asarray(colors)
    except (ValueError, OverflowError) as error:
        raise CueError(f"the colours make no array ({error})") from None
    if values.dtype.kind in "US":
        names = [str(v) for v in np.atleast_1d(values)]
        return np.array([parse_color(n) for n in names], np.float32).reshape(-1, 3)
    if values.size == 0:
        return np.empty((0, 3), np.float32)
    if values.shape[-1:] != (3,) or values.dtype.kind not in "uif":
        raise CueError(
            f"colours of shape {values.shape} and type {values.dtype}; expected (N, 3) numbers "
            f"or text: {_HELP}"
        )
    if values.dtype.kind == "f":
        bad = values[(values < LOWEST) | (values > HIGHEST)]
        if bad.size:
            raise CueError(
                f"a colour holds the level {bad[0]:g}, but fractions count from 0 (black) to 1; "
                "write three whole numbers for 0 to 255, or #rrggbb"
            )
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


def one_color(value: Any) -> tuple[float, float, float]:
    """Return the sRGB colour, 0..1, of one text or three numbers; see `parse_colors`."""
    if isinstance(value, str):
        return parse_color(value)
    if np.shape(value) != (3,):
        raise CueError(f"colour {value!r}: expected three numbers, or {_HELP}")
    colors = parse_colors(value)
    wide = np.asarray(value)
    levels = wide / 255 if wide.dtype.kind == "i" else wide if wide.dtype.kind == "f" else colors
    return float(levels[0]), float(levels[1]), float(levels[2])


def check_weight(weight: float) -> None:
    """Refuse the weight of a soft cue that is not a number between 1e-30 and 1e30."""
    if not LIGHTEST <= weight <= HEAVIEST:
        raise CueError(f"weight {weight:g}: expected 1e-30 to 1e30, or none for an exact cue")


def require_memory(size: float, purpose: str) -> None:
    """Refuse cues that would need more than the memory that can be had."""
    try:
        memory.require(size, purpose)
    except BackendError as error:
        raise CueError(str(error)) from None


def check_radius(radius: float) -> None:
    """Refuse the radius of a brush that is not a finite number from 0 on."""
    if not 0 <= radius < np.inf:
        raise CueError(f"the radius {radius:g} must be 0 or more, in pixels")


@dataclass(frozen=True, slots=True)
class Point:
    """One cue as it is written: ``X,Y,COLOUR[,RADIUS]``."""

    x: int
    """Column, from 0."""
    y: int
    """Row, from 0."""
    color: tuple[float, float, float]
    """sRGB, 0..1."""
    radius: float = 0.0
    """Half the width of the dot in pixels; 0 marks the pixel alone."""


def parse_point(text: str) -> Point:
    """Return what ``X,Y,COLOUR`` or ``X,Y,COLOUR,RADIUS`` says."""
    parts = [part.strip() for part in re.split(r",(?![^()]*\))", text)]
    if len(parts) not in (3, 4):
        raise CueError(
            f"cue {text!r}: write X,Y,COLOUR or X,Y,COLOUR,RADIUS (column, row, colour), "
            "e.g. 120,45,#c08040 or 120,45,tan,3"
        )
    radius = parse_radius(parts[3]) if len(parts) == 4 else 0.0
    return Point(whole_number(parts[0]), whole_number(parts[1]), parse_color(parts[2]), radius)


def parse_radius(text: str) -> float:
    """Return the radius of a brush."""
    try:
        radius = float(text)
    except ValueError:
        raise CueError(f"{text!r} is not a radius: a number of pixels, 0 or more") from None
    check_radius(radius)
    return radius


def whole_number(text: str) -> int:
    """Return a column or row written in plain digits."""
    if not _WHOLE.match(text):
        raise CueError(f"{text!r} is not a whole number: columns and rows count pixels from 0")
    return int(text)


def array_of(values: ArrayLike, name: str) -> Array:
    try:
        return np.asarray(values)
    except ValueError as error:
        raise CueError(f"the {name} make no array ({error})") from None


def weights_of(weight: ArrayLike, shape: tuple[int, ...]) -> Array:
    try:
        values = np.broadcast_to(np.asarray(weight, dtype=np.float64), shape)
    except (ValueError, TypeError):
        raise CueError(
            f"weights that do not fit: expected numbers of shape {shape}, or one"
        ) from None
    soft = values[np.isfinite(values)]
    if soft.size and not (soft.min() >= LIGHTEST and soft.max() <= HEAVIEST):
        raise CueError(
            f"weights lie in {soft.min():g} … {soft.max():g}; expected 1e-30 to 1e30, or "
            "infinity for exact cues"
        )
    return values.astype(np.float32)


def radii_of(radius: ArrayLike, count: int) -> Array:
    try:
        values = np.broadcast_to(np.asarray(radius, np.float64), (count,))
    except (ValueError, TypeError):
        raise CueError(f"radii that do not fit: expected {count} numbers, or one") from None
    for value in values[~((values >= 0) & (values < np.inf))][:1]:
        check_radius(float(value))
    return values
