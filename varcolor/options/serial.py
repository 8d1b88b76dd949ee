"""Options to JSON and back: for project files, journals and the tasks of a cluster.

Written is what differs from the defaults. A method with options is an object with its name,
``{"name": "levin", "radius": 2}``, a sum ``{"sum": [[0.3, "bilaplacian"], [1, "gtv"]]}``; sources
of priors likewise. Pictures are written as their paths.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from varcolor.errors import InputError
from varcolor.options.field import options_of
from varcolor.options.prior import PriorOptions
from varcolor.registry import Registry, did_you_mean

T = TypeVar("T", bound=PriorOptions)


def to_dict(options: PriorOptions) -> dict[str, Any]:
    """Return the options that differ from their defaults, as JSON has them.

    Raises
    ------
    InputError
        If one of them cannot be written: an array, or a picture that came from no file.
    """
    found = {}
    for own in options_of(options):
        value = getattr(options, own.name)
        if isinstance(value, str | int | float) and value == own.default:
            continue
        if value is not own.default:
            found[own.name] = _written(own.name, value)
    return found


def from_dict(kind: type[T], values: Mapping[str, Any]) -> T:
    """Return options from what `to_dict` wrote.

    Raises
    ------
    InputError
        For unknown names and values out of range.
    """
    known = [own.name for own in options_of(kind)]
    for name in values:
        if name not in known:
            raise InputError(
                f"unknown option {name!r}{did_you_mean(str(name), known)}; "
                f"known: {', '.join(known)}"
            )
    return kind(**{name: _read(name, value) for name, value in values.items()})


def to_json(options: PriorOptions) -> str:
    """Return `to_dict` as text."""
    return json.dumps(to_dict(options), ensure_ascii=False)


def from_json(kind: type[T], text: str) -> T:
    """Return the options that `to_json` wrote.

    Raises
    ------
    InputError
        If it is no JSON object of options.
    """
    try:
        values = json.loads(text)
    except ValueError as error:
        raise InputError(f"options: not valid JSON ({error})") from None
    if not isinstance(values, dict):
        raise InputError(f"options: expected a JSON object, not {type(values).__name__}")
    return from_dict(kind, values)


def _written(name: str, value: Any) -> Any:
    if isinstance(value, float) and math.isinf(value):
        return "force"
    if isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, Path):
        return str(value)
    if name == "method" and hasattr(value, "parts"):
        return {"sum": [[factor, _written(name, part)] for factor, part in value.parts]}
    if name in ("method", "prior", "solver", "objects") and hasattr(value, "name"):
        return _named(name, value)
    if name in ("space", "backend") and hasattr(value, "name"):
        return value.name
    source = getattr(getattr(value, "meta", None), "source", "")
    if source and Path(source).exists():
        return str(source)
    raise InputError(f"the {name} is in memory only: it cannot be written; give a file's path")


def _named(name: str, value: Any) -> Any:
    own = value.name
    if type(value) is not _registry(name)[own]:
        raise InputError(f"{name} {value!r}: only those with a name can be written")
    options = {
        f.name: getattr(value, f.name)
        for f in dataclasses.fields(value)
        if f.init and f.name != "name" and getattr(value, f.name) != f.default
    }
    return {"name": own, **options} if options else own


def _read(name: str, value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if name not in ("method", "prior", "solver", "objects"):
        raise InputError(f"{name} {value!r}: expected a name or a number")
    if "sum" in value:
        from varcolor.methods import Sum, make_method

        parts = [(float(factor), _read(name, part)) for factor, part in value["sum"]]
        made = [(f, make_method(part, {}) if isinstance(part, str) else part) for f, part in parts]
        return Sum(parts=tuple(made))
    options = dict(value)
    kind: Any = _registry(name)[options.pop("name", "")]
    known = [f.name for f in dataclasses.fields(kind)]
    for own in options:
        if own not in known:
            raise InputError(
                f"{name} {value['name']!r} has no option {own!r}{did_you_mean(own, known)}"
            )
    return kind(**options)


def _registry(name: str) -> Registry[Any]:
    if name == "method":
        from varcolor.methods import METHODS

        return METHODS
    if name == "objects":
        from varcolor.objects.base import PROVIDERS

        return PROVIDERS
    if name == "prior":
        from varcolor.prior.base import PRIORS

        return PRIORS
    from varcolor.solve.selection import SOLVERS

    return SOLVERS
