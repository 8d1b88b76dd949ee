"""What fifty objects cost a large photo: masks, cut edges and solve against the plain solve."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

import numpy as np

import varcolor as vc
from benchmarks.harness import clocked
from benchmarks.neural.overhead import _photo
from varcolor.objects.instance import Instance


def measure(megapixels: float, objects: int, repeats: int, seed: int = 0) -> dict[str, Any]:
    """Return seconds and CPU seconds with and without objects, the best of runs in turns.

    With objects: ellipses at random places, many of which overlap; their masks are made anew each
    time, then all is as in `varcolor.colorize`.
    """
    rng = np.random.default_rng(seed)
    height = round((megapixels * 1e6 * 3 / 4) ** 0.5)
    gray, cues = _photo(rng, (height, height * 4 // 3))
    masks = [_ellipse(rng, gray.shape) for _ in range(objects)]
    found: dict[str, list[tuple[float, float]]] = {"plain": [], "objects": []}
    for turn in range(repeats + 1):
        for name, times in found.items():
            own = masks if name == "objects" else None
            run = partial(_run, gray, cues, own)
            wall, (cpu, result) = clocked(partial(clocked, run, time.process_time))
            assert result.status is vc.Status.CONVERGED
            if turn:
                times.append((wall, cpu))
    plain, cut = (np.min(found[name], axis=0) for name in ("plain", "objects"))
    area = sum(one.area for one in masks) / gray.size
    return {"megapixels": megapixels, "objects": objects, "area of the photo": round(area, 2),
            "plain (s)": round(plain[0], 2), "objects (s)": round(cut[0], 2),
            "ratio": round(cut[0] / plain[0], 2),
            "CPU ratio": round(cut[1] / plain[1], 2)}  # fmt: skip


def _run(gray: Any, cues: vc.Cues, masks: list[Instance] | None) -> vc.Result:
    own = masks and [Instance(m.mask.copy(), m.box, m.shape) for m in masks]
    return vc.colorize(gray, cues, method="harmonic", objects=own, cut=1.0)


def _ellipse(rng: np.random.Generator, shape: tuple[int, ...]) -> Instance:
    height, width = (int(rng.uniform(0.08, 0.3) * side) for side in shape[:2])
    top, left = (int(rng.integers(0, side - own)) for side, own in zip(
        shape[:2], (height, width), strict=True))  # fmt: skip
    y, x = np.indices((height, width))
    mask = ((2 * y / height - 1) ** 2 + (2 * x / width - 1) ** 2) < 1
    box = (left, top, left + width, top + height)
    return Instance(mask, box, (shape[0], shape[1]))
