"""Run ``python -m benchmarks.default_cost``: what the default method costs beside `harmonic`.

A grey 8-bit photo is coloured from points, by the multigrid solver, with both methods in turns in
one process; of every method the fastest run counts. "of which prior" is the time that the default
takes to guess colours from the cues, before anything is solved.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.report import write_result

SIZES, CUES = (1.0, 4.0, 12.0), (20, 200, 2000)
COLUMNS = [
    "megapixels",
    "cues",
    "harmonic s",
    "default s",
    "default / harmonic",
    "of which prior",
    "steps harmonic",
    "steps default",
]


def photo(megapixels: float) -> Any:
    """Return a grey photo, uint8: regions of many sizes with borders, shading and grain."""
    from scipy.ndimage import gaussian_filter

    height = round((megapixels * 1e6 / 1.5) ** 0.5)
    width, rng = round(1.5 * height), np.random.default_rng(3)
    luma = np.zeros((height, width))
    for cells, share in ((6, 0.5), (24, 0.3), (96, 0.2)):
        level = rng.uniform(size=(cells, cells * 3 // 2))
        rows = np.arange(height) * cells // height
        columns = np.arange(width) * (cells * 3 // 2) // width
        luma += share * level[np.ix_(rows, columns)]
    luma = gaussian_filter(luma, 1.0) + rng.normal(0, 0.01, luma.shape)
    return (20 + 215 * luma.clip(0, 1)).astype(np.uint8)


def run(megapixels: float, count: int, repeats: int) -> dict[str, Any]:
    """Measure one size and number of cues."""
    import varcolor as vc

    pixels, rng = photo(megapixels), np.random.default_rng(count)
    height, width = pixels.shape
    points = np.column_stack([rng.integers(0, width, count), rng.integers(0, height, count)])
    palette = rng.uniform(0.2, 0.8, (12, 3))
    # Colours follow the grey, as in a photo.
    colors = palette[pixels[points[:, 1], points[:, 0]].astype(int) * len(palette) // 256]
    cues = vc.Cues.from_points(pixels, points, colors)
    best: dict[str, Any] = {}
    for _ in range(repeats):
        for method in ("harmonic", "auto"):
            found = vc.colorize(pixels, cues, method=method, solver="multigrid")
            if (
                found.seconds["total"]
                < getattr(best.get(method), "seconds", {"total": 1e9})["total"]
            ):
                best[method] = found
    plain, default = best["harmonic"], best["auto"]
    return {
        "megapixels": megapixels,
        "cues": count,
        "harmonic s": plain.seconds["total"],
        "default s": default.seconds["total"],
        "default / harmonic": default.seconds["total"] / plain.seconds["total"],
        "of which prior": default.seconds["prior"] / plain.seconds["total"],
        "steps harmonic": plain.steps,
        "steps default": default.steps,
    }


def main() -> None:
    """Run all sizes and numbers of cues."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results")
    parser.add_argument("--sizes", type=float, nargs="+", default=SIZES, help="megapixels")
    parser.add_argument("--cues", type=int, nargs="+", default=CUES)
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    run(0.05, 20, 1)  # compiles and loads
    rows = []
    for size in arguments.sizes:
        for count in arguments.cues:
            rows.append(run(size, count, arguments.repeats))
            print({k: round(v, 3) for k, v in rows[-1].items()}, flush=True)
    write_result(arguments.out, "default-cost", rows, COLUMNS)


if __name__ == "__main__":
    main()
