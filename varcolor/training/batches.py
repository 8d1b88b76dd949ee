"""Batches, each a function of seed and step alone: after an interruption they go on as before.

In every pass over the pictures the order is another one. A picture that cannot be used (broken,
near-grey) is passed over for the next of that order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from varcolor.errors import FileError
from varcolor.training.config import Config
from varcolor.training.samples import Sample, Unusable, sample_of
from varcolor.training.sources import Entry
from varcolor.typing import Array

#: Batches that are made ahead.
_AHEAD = 4
#: Streams of random numbers that a seed starts.
_ORDER, _SAMPLE, _BATCH, _HELD_OUT = range(4)


class Drawn(Protocol):
    """What a training draws its batches from: `Batches`, or what a task has in its place."""

    entries: Sequence[Entry]
    """The pictures that are trained on."""
    unusable: dict[str, str]
    """Why pictures were passed over, by their name."""

    def from_step(self, first: int, last: int) -> Iterator[Any]:
        """Yield the batches of steps ``first`` to ``last`` - 1, functions of seed and step."""
        ...

    def held_out(self, entries: Sequence[Entry], count: int) -> list[Any]:
        """Return batches of at most ``count`` held-out pictures, always the same."""
        ...


@dataclass(slots=True, eq=False)
class Batches:
    """Batches of augmented pictures.

    ``make(samples, rng)`` turns samples into what is learnt from, in the threads that decode.
    """

    entries: Sequence[Entry]
    config: Config
    make: Callable[[Sequence[Sample], np.random.Generator], Any]
    unusable: dict[str, str] = field(default_factory=dict)
    """Why pictures were passed over, by their name."""
    _order: tuple[int, Array] | None = None

    def at(self, step: int) -> Any:
        """Return the batch of a step, from 0.

        Raises
        ------
        FileError
            If no picture can be used.
        """
        own = self.config.loop
        samples = [self._sample(step * own.batch + k) for k in range(own.batch)]
        return self.make(samples, np.random.default_rng((own.seed, _BATCH, step)))

    def _sample(self, number: int) -> Sample:
        count, seed = len(self.entries), self.config.loop.seed
        turn, place = divmod(number, count)
        order = self._ordered(turn)
        for k in range(count):
            entry = self.entries[order[(place + k) % count]]
            if str(entry) in self.unusable:
                continue
            rng = np.random.default_rng((seed, _SAMPLE, number, k))
            try:
                return sample_of(entry, self.config.data, self.config.augment, rng)
            except Unusable as error:
                self.unusable[str(entry)] = str(error)
        raise FileError(f"no picture of {count} can be used; the last: {_last(self.unusable)}")

    def _ordered(self, turn: int) -> Array:
        kept = self._order
        if kept is None or kept[0] != turn:
            rng = np.random.default_rng((self.config.loop.seed, _ORDER, turn))
            kept = self._order = turn, rng.permutation(len(self.entries))
        return kept[1]

    def from_step(self, first: int, last: int) -> Iterator[Any]:
        """Yield the batches of steps ``first`` to ``last`` - 1, made ahead by threads."""
        return made_ahead(self.at, first, last, self.config.data.workers)

    def held_out(self, entries: Sequence[Entry], count: int) -> list[Any]:
        """Return batches of at most ``count`` held-out pictures, not augmented, always the same."""
        samples: list[Sample] = []
        for number, entry in enumerate(entries):
            if len(samples) == count:
                break
            rng = np.random.default_rng((0, _HELD_OUT, number))
            try:
                samples.append(sample_of(entry, self.config.data, None, rng))
            except Unusable as error:
                self.unusable[str(entry)] = str(error)
        size = self.config.loop.batch
        groups = [samples[k : k + size] for k in range(0, len(samples), size)]
        return [
            self.make(group, np.random.default_rng((0, _HELD_OUT, len(entries) + k)))
            for k, group in enumerate(groups)
        ]


def made_ahead(at: Callable[[int], Any], first: int, last: int, workers: int) -> Iterator[Any]:
    """Yield ``at(first)`` to ``at(last - 1)``, made ahead by threads."""
    pool = ThreadPoolExecutor(workers, "varcolor-batch")
    ahead: list[Future[Any]] = []
    try:
        for step in range(first, last):
            while len(ahead) < _AHEAD and step + len(ahead) < last:
                ahead.append(pool.submit(at, step + len(ahead)))
            yield ahead.pop(0).result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _last(reasons: dict[str, str]) -> str:
    return list(reasons.values())[-1] if reasons else "there is none"
