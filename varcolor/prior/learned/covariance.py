"""The covariance of chroma between two places, with learned features.

    k(x, y) = v s(x) s(y) [ c_0 + c_1 exp(-|L_x - L_y| / l_0)
                            + c_2 exp(-|D_1 (x - y)|) + c_3 exp(-|D_2 (x - y)|)
                            + c_4 exp(-|D_3 (x - y)|) ],

c_0 for colours that a whole photo shares, then, as in `varcolor.prior.kernel`, one exponential of
the luma and two of the hand-made features, a wide and a narrow one, each with 16 learned features
appended, and one of 16 learned features alone; s is the learned amplitude: small where the photo is
likely to be grey. Chroma is in parts of `SCALE`.

Reference: A. Wilson et al., "Deep kernel learning", 2016.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from varcolor.prior.kernel import squared_distances
from varcolor.prior.learned.planes import HAND_MADE
from varcolor.typing import Array

#: Units of a* and b* in one unit of the network.
SCALE = 20.0
#: Learned features of each of the three exponentials.
EACH = 16
#: Added to squares of distances, so that in training the root has a slope; exp(-sqrt(t + e)) is
#: completely monotone in t, so that all matrices stay positive definite (Schoenberg 1938).
_LEAST = 1e-5


@dataclass(frozen=True, slots=True, eq=False)
class Covariance:
    """The parameters."""

    shares: Array
    """(5,): c_0 to c_4."""
    scale: float
    """v: variance of chroma."""
    luma_length: float
    """l_0."""
    lengths: Array
    """(2, `HAND_MADE` + 2): lengths of the hand-made features in D_1 and D_2."""
    learned: Array
    """(3,): factors of the learned features in D_1, D_2, D_3."""
    noise: float
    """Variance of a cue of 6 x 6 reference pixels, in parts of v."""
    degrees: float
    """How many cues the photo's own variance is worth before any cue is known."""

    @classmethod
    def of(cls, arrays: Mapping[str, Array]) -> Covariance:
        """Return the covariance of a file's arrays."""
        return cls(
            arrays["kernel.shares"],
            float(arrays["kernel.scale"][0]),
            float(arrays["kernel.luma_length"][0]),
            arrays["kernel.lengths"].reshape(2, HAND_MADE + 2),
            arrays["kernel.learned"].reshape(3),
            float(arrays["kernel.noise"][0]),
            float(arrays["kernel.degrees"][0]),
        )

    def embedded(self, hand_made: Array, learned: Array) -> Array:
        """Return what distances are taken of, (N, 1 + F), from features of places.

        Parameters
        ----------
        hand_made : ndarray, shape (N, `HAND_MADE` + 2)
            Features of the prior `gp`, position included.
        learned : ndarray, shape (N, 48)
            Of the network.
        """
        parts = [hand_made[:, :1] / self.luma_length]
        for k in range(3):
            if k < 2:
                parts.append(hand_made / self.lengths[k])
            parts.append(learned[:, k * EACH : (k + 1) * EACH] * self.learned[k])
        return np.concatenate(parts, axis=1)

    def correlation(self, x: Array, y: Array) -> Array:
        """Return k / (v s s) of all pairs of embedded places x (N, .) and y (M, .), (N, M)."""
        kind = x.dtype.type
        result = np.abs(np.subtract.outer(x[:, 0], y[:, 0]))
        np.negative(result, out=result)
        np.exp(result, out=result)
        result *= kind(self.shares[1])
        result += kind(self.shares[0])
        for k, part in enumerate(self._parts(), 2):
            square = squared_distances(x[:, part], y[:, part])
            square += kind(_LEAST)
            np.sqrt(square, out=square)
            np.negative(square, out=square)
            np.exp(square, out=square)
            square *= kind(self.shares[k])
            result += square
        return np.asarray(result)

    @property
    def variance(self) -> float:
        """The correlation of a place with itself."""
        return float(self.shares.sum())

    def _parts(self) -> tuple[slice, slice, slice]:
        """Return which columns of an embedded place the exponentials see."""
        both = HAND_MADE + 2 + EACH
        return slice(1, 1 + both), slice(1 + both, 1 + 2 * both), slice(1 + 2 * both, None)
