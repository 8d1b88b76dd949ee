"""Local hints: a network that is given lightness and a few colours (SIGGRAPH17).

Hints of a picture: their number is geometric, P(n) = p (1 - p)^n; a hint is a square of 1 to 9
pixels a side around a place from a Gaussian in the middle of the picture, standard deviation a
quarter of its sides, and has the mean chroma of the square.

For the first ``warmup`` steps the loss is the cross entropy of the head of 529 bins (nearest bin
of the chroma at every fourth pixel), then ``entropy`` times that and ``regression`` times the mean
of |e|, e the error of a* and b* in units of 110.

Reference: R. Zhang et al., "Real-time user-guided image colorization with learned deep priors",
SIGGRAPH 2017, section 3.2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from varcolor.checks import require, whole, within
from varcolor.neural.header import Written
from varcolor.neural.networks import NETWORKS
from varcolor.neural.networks.base import Form
from varcolor.neural.networks.bins import SIDE, WIDTH
from varcolor.neural.networks.inputs import planes_of
from varcolor.training.config import Config
from varcolor.training.samples import Sample
from varcolor.training.task import OnePart
from varcolor.training.tasks.regression import UNIT, arrays_of, mean_over, widened
from varcolor.typing import Array, FloatArray


def hints_of(
    ab: FloatArray, share: float, largest: int, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Return hints: a*, b* (H, W, 2), 0 where there is none, and a mask (H, W) of 0 and 1.

    Parameters
    ----------
    ab : ndarray, shape (H, W, 2)
        The true chroma.
    share : float
        p of the geometric distribution of their number.
    largest : int
        Largest side of a hint, in pixels.
    rng : Generator
        Decides.
    """
    count = int(rng.geometric(share)) - 1
    return squares_of(ab, rng.integers(1, largest + 1, count).tolist(), rng)


def squares_of(
    ab: FloatArray, sides: Sequence[int], rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Return hints, as `hints_of`, of squares with these sides."""
    height, width = ab.shape[:2]
    hints, mask = np.zeros_like(ab), np.zeros((height, width), ab.dtype)
    for side in sides:
        middle = (height - side + 1) / 2, (width - side + 1) / 2
        place = rng.normal(middle, (height / 4, width / 4))
        row, column = (
            int(np.clip(p, 0, max(0, n - side)))
            for p, n in zip(place, (height, width), strict=True)
        )
        own = slice(row, row + side), slice(column, column + side)
        hints[own], mask[own] = ab[own].mean(axis=(0, 1)), 1
    return hints, mask


def nearest_bin(ab: FloatArray) -> Array:
    """Return the number of the nearest of the 529 bins of colours (..., 2)."""
    index = np.floor(ab / WIDTH + 0.5).astype(np.int64) + SIDE // 2
    index = np.clip(index, 0, SIDE - 1)
    return np.asarray(index[..., 0] * SIDE + index[..., 1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints(OnePart):
    """Chroma from lightness and local hints."""

    name: ClassVar[str] = "hints"

    network: str = "siggraph17"
    """A network that takes hints."""
    warmup: int = 10_000
    """Steps of classification alone."""
    entropy: float = 1.0
    """Weight of the cross entropy after them."""
    regression: float = 10.0
    """Weight of the mean |e|."""
    share: float = 0.125
    """p of the number of hints, whose mean is (1 - p) / p."""
    largest: int = 9
    """Largest side of a hint, in pixels."""

    def __post_init__(self) -> None:
        whole("warmup", self.warmup, 0)
        whole("largest", self.largest, 1, 99)
        within("share", self.share, 1e-3, 1.0)
        within("entropy", self.entropy, 0.0, 1e3)
        within("regression", self.regression, 0.0, 1e3)
        require(NETWORKS[self.network].hints, f"{self.network} takes no hints")

    def form(self) -> Form:
        """Return the network without weights."""
        return NETWORKS[self.network]  # type: ignore[no-any-return]

    def build(self, config: Config) -> Any:
        """Return the network with random weights."""
        return self.form().with_settings(config.network).build()

    def batch(self, samples: Sequence[Sample], rng: np.random.Generator) -> Mapping[str, Any]:
        """Return input with hints, chroma, bins at every fourth pixel and what counts."""
        form = self.form()
        found = arrays_of(form, samples)
        hints = [hints_of(s.ab, self.share, self.largest, rng) for s in samples]
        light = np.stack([s.light for s in samples])
        ab, mask = (np.stack([h[k] for h in hints]) for k in range(2))
        found["x"] = planes_of(form, form.conventions, light, ab, mask)
        every = slice(None, None, form.cell)
        found["bin"] = nearest_bin(np.stack([s.ab[every, every] for s in samples]))
        return found

    def loss(
        self, module: Any, batch: Mapping[str, Any], step: int, part: str
    ) -> tuple[Any, Mapping[str, float]]:
        """Return the loss, and both of its terms as figures."""
        from torch.nn.functional import cross_entropy

        form = self.form()
        assert form.both is not None
        found, logits = form.both(module, batch["x"], form.conventions, None)
        seen = batch["seen"][:, :, :: form.cell, :: form.cell]
        entropy = cross_entropy(widened(logits), batch["bin"], reduction="none")[:, None]
        entropy = mean_over(entropy, seen)
        error = mean_over((found / UNIT - batch["ab"]).abs(), batch["seen"])
        figures = {"entropy": float(entropy.detach()), "l1": float(error.detach())}
        if step < self.warmup:
            return entropy, figures
        return self.entropy * entropy + self.regression * error, figures

    def score(self, module: Any, batch: Mapping[str, Any]) -> float:
        """Return the mean loss on held-out pictures, that of the time after the warm-up."""
        return float(self.loss(module, batch, self.warmup, "network")[0])

    def written(self, config: Config) -> Written | None:
        """Return the network and its settings."""
        return Written(network=self.network, settings=config.network)
