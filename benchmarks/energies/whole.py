"""A whole call of `varcolor.colorize`, as the harness runs it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import varcolor as vc
from benchmarks.harness import Work, clocked
from benchmarks.speed.cases import Case
from varcolor.methods import make_method
from varcolor.solve.admm.solver import ADMM

#: Side of the piece of a picture that loads the kernels.
_WARM_UP = 100


class Whole:
    """A method on a case.

    Parameters
    ----------
    case : str
        File of the case (`Case.save`).
    method : str
        Name of the method, or a sum: ``bilaplacian:3+gtv:1``.
    solver : str
        A name, or ``"large"``: the method's own for large pictures, that proves a gap.
    threads : int
        Of the solver.
    gap : float
        That such a solver goes on to.
    """

    def __init__(self, case: str, method: str, solver: str, threads: int, gap: float) -> None:
        self._case, self._method = Case.load(Path(case)), make_method(method, {})
        self._solver: Any = solver
        if solver == "large":
            self._solver = ADMM(gap=gap, threads=threads)
        self._threads = threads
        self._colorize(self._case.piece(_WARM_UP))

    def _colorize(self, case: Case) -> vc.Result:
        own = {"solver": self._solver, "tolerance": 0.5, "threads": self._threads}
        return vc.colorize(case.gray, case.cues, method=self._method, **own)

    def run(self) -> dict[str, Any]:
        """Colour the photo; ``seconds`` are those of the call, ``solving`` of a part of it."""
        seconds, result = clocked(lambda: self._colorize(self._case))
        return {
            "seconds": seconds,
            "solving": result.seconds["prepare"] + result.seconds["solve"],
            "steps": result.steps,
            "gap": result.gap,
            "status": str(result.status),
        }


def whole(case: Path, method: str, solver: str, threads: int, gap: float = 1e-3) -> Work:
    """Return the work of a process."""
    own = {"method": method, "solver": solver, "threads": threads, "gap": gap}
    return Work("benchmarks.energies.whole:Whole", {"case": str(case), **own}, threads)
