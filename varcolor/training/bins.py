"""Colour bins: those of one's own pictures, soft encoding, and the weights that rebalance them.

Soft encoding of a colour: its ``neighbours`` nearest bins with the weights exp(-d^2 / (2 sigma^2)),
d the distance in the a*, b* plane, made to sum to 1. Rebalancing: with p the share of each of Q
bins, smoothed by a Gaussian, w ~ ((1 - mix) p + mix / Q)^-1, scaled so that sum p w = 1; a pixel
counts with the weight of the bin that is nearest to its colour.

Reference: R. Zhang, P. Isola, A. Efros, "Colorful image colorization", ECCV 2016, section 2.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from varcolor.errors import FileError
from varcolor.training.config import Config
from varcolor.training.samples import Unusable, sample_of
from varcolor.training.sources import Entry
from varcolor.typing import Array, FloatArray

#: Pictures from which shares of colours are counted, at most.
_COUNTED = 2000
_STREAM = 7


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Bins with their shares and weights."""

    bins: FloatArray
    """(Q, 2): a*, b*."""
    shares: FloatArray
    """(Q,): how often they are the nearest; they sum to 1."""
    weights: FloatArray
    """(Q,): what a pixel counts; its mean over pixels is 1."""

    def text(self) -> str:
        """Return it as CSV."""
        rows = zip(self.bins, self.shares, self.weights, strict=True)
        lines = [f"{b[0]:g},{b[1]:g},{p:.8g},{w:.8g}" for b, p, w in rows]
        return "\n".join(["a,b,share,weight", *lines]) + "\n"


def colours_of(entries: Sequence[Entry], config: Config) -> FloatArray:
    """Return colours (N, 2) of at most 2000 pictures, cut as for held-out ones.

    Raises
    ------
    FileError
        If none can be used.
    """
    rng = np.random.default_rng((config.loop.seed, _STREAM))
    found: list[FloatArray] = []
    for number in rng.permutation(len(entries))[:_COUNTED]:
        try:
            sample = sample_of(entries[number], config.data, None, rng)
        except Unusable:
            continue
        found.append(sample.ab[sample.seen][::7])
    if not found:
        raise FileError(f"{entries[0]}: none of the pictures has colours")
    return np.asarray(np.concatenate(found), np.float64)


def own_bins(colours: FloatArray, step: float) -> FloatArray:
    """Return the centres (Q, 2) of the cells of a grid that hold some of the colours.

    Centres are multiples of ``step``; halves are rounded up.
    """
    index = np.floor(colours / step + 0.5).astype(np.int64)
    return np.asarray(np.unique(index, axis=0) * step, np.float64)


def table_of(colours: FloatArray, bins: FloatArray, mix: float, smooth: float) -> Table:
    """Return shares and weights of bins.

    Parameters
    ----------
    colours : ndarray, shape (N, 2)
        a*, b* of pixels.
    bins : ndarray, shape (Q, 2)
        The bins.
    mix : float
        Part of the uniform distribution, 0 to 1; 1: all weights are 1.
    smooth : float
        Standard deviation of the Gaussian that shares are smoothed by, in units of CIELAB; 0: none.
    """
    from scipy.spatial import cKDTree

    nearest = cKDTree(bins).query(colours)[1]
    shares = np.bincount(nearest, minlength=len(bins)) / len(colours)
    even = shares
    if smooth:
        square = ((bins[:, None] - bins[None]) ** 2).sum(axis=2)
        kernel = np.exp(-square / (2 * smooth**2))
        even = kernel @ shares / kernel.sum(axis=1)
        even = even / even.sum()
    weights = 1 / ((1 - mix) * even + mix / len(bins))
    return Table(bins, shares, weights / float(shares @ weights))


def encoded(
    colours: FloatArray, bins: FloatArray, neighbours: int, sigma: float
) -> tuple[Array, FloatArray]:
    """Return the soft encoding of colours.

    Parameters
    ----------
    colours : ndarray, shape (..., 2)
        a*, b*.
    bins : ndarray, shape (Q, 2)
        The bins.
    neighbours : int
        How many of them share a colour.
    sigma : float
        Standard deviation of the Gaussian, in units of CIELAB.

    Returns
    -------
    ndarray of int, ndarray, shapes (..., neighbours)
        Numbers of the bins, the nearest first, and their shares.
    """
    from scipy.spatial import cKDTree

    found = cKDTree(bins).query(colours.reshape(-1, 2), k=range(1, neighbours + 1))
    square, index = np.asarray(found[0]) ** 2, found[1]
    shares = np.exp(-(square - square[:, :1]) / (2 * sigma**2))
    shares /= shares.sum(axis=1, keepdims=True)
    shape = (*colours.shape[:-1], neighbours)
    return np.asarray(index, np.int64).reshape(shape), np.asarray(shares).reshape(shape)


def cells_of(plane: FloatArray, cell: int) -> FloatArray:
    """Return means over cells of (..., H, W, C)."""
    *lead, height, width, channels = plane.shape
    blocks = plane.reshape(*lead, height // cell, cell, width // cell, cell, channels)
    return np.asarray(blocks.mean(axis=(-4, -2)))
