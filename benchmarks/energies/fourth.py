"""``python -m benchmarks.energies.fourth --data DIR``: fourth order against PARDISO, by size.

The bilaplacian with several weights, and levin-ls, which has its own: a photo with 40 strokes (a)
or 20 single pixels (c), weights made before; wall seconds of preparing and solving, kernels
compiled and loaded. PARDISO is given the same normal equations: making these counts, too. Every
solve has a process of its own; up to `--rival-up-to` megapixels both take turns, and the largest
error in 1/255 is taken against PARDISO. Rows of earlier runs are kept.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import statistics
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.report import data_argument, data_folder, kept_rows, write_result
from benchmarks.speed.cases import SPACE, Case, make_case
from benchmarks.speed.scores import distance
from varcolor.energy.problem import Problem, Term
from varcolor.methods.quadratic import Bilaplacian, LevinLS
from varcolor.solve.biharmonic.solver import GMRES
from varcolor.solve.rgb_error import RgbLevels
from varcolor.solve.solver import Goal

NAME = "energies-fourth"
TOLERANCE = 0.5
_TURNS = 3


def terms_of(case: Case, weights: str) -> tuple[Term, ...]:
    """Return the bilaplacian with these weights, or levin-ls."""
    method = LevinLS() if weights == LevinLS.name else Bilaplacian(affinity=weights)
    return method.terms(case.luma, None)


def problem_of(case: Case, weights: str) -> Problem:
    """Return the problem, its weights made."""
    terms = terms_of(case, weights)
    at = case.cues.flat
    return Problem(case.shape, None, terms, at, np.full(len(at), np.inf))


def ours(case: Case, weights: str, threads: int) -> dict[str, Any]:
    """Solve with the mixed form."""
    solver = GMRES(threads=threads)
    small = case.piece(128)
    for _ in range(2):  # the first time loads the kernels
        begin = time.perf_counter()
        state = solver.prepare(problem_of(small, weights))
        solver.run(state, small.chroma, None, Goal(TOLERANCE))
    problem = problem_of(case, weights)
    levels = RgbLevels(SPACE, case.luma, TOLERANCE)
    goal = Goal(TOLERANCE, levels=levels, slope=levels.slope(case.chroma))
    before = _peak()
    begin = time.perf_counter()
    solution = solver.run(solver.prepare(problem), case.chroma, None, goal)
    return {
        "seconds": time.perf_counter() - begin,
        "u": solution.u,
        "status": str(solution.status),
        "steps": solution.steps,
        "estimate": solution.error,
        "bytes": _peak() - before,
    }


def pardiso(case: Case, weights: str, threads: int) -> dict[str, Any]:
    """Factorise the normal equations as `pypardiso.spsolve` does."""
    import pypardiso

    stencil = terms_of(case, weights)[0].weights  # type: ignore[attr-defined]
    _ = stencil.weights  # made when first asked for
    given = case.cues.flat
    free = np.setdiff1d(np.arange(case.luma.size), given)
    before = _peak()
    begin = time.perf_counter()
    laplacian = stencil.laplacian().tocsc()
    own, known = laplacian[:, free], laplacian[:, given]
    matrix = (own.T @ own).tocsr()
    u = np.zeros((case.luma.size, 2))
    u[given] = case.chroma
    u[free] = pypardiso.spsolve(matrix, -(own.T @ (known @ case.chroma)))
    seconds = time.perf_counter() - begin
    return {"seconds": seconds, "u": u.reshape(*case.shape, 2), "bytes": _peak() - before}


def _peak() -> int:
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def alone(work: Any, *arguments: Any) -> dict[str, Any]:
    """Run a measurement in a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        result: dict[str, Any] = pool.apply(work, arguments)
    return result


def measured(
    photo: Path, megapixels: float, kind: str, weights: str, threads: int, rival: bool
) -> dict[str, Any]:
    """Return the row of a case."""
    case = make_case(photo, megapixels, kind)
    mine, theirs = [], []
    for _ in range(_TURNS if rival else 1):
        mine.append(alone(ours, case, weights, threads))
        if rival:
            theirs.append(alone(pardiso, case, weights, threads))
    first = mine[0]
    seconds = statistics.median(run["seconds"] for run in mine)
    row: dict[str, Any] = {
        "weights": weights,
        "cues": kind,
        "megapixels": megapixels,
        "steps": first["steps"],
        "status": first["status"],
        "seconds": round(seconds, 3),
        "bytes a pixel": round(first["bytes"] / case.luma.size),
        "estimated error": float(f"{first['estimate']:.2g}"),
    }
    if rival:
        other = statistics.median(run["seconds"] for run in theirs)
        row["largest error"] = float(f"{distance(case, first['u'], theirs[0]['u'])[0]:.2g}")
        row["PARDISO, s"] = round(other, 2)
        row["PARDISO, bytes a pixel"] = round(theirs[0]["bytes"] / case.luma.size)
        row["times as fast"] = round(other / seconds, 1)
    return row | {"threads": threads}


def main() -> None:
    """Measure, and add to the results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.energies.fourth")
    data_argument(parser)
    parser.add_argument(
        "--photo", default="large/elephants_5640x3172.jpg", help="in the data folder"
    )
    parser.add_argument("--megapixels", type=float, nargs="+", default=[0.06, 0.25, 1.0, 4.0, 12.0])
    parser.add_argument("--weights", nargs="+", default=["gentle", "isotropic", "levin-ls"])
    parser.add_argument("--cues", nargs="+", default=["a", "c"], choices=("a", "b", "c"))
    parser.add_argument("--rival-up-to", type=float, default=1.0, help="megapixels")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    photo = data_folder(arguments) / arguments.photo
    rows = kept_rows(arguments.out, NAME, ("weights", "cues", "megapixels"))
    for megapixels in arguments.megapixels:
        for weights in arguments.weights:
            for kind in arguments.cues:
                rival = megapixels <= arguments.rival_up_to
                own = photo, megapixels, kind, weights, arguments.threads, rival
                rows[weights, kind, megapixels] = row = measured(*own)
                print(row, flush=True)
                ordered = [rows[key] for key in sorted(rows)]
                columns = max((list(row) for row in ordered), key=len)
                write_result(arguments.out, NAME, ordered, columns)


if __name__ == "__main__":
    main()
