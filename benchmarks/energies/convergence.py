"""``python -m benchmarks.energies.convergence``: steps of every energy against the size.

One photo (astronaut, of scikit-image) at several sizes, forty single pixels as cues, gap 1e-3;
seconds are those of a whole run, and as a multiple of `harmonic` by the solver direct beside it,
each in a process of its own.
Up to 12 megapixels, see `benchmarks.energies.fourth` and `benchmarks.energies.speed`.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

import varcolor as vc
from benchmarks.energies.whole import whole
from benchmarks.harness import Limits, Row, compared
from benchmarks.report import write_result
from benchmarks.speed.cases import Case

METHODS = ("bilaplacian", "levin-ls", "tv", "gtv", "bilaplacian:0.03+gtv:1", "tgv")


def case_of(astronaut: np.ndarray, side: int) -> Case:
    """Return the photo at a size, with forty single pixels as cues."""
    photo = np.asarray(Image.fromarray(astronaut).resize((side, side)))
    at = np.random.default_rng(0).choice(side * side, 40, replace=False)
    points = np.column_stack([at % side, at // side])
    cues = vc.Cues.from_points(photo, points, photo.reshape(-1, 3)[at])
    return Case(photo, vc.to_gray(photo), cues)


def measured(case: Path, method: str, limits: Limits) -> tuple[Row, float]:
    """Return a run of a method, and how many times as long as `harmonic` it took."""
    threads = os.cpu_count() or 1
    works = {
        "harmonic": whole(case, "harmonic", "direct", threads),
        "own": whole(case, method, "auto", threads),
    }
    found = {name: rows[0] for name, rows in compared(works, 1, limits).items()}
    return found["own"], found["own"]["seconds"] / found["harmonic"]["seconds"]


def main() -> None:
    """Run all methods at all sizes."""
    from skimage import data

    parser = argparse.ArgumentParser(prog="python -m benchmarks.energies.convergence")
    parser.add_argument("--sides", type=int, nargs="+", default=[64, 128, 256, 512])
    parser.add_argument("--methods", nargs="+", default=METHODS)
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "results")
    arguments = parser.parse_args()
    rows: list[dict[str, object]] = []
    limits = Limits(seconds=3600)
    with tempfile.TemporaryDirectory() as scratch:
        for side in arguments.sides:
            case_of(data.astronaut(), side).save(Path(scratch) / f"{side}.npz")
        for method in arguments.methods:
            row: dict[str, object] = {"method": method}
            for side in arguments.sides:
                run, times = measured(Path(scratch) / f"{side}.npz", method, limits)
                print(method, side, run, flush=True)
                row[f"steps, {side} x {side}"] = run["steps"]
                row[f"gap, {side}"] = run["gap"]
                row[f"times harmonic, {side}"] = round(times, 1)
            rows.append(row)
    write_result(arguments.out, "energies-convergence", rows, list(rows[0]))


if __name__ == "__main__":
    main()
