"""Named methods: an energy with its options, and the space that it works in by default.

The options of a method are the fields of a frozen dataclass; the same class serves Python
(``vc.Levin(radius=2)`` wherever ``"levin"`` is accepted) and the command line (``--set radius=2``).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from varcolor.errors import InputError
from varcolor.methods.base import Method, Sum
from varcolor.registry import Registry, did_you_mean

__all__ = ["METHODS", "Method", "Sum", "make_method", "sum_of"]

METHODS: Registry[type[Method]] = Registry(
    "method",
    {
        "harmonic": "varcolor.methods.quadratic:Harmonic",
        "levin": "varcolor.methods.quadratic:Levin",
        "auto": "varcolor.methods.quadratic:Auto",
        "bilaplacian": "varcolor.methods.quadratic:Bilaplacian",
        "levin-ls": "varcolor.methods.quadratic:LevinLS",
        "gtv": "varcolor.methods.nonsmooth:GTV",
        "tv": "varcolor.methods.nonsmooth:TV",
        "tgv": "varcolor.methods.nonsmooth:TGV",
        "siggraph17": "varcolor.neural.alone:Siggraph17Alone",
        "eccv16": "varcolor.neural.alone:Eccv16Alone",
    },
)


def make_method(name: str, settings: Mapping[str, str]) -> Method:
    """Return a method with options given as text, as on the command line.

    Raises
    ------
    InputError
        For an unknown name or option, or a value that does not fit.
    """
    if ":" in name or "+" in name:
        if settings:
            raise InputError(f"method {name!r}: the terms of a sum have no options here")
        return sum_of(name)
    kind = METHODS[name]
    fields = {f.name: f for f in dataclasses.fields(kind)}  # type: ignore[arg-type]
    values: dict[str, object] = {}
    for key, text in settings.items():
        if key not in fields:
            raise InputError(
                f"method {name!r} has no option {key!r}{did_you_mean(key, fields)}; "
                f"it has: {', '.join(fields)}"
            )
        convert: type = type(fields[key].default)
        try:
            values[key] = _truth(text) if convert is bool else convert(text)
        except ValueError:
            raise InputError(
                f"option {key}={text!r} of method {name!r}: expected {convert.__name__}"
            ) from None
    return kind(**values)


def _truth(text: str) -> bool:
    """Return what a word says."""
    words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    if text.lower() not in words:
        raise ValueError(text)
    return words[text.lower()]


def sum_of(expression: str) -> Sum:
    """Return the weighted sum that ``"bilaplacian:0.3+gtv:1"`` stands for; no weight means 1.

    Raises
    ------
    InputError
        For an unknown term, and a weight that is no number or negative.
    """
    parts = []
    for part in expression.split("+"):
        name, colon, text = part.strip().partition(":")
        try:
            weight = float(text) if colon else 1.0
        except ValueError:
            raise InputError(
                f"method {expression!r}: {text!r} is no number; write NAME:WEIGHT+NAME:WEIGHT"
            ) from None
        parts.append((weight, METHODS[name.strip()]()))
    return Sum(parts=tuple(parts))
