"""What the prior costs: the network once a photo, the regression a stroke, and memory."""

from __future__ import annotations

import resource
import time
from pathlib import Path

import numpy as np

from benchmarks.harness import clocked
from benchmarks.report import write_result
from varcolor.energy.prior import Data
from varcolor.image.color import SPACES
from varcolor.prior.base import Scene
from varcolor.prior.learned.prior import Learned

CASES = ((256, 100), (1000, 100), (1000, 5000), (3464, 100))
_REPEATS = 5


def speed(out: Path) -> None:
    """Time it: the best of five, the process's CPU seconds and those on the clock."""
    from skimage import data as pictures

    source, rows = Learned(), []
    for side, count in CASES:
        tiles = -(-side // 512)
        photo = np.tile(pictures.astronaut(), (tiles, tiles, 1))[:side, :side]
        luma, chroma = SPACES["yuv"].split(photo / 255.0)
        scene, rng = Scene(luma, None, SPACES["yuv"]), np.random.default_rng(0)
        at = np.sort(rng.choice(luma.size, count, replace=False))
        data = Data(at, np.full(count, np.inf), chroma.reshape(-1, 2)[at])
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        prepared = source.prepare(scene)
        source.run(prepared, data)
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        row: dict[str, float] = {"megapixels": side * side / 1e6, "cues": count}
        works = {
            "network": lambda scene=scene: source.prepare(scene),
            "stroke": lambda prepared=prepared, data=data: source.run(prepared, data),
        }
        for name, work in works.items():
            for unit, clock in (("CPU", time.process_time), ("wall", time.perf_counter)):
                times = [clocked(work, clock)[0] for _ in range(_REPEATS)]
                row[f"{name}, {unit} s"] = min(times)
        row["more memory, MB"] = (after - before) / 1024
        rows.append(row)
    write_result(out, "learned-speed", rows, list(rows[0]))
