"""Points in CSV: a cue a line.

Without a first line that names them the columns are x, y, colour, weight and radius, the last two
optional. With it, weight and radius may come in any order (names: x, column, col; y, row; color,
colour, rgb, hex; weight; radius). Columns are parted by commas, semicolons, tabs or spaces; what
stands in brackets or quotes stays together. Empty cells of weight and radius mean an exact cue and
a single pixel. Lines that begin with ``#`` are comments.
"""

from __future__ import annotations

import re

import numpy as np

from varcolor.cues.cues import Cues
from varcolor.cues.parse import check_weight, parse_color, parse_radius, whole_number
from varcolor.errors import CueError
from varcolor.registry import did_you_mean
from varcolor.typing import Shape

_ORDER = ("x", "y", "color", "weight", "radius")
_NAMES = {name: name for name in _ORDER} | {
    "column": "x",
    "col": "x",
    "row": "y",
    "colour": "color",
    "rgb": "color",
    "hex": "color",
}
_APART = {mark: re.compile(rf"{mark}(?![^()]*\))") for mark in (";", "\t", ",")}
_SPACES = re.compile(r"\s+(?![^()]*\))")
_QUOTED = re.compile(r'"([^"]*)"')
_SEPARATOR_LINE = re.compile(r"sep=.\Z", re.IGNORECASE)


def parse_table(text: str, shape: Shape) -> Cues:
    """Return the cues of a CSV text for a picture of this height and width.

    Raises
    ------
    CueError
        If something cannot be used; the message names the line.
    """
    columns: tuple[str, ...] = ()
    parting: re.Pattern[str] | None = None
    named = False
    points: list[tuple[int, int]] = []
    colors: list[tuple[float, float, float]] = []
    weights: list[float] = []
    radii: list[float] = []
    for number, line in enumerate(text.splitlines(), 1):
        row = line.strip(" \r\n\f\v")
        if not row.strip("\t;, ") or row.startswith("#") or _SEPARATOR_LINE.match(row):
            continue
        try:
            parting = parting or next((p for m, p in _APART.items() if m in row), _SPACES)
            cells = _cells(row, parting)
            if not columns:
                columns = _columns(cells)
                if _is_header(cells):
                    named = True
                    continue
            point, color, weight, radius = _cue(cells, columns)
            if not (0 <= point[0] < shape[1] and 0 <= point[1] < shape[0]):
                Cues.from_points(shape, [point], [color])  # refuses it in its own words
        except CueError as error:
            raise CueError(f"line {number}: {error}") from None
        points.append(point)
        colors.append(color)
        weights.append(weight)
        radii.append(radius)
    cues = Cues.from_points(shape, points, colors, weights, radius=radii)
    if named or not np.isfinite(weights).any():
        return cues
    return cues.with_notes(
        "the fourth column is taken as a weight (cues that may be bent); if it is a radius, name "
        "the columns in the first line: x,y,color,radius"
    )


def _cells(row: str, parting: re.Pattern[str]) -> list[str]:
    kept = [match[1] for match in _QUOTED.finditer(row)]
    cells = [cell.strip() for cell in parting.split(_QUOTED.sub("\0", row))]
    left = iter(kept)
    return [re.sub("\0", lambda _: next(left), cell).strip() for cell in cells]


def _is_header(cells: list[str]) -> bool:
    return bool(cells) and cells[0].lower() in _NAMES


def _columns(cells: list[str]) -> tuple[str, ...]:
    """Return which columns there are; the usual ones if the line does not name them."""
    if not _is_header(cells):
        return _ORDER
    names = []
    for cell in filter(None, cells):
        if cell.lower() not in _NAMES:
            known = did_you_mean(cell, _NAMES) or f"; known: {', '.join(_ORDER)}"
            raise CueError(f"unknown column {cell!r}{known}")
        names.append(_NAMES[cell.lower()])
    if tuple(names[:3]) != _ORDER[:3] or len(set(names)) < len(names):
        raise CueError("the columns must begin with x, y and color, and none may come twice")
    return tuple(names)


def _cue(
    cells: list[str], columns: tuple[str, ...]
) -> tuple[tuple[int, int], tuple[float, float, float], float, float]:
    """Return place, colour, weight and radius of a line."""
    while len(cells) > len(columns) and not cells[-1]:
        cells = cells[:-1]
    if len(cells) < 3 or len(cells) > len(columns):
        wanted = "x,y,#rrggbb[,weight[,radius]]" if columns == _ORDER else ",".join(columns)
        raise CueError(f"expected {wanted}")
    cell = dict.fromkeys(_ORDER, "") | dict(zip(columns, cells, strict=False))
    try:
        weight = float(cell["weight"]) if cell["weight"] else np.inf
    except ValueError as error:
        raise CueError(f"not a number as weight ({error})") from None
    if weight != np.inf:
        check_weight(weight)
    radius = parse_radius(cell["radius"]) if cell["radius"] else 0.0
    point = whole_number(cell["x"]), whole_number(cell["y"])
    return point, parse_color(cell["color"]), weight, radius
