"""``python -m benchmarks.energies.speed --data DIR``: total variation against `harmonic`, by size.

A photo with 40 strokes; wall seconds of `varcolor.colorize`, kernels compiled before, and
those of its preparing and solving alone. Both are medians, of runs that took turns with
`harmonic` (multigrid, tolerance 0.5), each in a process of its own: the speed of a machine can
change within minutes. Rows of other sizes and gaps that the result file has are kept.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

from benchmarks.energies.whole import whole
from benchmarks.harness import Limits, Row, compared
from benchmarks.report import data_argument, data_folder, kept_rows, write_result
from benchmarks.speed.cases import make_case

NAME = "energies-speed"


def measured(case: Path, method: str, gap: float, threads: int, repeat: int, limits: Limits) -> Row:
    """Return what a method takes on a case, and `harmonic` in the same minutes."""
    works = {
        "harmonic": whole(case, "harmonic", "multigrid", threads),
        "own": whole(case, method, "large", threads, gap),
    }
    found = compared(works, repeat, limits)
    first = found["own"][0]

    def median(name: str, column: str) -> float:
        return float(statistics.median(row[column] for row in found[name]))

    base, seconds = median("harmonic", "seconds"), median("own", "seconds")
    alone, solved = median("harmonic", "solving"), median("own", "solving")
    return {
        "gap": first["gap"],
        "status": first["status"],
        "steps": first["steps"],
        "seconds": round(seconds, 2),
        "harmonic, s": round(base, 3),
        "times harmonic": round(seconds / base, 1),
        "solving alone, s": round(solved, 2),
        "harmonic alone, s": round(alone, 3),
        "times harmonic, alone": round(solved / alone, 1),
        "threads": threads,
    }


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
    parser.add_argument("--time-limit", type=float, default=3600.0, help="seconds a run [3600]")
    arguments = parser.parse_args()
    photo = data_folder(arguments) / arguments.photo
    rows = kept_rows(arguments.out, NAME, ("method", "megapixels", "gap asked"))
    limits = Limits(seconds=arguments.time_limit)
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "case.npz"
        for megapixels in arguments.megapixels:
            make_case(photo, megapixels, "a").save(file)
            for method in arguments.methods:
                for gap in arguments.gaps:
                    own = method, gap, arguments.threads, arguments.repeat, limits
                    key = {"method": method, "megapixels": megapixels, "gap asked": gap}
                    rows[tuple(key.values())] = row = key | measured(file, *own)
                    print(row, flush=True)
    ordered = [rows[key] for key in sorted(rows)]
    write_result(arguments.out, NAME, ordered, list(ordered[0]))


if __name__ == "__main__":
    main()
