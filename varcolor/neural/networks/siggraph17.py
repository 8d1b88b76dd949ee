"""SIGGRAPH17: chroma from lightness and local hints, by regression; and a head of 529 bins.

Input (N, 4, H, W): (L* - 50) / 100, a* / 110, b* / 110 and the mask of hints minus `mask_cent`.
Output: tanh of a 1x1 convolution, times 110; bins at a quarter of the size by a 1x1 convolution of
block 8. H and W are multiples of 8. 34.2 million weights.

Two conventions exist: the mask is 0 or 1 (`mask_cent` 0: ``siggraph17-df00044c.pth`` and weights
converted from Caffe), or -0.5 or 0.5 (`mask_cent` 0.5: weights retrained in PyTorch). Under the
wrong one hints have next to no influence.

Reference: R. Zhang et al., "Real-time user-guided image colorization with learned deep priors",
SIGGRAPH 2017, and the state_dict of its release.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from varcolor.neural.networks.base import Conventions, Form
from varcolor.neural.networks.bins import grid_bins
from varcolor.neural.networks.inputs import setting
from varcolor.neural.networks.layers import answer, eighth, encode, trunk


def build(width: int = 64) -> Any:
    """Return the module, with random weights; the published width is 64 channels."""
    from torch import nn

    net = trunk(4, width)
    net.model_class = nn.Sequential(nn.Conv2d(4 * width, 529, 1))
    return net


def variant(settings: Mapping[str, Any]) -> Form:
    """Return the network with another ``width``."""
    return replace(FORM, build=partial(build, **setting(settings, {"width": 64})))


def chroma(net: Any, x: Any, own: Conventions, extra: Any) -> Any:
    """Return a*, b* (N, 2, H, W)."""
    coded = encode(net, x)
    return answer(net, coded, eighth(net, coded)) * own.ab_out


def logits(net: Any, x: Any, own: Conventions, extra: Any) -> Any:
    """Return the logits (N, 529, H/4, W/4)."""
    return net.model_class(eighth(net, encode(net, x)))


def both(net: Any, x: Any, own: Conventions, extra: Any) -> tuple[Any, Any]:
    """Return both, from one pass."""
    coded = encode(net, x)
    at_eight = eighth(net, coded)
    return answer(net, coded, at_eight) * own.ab_out, net.model_class(at_eight)


FORM = Form(
    "siggraph17",
    build,
    Conventions(),
    chroma,
    logits,
    both,
    grid_bins,
    hints=True,
    variant=variant,
)
