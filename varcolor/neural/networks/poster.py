"""Encoder and decoder with features of the whole picture: chroma from lightness.

The encoder halves the size three times by strided convolutions 3x3 with ReLUs, to 4 ``width``
channels at H/8. A pooling branch (two strided convolutions, the mean over the picture, a linear
layer) gives ``pooled`` numbers of the whole picture, which are repeated at every place beside the
encoder's channels and mixed in by a convolution 1x1. In its place may stand a ``backbone`` of
torchvision, by its name there: the 1000 numbers of its last layer, which is not trained further.

``poster-regression`` answers with 128 tanh(y), enlarged from H/2 by repetition. ``poster-394`` has
a distribution over ``bins`` colours at H/2, which are part of its file: those of the cells of 8 x 8
units of a* and b* that occur in the pictures that it was trained on. Its answer is the annealed
mean sum_i q_i bin_i with q = softmax(logits / 0.38), enlarged bilinearly.

References
----------
F. Baldassarre, D. González Morín, L. Rodés-Guirao, "Deep Koalarization", 2017 (the design, with a
vector of Inception-ResNet-v2). R. Zhang, P. Isola, A. Efros, "Colorful image colorization", ECCV
2016 (annealed mean).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Any

from varcolor.errors import InputError, MissingExtra
from varcolor.neural.networks.base import Conventions, Form
from varcolor.neural.networks.inputs import setting
from varcolor.neural.networks.unet import continued
from varcolor.typing import FloatArray

_SCALE, _MULTIPLE, _CLASSES = 128.0, 8, 1000


def build(width: int = 64, pooled: int = 256, bins: int = 0, backbone: str = "") -> Any:
    """Return the module, with random weights.

    Parameters
    ----------
    width : int
        Channels of the first convolution.
    pooled : int
        Numbers of the whole picture.
    bins : int
        Colours of the distribution; 0: regression.
    backbone : str
        Name of a classifier of torchvision in place of the pooling branch; empty: none.
    """
    import torch
    from torch import nn

    w, relu = width, nn.ReLU

    def rows(*widths: int, strides: tuple[int, ...] = ()) -> list[Any]:
        layers: list[Any] = []
        for k, (before, after) in enumerate(pairwise(widths)):
            step = strides[k] if strides else 1
            layers += [nn.Conv2d(before, after, 3, stride=step, padding=1), relu()]
        return layers

    net = nn.Module()
    chain = (1, w, 2 * w, 2 * w, 4 * w, 4 * w, 8 * w, 8 * w, 4 * w)
    net.encoder = nn.Sequential(*rows(*chain, strides=(2, 1, 2, 1, 2, 1, 1, 1)))
    if backbone:
        net.backbone, pooled = _backbone(backbone), _CLASSES
    else:
        net.whole = nn.Sequential(*rows(4 * w, 4 * w, 4 * w, strides=(2, 2)))
        net.pooled = nn.Linear(4 * w, pooled)
    mixed = 8 * w if bins else 4 * w
    net.fusion = nn.Sequential(nn.Conv2d(4 * w + pooled, mixed, 1), relu())
    twice = nn.Upsample(scale_factor=2, mode="nearest")
    if bins:
        layers = [*rows(8 * w, 8 * w), twice, *rows(8 * w, 4 * w), twice]
        net.decoder = nn.Sequential(*layers, nn.Conv2d(4 * w, bins, 3, padding=1))
        net.register_buffer("bins", torch.zeros(bins, 2))
    else:
        layers = [*rows(4 * w, 2 * w), twice, *rows(2 * w, w, w), twice, *rows(w, w // 2)]
        net.decoder = nn.Sequential(*layers, nn.Conv2d(w // 2, 2, 3, padding=1), nn.Tanh(), twice)
    return net


def _backbone(name: str) -> Any:
    """Return a classifier of torchvision, that is not trained; its numbers come from a file."""
    try:
        from torchvision.models import get_model
    except ImportError as error:
        raise MissingExtra(f"backbone {name!r} needs torchvision ({error})") from None
    try:
        return get_model(name, weights=None).requires_grad_(False)
    except ValueError:
        raise InputError(f"torchvision has no model {name!r}") from None


def _decoded(net: Any, x: Any) -> Any:
    """Return what the decoder gives for pictures whose sides are multiples of 8."""
    from torch import cat

    coded = net.encoder(x)
    if hasattr(net, "backbone"):
        # Grey level for R, G and B, about as its photos are normalised: mean 0.45, deviation 0.23.
        level = (x * 1.0 + 0.5 - 0.45) / 0.23
        vector = net.backbone.eval()(level.expand(-1, 3, -1, -1))[:, :, None, None]
    else:
        vector = net.pooled(net.whole(coded).mean(dim=(2, 3)))[:, :, None, None]
    both = cat([coded, vector.expand(-1, -1, *coded.shape[2:])], dim=1)
    return net.decoder(net.fusion(both))


def chroma(net: Any, x: Any, own: Conventions, extra: Any) -> Any:
    """Return a*, b* (N, 2, H, W) of the regression."""
    return _decoded(net, continued(x, _MULTIPLE))[..., : x.shape[2], : x.shape[3]] * _SCALE


def logits(net: Any, x: Any, own: Conventions, extra: Any) -> Any:
    """Return the logits (N, B, H/2, W/2)."""
    return _decoded(net, x)


def _mean(net: Any, found: Any, own: Conventions) -> Any:
    from torch import einsum
    from torch.nn.functional import interpolate

    shares = (found / own.temperature).softmax(dim=1)
    mean = einsum("nbhw,bc->nchw", shares, net.bins.to(shares.dtype))
    return interpolate(mean, scale_factor=2, mode="bilinear", align_corners=False)


def mean_chroma(net: Any, x: Any, own: Conventions, extra: Any) -> Any:
    """Return a*, b* (N, 2, H, W), the annealed mean."""
    return _mean(net, logits(net, x, own, extra), own)


def both(net: Any, x: Any, own: Conventions, extra: Any) -> tuple[Any, Any]:
    """Return the annealed mean and the logits from one pass."""
    found = logits(net, x, own, extra)
    return _mean(net, found, own), found


def _no_bins() -> FloatArray:
    raise InputError("the bins of this network lie in its file")


def _variant_regression(settings: Mapping[str, Any]) -> Form:
    known = setting(settings, {"width": 64, "pooled": 256, "backbone": ""})
    return replace(REGRESSION, build=partial(build, **known))


def _variant_bins(settings: Mapping[str, Any]) -> Form:
    known = setting(settings, {"width": 64, "pooled": 256, "bins": 394, "backbone": ""})
    return replace(BINS, build=partial(build, **known))


REGRESSION = Form(
    "poster-regression",
    build,
    Conventions(),
    chroma,
    None,
    None,
    None,
    hints=False,
    channels=1,
    variant=_variant_regression,
)
BINS = Form(
    "poster-394",
    partial(build, bins=394),
    Conventions(temperature=0.38),
    mean_chroma,
    logits,
    both,
    _no_bins,
    hints=False,
    channels=1,
    variant=_variant_bins,
    cell=2,
)
