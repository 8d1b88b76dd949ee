"""Where the numerical work is done: `Backend`, on the cores of the machine or on a GPU."""

from __future__ import annotations

from varcolor.backend.base import Backend
from varcolor.backend.cpu import CpuBackend
from varcolor.errors import InputError

__all__ = ["CPU", "Backend", "CpuBackend", "get_backend"]

CPU = CpuBackend()


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
    from varcolor.backend.cuda import CudaBackend, find_gpu

    if name == "gpu":
        return CudaBackend(wanted=True)
    return find_gpu() or CPU
