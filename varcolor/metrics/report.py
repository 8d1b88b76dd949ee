"""Scores of many results as a table: text, Markdown, Org, CSV or JSON."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from varcolor.metrics.metric import Metric

Value = float | None


@dataclass(frozen=True, slots=True)
class Row:
    """The scores of one result; None where a metric is not defined."""

    reference: str
    result: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """Scores of many results."""

    metrics: tuple[Metric, ...]
    rows: tuple[Row, ...]
    failures: tuple[tuple[str, str], ...] = ()
    """Files without scores, each with the reason."""

    def groups(self) -> dict[str, list[Row]]:
        """Return the rows by reference."""
        groups: dict[str, list[Row]] = {}
        for row in self.rows:
            groups.setdefault(row.reference, []).append(row)
        return groups

    def mean(self, rows: Iterable[Row]) -> tuple[Value, ...]:
        """Return the mean of every metric over the rows that have it."""
        rows = list(rows)
        return tuple(_mean(row.values[i] for row in rows) for i in range(len(self.metrics)))

    def head(self) -> list[str]:
        """Return the column titles: name, unit and an arrow to what is better."""
        arrows = {"higher": " ↑", "lower": " ↓", "zero": " →0", "none": ""}
        return [
            m.name + (f" [{m.unit}]" if m.unit else "") + arrows[m.better] for m in self.metrics
        ]


def _mean(values: Iterable[Value]) -> Value:
    known = [v for v in values if v is not None]
    if not known:
        return None
    # fsum refuses to add infinities of both signs, which no metric mixes.
    return math.fsum(known) / len(known)


def _text(value: Value, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def _blocks(report: Report, digits: int) -> list[tuple[str, list[list[str]]]]:
    """Return a heading and lines of cells for every reference, then the mean over all results."""

    def cells(name: str, values: Sequence[Value]) -> list[str]:
        return [name, *(_text(v, digits) for v in values)]

    blocks = []
    for reference, rows in report.groups().items():
        lines = [cells(row.result, row.values) for row in rows]
        lines.append(cells("mean", report.mean(rows)))
        blocks.append((reference, lines))
    if len(blocks) > 1:
        name = f"mean of {len(report.rows)} results"
        blocks.append(("all", [cells(name, report.mean(report.rows))]))
    return blocks


def as_text(report: Report, digits: int = 4) -> str:
    """Return a table for a terminal."""
    blocks = _blocks(report, digits)
    head = ["", *report.head()]
    lines = [head, *(line for _, block in blocks for line in block)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    widths[0] += 2

    def line(cells: Sequence[str], indent: str = "  ") -> str:
        first = f"{indent}{cells[0]}".ljust(widths[0])
        rest = (c.rjust(w) for c, w in zip(cells[1:], widths[1:], strict=True))
        return "  ".join((first, *rest)).rstrip()

    out = [line(head)]
    for title, block in blocks:
        out += [title, *(line(cells) for cells in block)]
    return "\n".join(out)


def as_markdown(report: Report, digits: int = 4) -> str:
    """Return a Markdown section with a table for every reference."""
    rule = "|".join(["", "---", *("---:" for _ in report.metrics), ""])
    out = []
    for title, block in _blocks(report, digits):
        out += [f"## {title}", "", _piped(["result", *report.head()]), rule]
        out += [*(_piped(cells) for cells in block), ""]
    return "\n".join(out)


def as_org(report: Report, digits: int = 4) -> str:
    """Return an Org heading with a table for every reference."""
    rule = "|-" + "+-".join("" for _ in range(len(report.metrics) + 1)) + "|"
    out = ["* Image quality"]
    for title, block in _blocks(report, digits):
        out += [f"** {title}", _piped(["result", *report.head()]), rule]
        lines = [_piped(cells, "\\vert") for cells in block]
        out += lines[:-1] + ([rule] if len(lines) > 1 else []) + lines[-1:]
    return "\n".join(out)


def _piped(cells: Sequence[str], bar: str = "\\|") -> str:
    return "| " + " | ".join(cell.replace("|", bar) for cell in cells) + " |"


def as_csv(report: Report, digits: int = 4) -> str:
    """Return one line per result, without means: for spreadsheets and programs."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(["reference", "result", *(m.name for m in report.metrics)])
    for row in report.rows:
        values = ("" if v is None else f"{v:.{digits}f}" for v in row.values)
        writer.writerow([row.reference, row.result, *values])
    return buffer.getvalue().rstrip("\n")


def as_json(report: Report, digits: int = 4) -> str:
    """Return everything in full precision; infinity is the string "inf", undefined is null."""

    def named(values: Sequence[Value]) -> dict[str, Any]:
        pairs = zip(report.metrics, values, strict=True)
        return {m.name: str(v) if v is not None and math.isinf(v) else v for m, v in pairs}

    return json.dumps(
        {
            "metrics": {m.name: {"unit": m.unit, "better": m.better} for m in report.metrics},
            "results": [
                {"reference": r.reference, "result": r.result, "scores": named(r.values)}
                for r in report.rows
            ],
            "means": {
                reference: named(report.mean(rows)) for reference, rows in report.groups().items()
            },
            "mean": named(report.mean(report.rows)),
            "failed": [{"file": file, "reason": reason} for file, reason in report.failures],
        },
        indent=1,
        ensure_ascii=False,
    )


Writer = Callable[[Report, int], str]

#: The formats by the extension of a report file.
WRITERS: Mapping[str, Writer] = {
    ".txt": as_text,
    ".md": as_markdown,
    ".org": as_org,
    ".csv": as_csv,
    ".json": as_json,
}
