"""Colours that fit a place, and the place where a colour would tell most."""

from __future__ import annotations

from typing import Any

import numpy as np

from varcolor.app.work.document import Document, Painting
from varcolor.image.color import yuv
from varcolor.image.gamut import reduce_chroma
from varcolor.image.luma import luma_of

#: Width of the weight by luma, and by distance as a part of the picture's diagonal.
_LUMA, _DISTANCE = 0.08, 0.35
_MOST = 8


def suggestions(document: Document, painting: Painting, x: float, y: float) -> list[dict[str, Any]]:
    """Return colours for a place with their shares, the likeliest first.

    They are the chroma of the painting's own cues at the luma of the place; a cue counts the more,
    the nearer its luma and place are. Every suggestion can be shown in sRGB.
    """
    engine = document.engine(painting.settings)
    cues = engine.small_cues(painting.strokes, document.base(painting.imports))
    if not len(cues):
        return []
    luma = luma_of(engine.small(), yuv)
    height, width = luma.shape
    row = min(height - 1, max(0, int(y / document.picture.shape[0] * height)))
    column = min(width - 1, max(0, int(x / document.picture.shape[1] * width)))
    here = luma[row, column]
    gap = (luma[cues.at[:, 0], cues.at[:, 1]] - here) / _LUMA
    away = np.hypot(cues.at[:, 0] - row, cues.at[:, 1] - column) / np.hypot(height, width)
    weight = np.exp(-0.5 * gap**2 - 0.5 * (away / _DISTANCE) ** 2) + 1e-9
    chroma = yuv.split(cues.color.astype(np.float64))[1]
    bins, group = np.unique(np.rint(chroma * 40).astype(int), axis=0, return_inverse=True)
    share = np.bincount(group.ravel(), weight, len(bins))
    found = []
    for index in np.argsort(-share, kind="stable")[:_MOST]:
        if share[index] < 0.01 * share.sum():
            break
        own = group.ravel() == index
        mean = np.average(chroma[own], axis=0, weights=weight[own])
        rgb, _ = reduce_chroma(yuv, np.array([here]), mean[None])
        levels = np.rint(np.clip(rgb[0], 0, 1) * 255).astype(int)
        color = "#" + "".join(f"{v:02x}" for v in levels)
        found.append({"color": color, "share": float(share[index] / share.sum())})
    return found


def next_place(document: Document, painting: Painting) -> tuple[float, float]:
    """Return the (x, y) where a colour would tell most: the place farthest from all cues.

    Distance counts across edges of luma, too: places that no stroke resembles come first.
    """
    from scipy import ndimage

    engine = document.engine(painting.settings)
    cues = engine.small_cues(painting.strokes, document.base(painting.imports))
    photo = engine.small()
    luma = ndimage.gaussian_filter(luma_of(photo, yuv), 2)
    height, width = luma.shape
    free = np.ones((height, width), bool)
    free[cues.at[:, 0], cues.at[:, 1]] = False
    visible = photo.visible
    if len(cues):
        far = ndimage.distance_transform_edt(free) / np.hypot(height, width)
        own = np.sort(luma[cues.at[:, 0], cues.at[:, 1]])
        above = np.searchsorted(own, luma)
        upper, lower = own[np.minimum(above, len(own) - 1)], own[np.maximum(above - 1, 0)]
        score = far + np.minimum(np.abs(luma - upper), np.abs(luma - lower))
    else:
        flat = ndimage.gaussian_gradient_magnitude(luma, 3)
        rows, columns = np.mgrid[:height, :width]
        score = -flat - 0.1 * np.hypot(rows / height - 0.5, columns / width - 0.5)
    if visible is not None:
        score = np.where(visible, score, -np.inf)
    row, column = np.unravel_index(int(np.argmax(score)), score.shape)
    full = document.picture.shape
    return (column + 0.5) * full[1] / width, (row + 0.5) * full[0] / height
