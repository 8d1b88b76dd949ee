"""Luma and chroma to a picture whose stored levels have exactly the luma of the photo.

Unless luma may be fitted: then it is lowered where the chroma exists at a lower luma only.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from varcolor.backend import Backend, CpuBackend
from varcolor.backend.thread_pool import Team
from varcolor.image.color import Space
from varcolor.image.gamut import lower_luma, reduce_chroma
from varcolor.image.luma import gray_levels, rounded_gray, row_blocks
from varcolor.image.picture import Picture
from varcolor.typing import Array, BoolArray, FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Rendering:
    """A rendered picture and what rendering it took."""

    picture: Picture
    reduced: BoolArray
    """(H, W): pixels whose chroma was reduced because sRGB cannot show it."""
    repaired: int
    """Pixels that were moved by a level to keep the luma after rounding."""
    moved: BoolArray | None = None
    """(H, W): pixels whose luma was lowered; None if it was to be kept."""


def render(
    photo: Picture,
    luma: FloatArray,
    chroma: Array,
    space: Space,
    keep: BoolArray | None = None,
    threads: int | None = None,
    fit: bool = False,
    backend: Backend | None = None,
) -> Rendering:
    """Give the photo's luma a chroma and store it in the photo's number format.

    For 8- and 16-bit photos ``to_gray(result, space) == to_gray(photo, space)`` holds at every
    pixel: where rounding breaks it, the nearest levels with the right luma are taken instead.

    Parameters
    ----------
    photo : Picture
        Grey or colour photo.
    luma : ndarray, shape (H, W)
        Its luma in ``space``.
    chroma : ndarray, shape (H, W, 2)
        New chroma in the units of ``space``.
    space : Space
        Working space.
    keep : ndarray of bool, shape (H, W), optional
        Pixels that keep the photo's stored levels bit for bit.
    threads : int, optional
        Threads; default: one per core, at most 16.
    fit : bool
        Lower the luma where sRGB has the chroma at a lower one (`varcolor.image.gamut.lower_luma`);
        on the host only.
    backend : Backend, optional
        Where ``chroma`` is; default: the host. From a GPU only the finished levels come down, and
        those that break the luma law, which are few and are repaired on the host.

    Raises
    ------
    MemoryError
        If the backend's memory does not suffice.
    """
    own = CpuBackend(threads) if backend is None else backend
    xp = own.xp
    height, width = photo.shape
    white = photo.maximum
    pixels = np.empty((height, width, 3), photo.pixels.dtype)
    reduced = np.zeros((height, width), bool)
    moved = np.zeros((height, width), bool) if fit else None

    def render_rows(top: int, bottom: int) -> int:
        rows = slice(top, bottom)
        lightness, colour = luma[rows], xp.asarray(chroma[rows, :, :], dtype=xp.float64)
        if moved is not None:
            lightness, moved[rows] = lower_luma(space, lightness, colour)
        rgb, less = reduce_chroma(space, own.asarray(lightness), colour)
        reduced[rows] = own.to_numpy(less)
        count = 0
        if white == 1:
            pixels[rows] = own.to_numpy(xp.clip(rgb, 0.0, 1.0))
        else:
            stored = photo.pixels[rows]
            target = stored if photo.is_gray else gray_levels(stored, space)
            if moved is not None and moved[rows].any():
                target = target.copy()
                gray = rounded_gray(space.gray_of_luma(lightness[moved[rows]]) * white)
                target[moved[rows]] = gray.astype(target.dtype)
            pixels[rows], count = _quantise(own, rgb * float(white), target, space)
        if keep is not None:
            kept, stored = keep[rows], photo.pixels[rows]
            pixels[rows][kept] = stored[kept][:, None] if photo.is_gray else stored[kept]
            reduced[rows] &= ~kept
            if moved is not None:
                moved[rows] &= ~kept
        return count

    blocks = [(rows.start, rows.stop) for rows in row_blocks(height, width)]
    if own.on_host:
        repaired = sum(Team(threads).run(render_rows, blocks))
    else:
        repaired = sum(render_rows(*block) for block in blocks)
    return Rendering(replace(photo, pixels=pixels), reduced, repaired, moved)


def _quantise(own: Backend, exact: Any, target: Array, space: Space) -> tuple[Array, int]:
    """Round colours given in levels so that their grey levels are ``target``."""
    xp, white = own.xp, float(np.iinfo(target.dtype).max)
    there = xp.clip(xp.floor(exact + 0.5), 0.0, white)
    levels = own.to_numpy(there).astype(target.dtype)
    if own.on_host:
        wrong: Any = gray_levels(levels, space) != target
    else:
        gray = rounded_gray(space.gray_of_luma(space.luma(there / white)) * white)
        wrong = gray != own.asarray(target.astype(np.float64))
    at = own.to_numpy(wrong)
    if at.any():
        levels[at] = nearest_with_luma(levels[at], own.to_numpy(exact[wrong]), target[at], space)
    return levels, int(np.count_nonzero(at))


def nearest_with_luma(levels: Array, exact: FloatArray, target: Array, space: Space) -> Array:
    """Return, per pixel, the levels nearest to ``exact`` whose grey level is ``target``.

    Searched are the triplets within 1, 2, then 3 levels; the grey itself is the last resort.
    """
    white = int(np.iinfo(target.dtype).max)
    best = np.repeat(target[:, None], 3, axis=1)
    todo = np.arange(len(target))
    for radius in (1, 2, 3):
        nearest = np.full(len(todo), np.inf)
        for step in itertools.product(range(-radius, radius + 1), repeat=3):
            moved = np.clip(levels[todo].astype(np.int64) + np.array(step), 0, white)
            candidate = moved.astype(target.dtype)
            distance = ((candidate - exact[todo]) ** 2).sum(axis=1)
            better = (distance < nearest) & (gray_levels(candidate, space) == target[todo])
            nearest[better] = distance[better]
            best[todo[better]] = candidate[better]
        todo = todo[np.isinf(nearest)]
        if not len(todo):
            break
    return best
