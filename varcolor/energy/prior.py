"""A prior: chroma that is expected everywhere, with a confidence.

E(u) = sum_r k_r rho(|u_r - p_r|), rho the square, with p from a network, a regression, a reference
or an earlier result, and k_r >= 0 in the units of the weights between neighbours: k = 1 holds a
pixel as firmly as an equal neighbour does. Boundary rule: none, pixels are on their own. Null
space: pixels with k_r = 0. At exact cues a prior says nothing.

Other losses forgive guesses that are far off: `huber` is t^2 up to a width d and 2 d t - d^2
beyond, `l1` is 2 d t, rounded below d / 100; at t = d all three have one slope
(`varcolor.solve.majorize_minimize`).

A quadratic prior is a soft cue at every pixel, so that every solver takes it as it is:
w |u - c|^2 + k |u - p|^2 = (w + k) |u - (w c + k p) / (w + k)|^2 + constant.

Reference: R. Zhang et al., "Real-time user-guided image colorization", SIGGRAPH 2017, for the idea
of a learned guess that a user's hints overrule.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np

from varcolor.checks import within
from varcolor.cues.parse import HEAVIEST, LIGHTEST
from varcolor.errors import InputError
from varcolor.typing import Array, BoolArray, FloatArray, Shape

Loss: TypeAlias = Literal["square", "huber", "l1"]


@dataclass(frozen=True, slots=True, eq=False)
class Prior:
    """An expected chroma and how far it is trusted.

    Raises
    ------
    InputError
        If shapes do not fit, values are not finite, or a confidence is negative.
    """

    chroma: FloatArray
    """(H, W, 2), in the units of the working space."""
    confidence: FloatArray
    """(H, W): k_r, 0 to 1e30."""
    loss: Loss = "square"
    """rho: square, huber or l1."""
    width: float = 0.02
    """d, in units of the chroma: 0.02 is a small error of yuv or oklab, 2 one of lab."""
    reason: str = ""
    """Why it is trusted as it is, in words."""
    deviation: FloatArray | None = None
    """(H, W): predicted standard deviation of the error of CIELAB a* and of b*, in their units."""
    points: int = 0
    """How many points of cues the deviation rests on."""

    def __post_init__(self) -> None:
        chroma = np.asarray(self.chroma, dtype=np.float64)
        confidence = np.asarray(self.confidence, dtype=np.float64)
        if chroma.ndim != 3 or chroma.shape[2] != 2 or confidence.shape != chroma.shape[:2]:
            raise InputError(
                f"a prior of shape {chroma.shape} with confidences of shape {confidence.shape}; "
                "expected (H, W, 2) and (H, W)"
            )
        if not (np.isfinite(chroma).all() and np.isfinite(confidence).all()):
            raise InputError("a prior or its confidence is not finite (NaN or infinite)")
        low, high = confidence.min(initial=0.0), confidence.max(initial=0.0)
        if low < 0 or high > HEAVIEST:
            raise InputError(
                f"confidences of a prior lie in {low:g} … {high:g}; expected 0 to {HEAVIEST:g}"
            )
        if self.loss not in get_args(Loss):
            raise InputError(f"loss {self.loss!r}: expected {', '.join(get_args(Loss))}")
        within("the width of a loss", self.width, 1e-6, 1e6)
        object.__setattr__(self, "chroma", chroma)
        object.__setattr__(self, "confidence", confidence)

    @property
    def shape(self) -> Shape:
        """Height and width."""
        return (self.confidence.shape[0], self.confidence.shape[1])

    def value(self, u: Array) -> float:
        """Return the energy of a chroma picture (H, W, 2)."""
        squares = ((u - self.chroma) ** 2).sum(axis=2)
        if self.loss == "square":
            return float((self.confidence * squares).sum())
        distance, edge = np.sqrt(squares), self._edge
        bent = np.where(distance <= edge, distance**2, edge * (2 * distance - edge))
        return float((self.confidence * bent).sum()) * self.width / edge

    def loss_weight(self, u: Array) -> FloatArray:
        """Return (H, W): by what a quadratic prior's confidence is multiplied near u."""
        if self.loss == "square":
            return np.ones(self.shape)
        distance = np.sqrt(((u - self.chroma) ** 2).sum(axis=2))
        return np.asarray(self.width / np.maximum(distance, self._edge))

    @property
    def _edge(self) -> float:
        """From here on the loss is linear; the square never is."""
        return {"huber": self.width, "l1": self.width / 100}[self.loss]


@dataclass(frozen=True, slots=True, eq=False)
class Data:
    """Everything that is known about single pixels: cues, and the prior as soft cues."""

    at: Array
    """(N,) int64: flat indices, ascending."""
    weight: FloatArray
    """(N,): infinite for exact values."""
    values: FloatArray
    """(N, 2): chroma."""

    def with_prior(self, prior: Prior, visible: BoolArray | None) -> Data:
        """Return these cues and a prior at all visible pixels where its confidence is not zero."""
        k = prior.confidence.ravel()
        told = k >= LIGHTEST
        if visible is not None:
            told &= visible.ravel()
        known = np.arange(k.size) if told.all() else np.flatnonzero(told)
        if not len(known):
            return self
        if len(known) < k.size:
            known = np.union1d(known, self.at)
        where = np.searchsorted(known, self.at) if len(known) < k.size else self.at
        weight = np.where(told[known], k[known], 0.0)
        values = prior.chroma.reshape(k.size, -1)[known]
        soft = np.isfinite(self.weight)
        at, own = where[soft], self.weight[soft, None]
        values[at] += own / (own + weight[at, None]) * (self.values[soft] - values[at])
        weight[at] += own[:, 0]
        weight[where[~soft]], values[where[~soft]] = np.inf, self.values[~soft]
        return Data(known, weight, values)
