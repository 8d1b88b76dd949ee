"""Options of a solve: what is minimised, where, how exactly."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from varcolor.errors import InputError
from varcolor.options.field import about, check, option
from varcolor.options.objects import ObjectOptions

if TYPE_CHECKING:
    from typing import Self

    from varcolor.backend import Backend
    from varcolor.image.color import Space
    from varcolor.methods import Method
    from varcolor.solve.solver import Solver

MAX_STEPS = 20_000
#: What becomes of the luma where sRGB does not have the chroma at it.
LumaLaw: TypeAlias = Literal["keep", "fit"]
#: What becomes of an answer that misses the tolerance.
OnMiss: TypeAlias = Literal["warn", "raise", "ignore"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SolveOptions(ObjectOptions):
    """How a photo is coloured: the method and its prior, the solver, and the tolerance.

    All are keywords of `varcolor.colorize` and `varcolor.Session`, too.

    Raises
    ------
    InputError
        For values out of range.
    """

    # Not by `option`: type checkers see only here that it may be given without its name.
    method: str | Method = field(
        default="auto",
        kw_only=False,
        metadata=about(
            "What is minimised: auto (harmonic with the prior agreed), harmonic, levin (as "
            "published), bilaplacian, levin-ls, gtv, tv or tgv, or a sum like "
            "bilaplacian:0.3+gtv:1; or siggraph17 or eccv16, networks alone, to compare with "
            "(colours may drift); in Python also their options, vc.Levin(radius=2) or 0.3 * "
            "vc.Bilaplacian() + vc.GTV(). What each is good for: varcolor methods."
        ),
    )
    space: str | Space = option(
        "yuv",
        "Working space: defines the luma that is kept and the chroma that is spread: yuv, lab or "
        "oklab.",
    )
    solver: str | Solver = option(
        "auto",
        "How the system is solved: auto (by size and memory), direct, multigrid, amg, cg, "
        "block-direct, admm or gmres (see varcolor methods).",
    )
    backend: str | Backend = option(
        "auto",
        "Where it is solved: cpu, gpu (needs CuPy, the extra gpu; what it does not take is solved "
        "on the CPU, with a note) or auto (the GPU for larger pictures, if it answers and has the "
        "memory).",
    )
    tolerance: float | None = option(
        None,
        "Largest permitted difference of an RGB value from that of the exact minimiser, in 1/255, "
        "before gamut mapping and rounding [8-bit photos: 0.5, others: 0.02].",
        float,
        above=0.0,
        unit="1/255",
    )
    on_miss: OnMiss = option(
        "warn",
        "What happens if the tolerance was not met or could not be verified: warn, raise (an "
        "error, and no result) or ignore.",
        choices=("warn", "raise", "ignore"),
    )
    max_steps: int = option(MAX_STEPS, "Limit of the solver's iterations.", int, least=1)
    luma: LumaLaw = option(
        "keep",
        "What becomes of the luma where sRGB does not have the chroma at it: keep: it stays "
        "exactly, the chroma is reduced; fit: it is lowered by the least amount that lets all of "
        "the chroma exist, so that burnt-out whites and line art take colour.",
        choices=("keep", "fit"),
    )
    threads: int | None = option(
        None, "Threads of the solver [one per core, at most 16].", int, least=1
    )
    memory: float | str | None = option(
        None,
        "Memory to plan with, in bytes or like 12GB; a picture that needs more is refused; force "
        "refuses none [what can be had now].",
    )

    def __post_init__(self) -> None:
        check(self)
        self.check_objects()
        if self.memory is not None:
            from varcolor.backend.memory import budget

            budget(self.memory)
        if not (isinstance(self.solver, str) or hasattr(self.solver, "prepare")):
            raise InputError(f"solver {self.solver!r}: expected a name or a Solver")

    def make_method(self) -> Method:
        """Return the method, with its options.

        Raises
        ------
        InputError
            If it is unknown.
        """
        from varcolor.methods import make_method

        method = make_method(self.method, {}) if isinstance(self.method, str) else self.method
        if isinstance(method, type) or not hasattr(method, "terms"):
            raise InputError(f"method {method!r}: expected a name or options, e.g. vc.Levin()")
        settings = self.network(self.threads)
        if settings and hasattr(method, "net_size"):
            own: Any = method
            method = replace(own, **settings)
        return method

    def to_dict(self) -> dict[str, Any]:
        """Return what differs from the defaults, as JSON has it; see `varcolor.options.serial`."""
        from varcolor.options.serial import to_dict

        return to_dict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Return the options that `to_dict` wrote.

        Raises
        ------
        InputError
            For unknown names and values out of range.
        """
        from varcolor.options.serial import from_dict

        return from_dict(cls, values)
