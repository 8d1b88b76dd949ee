"""Run ``python -m benchmarks.estimator --data DIR``.

Every case (system, picture, kind of cues; ``prior``: 20 pixels and a guess everywhere) is solved
directly, and by the multigrid solver step by step. For the tolerances 2, 0.5 and 0.05 the tables
show the true error where the solver stops, and its time against that of an oracle that stops at the
first iterate within the tolerance. "Given up" are cases that the multigrid stagnates in: a direct
solver then takes over.
"""

from __future__ import annotations

import argparse
import itertools
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

import varcolor as vc
from benchmarks.report import data_argument, data_folder, rows_file, write_result
from benchmarks.speed.strokes import random_strokes
from varcolor.cues.strokes import covered
from varcolor.energy.prior import Data, Prior
from varcolor.energy.problem import Problem
from varcolor.image.color import SPACES
from varcolor.methods import Method
from varcolor.solve.multigrid.error_estimate import estimated_error
from varcolor.solve.multigrid.solver import Multigrid
from varcolor.solve.multigrid.stopping import begin
from varcolor.solve.rgb_error import RgbLevels
from varcolor.solve.solver import Goal
from varcolor.solve.sparse.lu import Direct
from varcolor.typing import Array, FloatArray

SYSTEMS: dict[str, Method] = {
    "S8": vc.Harmonic(affinity="levin-sym"),
    "default": vc.Harmonic(),
    "LEV": vc.Levin(),
    "G4": vc.Harmonic(affinity="gauss4", sigma=0.03, floor=1e-6),
}
KINDS = ("strokes", "grid", "pixels", "soft", "prior")
TOLERANCES = (2.0, 0.5, 0.05)
_MOST_STEPS = 500


@dataclass(frozen=True, slots=True)
class Stop:
    """Where the solver and the oracle stop."""

    system: str
    picture: str
    cues: str
    tolerance: float
    pixels: int
    steps: int
    error: float
    """True error, in 1/255."""
    estimate: float
    seconds: float
    oracle_steps: int
    oracle_seconds: float


def pictures(data: Path, count: int, megapixels: float) -> Iterator[tuple[str, Array]]:
    """Yield names and pictures (H, W, 3), 0..1, of many kinds and sizes."""
    folders = (
        "kodak",
        "oldphotos",
        "posters",
        "levin/original_2004",
        "bsds500/train",
        "imagenet-sample/train",
    )
    for folder in folders:
        found = sorted(
            p for p in (data / folder).rglob("*") if p.suffix in (".png", ".jpg", ".bmp", ".JPEG")
        )
        found = [p for p in found if not any(m in p.stem for m in ("_m", "_res", "marked"))]
        for path in found[:: max(1, len(found) // count)][:count]:
            yield path.name, _load(path, megapixels)
    for path in sorted((data / "large").glob("*.jpg")):
        yield path.name, _load(path, 1.0)


def _load(path: Path, megapixels: float) -> Array:
    with Image.open(path) as file:
        image = file.convert("RGB")
        shrink = min(1.0, (megapixels * 1e6 / (image.width * image.height)) ** 0.5)
        size = max(2, round(image.width * shrink)), max(2, round(image.height * shrink))
        return np.asarray(image.resize(size, Image.Resampling.LANCZOS)) / 255.0


def problem_of(rgb: Array, method: Method, kind: str) -> tuple[Problem, FloatArray, FloatArray]:
    """Return the problem, the chroma of its cues and the luma."""
    luma, chroma = SPACES["yuv"].split(rgb)
    luma, rng = np.ascontiguousarray(luma), np.random.default_rng(7)
    if kind == "strokes":
        mask = np.zeros(luma.shape, bool)
        for stroke in random_strokes(np.rint(rgb * 255).astype(np.uint8)):
            rows, columns, inside = covered(stroke, luma.shape)
            mask[rows, columns] |= inside
        at = np.flatnonzero(mask)
    elif kind == "grid":
        mask = np.zeros(luma.shape, bool)
        mask[8::16, 8::16] = mask[0, 0] = True
        at = np.flatnonzero(mask)
    else:
        few = kind in ("pixels", "prior")
        at = np.sort(rng.choice(luma.size, min(luma.size, 20 if few else 200), False))
    weight = np.full(len(at), np.inf)
    if kind == "soft":
        weight = 10 ** rng.uniform(-2, 2, len(at))
        weight[::4] = np.inf
    data = Data(at, weight, chroma.reshape(-1, 2)[at])
    if kind == "prior":
        # A guess that is right on the whole, and trusted between a hundredth and a hundred times
        # as far as the default method does.
        level = np.full(luma.shape, 4e-5 * 10 ** rng.uniform(-2, 2))
        noise = gaussian_filter(rng.normal(0, 1, chroma.shape), (9, 9, 0))
        data = data.with_prior(Prior(chroma + 0.1 * noise / noise.std(), level), None)
    problem = Problem(luma.shape, None, method.terms(luma, None), data.at, data.weight)
    return problem, data.values, luma


def trace(problem: Problem, values: FloatArray, luma: FloatArray) -> list[tuple[float, ...]]:
    """Return seconds since the start, true error and estimate of every iterate."""
    wanted = Direct().run(Direct().prepare(problem), values, None, Goal(1e-6)).u
    slope = RgbLevels(SPACES["yuv"], luma, 1.0).slope(values)
    jacobian = SPACES["yuv"].jacobian(luma[:1, :1], wanted[:1, :1]).reshape(-1, 3, 2)[0] * 255
    solver = Multigrid()
    begun = time.perf_counter()
    state = solver.prepare(problem)
    if state.matrix is None:
        return []
    safety_factor = state.matrix.safety_factor
    seconds, steps, rows = 0.0, 0, []
    guess = partial(state.first_guess, values, None)
    while True:
        search = begin(state, guess, slope.astype(np.float32))
        seconds += time.perf_counter() - begun
        while steps + search.steps < _MOST_STEPS:
            found = np.moveaxis(search.answer()[:, 1:-1, 1:-1], 0, -1)
            error = float(np.abs((found - wanted) @ jacobian.T).max())
            rows.append((seconds, error, safety_factor * estimated_error(search)))
            if rows[-1][2] <= min(TOLERANCES) or search.stuck:
                break
            begun = time.perf_counter()
            search.step()
            seconds += time.perf_counter() - begun
        if rows[-1][2] <= min(TOLERANCES) or not search.stuck or state.improved:
            return rows
        steps, begun = steps + search.steps, time.perf_counter()
        state.improve()


def stops(case: tuple[str, str, str], pixels: int, rows: list[tuple[float, ...]]) -> list[Stop]:
    """Return where the solver stops at every tolerance that it reaches."""
    result = []
    for tolerance in TOLERANCES:
        ours = next((k for k, row in enumerate(rows) if row[2] <= tolerance), None)
        oracle = next((k for k, row in enumerate(rows) if row[1] <= tolerance), None)
        if ours is None or oracle is None:
            continue
        seconds, error, estimate = rows[ours]
        place = (oracle, rows[oracle][0])
        result.append(Stop(*case, tolerance, pixels, ours, error, estimate, seconds, *place))
    return result


def summary(found: list[Stop]) -> list[dict[str, Any]]:
    """Return one row per system and tolerance, and one of all tolerances."""
    rows, cases = [], len({(s.picture, s.cues) for s in found})
    for system in SYSTEMS:
        for chosen in (*((t,) for t in TOLERANCES), TOLERANCES):
            group = [s for s in found if s.system == system and s.tolerance in chosen]
            if not group:
                continue
            share = np.array([s.error / s.tolerance for s in group])
            rows.append(
                {
                    "system": system,
                    "tolerance": chosen[0] if len(chosen) == 1 else "all",
                    "solves": len(group),
                    "given up": cases * len(chosen) - len(group),
                    "accepted above it": int((share > 1).sum()),
                    "largest error / tolerance": float(share.max()),
                    "median error / tolerance": float(np.median(share)),
                    "median time / oracle": float(
                        np.median([s.seconds / s.oracle_seconds for s in group])
                    ),
                    "median steps": float(np.median([s.steps for s in group])),
                    "most steps": max(s.steps for s in group),
                }
            )
    return rows


def errors(found: list[Stop]) -> list[dict[str, Any]]:
    """Return the largest true error by picture and system at a tolerance of 0.5."""
    rows: dict[str, dict[str, Any]] = {}
    for stop in found:
        row = rows.setdefault(stop.picture, {"picture": stop.picture, "pixels": stop.pixels})
        if stop.tolerance == 0.5:
            row[stop.system] = max(row.get(stop.system, 0.0), stop.error)
    return list(rows.values())


def main() -> None:
    """Run all cases, or only write the tables from the log."""
    parser = argparse.ArgumentParser(description=__doc__)
    data_argument(parser)
    parser.add_argument("--pictures", type=int, default=4, help="pictures per folder [4]")
    parser.add_argument(
        "--megapixels", type=float, default=0.15, help="size of all but the large ones [0.15]"
    )
    parser.add_argument(
        "--systems", nargs="+", choices=SYSTEMS, default=tuple(SYSTEMS), help="the others: kept"
    )
    parser.add_argument("--redraw", action="store_true", help="only the tables, from the log")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    log = rows_file(arguments, "estimator")
    if not arguments.redraw:
        chosen = pictures(data_folder(arguments), arguments.pictures, arguments.megapixels)
        kept = log.read_text().splitlines(True) if log.exists() else []
        with log.open("w") as lines:
            lines.writelines(k for k in kept if json.loads(k)["system"] not in arguments.systems)
            for name, rgb in chosen:
                if (rgb.max(axis=2) == rgb.min(axis=2)).all():
                    continue  # a grey one says nothing
                for case in itertools.product(arguments.systems, KINDS):
                    problem, values, luma = problem_of(rgb, SYSTEMS[case[0]], case[1])
                    rows = trace(problem, values, luma)
                    for stop in stops((case[0], name, case[1]), luma.size, rows):
                        fields = {k: getattr(stop, k) for k in Stop.__slots__}
                        lines.write(json.dumps(fields) + "\n")
                lines.flush()
                print(name, flush=True)
    found = [Stop(**json.loads(line)) for line in log.read_text().splitlines()]
    write_result(arguments.out, "errors", errors(found), ["picture", "pixels", *SYSTEMS])
    table = summary(found)
    write_result(arguments.out, "estimator", table, list(table[0]))


if __name__ == "__main__":
    main()
