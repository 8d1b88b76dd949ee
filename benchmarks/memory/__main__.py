"""Run ``python -m benchmarks.memory``.

Every case (method, solver, size) runs in a process of its own: `colorize` of a grey 8-bit photo in
memory, with at most 60 steps. "Taken" is the peak of
the resident set above what the process held before the photo was made, with everything imported,
compiled and used once on a small picture. "Said" is what varcolor plans with. Sizes that do not fit
into memory, or would take too long, are left out of the measurement and extrapolated linearly from
the largest one that was measured: they are marked.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.energies.settings import summary_of
from benchmarks.harness import Limits, Process, StoppedError, Work, clocked
from benchmarks.report import machine, rows_argument, rows_file, write_result
from benchmarks.speed.memory import Meter

#: Methods with their solvers, and the megapixels up to which they are run.
CASES: tuple[tuple[str, str, float], ...] = (
    ("harmonic", "multigrid", 100),
    ("auto", "multigrid", 50),
    ("recolor", "multigrid", 12),
    ("levin", "multigrid", 100),
    ("gauss4", "multigrid", 12),
    ("harmonic", "direct", 1),
    ("harmonic", "amg", 12),
    ("harmonic", "cg", 12),
    ("bilaplacian", "gmres", 12),
    ("gtv", "admm", 12),
    ("tgv", "admm", 1),
    ("bilaplacian", "block-direct", 0.25),
)
SIZES = (0.25, 1.0, 12.0, 50.0, 100.0)
COLUMNS = ["method", "solver", "megapixels", "said GB", "taken GB", "said / taken", "how", "when"]


def photo(megapixels: float) -> Any:
    """Return a grey photo, uint8: walks along its rows."""
    height = round((megapixels * 1e6 / 1.25) ** 0.5)
    width, rng = round(1.25 * height), np.random.default_rng(0)
    pixels = np.empty((height, width), np.uint8)
    for row in pixels:
        row[:] = (120 + 0.5 * np.cumsum(rng.normal(0, 1, width))).clip(0, 255)
    return pixels


def recolored(pixels: Any) -> Any:
    """Recolour a disc, the one thing of another colour than the rest of the photo."""
    import varcolor as vc

    rows, columns = np.ogrid[: pixels.shape[0], : pixels.shape[1]]
    row, column = pixels.shape[0] // 2, pixels.shape[1] // 2
    disc = (rows - row) ** 2 + (columns - column) ** 2 < (pixels.shape[0] / 4) ** 2
    colored = np.repeat(pixels[..., None], 3, axis=2)
    colored[disc, 1:] //= 3
    points = [(column + 5 * k, row) for k in range(4)]
    cues = vc.Cues.from_points(colored, points, [(0.2, 0.3, 0.8)] * 4)
    own = {"solver": "multigrid", "max_steps": 60, "memory": "force"}
    return vc.recolor(colored, cues, **own)  # type: ignore[arg-type]


class Measured:
    """A case in a process of its own: method, solver and size."""

    def __init__(self, method: str, solver: str, megapixels: float) -> None:
        import varcolor as vc

        spec: Any = method
        if method == "gauss4":
            spec = vc.Harmonic(affinity="gauss4", sigma=0.03, floor=1e-6)

        def solve(pixels: Any) -> Any:
            height, width = pixels.shape
            rng = np.random.default_rng(1)
            points = np.column_stack([rng.integers(0, width, 40), rng.integers(0, height, 40)])
            colors = rng.uniform(0.2, 0.8, (40, 3))
            cues = vc.Cues.from_points(pixels, points, colors)
            own: dict[str, Any] = {"method": spec, "solver": solver, "max_steps": 60}
            return vc.colorize(pixels, cues, memory="force", **own)

        if method == "recolor":
            solve = recolored
        solve(photo(0.02))
        solve(photo(0.3 if solver != "block-direct" and method != "tgv" else 0.02))
        self._solve, self._megapixels, self._meter = solve, megapixels, Meter()

    def run(self) -> dict[str, float]:
        """Colour the photo once."""
        self._meter.reset()
        seconds, found = clocked(lambda: self._solve(photo(self._megapixels)))
        taken = self._meter.peak() - self._meter.base
        return {"seconds": seconds, "taken": taken, "steps": found.steps}


def main() -> None:
    """Run all cases."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    parser.add_argument("--sizes", type=float, nargs="+", default=SIZES)
    parser.add_argument("--solvers", nargs="+", help="only these; the others are kept")
    rows_argument(parser)
    parser.add_argument("--redraw", action="store_true", help="only the table, from the log")
    arguments = parser.parse_args()
    limits = Limits(seconds=3600, megabytes=float("inf"))
    log = rows_file(arguments, "memory")
    rows = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    for method, solver, most in CASES:
        if arguments.redraw or (arguments.solvers and solver not in arguments.solvers):
            continue
        for size in arguments.sizes:
            if size > most:
                continue
            own = {"method": method, "solver": solver, "megapixels": size}
            work = Work("benchmarks.memory.__main__:Measured", own, os.cpu_count() or 1)
            try:
                with Process(work, limits) as process:
                    taken = process.run()["taken"]
            except StoppedError as stop:
                print(method, solver, size, stop, file=sys.stderr)
                continue
            rows = [r for r in rows if {k: r[k] for k in own} != own]
            rows.append({**own, "taken": taken, "when": machine()["date"]})
            print(method, solver, size, f"{taken / size / 1e6:.1f} bytes a pixel", flush=True)
            log.write_text("".join(json.dumps(row) + "\n" for row in rows))
    write_result(arguments.out, "memory", table(rows), COLUMNS)


def table(measured: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what was measured and what follows from it."""
    import varcolor as vc
    from varcolor.methods import make_method
    from varcolor.pipeline.recoloring.recolored_object import OBJECT_BYTES
    from varcolor.pipeline.run import PRIOR_BYTES
    from varcolor.solve.selection import SOLVERS

    result = []
    for method, solver, _ in CASES:
        own = [r for r in measured if (r["method"], r["solver"]) == (method, solver)]
        for size in SIZES[1:]:
            if not own:
                continue
            exact = [r for r in own if r["megapixels"] == size]
            last = max(own, key=lambda r: float(r["megapixels"]))
            taken = exact[0]["taken"] if exact else last["taken"] * size / last["megapixels"]
            kind = vc.Harmonic(affinity="gauss4") if method == "gauss4" else make_method(method, {})
            problem = replace(summary_of(kind), unknowns=round(size * 1e6))
            said = SOLVERS[solver]().memory(problem)
            said += {"auto": PRIOR_BYTES, "recolor": OBJECT_BYTES}.get(method, 0.0) * size * 1e6
            result.append(
                {
                    "method": method,
                    "solver": solver,
                    "megapixels": size,
                    "said GB": said / 1e9,
                    "taken GB": taken / 1e9,
                    "said / taken": said / taken,
                    "how": "measured" if exact else "extrapolated",
                    "when": (exact[0] if exact else last)["when"],
                }
            )
    return result


if __name__ == "__main__":
    main()
