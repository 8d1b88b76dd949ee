"""Windows of a shot, swept forward and backward until their frames agree.

A window of some frames is solved as one system (`varcolor.film.window`), the frames beside it held;
windows overlap by about half. It is Schwarz's method in time. Frames with keys are known when it
begins (`varcolor.film.marches`), so that a window ends at them.

After a sweep that changed no RGB value by more than d, the one before by no more than d', what is
left is estimated as 4 d rho / (1 - rho) with rho = d / d', at least 0.3, beside twice what windows
may be off themselves. A stretch between keys that fits into one window is exact after it.

Reference: B. Smith, P. Bjorstad, W. Gropp, "Domain Decomposition", Cambridge 1996, ch. 2.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from varcolor.film.frame import Frame
from varcolor.film.motion.links import Links
from varcolor.film.shot import Shot
from varcolor.film.window import Window
from varcolor.solve.result import Status
from varcolor.solve.solver import Goal
from varcolor.typing import Array, Shape

#: Part of the tolerance that a window's own solve may be off.
_OWN = 0.25
_SLOWEST, _FASTEST = 0.95, 0.3
#: Most bytes of a window, and what a pixel of a frame takes of them.
_MOST_BYTES, PIXEL_BYTES = 3e9, 1000.0


def fitting(length: int, shape: Shape) -> int:
    """Return how many frames a window has: ``length``, or fewer, for it is to take 3 GB at most."""
    return max(2, min(length, int(_MOST_BYTES / (PIXEL_BYTES * shape[0] * shape[1]))))


@dataclass(slots=True, eq=False)
class Sweeps:
    """The sweeps over one shot, after its marches."""

    shot: Shot
    goal: Goal
    slope: Array
    """(C, 2): RGB levels for either chroma."""
    length: int
    """Frames of a window."""
    most: int
    """Most sweeps."""
    report: Callable[[float], None]
    changes: list[float] = field(default_factory=list)
    """Largest change of an RGB value in each sweep, in 1/255."""
    steps: int = 0
    """Iterations of all windows."""
    _frames: dict[int, Frame] = field(default_factory=dict)
    _links: dict[int, Links] = field(default_factory=dict)
    _own: float = 0.0

    def run(self) -> tuple[Status, float]:
        """Sweep; return how it ended and the estimated largest error of an RGB value, in 1/255."""
        stretches = self._stretches()
        windows = [w for stretch in stretches for w in self._windows(*stretch)]
        if not windows:
            return Status.CONVERGED, 0.0
        single = all(len(self._windows(*stretch)) == 1 for stretch in stretches)
        for number in range(1 if single else self.most):
            order = windows if number % 2 == 0 else windows[::-1]
            self._own, largest = 0.0, 0.0
            for place, (first, last) in enumerate(order):
                largest = max(largest, self._solve(first, last))
                self.report((number + (place + 1) / len(order)) / self.most)
            self.changes.append(largest)
            if self._error(single) <= self.goal.tolerance:
                break
        error = self._error(single)
        met = error <= self.goal.tolerance
        return (Status.CONVERGED if met else Status.STEP_LIMIT), error

    def _error(self, single: bool) -> float:
        if single:
            return self._own
        if len(self.changes) < 2:
            return math.inf
        last, before = self.changes[-1], self.changes[-2]
        rho = min(max(last / max(before, 1e-30), _FASTEST), _SLOWEST)
        return 2 * self._own + 4 * last * rho / (1 - rho)

    def _stretches(self) -> list[tuple[int, int]]:
        """Return the stretches of frames without keys: first, and one after the last."""
        found: list[tuple[int, int]] = []
        begin: int | None = None
        for t in range(self.shot.count + 1):
            known = t == self.shot.count or t in self.shot.keys
            if known and begin is not None:
                found.append((begin, t))
                begin = None
            elif not known and begin is None:
                begin = t
        return found

    def _windows(self, first: int, last: int) -> list[tuple[int, int]]:
        """Return the windows of a stretch, in order."""
        length = last - first
        if length <= self.length:
            return [(first, last)]
        step = max(1, (self.length + 1) // 2)
        count = math.ceil((length - self.length) / step) + 1
        starts = [min(first + k * step, last - self.length) for k in range(count)]
        return [(start, start + self.length) for start in starts]

    def _solve(self, first: int, last: int) -> float:
        """Solve frames first to last; return the largest change in RGB levels."""
        shot = self.shot
        self._forget(first, last)
        frames = [self._frame(t) for t in range(first, last)]
        links = [self._link(t) for t in range(first - 1, last)]
        before = shot.picture(first - 1) if first else None
        after = shot.picture(last) if last < shot.count else None
        window = Window(frames, links, (before, after))
        u = np.stack([shot.picture(t) for t in range(first, last)])
        old = u.copy()
        goal = Goal(_OWN * self.goal.tolerance, self.goal.max_steps)
        _, error, steps = window.solve(u, goal, self.slope)
        self.steps += steps
        self._own = max(self._own, error)
        for t in range(first, last):
            shot.keep(t, u[t - first])
        np.abs(old - u, out=old)
        levels = self.slope @ old.max(axis=(0, 2, 3))
        return float(levels.max())

    def _frame(self, t: int) -> Frame:
        if t not in self._frames:
            self._frames[t] = self.shot.frame(t, marched=True)
        return self._frames[t]

    def _link(self, t: int) -> Links | None:
        if t < 0 or t + 1 >= self.shot.count:
            return None
        if t not in self._links:
            self._links[t] = self.shot.links(t)
        return self._links[t]

    def _forget(self, first: int, last: int) -> None:
        """Drop what a window does not need."""
        for t in [t for t in self._frames if not first <= t < last]:
            del self._frames[t]
        for t in [t for t in self._links if not first - 1 <= t < last]:
            del self._links[t]
