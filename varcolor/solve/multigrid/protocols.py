"""What a Krylov iteration needs of a matrix and its preconditioner."""

from __future__ import annotations

from typing import Any, Protocol

from varcolor.solve.multigrid.stencil_weights import Weights
from varcolor.typing import Array


class Operator(Protocol):
    """A matrix A on pictures (2, H + 2, W + 2), and an approximation of its inverse.

    Pictures are arrays of any library (`varcolor.backend.base`); what is returned is on the host.
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

    def ratio_history(self) -> Any:
        """Return a `contraction_rate` that says that nothing is known to fall."""
        ...

    def error_indicator(self, z: Any, ratio_history: Any, slope: Any) -> float:
        """Return the largest of slope |z| / (1 - rho), rho what it lately falls to in a step.

        The ``ratio_history`` keeps what the next call needs.
        """
        ...

    def approximate(self, r: Any, z: Any, work: Any) -> None:
        """Do what `cycle` does, and return nothing."""
        ...

    def nested(self, r: Any, z: Any) -> bool:
        """Write to z what coarse grids know of A^-1 r; return whether they know anything."""
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

    def products(self, images: Any, count: int, q: Any) -> Array:
        """Return the products of q with the first ``images``, (count, 2).

        They are weighed by one over the scale of the rows
        (`varcolor.backend.kernels.multigrid.gcr`).
        """
        ...

    def orthogonalise(
        self, p: Any, images: Any, z: Any, q: Any, r: Any, shares: Array, new: int
    ) -> Array:
        """Write z and q, less ``shares`` (count, 2) of p and of images, to their place ``new``.

        Returns such products of the new image with itself and with r, and of r with itself, (3, 2).
        ``q`` may be overwritten.
        """
        ...

    def cg_update(self, u: Any, p: Any, r: Any, q: Any, scale: Array) -> Array:
        """Add ``scale`` p to u, take ``scale`` q from r; return the sums of squares of r."""
        ...

    def residual(self, target: Any, u: Any, r: Any) -> Array:
        """Write reaction (target - u) - L u to r; return the largest |r| of both channels."""
        ...


class Changing(Operator, Protocol):
    """Such a matrix whose weights change on the way."""

    @property
    def weights(self) -> Weights:
        """The weights; after they have been overwritten, `refactor` is due."""
        ...

    @property
    def reaction(self) -> Any:
        """(H + 2, W + 2) float32: the weights of soft cues."""
        ...

    def refactor(self) -> None:
        """Rebuild the preconditioner."""
        ...
