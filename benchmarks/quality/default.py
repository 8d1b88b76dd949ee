"""The suite ``default``: is `varcolor.colorize` without a method as good as the better recipe?

On hints and icolorit (every number of hints), scribbles, strokes and hand-drawn strokes it may fall
short of the better of ``harmonic`` and ``gp`` (harmonic with the prior of that name), in the mean
over the pictures, by `SHORTFALL`; and on strokes its stains (`benchmarks.quality.stains`) may be
`STAINS` of gp's.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.quality import stains
from benchmarks.quality.protocols import FOLDERS, picture_files
from benchmarks.quality.run import Suite, run
from benchmarks.quality.summary import mean_and_error

RIVALS = ("harmonic", "gp")
METHODS = (*RIVALS, "default")
#: dB that the default may lie below the better of its rivals.
SHORTFALL = 0.05
#: Largest ratio of its stains to gp's.
STAINS = 1 / 3
#: Pictures of each suite in a quick run; the scribbles are always all.
PICTURES = {"hints": 12, "icolorit": 12, "scribbles": 99, "strokes": 10}


def rows_of(
    data: Path, pictures: int | None, seed: int, jobs: int, folder: Path, side: int = 0
) -> list[dict[str, Any]]:
    """Return the rows of all suites, each with its ``part``; what is in the logs is not run again.

    Rows of the default are kept apart, by a checksum of the code that made them.
    """
    rows: list[dict[str, Any]] = []
    for name in ("hints", "icolorit", "scribbles"):
        number = pictures if pictures and name != "scribbles" else PICTURES[name]
        files = {file.name for file in picture_files(data / FOLDERS[name], number, seed)}
        for methods, tag in ((RIVALS, ""), (("default",), f"-{stains.code()}")):
            suite = Suite(name, data, methods, number, seed)
            found = run(suite, folder / f"{name}-{seed}{tag}.rows.jsonl", jobs)
            chosen = [row for row in found if name == "scribbles" or row["picture"] in files]
            rows += [row | {"part": name} for row in chosen]
    number = pictures or PICTURES["strokes"]
    return rows + stains.run(data, METHODS, number, seed, jobs, folder, side=side)


def compare(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a row for every suite and number of hints; ``hints`` None is all of them together."""
    summary = []
    for part in dict.fromkeys(row["part"] for row in rows):
        cases = [row for row in rows if row["part"] == part]
        sweep = part not in ("scribbles", "hand-drawn")
        counts = sorted({row["hints"] for row in cases}) if sweep else []
        for count in [*counts, None]:
            chosen = [row for row in cases if count in (None, row["hints"])]
            summary.append({"suite": part, "hints": count, **_verdict(chosen)})
    return summary


def _verdict(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the means of the methods on the same cases, and whether the default's will do."""
    values = {name: stains.by_picture(rows, name, "psnr") for name in METHODS}
    pictures = sorted(set.intersection(*(set(of) for of in values.values())))
    psnr = {name: np.array([of[p] for p in pictures]) for name, of in values.items()}
    better = max(RIVALS, key=lambda name: float(psnr[name].mean()))
    shortfall, error = mean_and_error(psnr[better] - psnr["default"])
    verdict: dict[str, Any] = {"pictures": len(pictures)}
    verdict |= {name: float(psnr[name].mean()) for name in METHODS}
    verdict |= {"shortfall": shortfall, "shortfall s.e.": error, "ok": shortfall <= SHORTFALL}
    if all("stains" in row for row in rows):
        spots = {
            name: float(np.mean([of[p] for p in pictures]))
            for name in METHODS
            for of in [stains.by_picture(rows, name, "stains")]
        }
        verdict |= {f"stains {name}": spots[name] for name in METHODS if name != stains.BASE}
        verdict["clean"] = spots["default"] <= STAINS * spots["gp"]
    return verdict


def markdown(summary: Sequence[dict[str, Any]]) -> str:
    """Return the table, and what is not met."""
    lines = [
        "| suite | hints | pictures | harmonic, dB | gp, dB | default, dB | better - default, dB "
        "| ok | stains of gp, % | of default, % | ok |",
        "|" + "---|" * 11,
    ]
    for row in summary:
        cells = [row["suite"], _count(row), str(row["pictures"])]
        cells += [f"{row[name]:.2f}" for name in METHODS]
        cells += [f"{row['shortfall']:+.3f} ± {row['shortfall s.e.']:.3f}", _word(row["ok"])]
        if "clean" in row:
            cells += [f"{row['stains gp']:.2f}", f"{row['stains default']:.2f}"]
            cells += [_word(row["clean"])]
        else:
            cells += ["", "", ""]
        lines.append("| " + " | ".join(cells) + " |")
    short = [f"{row['suite']} {_count(row)}" for row in summary if not row["ok"]]
    stained = [f"{row['suite']} {_count(row)}" for row in summary if not row.get("clean", True)]
    lines += ["", f"More than {SHORTFALL} dB below the better: {', '.join(short) or 'none'}."]
    lines += [f"More than a third of gp's stains: {', '.join(stained) or 'none'}."]
    return "\n".join(lines)


def _count(row: dict[str, Any]) -> str:
    return "all" if row["hints"] is None else str(row["hints"])


def _word(truth: bool) -> str:
    return "yes" if truth else "no"
