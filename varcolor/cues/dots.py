"""Discs of pixels around points."""

from __future__ import annotations

import numpy as np

from varcolor.cues.parse import require_memory
from varcolor.typing import Array, Shape


def dots(at: Array, radius: Array, shape: Shape) -> tuple[Array, Array]:
    """Return the pixels of discs, as far as they lie in the picture, and whose they are.

    Parameters
    ----------
    at : ndarray, shape (N, 2)
        Row and column of the pixels in the middle.
    radius : ndarray, shape (N,)
        In pixels; a pixel belongs to a disc if its centre is no farther from the middle.
    shape : (int, int)
        Height and width of the picture.

    Returns
    -------
    pixels : ndarray, shape (M, 2)
        Row and column, disc after disc.
    owner : ndarray, shape (M,)
        Index of the disc.
    """
    pixels, owners = [np.empty((0, 2), np.int64)], [np.empty(0, np.int64)]
    for size in np.unique(radius):
        here = np.flatnonzero(radius == size)
        reach = int(min(size, max(shape)))
        require_memory(60.0 * len(here) * (2 * reach + 1) ** 2, f"{len(here)} dots of this radius")
        way = np.arange(-reach, reach + 1)
        disc = np.argwhere(way[:, None] ** 2.0 + way**2.0 <= size**2) - reach
        pixels.append((at[here, None, :] + disc).reshape(-1, 2))
        owners.append(np.repeat(here, len(disc)))
    found, owner = np.concatenate(pixels), np.concatenate(owners)
    inside = ((found >= 0) & (found < np.array(shape))).all(axis=1)
    order = np.argsort(owner[inside], kind="stable")
    return found[inside][order], owner[inside][order]
