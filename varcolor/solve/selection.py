"""The registry of solvers, and which one ``solver="auto"`` takes.

Solvers say themselves what they take (`varcolor.solve.solver.Solver`): a solver of an installed
package is asked like the built-in ones. They are asked with a `ProblemSummary`, before anything of
the picture's size is computed, and choosing neither loads nor compiles kernels (`load_kernels`).
This is also the one place where a solve is refused for want of memory.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from varcolor.backend import Backend, memory
from varcolor.backend.thread_pool import check_threads
from varcolor.energy.problem import ProblemSummary
from varcolor.errors import InputError, OutOfMemoryError
from varcolor.registry import Registry
from varcolor.solve.solver import Solver

SOLVERS: Registry[type[Solver]] = Registry(
    "solver",
    {
        "direct": "varcolor.solve.sparse.lu:Direct",
        "multigrid": "varcolor.solve.multigrid.solver:Multigrid",
        "amg": "varcolor.solve.sparse.amg:AMG",
        "cg": "varcolor.solve.sparse.cg:CG",
        "block-direct": "varcolor.solve.sparse.block_solver:BlockDirect",
        "admm": "varcolor.solve.admm.solver:ADMM",
        "gmres": "varcolor.solve.biharmonic.solver:GMRES",
    },
)

#: Unknowns up to which nothing is gained by a device: with equations of second order, and others.
_SMALL, _SMALL_OTHERS = 20_000, 10_000


def choose(
    name: str | Solver,
    problem: ProblemSummary,
    threads: int | None = None,
    loaded: bool = False,
    free: float | None = None,
) -> tuple[Solver, str | None]:
    """Return the solver to use for a problem, and what a user must know of it.

    None is the second where all is as usual; what was taken is the solver's name.

    Parameters
    ----------
    name : str or Solver
        ``"auto"`` chooses.
    problem : ProblemSummary
        What is to be solved.
    threads : int, optional
        Threads of solvers that use more than one.
    loaded : bool
        Whether waiting for the compiler does not count.
    free : float, optional
        Bytes to plan with; default: those that can be had.

    Raises
    ------
    InputError
        If there is no solver of this name (the message suggests one), or it does not take the
        problem.
    OutOfMemoryError
        If no solver fits into the memory that can be had.
    """
    check_threads(threads)
    if not isinstance(name, str):
        return name, None
    free = memory.available() if free is None else free
    names = (name,) if name != "auto" else candidates(problem, loaded)
    for candidate in names:
        solver: Any = SOLVERS[candidate]()
        if reason := solver.supports(problem):
            raise InputError(reason)
        if _total(solver, problem) > free:
            continue
        if hasattr(solver, "threads"):
            solver = replace(solver, threads=threads)
        if name != "auto":
            return solver, None
        if hasattr(solver, "patient") and replacement(candidate, problem, free) is not None:
            solver = replace(solver, patient=False)
        return solver, solver.caveat or None
    raise _refusal(name, problem, free)


def candidates(problem: ProblemSummary, loaded: bool = False) -> tuple[str, ...]:
    """Return the solvers that ``"auto"`` takes if there is memory for them, the best one first."""
    ranks = {}
    for name in SOLVERS:
        solver = SOLVERS[name]()
        if not solver.supports(problem):
            ranks[name] = solver.priority(problem, loaded)
    return tuple(sorted((name for name in ranks if ranks[name] > 0), key=lambda name: -ranks[name]))


def needs(name: str, problem: ProblemSummary) -> float:
    """Return the bytes that a run with this solver takes at most, reading and rendering included.

    About what a process grows by: the photo, its luma, the solver, the coloured picture.
    """
    return _total(SOLVERS[name](), problem)


def _total(solver: Solver, problem: ProblemSummary) -> float:
    return solver.memory(problem) + problem.beside * problem.unknowns


def replacement(lost: str, problem: ProblemSummary, free: float | None = None) -> Solver | None:
    """Return what steps in for a solver that cannot go on; None if nothing can for that one.

    Energies with norms have nothing that would get further. ``free`` as in `choose`.
    """
    if not problem.quadratic:
        return None
    free = memory.available() if free is None else free
    others = (name for name in candidates(problem) if name != lost)
    fitting = (name for name in others if needs(name, problem) <= free)
    return next((SOLVERS[name]() for name in fitting), None)


def load_kernels(
    solver: Solver, problem: ProblemSummary, announce: Callable[[str], None] = lambda message: None
) -> None:
    """Load the compiled code that a solver needs for a problem, or compile it first.

    Before `Solver.prepare`, which would do it silently. ``announce`` is told what is about to
    happen.
    """
    if kind := solver.kernels(problem):
        from varcolor.backend.jit.precompile import load

        load(kind, announce)


def _refusal(name: str, problem: ProblemSummary, free: float) -> OutOfMemoryError:
    """Return what to say where there is no memory: the smallest need, and how to insist."""
    others = candidates(problem)
    least = min(others, key=lambda other: needs(other, problem), default=name)
    what = "a" if problem.second_order else "this energy on a"
    pixels = problem.unknowns
    size = f"{what} picture of {pixels / 1e6:.3g} megapixels ({pixels} pixels)"
    low = memory.human(needs(least, problem))
    if name == "auto":
        text = f"{size} needs at least {low} of memory ({least})"
    else:
        own = memory.human(needs(name, problem))
        text = f"the {name} solver on {size} needs {own} of memory"
        if least != name:
            text += f"; try the solver {least}, which needs {low}"
    return OutOfMemoryError(
        f"{text}; {memory.human(free)} can be had: close other programs or make the picture "
        "smaller; to insist, say how much to plan with (--memory 12GB, in Python "
        'memory="12GB"), or use --force (memory="force")'
    )


def choose_device(
    backend: Backend, name: str | Solver, problem: ProblemSummary
) -> tuple[Solver | None, str | None]:
    """Return the solver on a GPU, or None for the CPU and why if that is a surprise.

    Parameters
    ----------
    backend : Backend
        Where to solve. If it was not asked for, small pictures stay on the CPU.
    name, problem
        As in `choose`. Solvers that run on other backends have a field ``backend``.
    """
    if backend.on_host:
        return None, None
    own = [n for n in SOLVERS if hasattr(SOLVERS[n](), "backend")]
    taking = next((n for n in own if not SOLVERS[n]().supports(problem)), "")
    if not taking or name not in ("auto", taking):
        what = "method" if name == "auto" or not taking else "solver"
        return None, f"this {what} has no GPU path: solved on the CPU" if backend.wanted else None
    small = _SMALL if problem.second_order else _SMALL_OTHERS
    if problem.unknowns <= small and not backend.wanted:
        return None, None
    known: Any = SOLVERS[taking]()
    solver, free = replace(known, backend=backend), backend.available()
    needed = solver.memory(problem)
    if needed > free:
        have = f"{memory.human(needed)} are needed, {memory.human(free)} can be had"
        return None, f"{backend.label}: {have}: solved on the CPU"
    return solver, None
