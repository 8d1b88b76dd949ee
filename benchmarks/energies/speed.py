"""``python -m benchmarks.energies.speed --data DIR``: total variation against `harmonic`, by size.

A photo with 40 strokes; wall seconds of `varcolor.colorize`, kernels compiled before, and
those of its preparing and solving alone. Both are medians, of runs that took turns with
`harmonic` (multigrid, tolerance 0.5; two runs each time) in one process: the speed of a machine can
change within minutes. Rows of other sizes and gaps that the result file has are kept.
"""

from __future__ import annotations

import argparse
import statistics
import time

import varcolor as vc
from benchmarks.report import data_argument, data_folder, kept_rows, write_result
from benchmarks.speed.cases import Case, make_case
from varcolor.solve.admm.solver import ADMM
from varcolor.solve.multigrid.solver import Multigrid
from varcolor.solve.solver import Solver

NAME = "energies-speed"


def solver_of(gap: float, threads: int) -> Solver:
    """Return the solver that takes large pictures."""
    return ADMM(gap=gap, threads=threads)


def timed(case: Case, method: str, solver: Solver) -> tuple[vc.Result, float]:
    """Colour the photo, and return the wall seconds that it took."""
    begin = time.perf_counter()
    result = vc.colorize(case.gray, case.cues, method=method, solver=solver, tolerance=0.5)
    return result, time.perf_counter() - begin


def solving(result: vc.Result) -> float:
    """Return the seconds of preparing and solving."""
    return result.seconds["prepare"] + result.seconds["solve"]


def main() -> None:
    """Measure, and add to the results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.energies.speed")
    data_argument(parser)
    parser.add_argument("--photo", default="large/path_2560x1600.jpg", help="in the data folder")
    parser.add_argument("--megapixels", type=float, nargs="+", default=[0.06, 0.25, 1.0, 4.0])
    parser.add_argument("--gaps", type=float, nargs="+", default=[1e-3])
    parser.add_argument("--methods", nargs="+", default=["gtv", "bilaplacian:3+gtv:1"])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeat", type=int, default=3)
    arguments = parser.parse_args()
    photo = data_folder(arguments) / arguments.photo
    rows = kept_rows(arguments.out, NAME, ("method", "megapixels", "gap asked"))
    small = make_case(photo, 0.01, "a")  # loads the kernels
    timed(small, "harmonic", Multigrid(threads=arguments.threads))
    for method in arguments.methods:
        timed(small, method, solver_of(0.5, arguments.threads))
    for megapixels in arguments.megapixels:
        case = make_case(photo, megapixels, "a")
        harmonic = Multigrid(threads=arguments.threads)
        timed(case, "harmonic", harmonic)
        for method in arguments.methods:
            for gap in arguments.gaps:
                solver = solver_of(gap, arguments.threads)
                bases, runs = [], []
                for _ in range(arguments.repeat):
                    bases += [timed(case, "harmonic", harmonic) for _ in range(2)]
                    runs.append(timed(case, method, solver))
                found = runs[0][0]
                base, seconds = (statistics.median(t for _, t in some) for some in (bases, runs))
                alone, solved = (
                    statistics.median(solving(result) for result, _ in some)
                    for some in (bases, runs)
                )
                rows[method, megapixels, gap] = {
                    "method": method,
                    "megapixels": megapixels,
                    "gap asked": gap,
                    "gap": found.gap,
                    "status": str(found.status),
                    "steps": found.steps,
                    "seconds": round(seconds, 2),
                    "harmonic, s": round(base, 3),
                    "times harmonic": round(seconds / base, 1),
                    "solving alone, s": round(solved, 2),
                    "harmonic alone, s": round(alone, 3),
                    "times harmonic, alone": round(solved / alone, 1),
                    "threads": arguments.threads,
                }
                print(rows[method, megapixels, gap], flush=True)
    ordered = [rows[key] for key in sorted(rows)]
    write_result(arguments.out, NAME, ordered, list(ordered[0]))


if __name__ == "__main__":
    main()
