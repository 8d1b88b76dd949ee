"""``python -m benchmarks.energies.norms --data DIR``: three ways to the least total variation.

`gtv` on a photo with 40 strokes, by

* alternating directions with multigrid inside (the solver `admm`, its own checks included),
* reweighted least squares with multigrid inside: quadratic energies whose weights are those of
  the norm over its value, but at least a bound that falls from step to step,
* the primal-dual hybrid gradient method.

The first goes on until it has proven its gap. Both others begin with the harmonic picture, which
counts, and are stopped as soon as their energy is as near to the least one, known from a run to a
tenth of the gap: they need no proof, and what they have of one is reported; looking costs them
nothing. A method that takes `--patience` times as long as the first is given up. Rows of earlier
runs are kept.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.energies.primal_dual import Gap, edges, primal_dual
from benchmarks.harness import clocked
from benchmarks.report import data_argument, data_folder, kept_rows, write_result
from benchmarks.speed.cases import SPACE, Case, make_case
from varcolor.backend import Backend, CpuBackend
from varcolor.energy.harmonic import Harmonic
from varcolor.energy.problem import Problem, Term
from varcolor.energy.stencil import Stencil, window
from varcolor.methods.nonsmooth import GTV
from varcolor.solve.admm.solver import ADMM
from varcolor.solve.multigrid.solver import Multigrid
from varcolor.solve.rgb_error import RgbLevels
from varcolor.solve.solver import Goal
from varcolor.typing import Array, FloatArray

NAME = "energies-norms"
#: How the bound of the norms falls, and steps of conjugate gradients of a reweighting.
_FALL, _INNER = 0.6, 6
_TOLERANCE = 0.5

Step = tuple[FloatArray, Array]


class Setting:
    """A photo's weights and cues, for all methods."""

    def __init__(self, case: Case, threads: int) -> None:
        self.case, own = case, CpuBackend(threads)
        self.team = own.team
        self.term = GTV().terms(case.luma, None)[0]
        self.planes = self.term.weights.planes(own)
        self.root = np.sqrt(self.planes)
        self.free = np.ones(case.shape, bool)
        self.free.flat[case.cues.flat] = False
        chroma = case.chroma
        self.low, self.high = chroma.min(axis=0), chroma.max(axis=0)
        levels = RgbLevels(SPACE, case.luma, _TOLERANCE)
        self.goal = Goal(_TOLERANCE, levels=levels, slope=levels.slope(chroma))

    def problem(self, term: Term) -> Problem:
        """Return the problem of an energy with the photo's cues."""
        at = self.case.cues.flat
        return Problem(self.case.shape, None, (term,), at, np.full(len(at), np.inf))

    def quadratic(self, weights: Array, start: FloatArray | None, most: int) -> FloatArray:
        """Return the least sum of weighted squares, or what so many steps make of the start."""

        def planes(backend: Backend) -> Array:
            return weights.astype(np.float32)

        stencil = Stencil(
            window(1), lambda: self.term.weights.weights, True, self.case.shape, planes
        )
        solver = Multigrid(threads=self.team.size)
        state = solver.prepare(self.problem(Harmonic(stencil)))
        return solver.run(state, self.case.chroma, start, replace(self.goal, max_steps=most)).u

    def bordered(self, u: FloatArray) -> FloatArray:
        """Return (2, H + 2, W + 2)."""
        return np.pad(np.moveaxis(u, -1, 0).astype(np.float64), ((0, 0), (1, 1), (1, 1)))


def reweighted(setting: Setting) -> Iterator[Step]:
    """Yield the picture and the flux of every reweighting."""
    u = setting.quadratic(setting.planes, None, 100)
    image, bound = edges(setting.root, setting.bordered(u)), None
    while True:
        norms = np.sqrt((image**2).sum(axis=0))
        bound = float(norms.mean()) if bound is None else max(_FALL * bound, 1e-30)
        held = np.pad(np.maximum(norms, bound), 1, constant_values=1.0)
        u = setting.quadratic(setting.planes / held, u, _INNER)
        full = setting.bordered(u)
        image = edges(setting.root, full)
        yield full, image / np.maximum(norms, bound)


def hybrid_gradient(setting: Setting, gap: Gap) -> Iterator[Step]:
    """Yield what `primal_dual` does, from the harmonic picture."""
    u = setting.bordered(setting.quadratic(setting.planes, None, 100))
    box = setting.low, setting.high
    yield from primal_dual(setting.root, setting.free, u, *box, gap, setting.team)


def alternating(setting: Setting, gap: float) -> dict[str, Any]:
    """Return the row of the solver `admm`."""
    solver = ADMM(gap=gap, threads=setting.team.size)
    problem = setting.problem(setting.term)
    own = setting.case.chroma, None, setting.goal
    seconds, found = clocked(lambda: solver.run(solver.prepare(problem), *own))
    return {
        "gap": found.gap,
        "energy": found.energies[-1],
        "steps": found.steps,
        "seconds": seconds,
    }


def until(
    steps: Iterator[Step], look: Gap, enough: float, most: float, per_step: int
) -> dict[str, Any]:
    """Go on until the energy is low enough, or too much time has passed."""
    begin, least, best, count, seconds = time.perf_counter(), np.inf, np.inf, 0, 0.0
    before = look.seconds
    for u, y in steps:
        count += 1
        energy, gap = look(u, y)
        least, best = min(least, energy), min(best, gap / energy)
        seconds = time.perf_counter() - begin - (look.seconds - before)
        if least <= enough or seconds > most:
            break
    return {"gap": best, "energy": least, "steps": count * per_step, "seconds": seconds}


def compare(case: Case, gaps: list[float], threads: int, patience: float) -> list[dict[str, Any]]:
    """Return the rows of a photo."""
    setting = Setting(case, threads)
    rows = []
    for gap in gaps:
        ours, finer = alternating(setting, gap), alternating(setting, gap / 10)
        least = finer["energy"] * (1 - finer["gap"])
        most = patience * ours["seconds"]
        look = Gap(setting.root, setting.free, setting.low, setting.high)
        others = {
            "reweighted least squares": (reweighted(setting), 1),
            "primal-dual": (hybrid_gradient(setting, look), 5),  # two looks every ten steps
        }
        found = {"alternating directions": ours} | {
            name: until(steps, look, (1 + gap) * finer["energy"], most, per_step)
            for name, (steps, per_step) in others.items()
        }
        for name, result in found.items():
            rows.append(
                {
                    "method": name,
                    "gap asked": gap,
                    "above the least energy": result.pop("energy") / least - 1,
                    "gap proven": result.pop("gap"),
                    **result,
                    "times the first": round(result["seconds"] / ours["seconds"], 2),
                }
            )
            print(rows[-1], flush=True)
    return rows


def main() -> None:
    """Measure, and add to the results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.energies.norms")
    data_argument(parser)
    parser.add_argument("--photos", nargs="+", default=["large/path_2560x1600.jpg"])
    parser.add_argument("--megapixels", type=float, nargs="+", default=[0.06, 0.25, 1.0])
    parser.add_argument("--gaps", type=float, nargs="+", default=[1e-2, 1e-3])
    parser.add_argument("--patience", type=float, default=10)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    rows = kept_rows(arguments.out, NAME, ("photo", "megapixels", "gap asked", "method"))
    compare(
        make_case(data_folder(arguments) / arguments.photos[0], 0.01, "a"),
        [0.5],
        arguments.threads,
        10,
    )
    for photo in arguments.photos:
        for size in arguments.megapixels:
            case = make_case(data_folder(arguments) / photo, size, "a")
            for row in compare(case, arguments.gaps, arguments.threads, arguments.patience):
                name = Path(photo).stem
                rows[name, size, row["gap asked"], row["method"]] = {
                    "photo": name,
                    "megapixels": size,
                    **row,
                }
            ordered = [rows[key] for key in sorted(rows)]
            write_result(arguments.out, NAME, ordered, list(ordered[0]))


if __name__ == "__main__":
    main()
