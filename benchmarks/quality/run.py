"""Run methods over the cases of a protocol; every finished case is kept in a file."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

import varcolor as vc
from benchmarks.affinity.variants import Custom, study
from benchmarks.energies.settings import summary_of
from benchmarks.harness import clocked
from benchmarks.quality.memory import peak_of
from benchmarks.quality.protocols import FOLDERS, PROTOCOLS, Case
from benchmarks.quality.summary import as_levels, psnr
from benchmarks.rivals import RIVALS, Adapter
from benchmarks.rivals.networks import NAMES as NETWORKS
from benchmarks.rivals.networks import arguments_of
from varcolor.methods import Method, make_method
from varcolor.typing import FloatArray

#: Names for methods with options that the comparisons use.
ALIASES = {
    # Zhang et al.'s baseline: four neighbours, weights exp(-800 dL^2), L in 0..1.
    "plain": "harmonic:affinity=gauss4,sigma=0.025,floor=1e-6",
    # The same with the sigma that is best on training pictures (benchmarks.affinity).
    "plain-tuned": "harmonic:affinity=gauss4,sigma=0.0177,floor=1e-6",
}
#: Arguments of `varcolor.colorize`: as it comes, and a recipe that stays what it is.
RECIPES: dict[str, dict[str, Any]] = {
    "default": {},
    "gp": {"method": "harmonic", "prior": "gp"},
    "learned": {"method": "harmonic", "prior": "learned"},
}
#: A colorizer in a file: ``onnx:FILE`` (`benchmarks.rivals.onnx`).
ONNX = "onnx:"
#: Eight neighbours with weights (1 + 3200 dL^2)^-2 + 1e-4, without a blurred guide.
CUSTOM: dict[str, Method] = {"cauchy8": Custom(study)}


@dataclass(frozen=True, slots=True)
class Suite:
    """What is to be run."""

    protocol: str
    data: Path
    methods: tuple[str, ...]
    pictures: int
    seed: int

    def cases(self) -> Iterator[Case]:
        """Yield the cases."""
        folder = self.data / FOLDERS[self.protocol]
        return PROTOCOLS[self.protocol].cases(folder, self.pictures, self.seed)


def adapter(name: str) -> Adapter:
    """Return a rival, a recipe, or a method of varcolor, ``name:option=value,option=value``."""
    if name in RIVALS:
        return RIVALS[name]
    if name.startswith(ONNX):
        from benchmarks.rivals.onnx import colorizer

        return colorizer(name)
    if name in NETWORKS:
        arguments = arguments_of(name)
    elif name in RECIPES:
        arguments = RECIPES[name]
    else:
        if name in CUSTOM:
            method = CUSTOM[name]
        else:
            kind, _, options = ALIASES.get(name, name).partition(":")
            settings = dict(part.split("=", 1) for part in options.split(",") if part)
            method = make_method(kind, settings)
        arguments = {
            "method": method,
            "solver": "direct" if summary_of(method).second_order else "auto",
        }

    def run(gray: FloatArray, cues: vc.Cues) -> FloatArray:
        result = vc.colorize(gray, cues, space="lab", **arguments)
        if result.status is not vc.Status.CONVERGED:
            raise RuntimeError(f"{name}: {result.status}")
        return result.rgb.astype(np.float64)

    return run


def measure(case: Case, name: str, least_mse: float, strokes: bool) -> dict[str, Any]:
    """Run one method on one case and measure the result as 8-bit RGB."""
    colour = adapter(name)
    (seconds, rgb), megabytes = peak_of(lambda: clocked(lambda: colour(case.gray, case.cues)))
    result = as_levels(rgb)
    row = {
        "picture": case.picture,
        "hints": case.hints,
        "method": name,
        "psnr": psnr(result, case.truth, least_mse),
        "seconds": round(seconds, 3),
        "megabytes": None if megabytes is None else round(megabytes, 1),
    }
    if strokes:
        scores = vc.compare(case.truth, result, metrics=("ciede2000", "bleeding"))
        row |= {name: float(value) for name, value in scores.items()}
    return row


def _measure_picture(task: tuple[list[Case], Sequence[str], float, bool]) -> list[dict[str, Any]]:
    """Measure all cases of a picture, in a process of its own."""
    cases, methods, least_mse, strokes = task
    return [measure(case, name, least_mse, strokes) for case in cases for name in methods]


def run(suite: Suite, log: Path, jobs: int) -> list[dict[str, Any]]:
    """Run what is not in the log yet, and return all rows of the suite.

    The log has one line of JSON a case and method, and a first line that names seed and protocol:
    an interrupted run goes on where it stopped.
    """
    header = {"protocol": suite.protocol, "seed": suite.seed}
    rows: list[dict[str, Any]] = []
    if log.exists():
        first, *rest = log.read_text().splitlines()
        if json.loads(first) != header:
            sys.exit(f"{log}: is of another run ({first}); use another --out")
        rows = [json.loads(line) for line in rest]
    else:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(json.dumps(header) + "\n")
    done = {(row["picture"], row["hints"], row["method"]) for row in rows}
    protocol = PROTOCOLS[suite.protocol]
    strokes = suite.protocol == "scribbles"

    def tasks() -> Iterator[tuple[list[Case], Sequence[str], float, bool]]:
        for _, group in groupby(suite.cases(), key=lambda case: case.picture):
            cases = list(group)
            for name in suite.methods:
                left = [c for c in cases if (c.picture, c.hints, name) not in done]
                if left:
                    yield left, (name,), protocol.least_mse, strokes

    pending = list(tasks())
    begin = time.monotonic()
    with ProcessPoolExecutor(jobs) as pool, log.open("a") as file:
        for number, found in enumerate(pool.map(_measure_picture, pending), 1):
            rows += found
            file.writelines(json.dumps(row) + "\n" for row in found)
            file.flush()
            minutes = (time.monotonic() - begin) / 60
            print(
                f"\r{number}/{len(pending)} {found[0]['method']:<30} {minutes:.1f} min",
                end="",
                file=sys.stderr,
            )
    print(file=sys.stderr)
    return [row for row in rows if row["method"] in suite.methods]
