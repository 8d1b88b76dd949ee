"""Run ``python -m benchmarks.estimator.light``: cues that weigh next to nothing.

Random photos with parts, by transparency, that are held by soft cues of weights from 1e-9 to 1e3,
by such cues beside exact ones, or by a weak prior at every pixel. Every case is solved by the
multigrid solver (of fourth order: the mixed one) and directly; the table shows how many results
that say "converged" are further from the direct solution than the tolerance. "Given up" are those
that do not say so: for ``solver="auto"`` another solver then takes over.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import varcolor as vc
from benchmarks.report import write_result
from varcolor.energy.problem import Problem
from varcolor.image.color import SPACES
from varcolor.methods import Method
from varcolor.solve.biharmonic.solver import GMRES
from varcolor.solve.multigrid.solver import Multigrid
from varcolor.solve.result import Status
from varcolor.solve.rgb_error import RgbLevels
from varcolor.solve.solver import Goal
from varcolor.solve.sparse.block_solver import BlockDirect
from varcolor.solve.sparse.lu import Direct
from varcolor.typing import Array, FloatArray

SYSTEMS: dict[str, Method] = {
    "S8": vc.Harmonic(affinity="levin-sym"),
    "default": vc.Harmonic(),
    "LEV": vc.Levin(),
    "G4": vc.Harmonic(affinity="gauss4", sigma=0.03, floor=1e-6),
    "bilaplacian": vc.Bilaplacian(),
    "levin-ls": vc.LevinLS(),
}
FOURTH = ("bilaplacian", "levin-ls")
KINDS = ("soft", "soft and exact", "prior")


@dataclass(frozen=True, slots=True)
class Case:
    """One random problem."""

    problem: Problem
    values: FloatArray
    luma: Array


def case_of(system: str, kind: str, seed: int, most: int) -> Case:
    """Return a case; ``most`` is the longest side."""
    rng = np.random.default_rng(seed)
    height, width = (int(n) for n in np.exp(rng.uniform(np.log(20), np.log(most), 2)))
    y, x = np.mgrid[:height, :width]
    luma = 0.47 + 0.24 * np.sin(x / rng.uniform(4, 30)) + 0.16 * np.cos(y / rng.uniform(4, 30))
    luma = luma + rng.normal(0, rng.choice([0.002, 0.01, 0.05]), luma.shape)
    if rng.random() < 0.5:
        luma[:, width // 3 : width // 2] += rng.uniform(-0.6, 0.6)
    luma, visible = luma.clip(0, 1), None
    if rng.random() < 0.5:
        visible = np.ones(luma.shape, bool)
        visible[:, width // 2] = False
        visible[height // 2, : int(rng.integers(width))] = False
    seen = np.arange(luma.size) if visible is None else np.flatnonzero(visible)
    count = int(rng.integers(1, 6))
    at = np.sort(rng.choice(seen, count, replace=False))
    spread = (-9, 3) if rng.random() < 0.3 else (-0.7, 0.7)
    weight = 10 ** (rng.uniform(*spread, count) + (rng.uniform(-9, 1) if spread[1] < 1 else 0))
    values = rng.uniform(-0.4, 0.4, (count, 2))
    if kind == "soft and exact":
        weight[rng.integers(count)] = np.inf
    elif kind == "prior":
        trust = np.full(luma.size, 10 ** rng.uniform(-9, -2))
        chroma = np.stack([0.2 * np.sin(seen / 7), 0.1 * np.cos(seen / 91)], axis=1)
        trust[at], chroma[np.searchsorted(seen, at)] = weight, values
        at, weight, values = seen, trust[seen], chroma
    terms = SYSTEMS[system].terms(luma, visible)
    return Case(Problem(luma.shape, visible, terms, at, weight), values, luma)


def measured(system: str, case: Case, tolerance: float) -> tuple[Status, float]:
    """Return the status of our solver, and its distance from the direct solution in 1/255."""
    exact, ours = (BlockDirect(), GMRES()) if system in FOURTH else (Direct(), Multigrid())
    levels = RgbLevels(SPACES["yuv"], case.luma, 1.0)
    slope = levels.slope(case.values)
    problem, values = case.problem, case.values
    wanted = exact.run(exact.prepare(problem), values, None, Goal(1e-3, levels=levels))
    found = ours.run(ours.prepare(problem), values, None, Goal(tolerance, slope=slope))
    gap = np.abs(found.u - wanted.u).reshape(-1, 2)
    if problem.visible is not None:
        gap = gap[problem.visible.ravel()]
    return found.status, float((gap @ slope.T).max())


def main() -> None:
    """Run all cases."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    parser.add_argument("--cases", type=int, default=14, help="per system and kind [14]")
    parser.add_argument("--side", type=int, default=120, help="longest side at most [120]")
    parser.add_argument("--tolerance", type=float, default=0.5)
    arguments = parser.parse_args()
    rows: list[dict[str, Any]] = []
    for system in SYSTEMS:
        for number, kind in enumerate(KINDS):
            errors, given_up = [], 0
            for seed in range(arguments.cases):
                case = case_of(system, kind, 1000 * number + seed, arguments.side)
                status, error = measured(system, case, arguments.tolerance)
                if status is Status.CONVERGED:
                    errors.append(error / arguments.tolerance)
                else:
                    given_up += 1
            share = np.array(errors)
            rows.append(
                {
                    "system": system,
                    "cues": kind,
                    "solves": arguments.cases,
                    "given up": given_up,
                    "accepted above it": int((share > 1).sum()),
                    "largest error / tolerance": float(share.max(initial=0.0)),
                    "median error / tolerance": float(np.median(share)),
                }
            )
            print(rows[-1], flush=True)
    write_result(arguments.out, "estimator-light", rows, list(rows[0]))


if __name__ == "__main__":
    main()
