"""``python -m benchmarks.energies.convergence``: steps of every energy against the size.

One photo (astronaut, of scikit-image) at several sizes, forty single pixels as cues, gap 1e-3;
seconds are those of a whole run, and as a multiple of `harmonic` by the solver direct beside it.
Up to 12 megapixels, see `benchmarks.energies.fourth` and `benchmarks.energies.speed`.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
from PIL import Image

import varcolor as vc
from benchmarks.report import write_result
from varcolor.methods import make_method

METHODS = ("bilaplacian", "levin-ls", "tv", "gtv", "bilaplacian:0.03+gtv:1", "tgv")


def seconds_of(photo: np.ndarray, cues: vc.Cues, method: str) -> tuple[vc.Result, float]:
    """Return the result and the wall time."""
    begin = time.perf_counter()
    solver = "direct" if method == "harmonic" else "auto"
    result = vc.colorize(photo, cues, method=make_method(method, {}), solver=solver)
    return result, time.perf_counter() - begin


def main() -> None:
    """Run all methods at all sizes."""
    from skimage import data

    parser = argparse.ArgumentParser(prog="python -m benchmarks.energies.convergence")
    parser.add_argument("--sides", type=int, nargs="+", default=[64, 128, 256, 512])
    parser.add_argument("--methods", nargs="+", default=METHODS)
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "results")
    arguments = parser.parse_args()
    rows: list[dict[str, object]] = []
    found: dict[tuple[str, int], tuple[vc.Result, float]] = {}
    for side in arguments.sides:
        photo = np.asarray(Image.fromarray(data.astronaut()).resize((side, side)))
        at = np.random.default_rng(0).choice(side * side, 40, replace=False)
        points = np.column_stack([at % side, at // side])
        cues = vc.Cues.from_points(photo, points, photo.reshape(-1, 3)[at])
        for method in ("harmonic", *arguments.methods):
            found[method, side] = seconds_of(vc.to_gray(photo), cues, method)
            print(method, side, found[method, side][0].steps, found[method, side][1], flush=True)
    for method in arguments.methods:
        row: dict[str, object] = {"method": method}
        for side in arguments.sides:
            result, seconds = found[method, side]
            row[f"steps, {side} x {side}"] = result.steps
            row[f"gap, {side}"] = result.gap
            row[f"times harmonic, {side}"] = round(seconds / found["harmonic", side][1], 1)
        rows.append(row)
    write_result(arguments.out, "energies-convergence", rows, list(rows[0]))


if __name__ == "__main__":
    main()
