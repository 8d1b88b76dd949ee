"""Refusals of options that are out of range."""

from __future__ import annotations

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
