"""Links between a frame and the next one: weights along the flow.

A pixel r that passes the check is tied to the four pixels s around the place where it went by

    w_rs = strength * bilinear(r + f(r), s) * (1 + 8000 d^2)^-1.5,
    d^2 = (Y_r - Y_s)^2 + 20 (G_r - G_s)^2,

the affinity ``default`` of pictures (`varcolor.energy.weights`) without its floor, with the second
frame's luma brought to the brightness of the first. Links along the flow there and back count half
each, so that the energy does not prefer a direction of time.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from varcolor.backend.thread_pool import Team, bands
from varcolor.film.motion.flow import Flow
from varcolor.film.motion.kernels import gather, link_weights, scatter
from varcolor.typing import Array, FloatArray

#: The affinity's constants, and the smallest weight that is kept, as a part of the strength.
_SHARPNESS, _SHARE, _LEAST = 8000.0, 20.0, 1e-5
#: Standard deviation of the blur of the wider guide, in pixels.
BLUR = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Directed:
    """Links that begin at the pixels of one frame and end at those of another."""

    w: Array
    """(4, H + 2, W + 2) float32; see `varcolor.film.motion.kernels`."""
    base: Array
    """(H + 2, W + 2) int32."""

    def gather(self, other: Array, out: Array, sign: float = 1.0) -> None:
        """Add ``sign`` times C u to ``out``: both (2, H + 2, W + 2), u of the frame of the ends."""
        flat = other.reshape(2, -1)
        gather(self.w, self.base, flat, out, sign, 1, self.base.shape[0] - 1)

    def scatter(self, other: Array, out: Array, sign: float = 1.0) -> None:
        """Add ``sign`` times C' u to ``out``; u of the frame where they begin."""
        flat = out.reshape(2, -1)
        scatter(self.w, self.base, other, flat, sign, 1, self.base.shape[0] - 1)


@dataclass(frozen=True, slots=True, eq=False)
class Links:
    """All links between a frame and the next one."""

    forward: Directed
    """They begin at the first frame."""
    backward: Directed
    """They begin at the second frame."""
    _sums: list[tuple[Array, Array]] = field(default_factory=list)

    def to_first(self, second: Array, out: Array, sign: float = 1.0) -> None:
        """Add what comes from the second frame to a picture of the first, (2, H + 2, W + 2)."""
        self.forward.gather(second, out, sign)
        self.backward.scatter(second, out, sign)

    def to_second(self, first: Array, out: Array, sign: float = 1.0) -> None:
        """Add what comes from the first frame to a picture of the second."""
        self.backward.gather(first, out, sign)
        self.forward.scatter(first, out, sign)

    def degrees(self) -> tuple[Array, Array]:
        """Return the sums of the weights at the pixels of both frames, (H + 2, W + 2)."""
        if not self._sums:
            ones = np.ones((2, *self.forward.base.shape), np.float32)
            first, second = np.zeros_like(ones), np.zeros_like(ones)
            self.to_first(ones, first)
            self.to_second(ones, second)
            self._sums.append((first[0].copy(), second[0].copy()))
        return self._sums[0]


@dataclass(frozen=True, slots=True, eq=False)
class Guide:
    """What weights depend on: luma, and the same blurred, (H, W) float32."""

    luma: Array
    wide: Array

    @classmethod
    def of(cls, luma: FloatArray) -> Guide:
        """Return it for a frame's luma."""
        from varcolor.film.motion.flow import opencv

        wide = opencv().GaussianBlur(luma, (0, 0), BLUR, borderType=opencv().BORDER_REPLICATE)
        return cls(luma.astype(np.float32), wide.astype(np.float32))


def links_between(
    first: Guide, second: Guide, flow: Flow, strength: float, team: Team | None = None
) -> Links:
    """Return the links between two frames.

    Parameters
    ----------
    first, second : Guide
        The frames.
    flow : Flow
        Between them.
    strength : float
        Weight between equal pixels, in units of that between equal neighbours in a frame.
    team : Team, optional
        Threads.
    """
    # Half of the change of brightness on either side: neither direction is preferred.
    root = np.float32(np.sqrt(flow.gain))
    shift = np.float32(flow.offset / (2 * root))
    one = first.luma * root + shift, first.wide * root + shift
    two = second.luma / root - shift, second.wide / root - shift
    forward = _directed(one, two, flow.forward, flow.steady, strength, team)
    backward = _directed(two, one, flow.backward, flow.steady_back, strength, team)
    return Links(forward, backward)


def _directed(
    here: tuple[Array, Array],
    there: tuple[Array, Array],
    flow: Array,
    steady: Array,
    strength: float,
    team: Team | None,
) -> Directed:
    height, width = steady.shape
    w = np.zeros((4, height + 2, width + 2), np.float32)
    base = np.zeros((height + 2, width + 2), np.int32)
    how = np.array([_SHARPNESS, _SHARPNESS * _SHARE, 0.5 * strength, 0.0], np.float32)
    how[3] = _LEAST * how[2]
    share = steady.astype(np.float32)
    own = np.ascontiguousarray(flow), share, *here, *there, how, w, base
    (team or Team(1)).run(link_weights, bands(height), *own)
    return Directed(w, base)
