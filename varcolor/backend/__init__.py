"""Where the numerical work is done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from varcolor.errors import InputError

if TYPE_CHECKING:
    from varcolor.backend.device import Device


@dataclass(frozen=True, slots=True, eq=False)
class Backend:
    """A place to compute on; ``name`` is what a Result reports."""

    name: str
    device: Device | None = None
    """A device with a memory of its own; None = the CPU alone."""
    wanted: bool = False
    """Whether it was asked for by name, so that a user is told where it is not used."""


CPU = Backend("cpu")


def get_backend(name: str | Backend = "auto") -> Backend:
    """Return the backend called ``name``.

    Parameters
    ----------
    name : {"auto", "cpu", "gpu"} or Backend
        ``"auto"`` takes the GPU if CuPy is installed and a device answers, else the CPU.

    Raises
    ------
    BackendError
        If a GPU is asked for and there is none: the message says what is missing.
    InputError
        If the name is unknown.
    """
    if isinstance(name, Backend):
        return name
    if name == "cpu":
        return CPU
    if name not in ("auto", "gpu"):
        raise InputError(f"unknown backend {name!r}; known: auto, cpu, gpu")
    from varcolor.backend.gpu import Gpu, find_gpu

    if name == "gpu":
        return Backend("gpu", Gpu(), wanted=True)
    device = find_gpu()
    return CPU if device is None else Backend("gpu", device)
