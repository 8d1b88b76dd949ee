"""``python -m benchmarks.rivals.tune --data DIR``: the rivals' settings, on training pictures.

Every rival gets the setting with the best mean over 10, 100 and 501 hints.
"""

from __future__ import annotations

import argparse
import os
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import product

import numpy as np

from benchmarks.quality.protocols import Case, training_cases
from benchmarks.quality.summary import as_levels, psnr
from benchmarks.report import data_argument, data_folder, write_result
from benchmarks.rivals import Adapter
from benchmarks.rivals.opencv import DT, FGS, domain_transform, fast_global_smoother
from benchmarks.rivals.walker import random_walker


def settings(walker: bool) -> dict[str, Adapter]:
    """Return all settings that are tried."""
    tried: dict[str, Adapter] = {}
    for strength, sigma, iterations in product(
        (10, 30, 100, 300, 900, 8000), (1.5, 2, 3, 5, 8), (3, 5)
    ):
        value = FGS(strength, sigma, iterations)
        tried[f"fgs {strength} {sigma} {iterations}"] = partial(fast_global_smoother, with_=value)
    for space, reach, iterations in product((60, 120, 400, 1500), (8, 15, 30, 60), (3, 5)):
        value2 = DT(space, reach, iterations)
        tried[f"domain-transform {space} {reach} {iterations}"] = partial(
            domain_transform, with_=value2
        )
    if walker:
        for beta in (200.0, 800.0, 3200.0):
            tried[f"random-walker {beta:g}"] = partial(random_walker, beta=beta)
    return tried


def measure(task: tuple[Adapter, Case]) -> float:
    """Return the PSNR of one case."""
    adapter, case = task
    return psnr(as_levels(adapter(case.gray, case.cues)), case.truth)


def main() -> None:
    """Measure all settings."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rivals.tune", description=__doc__)
    data_argument(parser)
    parser.add_argument("--pictures", type=int, default=30, help="number of pictures [30]")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--walker", action="store_true", help="the random walker, too (slow)")
    arguments = parser.parse_args()
    all_cases = training_cases(data_folder(arguments), arguments.pictures, arguments.seed)
    rows = []
    with ProcessPoolExecutor(os.cpu_count() or 1) as pool:
        for name, adapter in settings(arguments.walker).items():
            values = list(pool.map(measure, [(adapter, case) for case in all_cases], chunksize=8))
            rows.append({"rival": name.split()[0], "setting": name, "psnr": float(np.mean(values))})
    best = [
        max((r for r in rows if r["rival"] == rival), key=lambda r: float(r["psnr"]))
        for rival in dict.fromkeys(str(r["rival"]) for r in rows)
    ]
    write_result(arguments.out, "rivals-tuning", best, ["rival", "setting", "psnr"])


if __name__ == "__main__":
    main()
