"""How unlike the colours under a stroke every pixel of a photo is.

Colours are compared in Oklab. Light and shadow move a colour along the ray from black through it,
so the chroma that is expected of a colour at a pixel grows with the pixel's lightness, or, where
film and sensors bleach it, falls; lightness itself counts much less, least where the colour is
vivid. The colours under a stroke are grouped,
and a pixel is as unlike as it is to the nearest group.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from varcolor.typing import Array, FloatArray

#: Width of a colour, in Oklab's chroma, beside the spread of its group.
_CHROMA_WIDTH = 0.025
#: Width in lightness of a neutral group, and how much more a vivid one has.
_LIGHT_WIDTH, _VIVID_WIDTH, _VIVID = 0.08, 0.14, 0.1
#: How much paler a colour may be where it is lighter than the stroke: film and sensors do that.
_PALER = 0.8
#: Most groups, and the share of the stroke that a group needs.
_GROUPS, _LEAST = 8, 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Palette:
    """Groups of colours in Oklab."""

    center: FloatArray
    """(K, 3)."""
    spread: FloatArray
    """(K, 2): standard deviations of lightness and of chroma within the groups."""

    @classmethod
    def of(cls, colors: FloatArray) -> Palette:
        """Return the groups of colours (N, 3): the finest of 1 to 8 whose parts are not tiny."""
        from scipy.cluster.vq import kmeans2

        if len(colors) > 4000:
            colors = colors[:: len(colors) // 4000 + 1]
        scaled = colors * (0.5, 2.0, 2.0)
        rng = np.random.default_rng(0)
        label = np.zeros(len(colors), int)
        if len(np.unique(colors, axis=0)) > _GROUPS:
            label = kmeans2(scaled, _GROUPS, minit="++", rng=rng)[1]
        centers, spreads = [], []
        for k in range(_GROUPS):
            own = colors[label == k]
            if len(own) and len(own) >= _LEAST * len(colors):
                mean = own.mean(axis=0)
                centers.append(mean)
                gap = own - mean
                spreads.append((gap[:, 0].std(), np.sqrt((gap[:, 1:] ** 2).sum(axis=1).mean() / 2)))
        return cls(np.array(centers), np.array(spreads))

    def distance(self, colors: Array) -> FloatArray:
        """Return squared distances (...) of colours (..., 3), in widths of the nearest group."""
        light, chroma = colors[..., 0], colors[..., 1:]
        nearest = np.full(light.shape, np.inf)
        for center, (bright, spread) in zip(self.center, self.spread, strict=True):
            vivid = min(1.0, float(np.hypot(*center[1:])) / _VIVID)
            ratio = np.clip(light / max(float(center[0]), 0.05), 0.3, 1.6)
            least = np.minimum(ratio, 1 - _PALER * (ratio - 1))
            along = chroma @ center[1:] / max(float(center[1:] @ center[1:]), 1e-6)
            along = np.clip(along, least, np.maximum(ratio, 1))
            wide = _CHROMA_WIDTH**2 + spread**2
            off = ((chroma - along[..., None] * center[1:]) ** 2).sum(axis=-1) / wide
            broad = (_LIGHT_WIDTH + vivid * _VIVID_WIDTH) ** 2 + bright**2
            off += (light - center[0]) ** 2 / broad
            np.minimum(nearest, off, out=nearest)
        return nearest
