"""The module that is trained, and how a training goes on from a file of the prior `learned`.

In a file the normalisations are folded into the convolutions (`varcolor.neural.learned.folding`).
Unfolded, they are x + b with a mean of 0 and a variance of 1, and stay so: with statistics of its
own batches the network would at first compute something else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from varcolor.errors import FileError, InputError
from varcolor.neural.learned.folding import layers
from varcolor.neural.learned.kernel import kernel_class
from varcolor.neural.learned.net import DOWN, UP, WIDTHS, net_class
from varcolor.prior.learned.tensors import tensors_of
from varcolor.typing import Array

#: Name of the weights that come with varcolor.
SHIPPED = "shipped"


def build(
    widths: Sequence[int] = WIDTHS, down: Sequence[int] = DOWN, up: Sequence[int] = UP
) -> Any:
    """Return the network and its covariance as one module, ``net`` and ``kernel``.

    Raises
    ------
    InputError
        If the settings do not fit one another.
    """
    import torch

    if not (len(widths) == len(down) == len(up) + 1 and min(*widths, *down, *up) > 0):
        raise InputError(
            "network: expected as many numbers of blocks (down) as widths and one fewer (up), "
            "all above 0"
        )
    module = torch.nn.Module()
    module.net = net_class()(tuple(widths), tuple(down), tuple(up)).to(
        memory_format=torch.channels_last
    )
    module.kernel = kernel_class()()
    return module


def going_on(module: Any, start: str) -> None:
    """Give a module the weights of a file, and let its normalisations stay as they are.

    Raises
    ------
    FileError
        If it cannot be read, or is of another network.
    """
    import torch

    arrays, name = _read(start)
    net = module.net
    try:
        with torch.no_grad():
            _fill(net, module.kernel, arrays)
    except (KeyError, RuntimeError) as error:
        raise FileError(f"{name}: is of another network than [network] says ({error})") from None
    for part in net.modules():
        if isinstance(part, torch.nn.BatchNorm2d):
            part.momentum = 0.0
            part.train = lambda mode=True, part=part: part
            part.training = False


def _read(start: str) -> tuple[Mapping[str, Array], str]:
    from varcolor.prior.learned.network import shipped_network

    if start == SHIPPED:
        return shipped_network().weights, start
    try:
        data = Path(start).read_bytes()
    except OSError as error:
        raise FileError(f"{start}: cannot be read ({error.strerror or error})") from None
    return tensors_of(data, start)[0], start


def _fill(net: Any, kernel: Any, arrays: Mapping[str, Array]) -> None:
    from torch import from_numpy

    def put(target: Any, values: Array) -> None:
        if tuple(target.shape) != values.shape:
            raise RuntimeError(f"{values.shape} where {tuple(target.shape)} was expected")
        target.copy_(from_numpy(values.copy()))

    for name, conv, norm in layers(net):
        weight, bias = arrays[f"{name}.weight"], arrays[f"{name}.bias"]
        if norm is None:
            put(conv.weight, weight.T[:, :, None, None])
            put(conv.bias, bias)
            continue
        put(conv.weight, weight.transpose(3, 2, 0, 1))
        put(norm.bias, bias)
        norm.weight.fill_(1)
        norm.running_mean.zero_()
        norm.running_var.fill_(1 - norm.eps)
    put(net.overall.weight, arrays["global.weight"].T)
    put(net.overall.bias, arrays["global.bias"])
    put(net.mean, arrays["input.mean"])
    put(net.deviation, arrays["input.deviation"])
    for name, value in kernel.named_parameters():
        own = arrays[f"kernel.{name}"]
        value.copy_(from_numpy(own.copy()).log().reshape(value.shape))
