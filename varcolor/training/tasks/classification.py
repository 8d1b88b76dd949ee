"""Classification: the distribution of colours at cells, over bins; softly encoded, rebalanced.

With q the soft encoding of a cell's colour (`varcolor.training.bins`), p the network's
distribution and w the weight of the bin that is nearest to the colour, the loss is the mean over
cells of -w sum_i q_i log p_i. With ``rebalancing`` off, w = 1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from varcolor.checks import require, whole, within
from varcolor.neural.header import Written
from varcolor.neural.networks import NETWORKS
from varcolor.neural.networks.base import Form
from varcolor.training.backbone import with_backbone
from varcolor.training.bins import Table, cells_of, colours_of, encoded, own_bins, table_of
from varcolor.training.config import Config
from varcolor.training.samples import Sample
from varcolor.training.sources import Entry
from varcolor.training.task import OnePart, silent
from varcolor.training.tasks.regression import arrays_of, widened

#: Networks whose bins are those of the pictures that they are trained on.
_OWN_BINS = ("poster-394",)


def soft_cross_entropy(logits: Any, index: Any, shares: Any) -> Any:
    """Return -sum_i q_i log softmax(logits)_i, (N, 1, h, w).

    ``logits`` (N, Q, h, w); ``index`` and ``shares`` (N, K, h, w): the bins of q that are not 0.
    """
    logs = logits.log_softmax(dim=1).gather(1, index)
    return -(shares * logs).sum(dim=1, keepdim=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Classification(OnePart):
    """Chroma by a distribution over bins."""

    name: ClassVar[str] = "classification"

    network: str
    """A network with a distribution."""
    neighbours: int = 5
    """Bins that share a colour."""
    sigma: float = 5.0
    """Standard deviation of their Gaussian, in units of CIELAB."""
    rebalancing: bool = True
    """Whether rare colours count more."""
    mix: float = 0.5
    """Part of the uniform distribution in the weights, 0 to 1."""
    smooth: float = 5.0
    """Gaussian that shares of bins are smoothed by, in units of CIELAB."""
    step: float = 8.0
    """Side of the bins of one's own pictures, for networks that have such."""
    temperature: float = 0.38
    """T of the annealed mean, in use."""
    backbone_weights: str = ""
    """File of the weights of ``network.backbone``, for networks that have one."""
    table: Any = None
    """Bins and weights; they are counted before the first step."""

    def __post_init__(self) -> None:
        whole("neighbours", self.neighbours, 1, 64)
        within("sigma", self.sigma, 1e-3, 100.0)
        within("mix", self.mix, 0.0, 1.0)
        within("smooth", self.smooth, 0.0, 100.0)
        within("step", self.step, 1.0, 64.0)
        within("temperature", self.temperature, 1e-3, 10.0)
        form = NETWORKS[self.network]
        fits = form.logits is not None and not form.hints
        require(fits, f"{self.network} has no distribution, or takes hints")

    def prepared(
        self,
        entries: Sequence[Entry],
        config: Config,
        tell: Callable[[str, float], None] = silent,
    ) -> Classification:
        """Return the task with its bins, their shares and weights."""
        colours = colours_of(entries, config)
        if self.network in _OWN_BINS:
            bins = own_bins(colours, self.step)
        else:
            found = self.form().bins
            assert found is not None
            bins = found()
        return replace(self, table=table_of(colours, bins, self.mix, self.smooth))

    def form(self) -> Form:
        """Return the network without weights."""
        return NETWORKS[self.network]  # type: ignore[no-any-return]

    def _settings(self, config: Config) -> dict[str, Any]:
        own = dict(config.network)
        if self.network in _OWN_BINS:
            own["bins"] = len(self.table.bins)
        return own

    def build(self, config: Config) -> Any:
        """Return the network with random weights, and its bins."""
        from torch import tensor

        form = self.form().with_settings(self._settings(config))
        net = with_backbone(form.build(), form, self.backbone_weights)
        bins = tensor(self.table.bins, dtype=net.state_dict()[next(iter(net.state_dict()))].dtype)
        if self.network in _OWN_BINS:
            net.bins.copy_(bins)
        else:  # a convolution 1x1 that is not trained holds the bins
            scale = self.form().conventions.ab_out
            net.model_out.weight.data.copy_((bins / scale).T[:, :, None, None])
            net.model_out.weight.requires_grad_(False)
        return net

    def batch(self, samples: Sequence[Sample], rng: np.random.Generator) -> Mapping[str, Any]:
        """Return input, soft encoding at cells, weights and what counts."""
        form, own = self.form(), self.table
        assert isinstance(own, Table)
        found = arrays_of(form, samples)
        ab = cells_of(np.stack([s.ab for s in samples]), form.cell)
        seen = np.stack([s.seen for s in samples])[..., None].astype(np.float64)
        index, shares = encoded(ab, own.bins, self.neighbours, self.sigma)
        weight = own.weights[index[..., :1]] if self.rebalancing else np.ones((*ab.shape[:3], 1))
        found["index"] = np.moveaxis(index, 3, 1)
        found["shares"] = np.moveaxis(shares, 3, 1).astype(np.float32)
        found["weight"] = np.moveaxis(weight * cells_of(seen, form.cell), 3, 1).astype(np.float32)
        return found

    def loss(
        self, module: Any, batch: Mapping[str, Any], step: int, part: str
    ) -> tuple[Any, Mapping[str, float]]:
        """Return the mean weighted cross entropy."""
        form = self.form()
        assert form.logits is not None
        logits = form.logits(module, batch["x"], form.conventions, None)
        entropy = soft_cross_entropy(widened(logits), batch["index"], batch["shares"])
        return (entropy * batch["weight"]).mean(), {}

    def score(self, module: Any, batch: Mapping[str, Any]) -> float:
        """Return the mean loss on held-out pictures."""
        return float(self.loss(module, batch, 0, "network")[0])

    def written(self, config: Config) -> Written | None:
        """Return the network, its settings and the temperature of its mean."""
        return Written(
            network=self.network,
            settings=self._settings(config),
            temperature=self.temperature,
        )
