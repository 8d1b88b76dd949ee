"""``python -m benchmarks.energies.fourth --data DIR``: fourth order against PARDISO, by size.

The bilaplacian with several weights, and levin-ls, which has its own: a photo with 40 strokes (a)
or 20 single pixels (c), weights made before; wall seconds of preparing and solving, kernels
compiled and loaded. PARDISO is given the same normal equations: making these counts, too. Each
has a process of its own; up to `--rival-up-to` megapixels both take turns, and the largest
error in 1/255 is taken against PARDISO. Rows of earlier runs are kept.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.harness import Limits, Work, clocked, compared
from benchmarks.report import data_argument, data_folder, kept_rows, write_result
from benchmarks.speed.cases import SPACE, Case, make_case
from benchmarks.speed.memory import Meter
from benchmarks.speed.scores import distance
from varcolor.energy.problem import Problem, Term
from varcolor.methods.quadratic import Bilaplacian, LevinLS
from varcolor.solve.biharmonic.solver import GMRES
from varcolor.solve.rgb_error import RgbLevels
from varcolor.solve.solver import Goal
from varcolor.typing import FloatArray

NAME = "energies-fourth"
TOLERANCE = 0.5
_TURNS = 3

#: Solves, and returns the chroma (H, W, 2) and what is known of it.
Solve = Callable[[], tuple[FloatArray, dict[str, Any]]]


def terms_of(case: Case, weights: str) -> tuple[Term, ...]:
    """Return the bilaplacian with these weights, or levin-ls."""
    method = LevinLS() if weights == LevinLS.name else Bilaplacian(affinity=weights)
    return method.terms(case.luma, None)


def problem_of(case: Case, weights: str) -> Problem:
    """Return the problem, its weights made."""
    terms = terms_of(case, weights)
    at = case.cues.flat
    return Problem(case.shape, None, terms, at, np.full(len(at), np.inf))


class Side:
    """Ours or PARDISO on a case: a process of its own, whose picture is kept in a file.

    Parameters
    ----------
    case, weights : str
        File of the case, and the weights of the energy.
    side : {"ours", "PARDISO"}
        Who solves.
    threads : int
        Of ours.
    picture : str
        File of the chroma.
    """

    def __init__(self, case: str, weights: str, side: str, threads: int, picture: str) -> None:
        self._case, self._weights, self._picture = Case.load(Path(case)), weights, picture
        self._prepared = {"ours": self._ours, "PARDISO": self._pardiso}[side]
        self._solver, self._meter = GMRES(threads=threads), Meter()
        for _ in range(2):  # loads the kernels and libraries
            self._prepared(self._case.piece(128))()
        self._solve = self._prepared(self._case)

    def run(self) -> dict[str, Any]:
        """Solve; the seconds are those of preparing and solving, the weights made before."""
        self._meter.reset()
        seconds, (u, facts) = clocked(self._solve)
        np.save(self._picture, u)
        return {"seconds": seconds, "bytes": self._meter.peak() - self._meter.base, **facts}

    def _ours(self, case: Case) -> Solve:
        """Return the solve with the mixed form."""
        problem = problem_of(case, self._weights)
        levels = RgbLevels(SPACE, case.luma, TOLERANCE)
        goal = Goal(TOLERANCE, levels=levels, slope=levels.slope(case.chroma))

        def solve() -> tuple[FloatArray, dict[str, Any]]:
            found = self._solver.run(self._solver.prepare(problem), case.chroma, None, goal)
            facts = {"status": str(found.status), "steps": found.steps, "estimate": found.error}
            return found.u, facts

        return solve

    def _pardiso(self, case: Case) -> Solve:
        """Return the factorisation of the normal equations, as `pypardiso.spsolve` does it."""
        import pypardiso

        stencil = terms_of(case, self._weights)[0].weights  # type: ignore[attr-defined]
        _ = stencil.weights  # made when first asked for
        given = case.cues.flat
        free = np.setdiff1d(np.arange(case.luma.size), given)

        def solve() -> tuple[FloatArray, dict[str, Any]]:
            laplacian = stencil.laplacian().tocsc()
            own, known = laplacian[:, free], laplacian[:, given]
            matrix = (own.T @ own).tocsr()
            u = np.zeros((case.luma.size, 2))
            u[given] = case.chroma
            u[free] = pypardiso.spsolve(matrix, -(own.T @ (known @ case.chroma)))
            pypardiso.ps.free_memory(everything=True)  # the next run factorises anew
            return u.reshape(*case.shape, 2), {}

        return solve


def measured(
    photo: Path, megapixels: float, kind: str, weights: str, threads: int, rival: bool
) -> dict[str, Any]:
    """Return the row of a case."""
    case = make_case(photo, megapixels, kind)
    with tempfile.TemporaryDirectory() as scratch:
        case.save(Path(scratch) / "case.npz")
        pictures = {side: str(Path(scratch) / f"{side}.npy") for side in ("ours", "PARDISO")}
        works = {}
        for side in pictures if rival else ("ours",):
            own = {"case": f"{scratch}/case.npz", "weights": weights, "picture": pictures[side]}
            own |= {"side": side, "threads": threads}  # type: ignore[dict-item]
            works[side] = Work("benchmarks.energies.fourth:Side", own, threads)
        runs = compared(works, _TURNS if rival else 1, Limits(seconds=3600))
        u = {side: np.load(pictures[side]) for side in works}
    mine, theirs = runs["ours"], runs.get("PARDISO", [])
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
        row["largest error"] = float(f"{distance(case, u['ours'], u['PARDISO'])[0]:.2g}")
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
