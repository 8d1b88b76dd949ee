"""``python -m benchmarks.affinity --data DIR``: the ablation table of the default affinity.

The hints protocol at 10, 100 and 501 hints on training pictures (imagenet-sample/train and
bsds500/train); paired gains over plain propagation. The last two rows solve the default in other
spaces and keep L* from the photo, as the protocol asks for. The affinity `far` is measured with
``--only far "default: (" --pictures 6`` (slow; committed as affinity-far).
"""

from __future__ import annotations

import argparse
import json
import os
from concurrent.futures import ProcessPoolExecutor

import numpy as np

import varcolor as vc
from benchmarks.affinity.variants import VARIANTS, Custom, Weights
from benchmarks.quality.protocols import TRAINING_COUNTS, Case, training_cases
from benchmarks.quality.summary import as_levels, mean_and_error, psnr
from benchmarks.report import data_argument, data_folder, write_result
from varcolor.energy.weights import two_scales
from varcolor.image.color import lab

SPACES = {"default, solved in yuv": "yuv", "default, solved in oklab": "oklab"}


def quality(case: Case, weights: Weights, space: str, solver: str) -> float:
    """Return the PSNR of one case."""
    result = vc.colorize(case.gray, case.cues, method=Custom(weights), space=space, solver=solver)
    rgb = result.rgb.astype(np.float64)
    if space != "lab":
        rgb = lab.merge(lab.luma_of_gray(case.gray), lab.split(rgb)[1])
    return psnr(as_levels(rgb), case.truth)


def measure(task: tuple[str, Case]) -> float:
    """Measure a variant, by its name."""
    name, case = task
    # Far links fill a direct solver's factor.
    solver = "amg" if name.startswith("far") else "direct"
    return quality(case, VARIANTS.get(name, two_scales), SPACES.get(name, "lab"), solver)


def main() -> None:
    """Run all variants."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.affinity", description=__doc__)
    data_argument(parser)
    parser.add_argument("--pictures", type=int, default=30, help="number of pictures [30]")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--only", nargs="+", help="variants that begin so; others are kept")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    arguments = parser.parse_args()
    all_cases = training_cases(data_folder(arguments), arguments.pictures, arguments.seed)
    known = arguments.out / "affinity.json"
    kept = json.loads(known.read_text())["rows"] if arguments.only and known.exists() else []
    rows = {row["affinity"]: row for row in kept}
    names = [*VARIANTS, *SPACES]
    # Far links fill a direct solver's factor: minutes a picture, so only when asked for.
    only = tuple(arguments.only or ("",))
    wanted = [n for n in names if n.startswith(only) and (arguments.only or n[:3] != "far")]
    base: dict[int, np.ndarray] = {}
    with ProcessPoolExecutor(arguments.jobs) as pool:
        for name in dict.fromkeys((names[0], *wanted)):
            values = np.array(list(pool.map(measure, [(name, case) for case in all_cases])))
            row: dict[str, object] = {"affinity": name}
            gains = []
            for count in TRAINING_COUNTS:
                here = values[[case.hints == count for case in all_cases]]
                gain, error = mean_and_error(here - base.setdefault(count, here))
                row[f"{count} hints, dB"] = f"{gain:+.2f} ± {error:.2f}"
                gains.append(gain)
            row["mean gain, dB"] = f"{np.mean(gains):+.3f}"
            print(row, flush=True)
            rows[name] = row
    ordered = [rows[name] for name in names if name in rows]
    write_result(arguments.out, "affinity", ordered, list(ordered[0]))


if __name__ == "__main__":
    main()
