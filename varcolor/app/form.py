"""The form of the options, from the dataclasses and registries that define them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

from varcolor.describe import entry_of
from varcolor.image.color import SPACES
from varcolor.methods import METHODS
from varcolor.options import RecolorOptions, SolveOptions
from varcolor.options.field import Option, options_of
from varcolor.options.recolor import PALETTE_OPTIONS
from varcolor.prior.base import PRIORS
from varcolor.prior.given import NONE
from varcolor.project import OUTSIDE
from varcolor.solve.selection import SOLVERS

#: Options that name files or decide what happens without a page.
_LEFT_OUT = (*OUTSIDE, *PALETTE_OPTIONS, "on_miss")
#: Names that options without choices of their own take.
_NAMES: dict[str, Iterable[str]] = {
    "method": METHODS,
    "space": SPACES,
    "prior": (NONE, *PRIORS),
    "solver": ("auto", *SOLVERS),
    "backend": ("auto", "cpu", "gpu"),
}


def form() -> dict[str, Any]:
    """Return the fields of the form, and the methods with their own options."""
    both = {own.name for own in options_of(SolveOptions)}
    fields = [
        _field(own, "" if own.name in both else "recolor")
        for own in options_of(RecolorOptions)
        if own.name not in _LEFT_OUT
    ]
    methods = []
    for name in METHODS:
        entry = dataclasses.asdict(entry_of(name, METHODS[name]))
        for option in entry["options"]:
            option["type"] = _type_of(option["default"])
        methods.append(entry)
    return {"fields": fields, "methods": methods}


def _field(own: Option, mode: str) -> dict[str, Any]:
    choices = list(own.spec.choices or _NAMES.get(own.name, ()))
    if own.default is None and choices:
        choices.insert(0, "")
    kind = "float" if own.name == "confidence" else own.spec.kind.__name__
    return {
        "name": own.name,
        "help": own.spec.help,
        "type": kind,
        "choices": choices or None,
        "default": own.default,
        "low": own.spec.least if own.spec.least is not None else own.spec.above,
        "unit": own.spec.unit,
        "section": own.spec.section,
        "mode": mode or None,
    }


def _type_of(default: Any) -> str:
    return type(default).__name__ if isinstance(default, bool | int | float) else "str"
