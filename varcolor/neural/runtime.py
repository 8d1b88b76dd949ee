"""PyTorch, imported when it is needed: devices, threads, precision and what memory is left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from varcolor.errors import BackendError, InputError, MissingExtra

if TYPE_CHECKING:
    from varcolor.neural.networks.base import Network

INSTALL = "pip install 'varcolor[neural]'"
#: Types of numbers on the GPU: "auto" takes bfloat16 where the device has it, else float16.
PRECISIONS = ("float32", "auto", "bfloat16", "float16")


def import_torch() -> Any:
    """Return PyTorch.

    Raises
    ------
    MissingExtra
        If it is not installed.
    """
    try:
        import torch
    except ImportError as error:
        raise MissingExtra(f"networks need PyTorch ({error}): {INSTALL}") from None
    return torch


def checked_device(device: str) -> str:
    """Return the device to use: ``"auto"`` is CUDA where it is, else the CPU.

    Raises
    ------
    InputError
        For other names than auto, cpu, cuda and cuda:N.
    BackendError
        If CUDA is asked for where there is none.
    """
    torch = import_torch()
    kind, _, number = str(device).partition(":")
    if kind not in ("auto", "cpu", "cuda") or (
        number and not (kind == "cuda" and number.isdigit())
    ):
        raise InputError(f"device {device!r}: expected auto, cpu, cuda or cuda:N")
    there = bool(torch.cuda.is_available())
    if kind == "auto":
        return "cuda" if there else "cpu"
    if kind == "cuda":
        if not there:
            raise BackendError("device cuda: there is no CUDA device here; use device cpu")
        count = int(torch.cuda.device_count())
        if number and int(number) >= count:
            raise BackendError(f"device {device}: there are {count} CUDA devices, from cuda:0")
    return str(device)


def run(net: Network, work: Callable[[Any, Any, Any], Any], x: Any, extra: Any) -> Any:
    """Return what ``work(module, tensor, extra)`` gives, as arrays.

    Out of memory on the device, the work is done on the CPU, the network stays there, and a note
    says so.
    """
    torch = import_torch()
    try:
        return _run(torch, net, work, x, extra)
    except torch.cuda.OutOfMemoryError:
        if net.device == "cpu":
            raise
    net.notes += (f"{net.name}: out of memory on {net.device}, run on the CPU",)
    net.module.to("cpu")
    net.device = "cpu"
    return _run(torch, net, work, x, extra)


def _run(torch: Any, net: Network, work: Callable[..., Any], x: Any, extra: Any) -> Any:
    tensor = torch.from_numpy(x).to(net.device)
    more = None if extra is None else tuple(torch.from_numpy(e).to(net.device) for e in extra)
    with torch.inference_mode(), _threads(torch, net.threads), _precision(torch, net):
        try:
            found = work(net.module, tensor, more)
        except RuntimeError as error:
            # PyTorch's allocator of the CPU has no class of its own for it.
            if "can't allocate memory" in str(error) or "not enough memory" in str(error):
                height, width = x.shape[-2:]
                raise BackendError(
                    f"{net.name} at {width} x {height}: out of memory; take a smaller net size"
                ) from None
            raise
        if isinstance(found, tuple):
            return tuple(_array(part) for part in found)
        return _array(found)


def _array(tensor: Any) -> Any:
    return tensor.float().cpu().numpy()


@contextmanager
def _threads(torch: Any, count: int | None) -> Iterator[None]:
    """Let PyTorch take so many threads, for a while."""
    before = torch.get_num_threads()
    if count is not None and count != before:
        torch.set_num_threads(max(1, count))
    try:
        yield
    finally:
        if torch.get_num_threads() != before:
            torch.set_num_threads(before)


@contextmanager
def _precision(torch: Any, net: Network) -> Iterator[None]:
    """Compute with fewer bits on the GPU, if that was asked for."""
    if net.precision == "float32" or not net.device.startswith("cuda"):
        yield
        return
    kind = net.precision
    if kind == "auto":
        kind = "bfloat16" if torch.cuda.is_bf16_supported() else "float16"
    with torch.autocast("cuda", dtype=getattr(torch, kind)):
        yield
