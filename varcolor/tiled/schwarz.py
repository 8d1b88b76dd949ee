"""Schwarz's sweeps over overlapping tiles, with a best step and a coarse correction between them.

Tiles are solved in groups that do not touch each other, so that those of a group may be solved at a
time. One around which nothing has moved since its last solve, as far as counts, is left out: by the
maximum principle its values would move no further than those around it.

After a sweep that changed no RGB value by more than d, the error is estimated as 3 f d, f one over
the smallest eigenvalue that the conjugate directions have seen (`varcolor.tiled.acceleration`),
plus what the tiles' own solves may be off, plus what has moved around tiles since.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from varcolor.solve.result import Status
from varcolor.tiled.acceleration import Acceleration
from varcolor.tiled.coarse import Coarse, patch_of
from varcolor.tiled.steps import Moved, Scene, Steps
from varcolor.tiled.tile import HALO
from varcolor.tiled.window import MARGIN, Box
from varcolor.typing import FloatArray

#: Part of the tolerance that a tile's own solve may be off, and of moves around it that count.
_OWN, _DUE = 0.05, 0.05
#: RGB levels that the solves of the first sweep may be off, as what lies around is off by more, and
#: later ones, as a part of the largest change in the sweep before.
_FIRST, _LATER = 2.0, 0.05
_MOST_SWEEPS = 60
#: What the estimate is multiplied with.
_WIDE = 3.0


class Crew(Protocol):
    """Who does the steps."""

    def run(self, step: str, calls: Sequence[tuple[Any, ...]]) -> Iterator[Any]:
        """Yield what a method of `Steps` returns for several calls, in their order.

        Those of one `run` may be done at a time.
        """
        ...


class Alone:
    """Does them in this process, tile after tile."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps

    def run(self, step: str, calls: Sequence[tuple[Any, ...]]) -> Iterator[Any]:
        """Do one after the other."""
        for call in calls:
            yield getattr(self._steps, step)(*call)


@dataclass(slots=True, eq=False)
class Schwarz:
    """The sweeps of one picture."""

    scene: Scene
    steps: Steps
    """Of this process."""
    crew: Crew
    tolerance: float
    """Largest permitted error of an RGB value, in 1/255."""
    report: Callable[[str, float], None]
    saved: Callable[[dict[str, Any]], None] = lambda state: None
    """Told after every sweep."""
    changes: list[float] = field(default_factory=list)
    """Largest change of an RGB value in each sweep, in 1/255."""
    acceleration: Acceleration = field(default_factory=Acceleration)
    solves: int = 0
    """Tiles that were solved, in all sweeps."""
    _around: FloatArray = field(init=False)
    """How far the values that each tile reads have moved since it was solved, at most."""

    def __post_init__(self) -> None:
        self._around = np.full(len(self.scene.tiles), np.inf)

    def run(self) -> tuple[Status, float]:
        """Sweep until the estimate holds; return the status and the estimate."""
        own = _OWN * self.tolerance
        if len(self.scene.tiles) == 1:
            self._sweep(own)
            return Status.CONVERGED, own
        coarse = Coarse((self.scene.shape[0], self.scene.shape[1]), self.steps.backend)
        self.report("coarse", 0.0)
        self._collect(coarse, begins=True)
        self._advance(coarse, None)
        while True:
            least = min(_LATER * self.changes[-1], _FIRST) if self.changes else _FIRST
            limit = max(own, least)
            self.changes.append(self._sweep(limit))
            step = self.acceleration.step(self._collect(coarse, begins=False))
            error = self._error(limit)
            ended = error <= self.tolerance or len(self.changes) >= _MOST_SWEEPS
            if not ended:
                self._advance(coarse, step)
            self.steps.flush()
            self.saved({"changes": self.changes, "far": self.acceleration.amplification})
            if ended:
                return Status.CONVERGED if error <= self.tolerance else Status.STEP_LIMIT, error

    def _error(self, limit: float) -> float:
        """Return the estimated largest error of an RGB value, in 1/255, after a sweep."""
        if not self.changes[-1]:
            return limit
        if len(self.changes) < 2:
            return math.inf
        left_out = self._around[self._around <= _DUE * self.tolerance].max(initial=0.0)
        far = self.acceleration.amplification
        return limit + float(left_out) + _WIDE * self.changes[-1] * far

    def _sweep(self, limit: float) -> float:
        """Solve the tiles that are due, group by group; return the largest change in RGB levels."""
        groups = grouped(self.scene.tiles, (self.scene.shape[0], self.scene.shape[1]))
        most, name = 0.0, f"sweep {len(self.changes) + 1}"
        done, every = 0, len(self.scene.tiles)
        nested = not self.changes  # later the coarse correction knows more
        for group in groups:
            due = [k for k in group if self._around[k] > _DUE * self.tolerance]
            self._around[due] = 0.0
            done += len(group) - len(due)
            for number, moved in self._each("solve", due, [(limit, nested)] * len(due)):
                most = max(most, moved.most)
                self._note(moved, number)
                done += 1
                self.report(name, done / every)
            self.solves += len(due)
            if limit > _OWN * self.tolerance:
                self._around[due] += limit
        return most

    def _collect(self, coarse: Coarse, begins: bool) -> FloatArray:
        """Let the coarse problem have all tiles' parts; return the sum of their products."""
        numbers, products = range(len(self.scene.tiles)), np.zeros((5, 2))
        for number, share in self._each("share", numbers, [(begins,)] * len(numbers)):
            coarse.add(share)
            products += share.products
            self.report("coarse", number / len(numbers))
        return products

    def _advance(self, coarse: Coarse, step: FloatArray | None) -> None:
        """Go the best step, and add the coarse correction, if it counts, everywhere."""
        found = coarse.solve(step)
        level = self.scene.levels(np.moveaxis(found, 0, -1))
        counts = not self.changes or level > _DUE * self.tolerance
        numbers = range(len(self.scene.tiles))
        more = [(step, patch_of(found, self._box(k)) if counts else None) for k in numbers]
        for _, moved in self._each("advance", numbers, more):
            self._note(moved)

    def _each(
        self, step: str, numbers: Iterable[int], more: Sequence[tuple[Any, ...]]
    ) -> Iterator[tuple[int, Any]]:
        own = list(numbers)
        calls = [(number, *rest) for number, rest in zip(own, more, strict=True)]
        yield from zip(own, self.crew.run(step, calls), strict=True)

    def _note(self, moved: Moved, but: int = -1) -> None:
        """Add how far values have moved, for all tiles that read them, but for one."""
        for number, level in moved.near:
            if number != but:
                self._around[number] += level

    def _box(self, number: int) -> Box:
        shape = self.scene.shape[0], self.scene.shape[1]
        return self.scene.tiles[number].grown(HALO + MARGIN, shape)


def grouped(tiles: Sequence[Box], shape: tuple[int, int]) -> list[list[int]]:
    """Return numbers of tiles in groups: none writes what another one of its group reads."""
    groups: list[list[int]] = []
    for number, tile in enumerate(tiles):
        own, box = tile.grown(HALO, shape), tile.grown(HALO + MARGIN, shape)
        for group in groups:
            others = [tiles[k] for k in group]
            free = all(
                not box.meets(other.grown(HALO, shape))
                and not own.meets(other.grown(HALO + MARGIN, shape))
                for other in others
            )
            if free:
                group.append(number)
                break
        else:
            groups.append([number])
    return groups
