"""Colours that fit a place, and the place where a colour would tell most."""

from __future__ import annotations

from typing import Any

import numpy as np

from varcolor.app.work.document import Document, Painting
from varcolor.image.color import yuv
from varcolor.image.luma import luma_of
from varcolor.neural.suggest import suggest
from varcolor.options.network import NETWORKS

#: Colours at most.
_MOST = 8


def suggestions(document: Document, painting: Painting, x: float, y: float) -> list[dict[str, Any]]:
    """Return colours for a place with their shares, the likeliest first.

    Those of `varcolor.suggest` on the small copy: by the network that is the painting's prior, or
    from its own cues.
    """
    engine = document.engine(painting.settings)
    cues = engine.small_cues(painting.strokes, document.base(painting.imports))
    small, full = engine.small(), document.picture.shape
    height, width = small.shape
    row = min(height - 1, max(0, int(y / full[0] * height)))
    column = min(width - 1, max(0, int(x / full[1] * width)))
    prior = painting.settings.values.get("prior")
    network = prior if prior in NETWORKS else None
    if not len(cues) and network is None:
        return []
    found = suggest(small, cues, at=(row, column), count=_MOST, network=network)
    return [{"color": s.hex, "share": s.probability} for s in found if s.probability >= 0.01]


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
