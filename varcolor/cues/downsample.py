"""Cues for a smaller copy of their photo."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from varcolor.cues.cues import Cues
from varcolor.image.picture import Picture
from varcolor.typing import Array, FloatArray, Shape


def shrunk_cues(cues: Cues, photo: Picture, shape: Shape, step: int) -> Cues:
    """Return the means of the cues on every block; a block with an exact cue is exact."""
    cues.must_fit(photo)
    guarded = _protected_blocks(cues, photo.shape, shape, step)
    if not len(cues):
        return replace(Cues.none(shape), protected=guarded)
    own = cues.color.astype(np.float64)
    kept = cues.at[cues.keep]
    if len(kept) and not photo.is_gray:
        own[cues.keep] = photo.pixels[kept[:, 0], kept[:, 1]] / photo.maximum
    flat = (cues.at[:, 0] // step) * shape[1] + cues.at[:, 1] // step
    at = np.flatnonzero(np.bincount(flat, minlength=shape[0] * shape[1]))

    def sums(values: Array) -> FloatArray:
        return np.asarray(np.bincount(flat, values, shape[0] * shape[1])[at], np.float64)

    exact = np.isinf(cues.weight)
    share = np.where(exact, 1e12, cues.weight.astype(np.float64))
    color = np.stack([sums(share * own[:, k]) for k in range(3)], axis=1) / sums(share)[:, None]
    weight = sums(np.where(exact, 0, cues.weight)).astype(np.float32)
    weight[sums(exact) > 0] = np.inf
    places = np.stack(np.divmod(at, shape[1]), axis=1)
    none = np.zeros(len(at), bool)
    places = places.astype(np.int32)
    return Cues(shape, places, color.astype(np.float32), weight, none, cues.notes, guarded)


def _protected_blocks(cues: Cues, full: Shape, shape: Shape, step: int) -> Array:
    """Return the blocks of which at least half is protected, as indices into the small picture."""
    if not len(cues.protected):
        return cues.protected
    row, column = np.divmod(cues.protected, full[1])
    count = np.bincount((row // step) * shape[1] + column // step, minlength=shape[0] * shape[1])
    sides = [np.minimum(step, n - step * np.arange(m)) for n, m in zip(full, shape, strict=True)]
    found: Array = np.flatnonzero(2 * count.reshape(shape) >= np.outer(*sides))
    return found
