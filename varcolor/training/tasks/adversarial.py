"""Adversarial training: a generator, and a discriminator of patches that judges its colours.

With D(L, ab) the logits of patches, ab in units of 110 for both, real and made:

    generator:      adversarial BCE(D(L, G(L)), 1) + huber mean H(G(L) - ab) - vivid mean |G(L)|
    discriminator:  (BCE(D(L, ab), 1) + BCE(D(L, G(L)), 0)) / 2

H is Huber's loss. The scale of the generator's answer is part of the network, so that it is the
same in training and in use.

Reference: P. Isola, J.-Y. Zhu, T. Zhou, A. Efros, "Image-to-image translation with conditional
adversarial networks", CVPR 2017.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from varcolor.checks import require, whole, within
from varcolor.neural.header import Written
from varcolor.neural.networks import NETWORKS
from varcolor.neural.networks.base import Form
from varcolor.neural.networks.cgan import started
from varcolor.training.config import Config
from varcolor.training.samples import Sample
from varcolor.training.task import OnePart
from varcolor.training.tasks.regression import UNIT, arrays_of, loss_of, mean_over


def patches(width: int, levels: int) -> Any:
    """Return the discriminator: (N, 3, H, W) to logits of patches.

    Convolutions 4x4, ``levels`` of them of stride 2, then two of stride 1; leaky ReLUs; batch
    normalisation but at the first. Three levels see patches of 70 x 70 pixels.
    """
    from torch import nn

    layers: list[Any] = [nn.Conv2d(3, width, 4, 2, 1), nn.LeakyReLU(0.2)]
    before = width
    for k in range(1, levels + 1):
        after, stride = min(8, 1 << k) * width, 2 if k < levels else 1
        layers += [nn.Conv2d(before, after, 4, stride, 1, bias=False), nn.BatchNorm2d(after)]
        layers.append(nn.LeakyReLU(0.2))
        before = after
    net = nn.Sequential(*layers, nn.Conv2d(before, 1, 4, 1, 1))
    net.apply(started)
    return net


@dataclass(frozen=True, slots=True, kw_only=True)
class Adversarial(OnePart):
    """Chroma by a generator that a discriminator judges."""

    name: ClassVar[str] = "adversarial"

    network: str = "cgan"
    """The generator."""
    adversarial: float = 1.0
    """Weight of the discriminator's judgement."""
    regression: float = 5.0
    """Weight of Huber's loss."""
    huber: float = 0.5
    """Where it becomes linear, in units of 110."""
    vivid: float = 0.0
    """Weight of the mean |a*|, |b*|, which is subtracted."""
    width: int = 64
    """Channels of the discriminator's first level."""
    levels: int = 3
    """Halvings of the discriminator."""

    def __post_init__(self) -> None:
        for name in ("adversarial", "regression", "vivid"):
            within(name, getattr(self, name), 0.0, 1e3)
        within("huber", self.huber, 1e-6, 10.0)
        whole("width", self.width, 1, 4096)
        whole("levels", self.levels, 1, 8)
        require(not NETWORKS[self.network].hints, f"{self.network} takes hints")

    def form(self) -> Form:
        """Return the generator without weights."""
        return NETWORKS[self.network]  # type: ignore[no-any-return]

    def build(self, config: Config) -> Any:
        """Return generator and discriminator with random weights."""
        from torch import nn

        net = nn.Module()
        net.generator = self.form().with_settings(config.network).build()
        net.discriminator = patches(self.width, self.levels)
        return net

    def parts(self, module: Any) -> Mapping[str, Iterable[Any]]:
        """Return the generator's and the discriminator's weights."""
        return {
            "generator": list(module.generator.parameters()),
            "discriminator": list(module.discriminator.parameters()),
        }

    def batch(self, samples: Sequence[Sample], rng: np.random.Generator) -> Mapping[str, Any]:
        """Return input, chroma and what counts."""
        return arrays_of(self.form(), samples)

    def loss(
        self, module: Any, batch: Mapping[str, Any], step: int, part: str
    ) -> tuple[Any, Mapping[str, float]]:
        """Return the loss of the generator or of the discriminator."""
        from torch import cat, no_grad

        form, x = self.form(), batch["x"]
        if part == "generator":
            made = form.chroma(module.generator, x, form.conventions, None) / UNIT
            judged = _bce(module.discriminator(cat([x, made], dim=1)), 1.0)
            error = mean_over(loss_of("huber", made - batch["ab"], self.huber), batch["seen"])
            vivid = mean_over(made.abs(), batch["seen"])
            loss = self.adversarial * judged + self.regression * error - self.vivid * vivid
            return loss, {"judged": float(judged.detach()), "huber": float(error.detach())}
        with no_grad():
            made = form.chroma(module.generator, x, form.conventions, None) / UNIT
        real = _bce(module.discriminator(cat([x, batch["ab"]], dim=1)), 1.0)
        false = _bce(module.discriminator(cat([x, made], dim=1)), 0.0)
        return (real + false) / 2, {}

    def score(self, module: Any, batch: Mapping[str, Any]) -> float:
        """Return Huber's loss on held-out pictures: what a discriminator says is no measure."""
        form = self.form()
        made = form.chroma(module.generator, batch["x"], form.conventions, None) / UNIT
        error = loss_of("huber", made - batch["ab"], self.huber)
        return float(mean_over(error, batch["seen"]))

    def weights(self, module: Any) -> Mapping[str, Any]:
        """Return the generator's tensors."""
        return dict(module.generator.state_dict())

    def written(self, config: Config) -> Written | None:
        """Return the generator and its settings."""
        return Written(network=self.network, settings=config.network)


def _bce(logits: Any, truth: float) -> Any:
    from torch.nn.functional import binary_cross_entropy_with_logits

    return binary_cross_entropy_with_logits(logits, logits.new_full((), truth).expand_as(logits))
