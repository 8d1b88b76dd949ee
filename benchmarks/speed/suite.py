"""The whole comparison: every solver on every system, size and number of threads.

Runs of a rival and of varcolor take turns, each in its own process that stays alive for the
repeats, so that what else the machine does disturbs both alike.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from typing import Any, TypeAlias

from benchmarks.harness import Limits
from benchmarks.speed.cases import Case, make_case
from benchmarks.speed.duel import Duel, Stops
from benchmarks.speed.ours import OURS
from benchmarks.speed.reference import make_reference
from benchmarks.speed.task import SOLVERS, Task, describe, obstacle

Row: TypeAlias = dict[str, Any]
#: What tells rows apart.
KEY = ("photo", "size", "cues", "system", "threads", "solver")


@dataclass(frozen=True, slots=True)
class Suite:
    """What is to be compared, and how carefully."""

    data: Path
    photos: tuple[str, ...]
    """Files below the data folder."""
    sizes: tuple[float, ...]
    """Megapixels."""
    systems: tuple[str, ...]
    solvers: tuple[str, ...]
    cues: tuple[str, ...] = ("a",)
    threads: tuple[int, ...] = (1, 2)
    repeats: int = 5
    budget: float = 60.0
    """Seconds that the repeats of a solver may take."""
    tolerance: float = 0.5
    limits: Limits = field(default_factory=Limits)

    def run(self, scratch: Path, known: list[Row], keep: Callable[[Row], None]) -> list[Row]:
        """Run what is not known yet and return all rows; each new one is also given to `keep`."""
        rows = list(known)
        for size, photo, cues in product(sorted(self.sizes), self.photos, self.cues):
            place = {"photo": photo, "size": size, "cues": cues}
            wanted = [cell for cell in self._cells(place) if not _find(rows, cell)]
            if not wanted:
                continue
            try:
                case = make_case(self.data / photo, size, cues)
            except ValueError as error:
                print(f"{photo}, {size:g} MP: left out, {error}", file=sys.stderr)
                continue
            for row in self._on_case(case, scratch, wanted, rows):
                rows.append(row)
                keep(row)
        return rows

    def _cells(self, place: Row) -> Iterator[Row]:
        for system, threads, solver in product(
            self.systems, sorted(self.threads, reverse=True), self.solvers
        ):
            yield place | {"system": system, "threads": threads, "solver": solver}

    def _on_case(
        self, case: Case, scratch: Path, wanted: list[Row], rows: list[Row]
    ) -> Iterator[Row]:
        case.save(scratch / "case.npz")
        most = max(self.threads)
        for system in dict.fromkeys(cell["system"] for cell in wanted):
            cells = [cell for cell in wanted if cell["system"] == system]
            base = Task(str(scratch / "case.npz"), system, "", most, self.tolerance)
            generous = replace(self.limits, seconds=3 * self.limits.seconds)
            exact = make_reference(base, cells[0]["size"], scratch / "exact.npy", generous)
            base, stops = replace(base, exact=exact.file), Stops(generous)
            for threads in dict.fromkeys(cell["threads"] for cell in cells):
                task = replace(base, threads=threads)
                group = [cell for cell in cells if cell["threads"] == threads]
                with Duel(task, self.limits, self.repeats, self.budget) as duel:
                    # varcolor's own row is complete when all others have been run against it.
                    for cell in sorted(group, key=lambda c: c["solver"] == duel.partner):
                        row = cell | _facts(case, cell["solver"]) | {"reference": exact.source}
                        row |= _given_up(rows, cell) or duel.measure(cell["solver"], stops)
                        print(summary(row), file=sys.stderr)
                        yield row


def _facts(case: Case, solver: str) -> Row:
    return {
        "shape": f"{case.shape[1]} x {case.shape[0]}",
        "pixels": case.gray.size,
        "cued pixels": len(case.cues),
    } | describe(solver)


def _find(rows: list[Row], cell: Row) -> Row | None:
    return next((row for row in rows if all(row[k] == cell[k] for k in KEY)), None)


def _given_up(rows: list[Row], cell: Row) -> Row | None:
    """Return why a solver is not tried: it cannot, or met a limit where it was easier."""
    hindrance = obstacle(cell["solver"], cell["system"])
    if hindrance:
        return {"status": hindrance}
    same = ("photo", "cues", "system", "solver")
    for row in rows:
        if (
            all(row[k] == cell[k] for k in same)
            and "limit, " in row["status"]
            and row["size"] <= cell["size"]
            and row["threads"] >= cell["threads"]
        ):
            reason = row["status"].removeprefix("not tried: ")
            where = "" if " at " in reason else f" at {row['size']:g} MP, {row['threads']} threads"
            return {"status": f"not tried: {reason}{where}"}
    return None


def all_solvers() -> tuple[str, ...]:
    """Return the names of ours and of every rival."""
    return (*OURS, *SOLVERS)


def summary(row: Row) -> str:
    """Return a row in a line, for whoever waits."""
    text = f"{row['system']:8}{row['size']:5g} MP {row['threads']} threads {row['solver']:17}"
    if row.get("seconds") is None:
        return f"{text}{row['status']}"
    error = row.get("max error")
    return (
        f"{text}{row['seconds']:8.3f} s  x{row.get('ratio') or float('nan'):<7.3g}"
        f"{row['iterations']:5} its  {'' if error is None else f'{error:.2g} levels  '}"
        f"{row['status']}"
    )
