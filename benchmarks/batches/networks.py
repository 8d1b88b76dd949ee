"""Networks on one photo or several at once: ``python -m benchmarks.batches.networks``.

A worker of a cluster runs its network once a photo. Would batches be faster? Processor seconds a
photo of the networks at 256 x 256 on one thread, for batches of several sizes, in turns; weights
are random, which the time does not depend on. Writes
``benchmarks/results/batch-networks.{json,md}``.
"""

from __future__ import annotations

import argparse
import importlib
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.report import write_result

RESULTS = Path(__file__).parents[1] / "results"
#: Channels of what each network is given.
NETWORKS = {"eccv16": 1, "siggraph17": 4}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--side", type=int, default=256)
    arguments = parser.parse_args()
    rows = [measured(name, arguments.sizes, arguments.turns, arguments.side) for name in NETWORKS]
    write_result(RESULTS, "batch-networks", rows, list(rows[0]))


def measured(name: str, sizes: list[int], turns: int, side: int) -> dict[str, Any]:
    """Return the processor seconds a photo by the size of the batch, and the best gain."""
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(0)
    form = importlib.import_module(f"varcolor.neural.networks.{name}").FORM
    net = form.build().eval()
    times: dict[int, list[float]] = {size: [] for size in sizes}
    with torch.inference_mode():
        for turn in range(turns + 1):
            for size in sizes:
                x = torch.rand(size, NETWORKS[name], side, side)
                began = time.process_time()
                form.chroma(net, x, form.conventions, None)
                if turn:  # the first makes plans
                    times[size].append((time.process_time() - began) / size)
    row: dict[str, Any] = {"network": name, "side": side, "turns": turns}
    for size, own in times.items():
        row[f"CPU s a photo, batch {size}"] = round(float(np.median(own)), 3)
    alone, best = np.array(times[sizes[0]]), np.array(times[sizes[-1]])
    gains = alone / best
    row[f"gain of {sizes[-1]}"] = round(float(gains.mean()), 2)
    row["standard error"] = round(float(gains.std(ddof=1) / np.sqrt(turns)), 2)
    return row


if __name__ == "__main__":
    main()
