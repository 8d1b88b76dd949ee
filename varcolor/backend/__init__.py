"""Where the numerical work is done."""

from __future__ import annotations

from dataclasses import dataclass

from varcolor.errors import BackendError, InputError


@dataclass(frozen=True, slots=True)
class Backend:
    """A place to compute on; ``name`` is what a Result reports."""

    name: str


CPU = Backend("cpu")


def get_backend(name: str | Backend = "auto") -> Backend:
    """Return the backend called ``name``.

    Parameters
    ----------
    name : {"auto", "cpu", "gpu"} or Backend
        ``"auto"`` takes the best one present; today that is always the CPU.

    Raises
    ------
    BackendError
        If a GPU is asked for: this version computes on the CPU only.
    InputError
        If the name is unknown.
    """
    if isinstance(name, Backend):
        return name
    if name in ("auto", "cpu"):
        return CPU
    if name == "gpu":
        raise BackendError("this version computes on the CPU only: use backend='cpu' or 'auto'")
    raise InputError(f"unknown backend {name!r}; known: auto, cpu")
