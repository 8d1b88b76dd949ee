"""What a search needs of a matrix, wherever it is kept."""

from __future__ import annotations

from typing import Any, Protocol

from varcolor.typing import Array


class Operator(Protocol):
    """A matrix A on pictures (2, H + 2, W + 2), and an approximation of its inverse.

    Pictures are arrays of any library (`varcolor.backend.device`); what is returned is on the host.
    """

    @property
    def symmetric(self) -> bool:
        """Whether A is symmetric."""
        ...

    def cycle(self, r: Any, z: Any, work: Any, slope: Any) -> tuple[Array, float]:
        """Write about A^-1 r to z; return their dot products and the largest of slope |z|.

        ``work`` is a picture that is overwritten.
        """
        ...

    def apply(self, u: Any, out: Any) -> Array:
        """Write A u to ``out`` and return the dot products with u."""
        ...

    def dot(self, a: Any, b: Any) -> Array:
        """Return the dot products of both channels."""
        ...

    def add(self, a: Any, b: Any, scale: Array) -> None:
        """Add ``scale`` times b to a, channel by channel."""
        ...

    def scale_and_add(self, a: Any, scale: Array, b: Any) -> None:
        """Replace a by ``scale`` times a plus b, channel by channel."""
        ...

    def conjugate(self, z: Any, r: Any, older: Any, last: Any, q: Any, shares: Array) -> Array:
        """Replace the older direction p by z, and q by itself, less ``shares`` (2, 2) of both.

        ``older`` and ``last`` are pairs of a direction and its image. Returns the dot products of
        the new p with the new q, with r and with the last image, (3, 2).
        """
        ...

    def advance(self, u: Any, p: Any, r: Any, q: Any, scale: Array) -> Array:
        """Add ``scale`` p to u, take ``scale`` q from r; return the sums of squares of r."""
        ...

    def residual(self, pull: Any, u: Any, r: Any) -> Array:
        """Write excess (pull - u) - L u to r; return the largest |r| of both channels."""
        ...
