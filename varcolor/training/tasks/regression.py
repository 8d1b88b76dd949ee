"""Regression: the chroma of every pixel, by the mean of a loss of its error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from varcolor.checks import require, within
from varcolor.neural.header import Written
from varcolor.neural.networks import NETWORKS
from varcolor.neural.networks.base import Form
from varcolor.neural.networks.inputs import planes_of
from varcolor.training.backbone import with_backbone
from varcolor.training.config import Config
from varcolor.training.samples import Sample
from varcolor.training.task import OnePart

#: Errors of a* and b* are divided by this before the loss.
UNIT = 110.0


def loss_of(kind: str, error: Any, huber: float) -> Any:
    """Return the loss of errors, elementwise: l2 e^2, l1 |e|, or Huber's with this width."""
    from torch.nn.functional import huber_loss

    if kind == "l2":
        return error**2
    if kind == "l1":
        return error.abs()
    return huber_loss(error, error.new_zeros(()).expand_as(error), reduction="none", delta=huber)


def widened(values: Any) -> Any:
    """Return numbers of half precision as float32; others as they are."""
    return values.float() if values.element_size() < 4 else values


def mean_over(values: Any, seen: Any) -> Any:
    """Return the mean of values (N, C, H, W) over the pixels seen (N, 1, H, W)."""
    return (values * seen).sum() / (seen.sum() * values.shape[1]).clamp(min=1)


def arrays_of(form: Form, samples: Sequence[Sample]) -> dict[str, Any]:
    """Return input, ab / UNIT (N, 2, H, W) and the pixels that count (N, 1, H, W) of samples."""
    light = np.stack([s.light for s in samples])
    ab = np.stack([s.ab for s in samples])
    return {
        "x": planes_of(form, form.conventions, light, None, None),
        "ab": np.moveaxis(ab, 3, 1).astype(np.float32) / np.float32(UNIT),
        "seen": np.stack([s.seen for s in samples])[:, None].astype(np.float32),
    }


def distance(module: Any, form: Form, batch: Mapping[str, Any]) -> float:
    """Return the mean distance of the answer in the a*, b* plane, in units of CIELAB."""
    found = form.chroma(module, batch["x"], form.conventions, None)
    off = ((found.float() - batch["ab"] * UNIT) ** 2).sum(dim=1, keepdim=True).sqrt()
    return float(mean_over(off, batch["seen"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Regression(OnePart):
    """Chroma by regression."""

    name: ClassVar[str] = "regression"

    network: str
    """A network that answers with chroma (`varcolor.neural.networks.NETWORKS`)."""
    kind: str = "l2"
    """l2, l1 or huber, of errors in units of 110."""
    huber: float = 0.1
    """Where Huber's loss becomes linear."""
    backbone_weights: str = ""
    """File of the weights of ``network.backbone``, for networks that have one."""

    def __post_init__(self) -> None:
        require(self.kind in ("l2", "l1", "huber"), f"kind {self.kind!r}: expected l2, l1, huber")
        within("huber", self.huber, 1e-6, 10.0)
        require(not NETWORKS[self.network].hints, f"{self.network} takes hints: use the task hints")

    def form(self) -> Form:
        """Return the network without weights."""
        return NETWORKS[self.network]  # type: ignore[no-any-return]

    def build(self, config: Config) -> Any:
        """Return the network with random weights."""
        form = self.form().with_settings(config.network)
        return with_backbone(form.build(), form, self.backbone_weights)

    def batch(self, samples: Sequence[Sample], rng: np.random.Generator) -> Mapping[str, Any]:
        """Return input, chroma and what counts."""
        return arrays_of(self.form(), samples)

    def loss(
        self, module: Any, batch: Mapping[str, Any], step: int, part: str
    ) -> tuple[Any, Mapping[str, float]]:
        """Return the mean loss."""
        own = self.form()
        error = own.chroma(module, batch["x"], own.conventions, None) / UNIT - batch["ab"]
        return mean_over(loss_of(self.kind, error, self.huber), batch["seen"]), {}

    def score(self, module: Any, batch: Mapping[str, Any]) -> float:
        """Return the mean loss on held-out pictures."""
        return float(self.loss(module, batch, 0, "network")[0])

    def written(self, config: Config) -> Written | None:
        """Return the network and its settings."""
        return Written(network=self.network, settings=config.network)
