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
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.energies.settings import summary_of
from benchmarks.report import rows_argument, rows_file, write_result
from benchmarks.speed.memory import Meter

#: Methods with their solvers, and the megapixels up to which they are run.
CASES: tuple[tuple[str, str, float], ...] = (
    ("harmonic", "multigrid", 100),
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
COLUMNS = ["method", "solver", "megapixels", "said GB", "taken GB", "said / taken", "how"]


def photo(megapixels: float) -> Any:
    """Return a grey photo, uint8: walks along its rows."""
    height = round((megapixels * 1e6 / 1.25) ** 0.5)
    width, rng = round(1.25 * height), np.random.default_rng(0)
    pixels = np.empty((height, width), np.uint8)
    for row in pixels:
        row[:] = (120 + 0.5 * np.cumsum(rng.normal(0, 1, width))).clip(0, 255)
    return pixels


def run(method: str, solver: str, megapixels: float) -> dict[str, float]:
    """Measure one case, in this process."""
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
        return vc.colorize(pixels, cues, method=spec, solver=solver, max_steps=60, memory="force")

    solve(photo(0.02))
    solve(photo(0.3 if solver != "block-direct" and method != "tgv" else 0.02))
    meter = Meter()
    meter.reset()
    found = solve(photo(megapixels))
    return {"taken": meter.peak() - meter.base, "steps": found.steps}


def main() -> None:
    """Run all cases."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    parser.add_argument("--sizes", type=float, nargs="+", default=SIZES)
    parser.add_argument("--solvers", nargs="+", help="only these; the others are kept")
    rows_argument(parser)
    parser.add_argument("--redraw", action="store_true", help="only the table, from the log")
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        method, solver, size = arguments.one
        print(json.dumps(run(method, solver, float(size))))
        return
    log = rows_file(arguments, "memory")
    rows = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    for method, solver, most in CASES:
        if arguments.redraw or (arguments.solvers and solver not in arguments.solvers):
            continue
        for size in arguments.sizes:
            if size > most:
                continue
            command = [sys.executable, "-m", "benchmarks.memory", "--one", method, solver]
            done = subprocess.run(
                [*command, str(size)], capture_output=True, text=True, check=False
            )
            if done.returncode:
                print(done.stderr[-500:], file=sys.stderr)
                continue
            taken = json.loads(done.stdout.splitlines()[-1])["taken"]
            case = {"method": method, "solver": solver, "megapixels": size}
            rows = [r for r in rows if {k: r[k] for k in case} != case]
            rows.append({**case, "taken": taken})
            print(method, solver, size, f"{taken / size / 1e6:.1f} bytes a pixel", flush=True)
            log.write_text("".join(json.dumps(row) + "\n" for row in rows))
    write_result(arguments.out, "memory", table(rows), COLUMNS)


def table(measured: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what was measured and what follows from it."""
    import varcolor as vc
    from varcolor.methods import make_method
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
            result.append(
                {
                    "method": method,
                    "solver": solver,
                    "megapixels": size,
                    "said GB": said / 1e9,
                    "taken GB": taken / 1e9,
                    "said / taken": said / taken,
                    "how": "measured" if exact else "extrapolated",
                }
            )
    return result


if __name__ == "__main__":
    main()
