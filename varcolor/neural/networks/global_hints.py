"""Global hints: chroma from lightness, a histogram of colours and the mean saturation.

The trunk is that of SIGGRAPH17 with lightness as its only input, L* - 50 unscaled as in Caffe, and
tanh times 100. Beside it, (N, 314) = 313 bins of a* and b* and an indicator, and (N, 2) = mean
saturation, 0..1, and an indicator, go through 1x1 convolutions to 512 channels each; their sum
through ReLU, batch normalisation and three more such layers; and what comes out is added at every
pixel to what block 4 gives. Zeros stand for no hint: automatic colouring.

It exists for Caffe only; `varcolor.neural.networks.caffe` reads its ``.caffemodel``. The keys here
are those of SIGGRAPH17 for the trunk, and ``global_histogram``, ``global_saturation``,
``global.N``.

Reference: R. Zhang et al., "Real-time user-guided image colorization with learned deep priors",
SIGGRAPH 2017, section 3.3.
"""

from __future__ import annotations

from typing import Any

from varcolor.neural.networks.base import Conventions, Form
from varcolor.neural.networks.layers import answer, eighth, encode, trunk

#: Bins and indicator; saturation and indicator; channels.
HISTOGRAM, SATURATION, WIDTH = 314, 2, 512


def build() -> Any:
    """Return the module, with random weights."""
    from torch import nn

    net = trunk(1)
    net.global_histogram = nn.Conv2d(HISTOGRAM, WIDTH, 1)
    net.global_saturation = nn.Conv2d(SATURATION, WIDTH, 1)
    layers = [nn.ReLU(), nn.BatchNorm2d(WIDTH)]
    for _ in range(3):
        layers += [nn.Conv2d(WIDTH, WIDTH, 1), nn.ReLU(), nn.BatchNorm2d(WIDTH)]
    net.add_module("global", nn.Sequential(*layers))
    return net


def chroma(net: Any, x: Any, own: Conventions, extra: Any) -> Any:
    """Return a*, b* (N, 2, H, W); ``extra`` are histogram (N, 314, 1, 1), saturation (N, 2, 1, 1).

    The sum of (N, 512, 1, 1) with (N, 512, H/8, W/8) repeats the first at every pixel.
    """
    histogram, saturation = extra
    hint = net.global_histogram(histogram) + net.global_saturation(saturation)
    coded = encode(net, x, getattr(net, "global")(hint))
    return answer(net, coded, eighth(net, coded)) * own.ab_out


FORM = Form(
    "global-hints",
    build,
    Conventions(l_scale=1.0, ab_out=100.0),
    chroma,
    None,
    None,
    None,
    hints=False,
    channels=1,
)
