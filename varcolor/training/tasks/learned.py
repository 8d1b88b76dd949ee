"""The network of the prior `learned`: features, a mean and an amplitude for its regression.

What is minimised stands in `varcolor.neural.learned.loss`. Batches are of three kinds (`KINDS`),
drawn from samples that are decoded once (`varcolor.training.tasks.kept_samples`): whole pictures
with up to 200 cues, and parts with up to 100. The greys are aged there; ``data.size``, ``fit`` and
``scale`` and [augment] play no part.

Weight decay acts on the convolutions alone; the parameters of the covariance learn faster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from varcolor.checks import require, within
from varcolor.neural.header import Written
from varcolor.neural.learned.loss import drawn, loss, scores
from varcolor.neural.learned.samples import sample_of
from varcolor.training.batches import made_ahead
from varcolor.training.config import AugmentOptions, Config
from varcolor.training.samples import Unusable
from varcolor.training.sources import Entry
from varcolor.training.tasks.kept_samples import (
    SIDES,
    Samples,
    kept_samples,
    picture_of,
    positions,
)
from varcolor.typing import Array, FloatArray


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of batch."""

    share: float
    """Of the steps."""
    side: int
    """Of the pictures."""
    more: int
    """Pictures for each of ``loop.batch``."""
    cells: int
    """Along the side of a part; half of the pixels."""
    counts: tuple[int, ...]
    """Numbers of cues."""
    places: int
    """Places of a picture that are asked for."""


KINDS = (
    Kind(0.55, 256, 1, 128, (0, 1, 2, 5, 10, 20, 50, 100, 200), 320),
    Kind(0.20, 256, 2, 80, (0, 1, 2, 4, 8, 16, 40, 90), 256),
    Kind(0.25, 160, 2, 80, (0, 1, 2, 4, 8, 16, 40, 100), 256),
)
#: Held-out pictures: numbers of cues, places, pictures of a batch.
_COUNTS, _PLACES, _TOGETHER = (0, 1, 2, 5, 10, 20, 50, 100, 200, 400), 1024, 4
#: The covariance's learning rate in parts of the network's.
_FASTER = 1.5
_STEP, _HELD_OUT = 3, 5


@dataclass(slots=True, eq=False)
class LearnedBatches:
    """Batches of kept samples."""

    entries: Sequence[Entry]
    config: Config
    samples: Samples
    kinds: tuple[Kind, ...]
    shares: Mapping[int, FloatArray]
    unusable: dict[str, str]

    def at(self, step: int) -> dict[str, Any]:
        """Return the batch of a step, from 0."""
        loop = self.config.loop
        rng = np.random.default_rng((_STEP, step, loop.seed))
        odds = np.array([kind.share for kind in self.kinds])
        kind = self.kinds[int(rng.choice(len(odds), p=odds / odds.sum()))]
        size, share = loop.batch * kind.more, self.shares[kind.side]
        some, position = self.samples.drawn(rng, kind.side, share, size, kind.cells)
        found = {"samples": some, "position": position, "counts": np.array(kind.counts)}
        return found | drawn(rng, size, kind.cells, kind.counts[-1], kind.places)

    def from_step(self, first: int, last: int) -> Iterator[Any]:
        """Yield the batches of steps ``first`` to ``last`` - 1, made ahead by threads."""
        return made_ahead(self.at, first, last, self.config.data.workers)

    def held_out(self, entries: Sequence[Entry], count: int) -> list[Any]:
        """Return batches of whole held-out pictures with greys of their own."""
        rng = np.random.default_rng(_HELD_OUT)
        found: list[Array] = []
        for entry in entries:
            if len(found) == count:
                break
            try:
                found.append(sample_of(picture_of(entry, 256, rng), None))
            except Unusable as error:
                self.unusable[str(entry)] = str(error)
        side, batches = SIDES[256], []
        place = positions(side).astype(np.float32)
        position = np.stack(np.broadcast_arrays(place[:, None], place))
        for begin in range(0, len(found), _TOGETHER):
            some = np.stack(found[begin : begin + _TOGETHER]).astype(np.float32)
            where = np.repeat(position[None], len(some), axis=0)
            batch = {"samples": some, "position": where, "counts": np.array(_COUNTS)}
            batches.append(batch | drawn(rng, len(some), side, _COUNTS[-1], _PLACES))
        return batches


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedTask:
    """What the prior `learned` needs of a photo, learnt from photos in colour."""

    name: ClassVar[str] = "learned"
    keeps_samples: ClassVar[bool] = True

    shares: Mapping[str, float] = field(default_factory=dict)
    """How often pictures of a place are drawn, in relation to others, which count 1: by the name
    of its folder or zip file, such as ``holidays/2019``."""
    least_chroma: float = 2.5
    """Pictures whose mean chroma is less, in units of CIELAB, are left out, 0 to 100."""
    start: str = ""
    """File of weights that training goes on from, or ``shipped``: those that come with varcolor;
    the normalisations then stay as they are. Empty: it begins anew."""
    samples: Any = None
    """They are decoded before the first step."""

    def __post_init__(self) -> None:
        within("least_chroma", self.least_chroma, 0.0, 100.0)
        for name, share in self.shares.items():
            within(f"shares.{name}", share, 0.0, 1e6)

    def prepared(
        self, entries: Sequence[Entry], config: Config, tell: Callable[[str, float], None]
    ) -> LearnedTask:
        """Return the task with the samples of all pictures."""
        require(
            config.augment == AugmentOptions(),
            "[augment] does not go with the task learned: it ages greys by itself",
        )
        folder = Path(config.data.cache)
        return replace(self, samples=kept_samples(entries, folder, self.least_chroma, tell))

    def build(self, config: Config) -> Any:
        """Return the network, with ``[network]`` widths, down and up, and the covariance."""
        from torch import from_numpy

        from varcolor.neural.learned.going_on import build, going_on

        module = build(**config.network)
        if self.start:
            going_on(module, self.start)
        else:
            for buffer, values in zip(
                (module.net.mean, module.net.deviation), self.samples.moments(), strict=True
            ):
                buffer.copy_(from_numpy(values))
        return module

    def parts(self, module: Any) -> Mapping[str, Iterable[Any]]:
        """Return all weights, in groups."""
        matrices = [p for p in module.net.parameters() if p.ndim > 1]
        others = [p for p in module.net.parameters() if p.ndim <= 1]
        own = list(module.kernel.parameters())
        groups: list[dict[str, Any]] = [
            {"params": matrices},
            {"params": others, "weight_decay": 0.0},
            {"params": own, "weight_decay": 0.0, "factor": _FASTER},
        ]
        return {"network": groups}

    def batches(self, entries: Sequence[Entry], config: Config) -> LearnedBatches:
        """Return batches of the samples."""
        own: Samples = self.samples
        kinds = tuple(kind for kind in KINDS if kind.side in own.arrays)
        shares = {side: own.shares(side, self.shares) for side in own.arrays}
        return LearnedBatches(entries, config, own, kinds, shares, dict(own.unusable))

    def loss(
        self, module: Any, batch: Mapping[str, Any], step: int, part: str
    ) -> tuple[Any, Mapping[str, float]]:
        """Return the loss."""
        return loss(*scores(module.net, module.kernel, batch)), {}

    def look(self, module: Any, batch: Mapping[str, Any]) -> Mapping[str, float]:
        """Return the loss, and the PSNR of the regression alone by number of cues, in dB."""
        errors, likelihood = scores(module.net, module.kernel, batch)
        levels = (-10 / np.log(10) * errors.mean(dim=1)).tolist()
        figures = {"held_out": float(loss(errors, likelihood))}
        return figures | {f"psnr_{n}": v for n, v in zip(_COUNTS, levels, strict=True)}

    def content(self, module: Any, config: Config) -> bytes:
        """Return the file that the prior reads."""
        from varcolor.neural.learned.folding import file_of, folded

        return file_of(folded(module.net, module.kernel), self.written(config).metadata())

    def written(self, config: Config) -> Written:
        """Return the prior's name and the network's settings."""
        return Written(network="learned", settings=config.network)
