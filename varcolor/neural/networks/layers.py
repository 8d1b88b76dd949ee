"""Rows of layers that the networks share; PyTorch's containers give the keys of the files."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any


def block(widths: Sequence[int], *, dilation: int = 1, stride: int = 1, norm: bool = True) -> Any:
    """Return convolutions 3x3, each with a ReLU after it, and a batch normalisation at the end.

    Parameters
    ----------
    widths : sequence of int
        Channels of the input and of every convolution's output.
    dilation, stride : int
        Of all, and of the last convolution.
    norm : bool
        Whether there is a batch normalisation.
    """
    from torch import nn

    layers: list[Any] = []
    last = len(widths) - 2
    for k, (before, after) in enumerate(pairwise(widths)):
        step = stride if k == last else 1
        own = {"padding": dilation, "dilation": dilation, "stride": step}
        layers += [nn.Conv2d(before, after, 3, **own), nn.ReLU()]
    return nn.Sequential(*layers, *([nn.BatchNorm2d(widths[-1])] if norm else []))


def trunk(first: int, width: int = 64) -> Any:
    """Return the encoder and decoder of the hint networks, ``first`` channels in, 2 ``width`` out.

    Blocks 1 to 10 with additive shortcuts 3 to 8, 2 to 9 and 1 to 10, and the 1x1 convolution of
    the answer. Subsampling is plain striding, done between the blocks by `encode`.
    """
    from torch import nn

    net = nn.Module()
    one, two, four, eight = (width * k for k in (1, 2, 4, 8))
    widths = [(first, one, one), (one, two, two), (two, four, four, four), (four, *(eight,) * 3)]
    for k, own in enumerate(widths):
        net.add_module(f"model{k + 1}", block(own))
    for k, dilation in ((5, 2), (6, 2), (7, 1)):
        net.add_module(f"model{k}", block((eight,) * 4, dilation=dilation))
    up = ((8, eight, four), (9, four, two), (10, two, two))
    shorts = ("model3short8", "model2short9", "model1short10")
    from_ = ((four, four), (two, two), (one, two))
    for (k, before, after), name, own in zip(up, shorts, from_, strict=True):
        net.add_module(f"model{k}up", nn.Sequential(nn.ConvTranspose2d(before, after, 4, 2, 1)))
        net.add_module(name, nn.Sequential(nn.Conv2d(*own, 3, padding=1)))

    def same(width: int) -> Any:
        return nn.Conv2d(width, width, 3, padding=1)

    relu = nn.ReLU
    net.model8 = nn.Sequential(relu(), same(four), relu(), same(four), relu(), nn.BatchNorm2d(four))
    net.model9 = nn.Sequential(relu(), same(two), relu(), nn.BatchNorm2d(two))
    net.model10 = nn.Sequential(relu(), same(two), nn.LeakyReLU(0.2))
    net.model_out = nn.Sequential(nn.Conv2d(two, 2, 1), nn.Tanh())
    return net


def encode(net: Any, x: Any, added: Any = None) -> tuple[Any, Any, Any, Any]:
    """Return what blocks 1, 2, 3 and 7 give; ``added`` is added to what block 4 gives."""
    first = net.model1(x)
    second = net.model2(first[:, :, ::2, ::2])
    third = net.model3(second[:, :, ::2, ::2])
    deep = net.model4(third[:, :, ::2, ::2])
    if added is not None:
        deep = deep + added
    return first, second, third, net.model7(net.model6(net.model5(deep)))


def eighth(net: Any, coded: tuple[Any, Any, Any, Any]) -> Any:
    """Return what block 8 gives, (N, 256, H/4, W/4)."""
    return net.model8(net.model8up(coded[3]) + net.model3short8(coded[2]))


def answer(net: Any, coded: tuple[Any, Any, Any, Any], at_eight: Any) -> Any:
    """Return the regression (N, 2, H, W) in -1..1."""
    ninth = net.model9(net.model9up(at_eight) + net.model2short9(coded[1]))
    return net.model_out(net.model10(net.model10up(ninth) + net.model1short10(coded[0])))
