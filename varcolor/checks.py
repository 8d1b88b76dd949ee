"""Refusals of options that are out of range."""

from __future__ import annotations

from numbers import Integral
from typing import Any

from varcolor.errors import InputError


def require(condition: bool, message: str) -> None:
    """Raise an InputError with this message unless the condition holds."""
    if not condition:
        raise InputError(message)


def within(name: str, value: float, low: float, high: float) -> None:
    """Refuse what would underflow or overflow the weights."""
    require(
        isinstance(value, int | float) and low <= value <= high,
        f"{name} {value}: expected {low:g} to {high:g}",
    )


def whole(name: str, value: Any, low: int, high: int | None = None) -> None:
    """Refuse what is no whole number of a range; True and False are none."""
    fits = isinstance(value, Integral) and not isinstance(value, bool)
    fits = fits and low <= int(value) and (high is None or int(value) <= high)
    span = f"{low} or more" if high is None else f"{low} to {high}"
    require(fits, f"{name} {value!r}: expected a whole number, {span}")
