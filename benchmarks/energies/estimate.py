"""``python -m benchmarks.energies.estimate --data DIR``: does the mixed solver's estimate hold?

Pictures at 0.06 megapixels, the three kinds of cues, tolerances 2, 0.5 and 0.05; the truth is the
factorised solution. One row per weights: accepted answers above their tolerance, and largest and
median error over tolerance.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.energies.fourth import problem_of
from benchmarks.report import data_argument, data_folder, write_result
from benchmarks.speed.cases import CUES, SPACE, make_case
from benchmarks.speed.scores import distance
from varcolor.solve.biharmonic.solver import GMRES
from varcolor.solve.result import Status
from varcolor.solve.rgb_error import RgbLevels
from varcolor.solve.solver import Goal
from varcolor.solve.sparse.block_solver import BlockDirect

NAME = "energies-estimate"
TOLERANCES = (2.0, 0.5, 0.05)
_MEGAPIXELS = 0.06


def ratios(photo: Path, kind: str, weights: str) -> list[float]:
    """Return error over tolerance at every tolerance; NaN where the solver gave up."""
    case = make_case(photo, _MEGAPIXELS, kind)
    problem, exact, mixed = problem_of(case, weights), BlockDirect(), GMRES()
    wanted = exact.run(exact.prepare(problem), case.chroma, None, Goal(1e-6)).u
    state, found = mixed.prepare(problem), []
    for tolerance in TOLERANCES:
        levels = RgbLevels(SPACE, case.luma, tolerance)
        goal = Goal(tolerance, levels=levels, slope=levels.slope(case.chroma))
        solution = mixed.run(state, case.chroma, None, goal)
        good = solution.status is Status.CONVERGED
        error, _ = distance(case, solution.u, wanted)
        found.append(error / tolerance if good else float("nan"))
    return found


def main() -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.energies.estimate")
    data_argument(parser)
    parser.add_argument("--pictures", type=int, default=8, help="number of Kodak pictures [8]")
    parser.add_argument(
        "--weights", nargs="+", default=["gentle", "isotropic", "levin-sym", "default", "levin-ls"]
    )
    arguments = parser.parse_args()
    files = sorted((data_folder(arguments) / "kodak").glob("*.png"))
    photos = files[:: max(1, len(files) // arguments.pictures)][: arguments.pictures]
    rows: list[dict[str, Any]] = []
    for weights in arguments.weights:
        found = np.array([ratios(p, kind, weights) for p in photos for kind in CUES])
        done = found[np.isfinite(found)]
        rows.append(
            {
                "weights": weights,
                "solves": found.size,
                "gave up": int(np.isnan(found).sum()),
                "above tolerance": int((done > 1).sum()),
                "largest error / tolerance": round(float(done.max()), 3),
                "median": round(float(np.median(done)), 3),
            }
        )
        print(rows[-1], flush=True)
    write_result(arguments.out, NAME, rows, list(rows[0]))


if __name__ == "__main__":
    main()
