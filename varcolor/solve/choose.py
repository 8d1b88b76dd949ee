"""The registry of solvers, and which one ``solver="auto"`` takes."""

from __future__ import annotations

from varcolor.backend import memory
from varcolor.registry import Registry
from varcolor.solve.base import Solver

SOLVERS: Registry[type[Solver]] = Registry(
    "solver",
    {
        "direct": "varcolor.solve.direct:Direct",
        "amg": "varcolor.solve.amg:AMG",
        "cg": "varcolor.solve.cg:CG",
    },
)

#: Unknowns up to which the direct solver is faster than setting up a multigrid hierarchy.
DIRECT_UP_TO = 600_000


def choose(name: str | Solver, unknowns: int) -> tuple[Solver, str | None]:
    """Return the solver to use for so many unknown pixels, and why if it was chosen here.

    Raises
    ------
    BackendError
        If no solver fits into the memory that can be had.
    """
    if not isinstance(name, str):
        return name, None
    if name != "auto":
        solver = SOLVERS[name]()
        advice = "try solver='amg' or 'cg'" if name == "direct" else ""
        memory.require(solver.memory(unknowns), f"the {name} solver for {unknowns} pixels", advice)
        return solver, None
    if unknowns <= DIRECT_UP_TO:
        return SOLVERS["direct"](), f"{unknowns} unknowns: solved directly"
    amg, cg = SOLVERS["amg"](), SOLVERS["cg"]()
    if amg.memory(unknowns) <= memory.available():
        return amg, f"{unknowns} unknowns: solved by multigrid"
    memory.require(cg.memory(unknowns), f"a picture of {unknowns} pixels")
    return cg, f"{unknowns} unknowns: too many for multigrid in memory, solved by plain iteration"
