"""The generator of an adversarial training: a U-Net of strided convolutions, chroma from lightness.

``depth`` convolutions 4x4 of stride 2 with leaky ReLUs, channels from ``width`` doubling up to 8
``width``; back by transposed convolutions 4x4 of stride 2, with concatenated shortcuts; batch
normalisation but at the first and the innermost level, dropout 0.5 at the three innermost ones
while it is trained. The answer is 110 tanh(y): one factor, in training and in use. A picture whose
sides are no multiples of 2^depth is continued by its border.

Reference: P. Isola, J.-Y. Zhu, T. Zhou, A. Efros, "Image-to-image translation with conditional
adversarial networks", CVPR 2017.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from varcolor.neural.networks.base import Conventions, Form
from varcolor.neural.networks.inputs import setting
from varcolor.neural.networks.unet import continued

_DROPPED = 3


def build(width: int = 64, depth: int = 8) -> Any:
    """Return the module, with random weights, normal with deviation 0.02.

    Parameters
    ----------
    width : int
        Channels of the first level.
    depth : int
        Halvings of the size.
    """
    from torch import nn

    net = nn.Module()
    net.depth = depth
    widths = [1, *(min(8, 1 << k) * width for k in range(depth))]
    for k in range(1, depth + 1):
        before, after = widths[k - 1], widths[k]
        own = k in (1, depth)  # without normalisation
        down: list[Any] = [] if k == 1 else [nn.LeakyReLU(0.2)]
        down.append(nn.Conv2d(before, after, 4, 2, 1, bias=own))
        net.add_module(f"down{k}", nn.Sequential(*down, *([] if own else [nn.BatchNorm2d(after)])))
        wide = after if k == depth else 2 * after
        up: list[Any] = [nn.ReLU(), nn.ConvTranspose2d(wide, before if k > 1 else 2, 4, 2, 1)]
        if k > 1:
            up.append(nn.BatchNorm2d(before))
        if depth - _DROPPED <= k < depth and k > 1:
            up.append(nn.Dropout(0.5))
        net.add_module(f"up{k}", nn.Sequential(*up))
    net.apply(started)
    return net


def started(layer: Any) -> None:
    """Give a layer its first weights."""
    from torch import nn

    if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(layer.weight, 0.0, 0.02)
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)


def chroma(net: Any, x: Any, own: Conventions, extra: Any) -> Any:
    """Return a*, b* (N, 2, H, W)."""
    from torch import cat

    height, width = x.shape[-2:]
    found = [continued(x, 1 << net.depth)]
    for k in range(1, net.depth + 1):
        found.append(getattr(net, f"down{k}")(found[-1]))
    y = found.pop()
    for k in range(net.depth, 0, -1):
        y = getattr(net, f"up{k}")(y)
        if k > 1:
            y = cat([y, found.pop()], dim=1)
    return y.tanh()[..., :height, :width] * own.ab_out


def variant(settings: Mapping[str, Any]) -> Form:
    """Return the network with another ``width`` and ``depth``."""
    return replace(FORM, build=partial(build, **setting(settings, {"width": 64, "depth": 8})))


FORM = Form(
    "cgan",
    build,
    Conventions(l_scale=50.0),
    chroma,
    None,
    None,
    None,
    hints=False,
    channels=1,
    variant=variant,
)
