"""Vector strokes and their JSON document.

The document (schema: ``strokes.schema.json`` beside this file)::

    {
      "format": "varcolor-strokes", "version": 1,
      "width": 640, "height": 480,
      "strokes": [
        {"kind": "paint", "color": "#c08040", "radius": 6, "points": [[12.5, 40], [90, 44.5]]},
        {"kind": "neutral", "radius": 3, "points": [[300, 200]], "weight": 10},
        {"kind": "keep", "radius": 9, "points": [[5, 5], [5, 300]]},
        {"kind": "erase", "radius": 4, "points": [[60, 42]]}
      ]
    }

Coordinates are in pixels of the upright picture at full resolution: pixel (row r, column c) covers
[c, c+1) x [r, r+1), its centre lies at +0.5. A pixel is cued if its centre lies within the radius
of the polyline, or if the polyline crosses it: radius 0 is a line one pixel wide. What lies outside
of the picture is cut off. A document that was made for another size of the picture is scaled.
``color`` is a text (``#rrggbb``, a CSS name, ``rgb(…)``), three whole numbers, 0 to 255, or three
numbers of which at least one has a decimal point: those count from 0 to 1. ``weight`` makes a cue
soft; without it the cue is exact. ``"fill": true`` covers what the line encloses, closed from its
last point to its first, by the even-odd rule. Later strokes paint over earlier ones; ``erase``
removes what earlier strokes of the same document painted; ``neutral`` is free of colour; ``keep``
keeps a colour photo's own pixels; ``protect`` is what nothing spreads into or
through, and stays as it is.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias, get_args

import numpy as np

from varcolor.cues.cues import Cues
from varcolor.cues.parse import check_radius, check_weight, one_color, require_memory
from varcolor.cues.sizes import same_picture
from varcolor.cues.stroke_cover import covered, stroke_lies_inside
from varcolor.errors import CueError
from varcolor.registry import did_you_mean
from varcolor.typing import Array, Shape

Kind = Literal["paint", "neutral", "keep", "erase", "protect"]
Color: TypeAlias = str | tuple[float, float, float]

FORMAT = "varcolor-strokes"
VERSION = 1
_GRAY = (0.5, 0.5, 0.5)
#: Pixels that are painted on at a time.
_BAND = 1 << 22


@dataclass(frozen=True, slots=True)
class Stroke:
    """One stroke of a brush: a polyline with a radius, in pixels of the full picture."""

    points: tuple[tuple[float, float], ...]
    """(x, y) pairs; at least one."""
    radius: float
    """Half the width of the brush in pixels, >= 0; 0 marks the pixels under the line alone."""
    kind: Kind = "paint"
    """paint | neutral | keep | erase | protect."""
    color: Color | None = None
    """For paint only: text (``"#rrggbb"``, a CSS name, ``"rgb(…)"``), three whole numbers, 0..255,
    or three floats, 0..1; kept as floats."""
    weight: float | None = None
    """Weight of a soft cue, > 0; None = exact."""
    fill: bool = False
    """Whether what the closed line encloses is covered, too (even-odd rule)."""

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            known = get_args(Kind)
            raise CueError(
                f"unknown kind of stroke {self.kind!r}{did_you_mean(str(self.kind), known)}; "
                f"known: {', '.join(known)}"
            )
        try:
            points = tuple((float(x), float(y)) for x, y in self.points)
            radius = float(self.radius)
        except (TypeError, ValueError, OverflowError):
            raise CueError("a stroke takes (x, y) points and a radius, all numbers") from None
        if not points:
            raise CueError("a stroke needs at least one point")
        if not all(math.isfinite(v) for point in points for v in point):
            raise CueError("a stroke has a point that is not finite")
        check_radius(radius)
        if (self.color is None) == (self.kind == "paint"):
            raise CueError(
                "a paint stroke needs a colour"
                if self.kind == "paint"
                else f"a stroke of kind {self.kind!r} has no colour of its own"
            )
        color = None if self.color is None else one_color(self.color)
        if color is not None and not all(math.isfinite(v) for v in color):
            raise CueError("a stroke has a colour that is not finite")
        if self.weight is not None:
            if self.kind in ("keep", "erase", "protect"):
                raise CueError(f"a stroke of kind {self.kind!r} has no weight")
            check_weight(self.weight)
        for name, value in (("points", points), ("radius", radius), ("color", color)):
            object.__setattr__(self, name, value)

    def scaled(self, across: float, down: float) -> Stroke:
        """Return the stroke for a picture that is so many times as wide and as high."""
        points = tuple((x * across, y * down) for x, y in self.points)
        return replace(self, points=points, radius=self.radius * math.sqrt(across * down))


def rasterise(strokes: Iterable[Stroke], shape: Shape) -> Cues:
    """Turn strokes into cues for a picture of this height and width.

    What strokes cover outside of the picture is cut off.

    Raises
    ------
    CueError
        If all points of a stroke lie outside of the picture and no line between them crosses it.
    """
    rows = max(1, _BAND // max(shape[1], 1))
    here = max(17.0 * min(rows, shape[0]), shape[0]) * shape[1]  # no solver needs less than a byte
    require_memory(here, f"a picture of {shape[1]} x {shape[0]} pixels")
    all_strokes = list(strokes)
    left = [k for k, own in enumerate(all_strokes, 1) if not stroke_lies_inside(own, k, shape)]
    bands = ((top, min(top + rows, shape[0])) for top in range(0, shape[0], rows))
    parts = [_painted(all_strokes, shape, band) for band in bands]
    at, color, weight, keep, protected = (np.concatenate(own) for own in zip(*parts, strict=True))
    cues = Cues(shape, at, color, weight, keep, (), protected)
    return cues.with_notes(cut_off(left)) if left else cues


def _painted(strokes: list[Stroke], shape: Shape, band: tuple[int, int]) -> tuple[Array, ...]:
    """Return at, color, weight and keep of the cues in a band of rows, and protected pixels."""
    found = [(stroke, *covered(stroke, shape, band)) for stroke in strokes]
    some = [entry for entry in found if entry[3].size]
    top, bottom = band if some else (band[0], band[0])
    left = min((columns.start for _, _, columns, _ in some), default=0)
    right = max((columns.stop for _, _, columns, _ in some), default=0)
    color = np.zeros((bottom - top, right - left, 3), np.float32)
    weight = np.zeros(color.shape[:2], np.float32)
    keep, protect = np.zeros(weight.shape, bool), np.zeros(weight.shape, bool)
    for stroke, rows, columns, mask in some:
        own = (
            slice(rows.start - top, rows.stop - top),
            slice(columns.start - left, columns.stop - left),
        )
        bare = stroke.kind in ("erase", "protect")
        color[own][mask] = stroke.color if stroke.color is not None else _GRAY
        weight[own][mask] = 0 if bare else np.inf if stroke.weight is None else stroke.weight
        keep[own][mask] = stroke.kind == "keep"
        protect[own][mask] = stroke.kind == "protect"
    at = np.argwhere(weight > 0)
    index = (at[:, 0], at[:, 1])
    fixed = np.add(np.argwhere(protect), (top, left))
    protected = fixed[:, 0] * shape[1] + fixed[:, 1]
    return np.add(at, (top, left)), color[index], weight[index], keep[index], protected


def cut_off(left: list[int]) -> str:
    """Say which strokes, by their numbers, leave the picture."""
    which = f"strokes {', '.join(map(str, left[:5]))}{', …' if len(left) > 5 else ''} leave"
    which = f"stroke {left[0]} leaves" if len(left) == 1 else which
    return f"{which} the picture: cut off at its border"


def fitted(strokes: list[Stroke], made_for: Shape, shape: Shape) -> tuple[list[Stroke], str]:
    """Return the strokes for another size of the same picture, and a note that says so.

    Raises
    ------
    CueError
        If the picture of this height and width cannot be the same: its sides are not in the same
        proportion, within their rounding.
    """
    sizes = f"a {made_for[1]} x {made_for[0]} picture"
    if not same_picture(made_for, shape):
        turned = " (it may be turned)" if same_picture(made_for[::-1], shape) else ""
        raise CueError(
            f"made for {sizes}, but the photo is {shape[1]} x {shape[0]}{turned}: it is not the "
            "same picture at another size; use the photo that the strokes were drawn on"
        )
    across, down = shape[1] / made_for[1], shape[0] / made_for[0]
    note = f"made for {sizes}: scaled {across:.4g} times, to the photo's {shape[1]} x {shape[0]}"
    return [s.scaled(across, down) for s in strokes], note


def strokes_to_json(strokes: Iterable[Stroke], shape: Shape) -> str:
    """Return the JSON document of some strokes."""
    entries = []
    for stroke in strokes:
        entry: dict[str, Any] = {"kind": stroke.kind}
        if stroke.color is not None:
            entry["color"] = list(stroke.color)  # floats: read as 0..1
        entry["radius"] = stroke.radius
        entry["points"] = [list(p) for p in stroke.points]
        if stroke.weight is not None:
            entry["weight"] = stroke.weight
        if stroke.fill:
            entry["fill"] = True
        entries.append(entry)
    document = {"format": FORMAT, "version": VERSION, "width": shape[1], "height": shape[0]}
    return json.dumps({**document, "strokes": entries})


def strokes_from_document(document: dict[str, Any]) -> tuple[list[Stroke], Shape]:
    """Return the strokes of a parsed document and the picture's height and width.

    Raises
    ------
    CueError
        If something does not follow the schema; the message names the stroke.
    """
    shape = document_shape(document, VERSION, ("strokes",))
    entries = document["strokes"]
    if not isinstance(entries, list):
        raise CueError("'strokes' must be a list")
    strokes = []
    for number, entry in enumerate(entries, 1):
        try:
            strokes.append(_stroke(entry))
        except CueError as error:
            raise CueError(f"stroke {number}: {error}") from None
    return strokes, shape


def document_shape(document: dict[str, Any], version: int, content: tuple[str, ...]) -> Shape:
    """Check the frame of a document and return the height and width that it is made for."""
    required = ("format", "version", "width", "height", *content)
    missing = [key for key in required if key not in document]
    if missing:
        raise CueError(f"{', '.join(map(repr, missing))} is missing")
    unknown = [key for key in document if key not in required]
    if unknown:
        raise CueError(f"unknown entry {unknown[0]!r}{did_you_mean(unknown[0], required)}")
    if document["version"] != version:
        raise CueError(
            f"version {document['version']!r} is not known to this program, which reads {version}"
        )
    for key in ("width", "height"):
        value = document[key]
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value < 1 << 31:
            raise CueError(f"{key!r} is {value!r}; expected a whole number above 0")
    return document["height"], document["width"]


def _stroke(entry: Any) -> Stroke:
    if not isinstance(entry, dict):
        raise CueError("must be an object with kind, radius and points")
    known = ("kind", "color", "radius", "points", "weight", "fill")
    unknown = [key for key in entry if key not in known]
    if unknown:
        raise CueError(f"unknown entry {unknown[0]!r}{did_you_mean(unknown[0], known)}")
    for key in ("radius", "points"):
        if key not in entry:
            raise CueError(f"{key!r} is missing")
    points = entry["points"]
    if not isinstance(points, list) or not all(
        isinstance(p, list) and len(p) == 2 and all(map(is_number, p)) for p in points
    ):
        raise CueError("'points' must be a list of [x, y] pairs of finite numbers")
    for key in ("radius", "weight"):
        if key in entry and not is_number(entry[key]):
            raise CueError(f"{key!r} is {entry[key]!r}; expected a finite number")
    if not isinstance(entry.get("fill", False), bool):
        raise CueError(f"'fill' is {entry['fill']!r}; expected true or false")
    color = color_entry(entry["color"]) if "color" in entry else None
    return Stroke(
        tuple((float(x), float(y)) for x, y in points),
        float(entry["radius"]),
        entry.get("kind", "paint"),
        color,
        float(entry["weight"]) if "weight" in entry else None,
        entry.get("fill", False),
    )


def is_number(value: Any) -> bool:
    """Return whether a JSON value is a finite number."""
    return isinstance(value, int | float) and not isinstance(value, bool) and -1e300 < value < 1e300


def color_entry(value: Any, stored: bool = False) -> tuple[float, float, float]:
    """Return the sRGB colour, 0..1, of a JSON entry: a text, or three numbers.

    With ``stored``, fractions are a program's own and may be any.
    """
    numbers = isinstance(value, list) and len(value) == 3 and all(map(is_number, value))
    if numbers and stored and any(isinstance(v, float) for v in value):
        return float(value[0]), float(value[1]), float(value[2])
    if numbers or isinstance(value, str):
        return one_color(value)
    raise CueError(f"colour {value!r}: expected a text like '#c08040', or three finite numbers")
