"""Seconds of processor time and of the clock for a picture of 12 megapixels."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np

import varcolor as vc
from varcolor.palette.extract import main_colors

COLUMNS = ["what", "megapixels", "solver", "seconds", "CPU s", "of the plain solve (CPU)"]
_SHAPE = (2828, 4243)


def rows(path: Path) -> list[dict[str, Any]]:
    """Return one row a kind of work; a plain solve with 100 cues is the measure."""
    photo = np.ascontiguousarray(vc.read(path).pixels[: _SHAPE[0], : _SHAPE[1]])
    rng = np.random.default_rng(0)
    points = np.column_stack(
        [rng.integers(0, photo.shape[1], 100), rng.integers(0, photo.shape[0], 100)]
    )
    cues = vc.Cues.from_points(photo, points, photo[points[:, 1], points[:, 0]])
    works = {
        "colorize, harmonic, 100 cues": lambda: vc.colorize(photo, cues, method="harmonic"),
        "main colours": lambda: main_colors(photo),
        "scheme": lambda: vc.recolor(photo, None, scheme="1920s"),
        "transfer": lambda: vc.recolor(photo, None, transfer=photo[::4, ::4, ::-1]),
    }
    vc.recolor(photo[:600, :600], None, scheme="1920s")  # compiled kernels are loaded
    found: list[dict[str, Any]] = []
    for name, work in works.items():
        begin, cpu = time.perf_counter(), time.process_time()
        result = work()
        seconds, cpu = time.perf_counter() - begin, time.process_time() - cpu
        row = {"what": name, "megapixels": photo.shape[0] * photo.shape[1] / 1e6}
        row |= {"solver": getattr(result, "solver", ""), "seconds": seconds, "CPU s": cpu}
        first = found[0]["CPU s"] if found else cpu
        found.append(row | {"of the plain solve (CPU)": cpu / first})
        print(found[-1], flush=True)
    return found
