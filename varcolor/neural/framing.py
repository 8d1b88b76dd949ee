"""How a photo lies in the picture that a network sees.

``"pad"``: the longer side gets the network's size, the other one follows; a reflected border fills
up to multiples of 8. ``"squash"``: both sides get the network's size, as the originals do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np

from varcolor.checks import require, whole
from varcolor.prior.features import resized
from varcolor.typing import Array, FloatArray, Shape

Fit: TypeAlias = Literal["pad", "squash"]
_MULTIPLE = 8
#: Largest size of a network's picture, a side.
LARGEST = 8192


@dataclass(frozen=True, slots=True)
class Frame:
    """A photo's place in a network's picture."""

    photo: Shape
    inner: Shape
    """Size of the photo there."""
    outer: Shape
    """Size of the network's picture: multiples of 8."""

    @classmethod
    def of(cls, photo: Shape, net_size: int, fit: str) -> Frame:
        """Return the frame of a photo of this shape.

        Raises
        ------
        InputError
            If the size is no multiple of 8, or the fit unknown.
        """
        check_fit(net_size, fit)
        if fit == "squash":
            return cls(photo, (net_size, net_size), (net_size, net_size))
        scale = net_size / max(photo)
        inner = (max(1, round(photo[0] * scale)), max(1, round(photo[1] * scale)))
        outer = tuple(-(-side // _MULTIPLE) * _MULTIPLE for side in inner)
        return cls(photo, inner, (outer[0], outer[1]))

    def enter(self, plane: Array) -> FloatArray:
        """Return a plane (H, W) of the photo in the network's picture."""
        return self.bordered(resized(np.asarray(plane, np.float64), self.inner))

    def bordered(self, plane: Array) -> FloatArray:
        """Return a plane of the inner size, or (h, w, C), with its reflected border."""
        missing = [(0, o - i) for o, i in zip(self.outer, self.inner, strict=True)]
        missing += [(0, 0)] * (plane.ndim - 2)
        return np.pad(plane, missing, mode="symmetric")

    def leave(self, picture: Array) -> Array:
        """Return the photo's part of a picture (H, W, ...) of the outer size."""
        return picture[: self.inner[0], : self.inner[1]]

    def leave_cells(self, cells: Array, size: int) -> FloatArray:
        """Return values of cells of ``size`` pixels, (h, w), at the pixels of the inner size."""
        full = (cells.shape[0] * size, cells.shape[1] * size)
        return np.asarray(self.leave(resized(cells, full)))

    def hints(
        self, at: Array, weight: FloatArray, values: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return hints for the network: means (H, W, C) and a mask (H, W), 0..1.

        Parameters
        ----------
        at : ndarray, shape (N,)
            Flat indices of cued pixels of the photo.
        weight : ndarray, shape (N,)
            Infinite for exact cues; those count fully in the mask, others w / (1 + w).
        values : ndarray, shape (N, C)
            Their colours. Several in one pixel of the network are averaged.
        """
        exact = np.isinf(weight)
        soft = np.where(exact, 0.0, weight)
        share = np.where(exact, 1.0, soft / (1 + soft))
        rows, columns = np.divmod(at, self.photo[1])
        (h, w), (height, width) = self.inner, self.photo
        cell = np.minimum((rows * 2 + 1) * h // (2 * height), h - 1) * w
        cell += np.minimum((columns * 2 + 1) * w // (2 * width), w - 1)

        def sums(own: FloatArray) -> FloatArray:
            return np.asarray(np.bincount(cell, own, h * w).reshape(h, w), np.float64)

        total = sums(share)
        mean = np.stack([sums(share * v) for v in values.T], axis=2)
        mean /= np.maximum(total, 1e-12)[..., None]
        mask = np.zeros((h, w))
        np.maximum.at(mask.reshape(-1), cell, share)
        if h > height or w > width:  # the photo is enlarged: a cue covers several pixels
            r = np.minimum(np.arange(h) * height // h, height - 1)
            c = np.minimum(np.arange(w) * width // w, width - 1)
            own = np.full(self.photo, -1)
            own.flat[at] = np.arange(len(at))
            own = own[np.ix_(r, c)]
            seen = own >= 0
            mean[seen], mask[seen] = values[own[seen]], share[own[seen]]
        return self.bordered(mean * (mask > 0)[..., None]), self.bordered(mask)


def check_fit(net_size: int, fit: str) -> None:
    """Refuse sizes and fits that are none."""
    whole("net_size", net_size, _MULTIPLE, LARGEST)
    require(net_size % _MULTIPLE == 0, f"net_size {net_size}: expected a multiple of {_MULTIPLE}")
    require(fit in get_args(Fit), f"fit {fit!r}: expected {' or '.join(get_args(Fit))}")
