"""Fields of options: a default, what the option means, and which values it takes."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from numbers import Real
from typing import Any

from varcolor.checks import require, whole
from varcolor.registry import did_you_mean

_KEY = "option"


@dataclass(frozen=True, slots=True)
class Spec:
    """What is said of an option beside its name and default."""

    help: str
    """What it means, in one or two sentences; for manuals, forms and ``--help``."""
    kind: type
    """Type of its values as text gives them: str, int, float, bool or Path."""
    choices: tuple[str, ...] = ()
    """The names that it takes; empty: any."""
    above: float | None = None
    """Numbers must be greater than this."""
    least: int | None = None
    """Whole numbers must be this or more."""
    unit: str = ""
    """Unit of a number."""
    section: str = "Solving"
    """Heading that it stands under in manuals and forms."""

    def check(self, name: str, value: Any) -> None:
        """Refuse a value that is out of range.

        Raises
        ------
        InputError
            If it is.
        """
        if self.choices and isinstance(value, str):
            require(
                value in self.choices,
                f"{name} {value!r}: expected {_either(self.choices)}"
                f"{did_you_mean(value, self.choices)}",
            )
        elif self.choices and self.kind is str:
            require(False, f"{name} {value!r}: expected {_either(self.choices)}")
        if self.above is not None:
            fits = isinstance(value, Real) and not isinstance(value, bool)
            fits = fits and self.above < float(value) < float("inf")
            unit = f" (in {self.unit})" if self.unit else ""
            require(fits, f"{name} {value!r}: must be above {self.above:g}{unit}")
        if self.least is not None:
            whole(name, value, self.least)


def _either(names: tuple[str, ...]) -> str:
    return " or ".join(names) if len(names) == 2 else ", ".join(names)


def about(help: str, kind: type = str, **facts: Any) -> dict[str, Spec]:  # noqa: A002
    """Return the metadata of a dataclass field that is an option; see `option`."""
    return {_KEY: Spec(help, kind, **facts)}


def option(default: Any, help: str, kind: type = str, **facts: Any) -> Any:  # noqa: A002
    """Return a dataclass field that is an option.

    Parameters
    ----------
    default : object
        Its default.
    help : str
        What it means.
    kind : type
        Type of its values as text gives them.
    **facts
        Other fields of `Spec`.
    """
    return dataclasses.field(default=default, metadata=about(help, kind, **facts))


@dataclass(frozen=True, slots=True)
class Option:
    """An option of a class."""

    name: str
    default: Any
    spec: Spec


def options_of(kind: Any) -> Iterator[Option]:
    """Yield the options of a dataclass (or of an instance), in order."""
    for own in dataclasses.fields(kind):
        if _KEY in own.metadata:
            yield Option(own.name, own.default, own.metadata[_KEY])


def check(options: Any) -> None:
    """Refuse values that are out of range; the default is always allowed.

    Raises
    ------
    InputError
        If one is.
    """
    for own in options_of(options):
        value = getattr(options, own.name)
        if value is not own.default:
            own.spec.check(own.name, value)
