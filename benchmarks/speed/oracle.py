"""The kindest tolerance for an iterative rival: the loosest that is good enough.

Nobody has such an oracle: it needs the exact solution. It spares the rivals the question of how to
stop, which varcolor answers by itself, in its time. From a list of relative residuals the
loosest is taken at which the first iterate that meets it is within the tolerance in both channels.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial

import numpy as np

from benchmarks.rivals.linear import Answer, Linear, Stop
from benchmarks.speed.cases import SPACE
from varcolor.typing import Array, FloatArray

#: Half decades, loosest first.
RTOLS: tuple[float, ...] = tuple(float(f"{10 ** (-k / 2):.2g}") for k in range(2, 25))


class EnoughError(Exception):
    """A channel needs no more iterations."""


class Oracle:
    """Watches a solve and remembers how wrong the iterate was that first met each tolerance.

    Parameters
    ----------
    system : Linear
        The system.
    exact : ndarray, shape (F, C)
        Its solution.
    limit : float
        What is good enough, in levels of 8-bit RGB.
    rtols : sequence of float
        Relative residuals to choose from, loosest first.
    """

    def __init__(
        self, system: Linear, exact: FloatArray, limit: float, rtols: Sequence[float] = RTOLS
    ) -> None:
        self._system, self._exact, self._limit, self._rtols = system, exact, limit, rtols
        self._norms = np.linalg.norm(system.rhs, axis=0)
        # Green never differs most: every other channel depends on one chroma alone, and more.
        self._slopes = 255 * np.abs(SPACE.jacobian(np.zeros(()), np.zeros(2))).max(axis=0)
        self._errors: list[list[float]] = [[] for _ in self._norms]
        """Per channel, the error at each tolerance met so far."""

    def __call__(self, channel: int, x: Array) -> None:
        """Look at an iterate; raise `EnoughError` when the channel is good enough."""
        seen = self._errors[channel]
        if seen and seen[-1] <= self._limit:
            raise EnoughError
        residual = self._system.rhs[:, channel] - self._system.matrix @ x
        relative = float(np.linalg.norm(residual)) / (float(self._norms[channel]) or 1.0)
        met = sum(relative <= rtol for rtol in self._rtols)
        if met > len(seen):
            error = self._slopes[channel] * float(np.abs(x - self._exact[:, channel]).max())
            error = error if math.isfinite(error) else math.inf
            seen += [error] * (met - len(seen))
            if error <= self._limit:
                raise EnoughError

    def choice(self) -> float | None:
        """Return the loosest tolerance that is good enough in all channels, or None."""
        needed = []
        for seen in self._errors:
            met = zip(self._rtols, seen, strict=False)
            good = next((rtol for rtol, error in met if error <= self._limit), None)
            if good is None:
                return None
            needed.append(good)
        return min(needed)

    def tightest(self) -> float:
        """Return the tightest tolerance that was met in all channels."""
        return self._rtols[max(0, min(map(len, self._errors)) - 1)]


def search(
    solve: Callable[[Linear, Stop], Answer], system: Linear, exact: FloatArray, limit: float
) -> tuple[float, bool]:
    """Return the tolerance for a rival, and whether it is good enough with it."""
    oracle = Oracle(system, exact, limit)
    for channel in range(system.rhs.shape[1]):
        part = replace(system, rhs=system.rhs[:, channel : channel + 1])
        watch = partial(_look, oracle, channel)
        with suppress(EnoughError):
            solve(part, Stop(rtol=RTOLS[-1], watch=watch))
    choice = oracle.choice()
    return (oracle.tightest(), False) if choice is None else (choice, True)


def _look(oracle: Oracle, channel: int, _: int, x: Array) -> None:
    oracle(channel, x)
