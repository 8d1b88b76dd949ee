"""Options of films: how frames are solved together."""

from __future__ import annotations

from dataclasses import dataclass

from varcolor.options.field import option
from varcolor.options.solve import SolveOptions

_SECTION = "Films"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FilmOptions(SolveOptions):
    """Those of a solve, and how frames are solved together.

    Raises
    ------
    InputError
        For values out of range.
    """

    window: int = option(
        16,
        "Most frames that are solved as one system, 2 or more; fewer if they are large, since a "
        "window is to take 3 GB at most.",
        int,
        least=2,
        section=_SECTION,
    )
    sweeps: int = option(
        2,
        "Most sweeps of the windows over a shot, forward and backward in turns; they end sooner "
        "where nothing changes any more.",
        int,
        least=1,
        section=_SECTION,
    )
    exact: bool = option(
        False,
        "Go on from the answer frame by frame: windows of frames are solved as one system, swept "
        "forward and backward; many times slower.",
        bool,
        section=_SECTION,
    )

    def __post_init__(self) -> None:
        # Not super(): a dataclass with slots is made anew, and super() would not find it.
        SolveOptions.__post_init__(self)
