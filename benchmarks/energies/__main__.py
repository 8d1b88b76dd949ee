"""``python -m benchmarks.energies --data DIR``: all energies on the hints protocol at half size.

Weights of sums and options are tuned on training pictures, results are of validation pictures:
PSNR over RGB of `harmonic`, and the paired gain of every other energy. 128 x 128 pixels with hints
of 3 x 3 (the protocol halved), so that the energies with norms can be run often.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

import varcolor as vc
from benchmarks.quality.protocols import Case, picture_files, squashed
from benchmarks.quality.summary import as_levels, mean_and_error, psnr
from benchmarks.report import data_argument, data_folder, write_result
from varcolor.image.color import lab
from varcolor.methods import make_method

SIZE, SIDE, COUNTS = 128, 3, (5, 20, 100, 501)
#: Energy -> what is tried on training pictures.
CANDIDATES: dict[str, tuple[str, ...]] = {
    "levin": ("levin",),
    "levin-ls": ("levin-ls",),
    "bilaplacian, isotropic": ("bilaplacian|affinity=isotropic",),
    "bilaplacian": ("bilaplacian",),
    "harmonic + bilaplacian": tuple(f"harmonic:1+bilaplacian:{w}" for w in (0.03, 0.3, 3)),
    "tv": ("tv",),
    "gtv": ("gtv", "gtv|affinity=levin-sym"),
    "harmonic + gtv": tuple(f"harmonic:1+gtv:{w}" for w in (0.1, 1, 10)),
    "bilaplacian + gtv": tuple(f"bilaplacian:{w}+gtv:1" for w in (0.003, 0.03, 0.3)),
    "tgv": ("tgv",),
}


def cases(folder: Path, pictures: int, seed: int) -> Iterator[Case]:
    """Yield the cases of the halved protocol."""
    for file in picture_files(folder, pictures, seed):
        truth = squashed(file, SIZE)
        luma, chroma = lab.split(truth / 255.0)
        for count in COUNTS:
            rng = np.random.default_rng([seed, count, *file.name.encode()])
            places = np.clip(rng.normal(SIZE / 2, SIZE / 4, (count, 2)), 0, SIZE - SIDE).astype(int)
            mask, known = np.zeros(luma.shape, bool), np.zeros_like(chroma)
            for row, column in places:
                patch = (slice(row, row + SIDE), slice(column, column + SIDE))
                known[patch] = chroma[patch].mean(axis=(0, 1))
                mask[patch] = True
            cues = vc.Cues.from_mask(mask, lab.merge(luma, known))
            yield Case(file.name, count, truth, lab.gray_of_luma(luma), cues)


def measure(task: tuple[str, Case]) -> tuple[float, float]:
    """Return PSNR and seconds of one case."""
    name, case = task
    kind, _, option = name.partition("|")
    method = make_method(kind, dict([option.split("=")]) if option else {})
    begin = time.perf_counter()
    result = vc.colorize(case.gray, case.cues, method=method, space="lab", max_steps=2000)
    seconds = time.perf_counter() - begin
    return psnr(as_levels(result.rgb.astype(np.float64)), case.truth), seconds


def main() -> None:
    """Tune, then report."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.energies", description=__doc__)
    data_argument(parser)
    parser.add_argument("--train", type=int, default=8, help="training pictures [8]")
    parser.add_argument("--pictures", type=int, default=16, help="validation pictures [16]")
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    arguments = parser.parse_args()
    data = data_folder(arguments) / "imagenet-sample"
    train = list(cases(data / "train", arguments.train, arguments.seed))
    val = list(cases(data / "val", arguments.pictures, arguments.seed))
    rows = []
    with ProcessPoolExecutor(arguments.jobs) as pool:

        def run(name: str, on: list[Case]) -> np.ndarray:
            return np.array(list(pool.map(measure, [(name, case) for case in on])))

        base = run("harmonic", val)
        for energy, tried in {"harmonic": ("harmonic",), **CANDIDATES}.items():
            scores = {name: run(name, train)[:, 0].mean() for name in tried if len(tried) > 1}
            best = max(scores, key=lambda name: scores[name]) if scores else tried[0]
            found = run(best, val)
            row: dict[str, object] = {"energy": energy, "setting": best.replace("|", ", ")}
            for count in COUNTS:
                here = [case.hints == count for case in val]
                if energy == "harmonic":
                    row[f"{count} hints"] = f"{found[here, 0].mean():.2f} dB"
                else:
                    mean, error = mean_and_error((found - base)[here, 0])
                    row[f"{count} hints"] = f"{mean:+.2f} ± {error:.2f}"
            row["mean gain, dB"] = f"{(found - base)[:, 0].mean():+.3f}"
            row["seconds, mean"] = round(float(found[:, 1].mean()), 2)
            rows.append(row)
            print(row, scores, flush=True)
            write_result(arguments.out, "energies", rows, list(rows[0]))


if __name__ == "__main__":
    main()
