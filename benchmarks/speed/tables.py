"""The results as Markdown: one overview a system, and every row with all that was measured."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, TypeAlias

Row: TypeAlias = dict[str, Any]

_ABOUT = """\
Seconds from the grey photo and the cues to the chroma of every pixel: computing the weights and
assembling the system included, drawing the picture not. Median of runs that took turns with
varcolor's; x = that time over varcolor's of the same turns. Errors are levels of 8-bit RGB against
the exact solution, before gamut mapping and rounding. varcolor finds out by itself when it is
within the tolerance ({tolerance}), in its time; an iterative rival is told the loosest relative
residual (rtol) with which it is, which nobody can know without the exact solution (an rtol without
an error was taken blindly, where no exact solution could be had). Memory is the peak above what
the process held with libraries loaded and the photo in it. "Another model" computes something
else: its error says how different that is. Threads are cores: no process may use more.
"""


def markdown(rows: list[Row], machine: Row, tolerance: float = 0.5) -> str:
    """Return the whole document."""
    parts = ["# Solvers", _ABOUT.format(tolerance=f"{tolerance:g} levels")]
    for system, cues, photo, threads in _values(rows, "system", "cues", "photo", "threads"):
        here = _select(rows, system=system, cues=cues, photo=photo, threads=threads)
        if not here:
            continue
        plural = "" if threads == 1 else "s"
        parts.append(f"## {system}, cues {cues}, {threads} thread{plural}, {_short(photo)}")
        parts.append(overview(here))
        for (size,) in sorted(_values(here, "size")):
            cells = _select(here, size=size)
            known = next((r for r in cells if "shape" in r), {})
            parts.append(
                f"{size:g} MP ({known.get('shape', '')}, {known.get('cued pixels', 0)} cued "
                f"pixels), exact solution: {known.get('reference', 'none')}"
            )
            parts.append(details(cells))
    parts.append("## What ran")
    parts.append(versions(rows))
    parts.append(
        f"{machine['processor']}, {machine['cores']} cores, Python {machine['python']}, "
        f"{machine['date']}.\n"
    )
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"


def overview(rows: list[Row]) -> str:
    """Return seconds and ratios of one system: a line a solver, a column a size."""
    sizes = sorted(size for (size,) in _values(rows, "size"))
    lines = [["solver", *(f"{size:g} MP" for size in sizes)]]
    for (solver,) in _values(rows, "solver"):
        line = [solver]
        for size in sizes:
            found = _select(rows, solver=solver, size=size)
            line.append(_brief(found[0]) if found else "")
        lines.append(line)
    return _table(lines)


def details(rows: list[Row]) -> str:
    """Return all that was measured of one system at one size."""
    heads = (
        "solver",
        "s",
        "of it weights, assembly",
        "x",
        "its",
        "rtol",
        "max error",
        "RMS error",
        "PSNR, dB",
        "peak MB",
        "B/px",
        "status",
    )
    keys = (
        "seconds",
        "assembly",
        "ratio",
        "iterations",
        "rtol",
        "max error",
        "RMS error",
        "PSNR",
        "peak MB",
        "bytes per pixel",
    )
    return _table(
        [heads, *([r["solver"], *(_cell(r.get(k)) for k in keys), r["status"]] for r in rows)]
    )


def versions(rows: list[Row]) -> str:
    """Return every solver's version and settings."""
    lines: list[Iterable[str]] = [("solver", "version", "settings")]
    for (solver,) in _values(rows, "solver"):
        row = next(r for r in rows if r["solver"] == solver)
        lines.append((solver, row["version"], row["note"]))
    return _table(lines)


def _brief(row: Row) -> str:
    if row.get("seconds") is None:
        return str(row["status"])
    ratio = row.get("ratio")
    text = f"{_cell(row['seconds'])} s" + ("" if ratio is None else f", x{_cell(ratio)}")
    return text if row["status"] in ("ok", "another model") else f"{text} ({row['status']})"


def _values(rows: list[Row], *keys: str) -> list[tuple[Any, ...]]:
    """Return the distinct values of some fields, in order of appearance."""
    return list(dict.fromkeys(tuple(row[key] for key in keys) for row in rows))


def _select(rows: list[Row], **wanted: Any) -> list[Row]:
    return [row for row in rows if all(row[key] == value for key, value in wanted.items())]


def _short(photo: str) -> str:
    return photo.rpartition("/")[2].rpartition(".")[0]


def _cell(value: Any) -> str:
    """Return a number with three figures."""
    if value is None or value == "":
        return ""
    if not isinstance(value, float):
        return str(value)
    if value and math.isfinite(value) and not 1e-3 <= abs(value) < 1e6:
        return f"{value:.1e}"
    figures = 3 if abs(value) < 100 else max(3, len(str(int(abs(value)))))
    return f"{value:.{figures}g}"


def _table(lines: Iterable[Iterable[str]]) -> str:
    head, *rest = (list(line) for line in lines)
    rule = "|" + "---|" * len(head)
    return "\n".join(
        ["| " + " | ".join(head) + " |", rule, *("| " + " | ".join(x) + " |" for x in rest)]
    )
