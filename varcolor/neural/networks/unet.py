"""U-Nets: chroma from lightness by an encoder and a decoder with concatenated shortcuts.

Every level has two convolutions 3x3 without bias, each with batch normalisation and a ReLU;
channels double from level to level, ``width`` at the first. Downwards by max-pooling or by strided
convolutions 3x3; upwards by transposed convolutions 2x2 of stride 2, or by resize-convolutions
(bilinear enlargement, then 3x3), which have no overlap that could print a pattern of period two.
A picture whose sides are no multiples of 2^depth is continued by its border.

``colornet-gray`` is fed with the grey level, 0..1, ``colornet-l`` and ``colornet-v2`` with L* /
255; all answer (a*, b*) as y with ab = 255 y - 128.

References
----------
O. Ronneberger, P. Fischer, T. Brox, "U-Net", MICCAI 2015. A. Odena, V. Dumoulin, C. Olah,
"Deconvolution and checkerboard artifacts", Distill 2016.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from varcolor.errors import InputError
from varcolor.neural.networks.base import Conventions, Form
from varcolor.neural.networks.inputs import setting

#: y of the answer: ab = SCALE y + SHIFT.
SCALE, SHIFT = 255.0, -128.0
_DOWN, _UP = ("max-pool", "strided"), ("transposed", "resize")


def build(width: int = 64, depth: int = 4, down: str = "max-pool", up: str = "transposed") -> Any:
    """Return the module, with random weights.

    Parameters
    ----------
    width : int
        Channels of the first level.
    depth : int
        Halvings of the size.
    down : {"max-pool", "strided"}
        How it is halved.
    up : {"transposed", "resize"}
        How it is doubled.
    """
    from torch import nn

    if down not in _DOWN or up not in _UP:
        raise InputError(f"a U-Net of {down!r} and {up!r}: expected of {_DOWN} and {_UP}")
    net = nn.Module()
    net.depth = depth
    net.level0 = _twice(1, width)
    for k in range(1, depth + 1):
        before, after = width << (k - 1), width << k
        halve = nn.MaxPool2d(2)
        if down == "strided":
            halve = nn.Conv2d(before, before, 3, stride=2, padding=1)
        net.add_module(f"down{k}", halve)
        net.add_module(f"level{k}", _twice(before, after))
        double = nn.ConvTranspose2d(after, before, 2, stride=2)
        if up == "resize":
            enlarge = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False)
            double = nn.Sequential(enlarge, nn.Conv2d(after, before, 3, padding=1))
        net.add_module(f"up{k}", double)
        net.add_module(f"back{k}", _twice(after, before))
    net.out = nn.Conv2d(width, 2, 1)
    nn.init.zeros_(net.out.weight)
    nn.init.constant_(net.out.bias, -SHIFT / SCALE)  # the first answer is grey
    return net


def _twice(before: int, after: int) -> Any:
    from torch import nn

    layers: list[Any] = []
    for width in (before, after):
        layers += [nn.Conv2d(width, after, 3, padding=1, bias=False), nn.BatchNorm2d(after)]
        layers.append(nn.ReLU())
    return nn.Sequential(*layers)


def continued(x: Any, multiple: int) -> Any:
    """Return pictures (N, C, H, W) continued by their border to multiples of ``multiple``."""
    from torch.nn.functional import pad

    rows, columns = (-side % multiple for side in x.shape[-2:])
    return pad(x, (0, columns, 0, rows), mode="replicate") if rows or columns else x


def chroma(net: Any, x: Any, own: Conventions, extra: Any) -> Any:
    """Return a*, b* (N, 2, H, W)."""
    from torch import cat

    height, width = x.shape[-2:]
    found = [net.level0(continued(x, 1 << net.depth))]
    for k in range(1, net.depth + 1):
        found.append(getattr(net, f"level{k}")(getattr(net, f"down{k}")(found[-1])))
    y = found.pop()
    for k in range(net.depth, 0, -1):
        y = getattr(net, f"back{k}")(cat([found.pop(), getattr(net, f"up{k}")(y)], dim=1))
    return net.out(y)[..., :height, :width] * SCALE + SHIFT


def _form(name: str, conventions: Conventions, down: str, up: str) -> Form:
    known = {"width": 64, "depth": 4, "down": down, "up": up}

    def variant(settings: Mapping[str, Any]) -> Form:
        return replace(own, build=partial(build, **setting(settings, known)))

    made = partial(build, down=down, up=up)
    own = Form(
        name, made, conventions, chroma, None, None, None, hints=False, channels=1, variant=variant
    )
    return own


_OF_L = Conventions(l_cent=0.0, l_scale=255.0)
COLORNET_GRAY = _form(
    "colornet-gray", Conventions(l_cent=0.0, level=True), "max-pool", "transposed"
)
COLORNET_L = _form("colornet-l", _OF_L, "max-pool", "transposed")
COLORNET_V2 = _form("colornet-v2", _OF_L, "strided", "resize")
