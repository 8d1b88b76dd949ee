"""Options of `varcolor.recolor`: which part of the photo changes."""

from __future__ import annotations

from dataclasses import dataclass

from varcolor.errors import InputError
from varcolor.options.field import option
from varcolor.options.solve import SolveOptions

_SECTION = "What changes"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RecolorOptions(SolveOptions):
    """Those of a solve, and which part of the photo changes.

    Raises
    ------
    InputError
        For values out of range, and if both are asked for.
    """

    keep_outside: bool = option(
        False,
        "Change what the strokes bound, not the object: up to where keep strokes have more say "
        "than paint or, without any, the painted pixels and the holes inside. The rest stays bit "
        "for bit.",
        bool,
        section=_SECTION,
    )
    whole: bool = option(
        False,
        "Let the colours flow over the whole photo; only keep strokes hold them back.",
        bool,
        section=_SECTION,
    )

    def __post_init__(self) -> None:
        # Not super(): a dataclass with slots is made anew, and super() would not find it.
        SolveOptions.__post_init__(self)
        if self.keep_outside and self.whole:
            raise InputError("keep_outside and whole contradict each other: ask for one of them")
