"""Run settings over cases; every finished case is kept in a file."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

import varcolor as vc
from benchmarks.energies.settings import Setting, summary_of
from benchmarks.harness import clocked
from benchmarks.quality.protocols import Case
from benchmarks.quality.summary import as_levels, psnr
from varcolor.solve.multigrid.solver import Multigrid

Row: TypeAlias = dict[str, Any]
#: Steps after which an energy with norms is taken as it is; the gap is recorded.
_STEPS = 1500


def measure(case: Case, setting: Setting, gap: float, strokes: bool = False) -> Row:
    """Colour one case and measure it."""
    problem = summary_of(setting.method)
    compact = not Multigrid().supports(problem) and not problem.directed
    work = partial(
        vc.colorize,
        case.gray,
        case.cues,
        method=setting.method,
        prior=setting.prior,
        space="lab",
        solver="multigrid" if compact else setting.solver(gap),
        tolerance=0.1 if compact else 0.5,
        max_steps=_STEPS,
        threads=1,
    )
    seconds, result = clocked(work, time.process_time)
    levels = as_levels(result.rgb.astype(np.float64))
    row: Row = {
        "picture": case.picture,
        "hints": case.hints,
        "setting": setting.name,
        "psnr": round(psnr(levels, case.truth), 4),
        "seconds": round(seconds, 2),
        "status": str(result.status),
        "gap": float(f"{result.gap:.1e}"),
    }
    if strokes:
        scores = vc.compare(case.truth, levels, metrics=("ciede2000", "bleeding"))
        row |= {name: round(float(value), 4) for name, value in scores.items()}
    return row


def _task(task: tuple[Case, Setting, float, bool]) -> Row:
    return measure(*task)


@dataclass(slots=True)
class Log:
    """Rows by suite, picture, hints and setting, in a file with one line of JSON each.

    Its first line says what all rows depend on: an interrupted run goes on where it stopped, and
    one of another kind is refused.
    """

    file: Path
    header: Row
    rows: dict[tuple[Any, ...], Row] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.file.exists():
            self.file.parent.mkdir(parents=True, exist_ok=True)
            self.file.write_text(json.dumps(self.header) + "\n")
        first, *rest = self.file.read_text().splitlines()
        if json.loads(first) != self.header:
            sys.exit(f"{self.file}: is of another run ({first}); use another --out")
        for line in rest:
            row = json.loads(line)
            self.rows[self._key(row["suite"], row, row["setting"])] = row

    @staticmethod
    def _key(suite: str, case: Row, setting: str) -> tuple[Any, ...]:
        return suite, case["picture"], case["hints"], setting

    def fill(
        self,
        pool: ProcessPoolExecutor,
        suite: str,
        cases: Sequence[Case],
        setting: Setting,
        gap: float,
    ) -> list[Row]:
        """Return the rows of all cases; what is missing is measured first."""

        def known() -> Iterator[Row | None]:
            for case in cases:
                own = {"picture": case.picture, "hints": case.hints}
                yield self.rows.get(self._key(suite, own, setting.name))

        missing = [case for case, row in zip(cases, known(), strict=True) if row is None]
        tasks = [(case, setting, gap, suite == "scribbles") for case in missing]
        with self.file.open("a") as file:
            for found in pool.map(_task, tasks):
                row = {"suite": suite, **found}
                self.rows[self._key(suite, row, setting.name)] = row
                file.write(json.dumps(row) + "\n")
                file.flush()
        return [row for row in known() if row is not None]
