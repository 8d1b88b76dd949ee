"""ECCV16: chroma from lightness alone, by classification into 313 bins.

Input (N, 1, H, W): (L* - 50) / 100. Logits at a quarter of the size; their softmax, times the bins'
a* and b* in units of 110 (a 1x1 convolution without bias that the file holds), enlarged bilinearly.
H and W are multiples of 8. 32.2 million weights.

The annealed mean: the published method sharpens the distribution, softmax(logits / T) with T =
0.38, before the mean is taken; the Caffe release multiplies logits by 2.606 = 1 / 0.384. In the
PyTorch port no T appears, and its authors have not said whether it is part of the weights. So the
network's own output (T = 1) is what `Network.chroma` gives, and ``temperature=0.38`` applies it.

Reference: R. Zhang, P. Isola, A. Efros, "Colorful image colorization", ECCV 2016, eq. 5, and the
state_dict of its release.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from varcolor.neural.networks.base import Conventions, Form
from varcolor.neural.networks.bins import hull_bins
from varcolor.neural.networks.inputs import setting
from varcolor.neural.networks.layers import block


def build(width: int = 64) -> Any:
    """Return the module, with random weights; the published width is 64 channels."""
    from torch import nn

    net = nn.Module()
    one, two, four, eight = (width * k for k in (1, 2, 4, 8))
    widths = [(1, one, one), (one, two, two), (two, four, four, four)]
    for k, own in enumerate(widths):
        net.add_module(f"model{k + 1}", block(own, stride=2))
    net.model4 = block((four, eight, eight, eight))
    for k, dilation in ((5, 2), (6, 2), (7, 1)):
        net.add_module(f"model{k}", block((eight,) * 4, dilation=dilation))
    layers = [nn.ConvTranspose2d(eight, four, 4, 2, 1), nn.ReLU()]
    layers += [
        layer for _ in range(2) for layer in (nn.Conv2d(four, four, 3, padding=1), nn.ReLU())
    ]
    net.model8 = nn.Sequential(*layers, nn.Conv2d(four, 313, 1))
    net.model_out = nn.Conv2d(313, 2, 1, bias=False)
    return net


def logits(net: Any, x: Any, own: Conventions, extra: Any) -> Any:
    """Return the logits (N, 313, H/4, W/4)."""
    for k in range(1, 9):
        x = getattr(net, f"model{k}")(x)
    return x


def _mean(net: Any, found: Any, own: Conventions) -> Any:
    from torch.nn.functional import interpolate, softmax

    mean = net.model_out(softmax(found / own.temperature, dim=1))
    return interpolate(mean, scale_factor=4, mode="bilinear", align_corners=False) * own.ab_out


def chroma(net: Any, x: Any, own: Conventions, extra: Any) -> Any:
    """Return a*, b* (N, 2, H, W)."""
    return _mean(net, logits(net, x, own, extra), own)


def both(net: Any, x: Any, own: Conventions, extra: Any) -> tuple[Any, Any]:
    """Return chroma and logits from one pass."""
    found = logits(net, x, own, extra)
    return _mean(net, found, own), found


def variant(settings: Mapping[str, Any]) -> Form:
    """Return the network with another ``width``."""
    return replace(FORM, build=partial(build, **setting(settings, {"width": 64})))


FORM = Form(
    "eccv16",
    build,
    Conventions(),
    chroma,
    logits,
    both,
    hull_bins,
    hints=False,
    variant=variant,
)
