"""The registry of solvers, and which one ``solver="auto"`` takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from varcolor.backend import Backend, memory
from varcolor.backend.device import Device
from varcolor.backend.thread_pool import check_threads
from varcolor.errors import OutOfMemoryError
from varcolor.registry import Registry
from varcolor.solve.solver import Solver

SOLVERS: Registry[type[Solver]] = Registry(
    "solver",
    {
        "direct": "varcolor.solve.sparse.lu:Direct",
        "multigrid": "varcolor.solve.multigrid.solver:Multigrid",
        "amg": "varcolor.solve.sparse.amg:AMG",
        "cg": "varcolor.solve.sparse.cg:CG",
        "general": "varcolor.solve.sparse.block_solver:General",
        "splitting": "varcolor.solve.admm.tv_solver:Splitting",
        "mixed": "varcolor.solve.biharmonic.solver:Mixed",
        "slopes": "varcolor.solve.admm.tgv_solver:Slopes",
    },
)

#: Those that are there for energies beyond Levin's equations and harmonic ones.
HIGHER = ("general", "splitting", "mixed", "slopes")

#: What takes their place on a device.
DEVICE_SOLVERS: Registry[Callable[[Device], Solver]] = Registry(
    "device-solver",
    {
        "multigrid": "varcolor.solve.multigrid.device_solver:DeviceMultigrid",
        "splitting": "varcolor.solve.admm.device_tv_solver:DeviceSplitting",
        "mixed": "varcolor.solve.biharmonic.device_solver:DeviceMixed",
        "slopes": "varcolor.solve.admm.device_tgv_solver:DeviceSlopes",
    },
)

#: Solvers with compiled kernels, and which ones if not those of the weights alone.
_COMPILED = {"multigrid": "", "splitting": "variation", "mixed": "mixed", "slopes": "slopes"}
#: Unknowns up to which a direct solution is as fast, or so fast that nobody should wait for the
#: compiler: against our multigrid, and against PyAMG's.
DIRECT_UP_TO = 300_000
DIRECT_UP_TO_AMG = 600_000
#: The same once the kernels are compiled and loaded.
DIRECT_UP_TO_LOADED = 20_000
#: Unknowns up to which other energies are minimised with a factorised matrix.
FACTORISED_UP_TO = 10_000
_SLOW = (
    "little memory: solved by plain iteration (cg), which takes longer; close other programs to "
    "make it faster"
)


@dataclass(frozen=True, slots=True)
class Traits:
    """What of a method decides who can solve it (`varcolor.methods.Method`)."""

    compact: bool = False
    """Whether the weights are such that our multigrid takes them."""
    clustered: bool = False
    """Whether it needs clusters for them."""
    directed: bool = False
    """Whether weights differ between the directions."""
    general: bool = False
    """Whether the energy is of fourth order or has norms, which few solvers take."""
    large: str = ""
    """For general energies: the solver that takes large pictures, or ``""``."""

    @classmethod
    def of(cls, method: Any) -> Traits:
        """Return those of a method."""
        own = method.compact, method.clustered, method.directed, method.general
        return cls(*own, method.large)

    @property
    def kind(self) -> str:
        """That of the weights, as `varcolor.backend.jit.precompile` has it."""
        return "directed" if self.directed else "clustered" if self.clustered else "symmetric"

    @property
    def on_device(self) -> str:
        """The solver whose like on a device takes the method, or ``""``."""
        name = "multigrid" if self.compact else self.large
        return name if name in DEVICE_SOLVERS else ""


def choose(
    name: str | Solver,
    unknowns: int,
    traits: Traits = Traits(),
    threads: int | None = None,
    loaded: bool = False,
    announce: Callable[[str], None] = lambda message: None,
    free: float | None = None,
) -> tuple[Solver, str | None]:
    """Return the solver to use for so many unknown pixels, and what a user must know of it.

    None is the second where all is as usual; what was taken is the solver's name.

    Parameters
    ----------
    name : str or Solver
        ``"auto"`` chooses.
    unknowns : int
        Number of pixels to solve for.
    traits : Traits
        What the method is like.
    threads : int, optional
        Threads of the multigrid; the other solvers use one.
    loaded : bool
        Whether waiting for the compiler does not count.
    announce : callable
        Told what is about to take long: loading compiled code, or compiling it.
    free : float, optional
        Bytes to plan with; default: those that can be had.

    Raises
    ------
    OutOfMemoryError
        If no solver fits into the memory that can be had.
    """
    check_threads(threads)
    if not isinstance(name, str):
        return name, None
    free = memory.available() if free is None else free
    names = (name,) if name != "auto" else candidates(unknowns, traits, loaded)
    for candidate in names:
        if needs(candidate, unknowns, traits) > free:
            continue
        solver = _make(candidate, threads, traits.kind, announce)
        if candidate == "mixed" and name == "auto" and needs("general", unknowns, traits) <= free:
            solver = replace(solver, patient=False)  # type: ignore[type-var]
        slow = name == "auto" and candidate == "cg"
        return solver, _SLOW if slow else None
    raise _refusal(name, unknowns, traits, free)


def candidates(unknowns: int, traits: Traits, loaded: bool = False) -> tuple[str, ...]:
    """Return the solvers that ``"auto"`` takes if there is memory for them, the best one first."""
    if traits.general:
        large = (traits.large,) if traits.large and unknowns > FACTORISED_UP_TO else ()
        return large or ("general",)
    limit = DIRECT_UP_TO if traits.compact else DIRECT_UP_TO_AMG
    if loaded and traits.compact:
        limit = DIRECT_UP_TO_LOADED
    direct = ("direct",) if unknowns <= limit else ()
    return (*direct, *(("multigrid",) if traits.compact else ()), "amg", "cg")


def needs(name: str, unknowns: int, traits: Traits = Traits()) -> float:
    """Return the bytes that a run with this solver takes at most, reading and rendering included.

    About what a process grows by: the photo, its luma, the solver, the coloured picture.
    """
    options = {}
    if name == "multigrid":
        options = {"clustered": traits.clustered, "directed": traits.directed}
    return SOLVERS[name](**options).memory(unknowns)


def _refusal(name: str, unknowns: int, traits: Traits, free: float) -> OutOfMemoryError:
    """Return what to say where there is no memory: the smallest need, and how to insist."""
    others = candidates(unknowns, traits)
    least = min(others, key=lambda other: needs(other, unknowns, traits))
    what = "this energy on a" if traits.general else "a"
    size = f"{what} picture of {unknowns / 1e6:.3g} megapixels ({unknowns} pixels)"
    low = memory.human(needs(least, unknowns, traits))
    if name == "auto":
        text = f"{size} needs at least {low} of memory ({least})"
    else:
        own = memory.human(needs(name, unknowns, traits))
        text = f"the {name} solver on {size} needs {own} of memory"
        if least != name:
            text += f"; try the solver {least}, which needs {low}"
    return OutOfMemoryError(
        f"{text}; {memory.human(free)} can be had: close other programs or make the picture "
        "smaller; to insist, say how much to plan with (--memory 12GB, in Python "
        'memory="12GB"), or use --force (memory="force")'
    )


def exact_instead(lost: str, unknowns: int, free: float | None = None) -> Solver | None:
    """Return what steps in for a solver that cannot go on; None if nothing can for that one.

    ``free`` as in `choose`.
    """
    free = memory.available() if free is None else free
    if lost in ("multigrid", "multigrid-gpu"):
        return choose("auto", unknowns, free=free)[0]
    if lost in ("mixed", "mixed-gpu") and needs("general", unknowns) <= free:
        return SOLVERS["general"]()
    return None


def choose_device(
    backend: Backend,
    name: str | Solver,
    unknowns: int,
    traits: Traits = Traits(),
    announce: Callable[[str], None] = lambda message: None,
) -> tuple[Solver | None, str | None]:
    """Return the solver on the backend's device, or None for the CPU and why if that is a surprise.

    Parameters
    ----------
    backend : Backend
        Where to solve. If it was not asked for, small pictures stay on the CPU.
    name, unknowns, traits, announce
        As in `choose`.
    """
    device = backend.device
    if device is None:
        return None, None
    like = traits.on_device
    if not like or name not in ("auto", like):
        what = "method" if name == "auto" or not like else "solver"
        return None, f"this {what} has no GPU path: solved on the CPU" if backend.wanted else None
    small = FACTORISED_UP_TO if traits.general else DIRECT_UP_TO_LOADED
    if unknowns <= small and not backend.wanted:
        return None, None
    solver, free = DEVICE_SOLVERS[like](device), device.available()
    needed = solver.memory(unknowns)
    if needed > free:
        have = f"{memory.human(needed)} are needed, {memory.human(free)} can be had"
        return None, f"{device.name}: {have}: solved on the CPU"
    if traits.clustered:  # clusters are found on the host
        _load(traits.kind, announce)
    return solver, None


def _load(kind: str, announce: Callable[[str], None]) -> None:
    from varcolor.backend.jit.precompile import load

    load(kind, announce)


def _make(name: str, threads: int | None, kind: str, announce: Callable[[str], None]) -> Solver:
    if name not in _COMPILED:
        return SOLVERS[name]()
    _load(_COMPILED[name] or kind, announce)
    if name == "multigrid":
        from varcolor.solve.multigrid.solver import Multigrid

        return Multigrid("multigrid", threads, kind == "clustered", kind == "directed")
    return SOLVERS[name](threads=threads)  # type: ignore[call-arg]
