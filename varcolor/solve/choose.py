"""The registry of solvers, and which one ``solver="auto"`` takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from varcolor.backend import Backend, memory
from varcolor.backend.device import Device
from varcolor.backend.threads import check_threads
from varcolor.registry import Registry
from varcolor.solve.base import Solver

SOLVERS: Registry[type[Solver]] = Registry(
    "solver",
    {
        "direct": "varcolor.solve.direct:Direct",
        "multigrid": "varcolor.solve.multigrid:Multigrid",
        "amg": "varcolor.solve.amg:AMG",
        "cg": "varcolor.solve.cg:CG",
        "general": "varcolor.solve.general:General",
        "splitting": "varcolor.solve.splitting:Splitting",
        "mixed": "varcolor.solve.mixed:Mixed",
        "slopes": "varcolor.solve.slopes:Slopes",
    },
)

#: Those that are there for energies beyond Levin's equations and harmonic ones.
HIGHER = ("general", "splitting", "mixed", "slopes")

#: What takes their place on a device.
DEVICE_SOLVERS: Registry[Callable[[Device], Solver]] = Registry(
    "device-solver",
    {
        "multigrid": "varcolor.solve.device:DeviceMultigrid",
        "splitting": "varcolor.solve.device_splitting:DeviceSplitting",
        "mixed": "varcolor.solve.device_mixed:DeviceMixed",
        "slopes": "varcolor.solve.device_slopes:DeviceSlopes",
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
        """That of the weights, as `varcolor.backend.kernels.warm` has it."""
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
) -> tuple[Solver, str | None]:
    """Return the solver to use for so many unknown pixels, and why if it was chosen here.

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

    Raises
    ------
    BackendError
        If no solver fits into the memory that can be had.
    """
    check_threads(threads)
    if not isinstance(name, str):
        return name, None
    if name != "auto":
        solver = _make(name, threads, traits.kind, announce)
        advice = "try the solver multigrid, amg or cg" if name == "direct" else ""
        memory.require(solver.memory(unknowns), f"the {name} solver for {unknowns} pixels", advice)
        return solver, None
    large = traits.large if unknowns > FACTORISED_UP_TO else ""
    if large:
        fast = _make(large, threads, traits.kind, announce)
        memory.require(fast.memory(unknowns), f"this energy on {unknowns} pixels")
        if large == "mixed" and _fits(SOLVERS["general"](), unknowns):
            fast = replace(fast, patient=False)  # type: ignore[type-var]
        return fast, f"{unknowns} unknowns: solved by {large}, multigrid inside"
    if traits.general:
        only = SOLVERS["general"]()
        memory.require(only.memory(unknowns), f"this energy on {unknowns} pixels")
        return only, None
    direct, free = SOLVERS["direct"](), memory.available()
    limit = DIRECT_UP_TO if traits.compact else DIRECT_UP_TO_AMG
    if loaded and traits.compact:
        limit = DIRECT_UP_TO_LOADED
    if unknowns <= limit and direct.memory(unknowns) <= free:
        return direct, f"{unknowns} unknowns: solved directly"
    for candidate in ("multigrid", "amg") if traits.compact else ("amg",):
        solver = _make(candidate, threads, traits.kind, announce)
        if solver.memory(unknowns) <= free:
            return solver, f"{unknowns} unknowns: solved by {candidate}"
    cg = SOLVERS["cg"]()
    memory.require(cg.memory(unknowns), f"a picture of {unknowns} pixels")
    return cg, f"{unknowns} unknowns: too many for multigrid in memory, solved by plain iteration"


def exact_instead(lost: str, unknowns: int) -> Solver | None:
    """Return what steps in for a solver that cannot go on; None if nothing can for that one."""
    if lost in ("multigrid", "multigrid-gpu"):
        return choose("auto", unknowns)[0]
    if lost in ("mixed", "mixed-gpu") and _fits(general := SOLVERS["general"](), unknowns):
        return general
    return None


def _fits(solver: Solver, unknowns: int) -> bool:
    """Tell whether there is memory for a solver."""
    return solver.memory(unknowns) <= memory.available()


def choose_device(
    backend: Backend,
    name: str | Solver,
    unknowns: int,
    traits: Traits = Traits(),
    announce: Callable[[str], None] = lambda message: None,
) -> tuple[Solver | None, str | None]:
    """Return the solver on the backend's device, or None for the CPU, and what to say about it.

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
    return solver, f"{unknowns} unknowns: solved by {like} on {device.name}"


def _load(kind: str, announce: Callable[[str], None]) -> None:
    from varcolor.backend.kernels.warm import load

    load(kind, announce)


def _make(name: str, threads: int | None, kind: str, announce: Callable[[str], None]) -> Solver:
    if name not in _COMPILED:
        return SOLVERS[name]()
    _load(_COMPILED[name] or kind, announce)
    if name == "multigrid":
        from varcolor.solve.multigrid import Multigrid

        return Multigrid(threads=threads, clustered=kind == "clustered")
    return SOLVERS[name](threads=threads)  # type: ignore[call-arg]
