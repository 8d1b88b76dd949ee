"""What clicks tell of pixels that are far from them: their log-odds of lying inside.

Two clues are added up, and a third one in turns with the solve:

    u = 2 a tanh((d_out - d_in) / 2 width) + b log((g_out + g0) / (g_in + g0)) + c log h_in / h_out.

d is the distance, in colour, texture and place together, to the nearest click inside or outside; g
is the length of the shortest path to one of them, measured by the differences of colour and texture
that it crosses (a geodesic distance); the photo's edge counts as clicks outside, its d and g
times a factor. h are the shares of the pixel's kind of colour and texture, of 48 kinds, among what
was found inside and outside before. Texture is the standard deviation of lightness about means of
two sizes.

References
----------
X. Bai, G. Sapiro, "A geodesic framework for fast interactive image and video segmentation and
matting", ICCV 2007. C. Rother, V. Kolmogorov, A. Blake, "GrabCut", SIGGRAPH 2004.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter

from varcolor.energy.stencil import FORWARD, neighbours
from varcolor.energy.weights import blurred
from varcolor.objects.regions import block_means
from varcolor.palette.kmeans import lloyd
from varcolor.typing import Array, FloatArray, Shape

#: Sizes of texture in pixels of the copy, and what its difference counts along paths.
_SIZES, _ON_PATHS = (0.35, 1.0), 0.5
#: What chroma counts along paths, what a step costs by itself, and the length g0.
_CHROMA, _STEP, _SHORT = 2.5, 0.003, 0.05
#: Kinds of colour and texture, and rounds to find them.
_KINDS, _ROUNDS = 48, 8
#: What chroma counts there, how far pixels and kinds blend, and the largest logarithm.
_KIND_CHROMA, _NEAR, _BLEND, _MOST = 3.0, 0.04, 0.06, 3.0
#: Clicks whose distances are taken one by one; of more a tree finds the nearest.
_FEW = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """What clicks tell of pixels that are far from them."""

    look: float = 5e-3
    """How firmly log-odds are held, against the weight between equal neighbours; 0: not at all."""
    likeness: float = 0.5
    """a: what likeness counts."""
    paths: float = 1.5
    """b: what paths count."""
    kinds: float = 0.6
    """c: what kinds of colour and texture count."""
    turns: int = 1
    """How often kinds are counted, and s is found again."""
    shares: float = 0.1
    """What all kinds have in common, against what was found: the more, the less kinds tell."""
    colour: float = 6.0
    """What Oklab's chroma counts in d, against its lightness."""
    texture: float = 2.0
    """What texture counts in d."""
    place: float = 0.1
    """What a distance of the photo's longer side counts in d."""
    width: float = 0.05
    """Difference of distances d at which likeness is clear."""
    far_edge: float = 0.9
    """By what d to the photo's edge is multiplied."""
    path_edge: float = 1.0
    """By what g to the photo's edge is multiplied."""
    power: float = 2.0
    """Power of the weights: the larger, the more edges count."""
    edge: float = 0.1
    """How firmly the photo's edge is held outside."""
    threshold: float = 0.5
    """The object is where s is larger."""


#: Of a grey photo less can be told.
COLOUR = Model()
GREY = Model(
    look=0.02, paths=0.6, turns=0, width=0.2, far_edge=1.22, path_edge=1.3, power=1.2,
    edge=0.01, threshold=0.4,
)  # fmt: skip


class Evidence:
    """The clues of one photo.

    Parameters
    ----------
    luma : ndarray, shape (H, W)
        Oklab's lightness of the photo.
    small : ndarray, shape (h, w, 1 or 3)
        The copy that is solved on: lightness, and chroma of a colour photo.
    step : int
        Pixels of the photo along a side of one of the copy.
    model : Model
        How clues are weighed.
    """

    def __init__(self, luma: FloatArray, small: FloatArray, step: int, model: Model) -> None:
        self._model, self.shape = model, (small.shape[0], small.shape[1])
        texture = _texture(luma, step)
        soft = np.stack([blurred(small[..., k], None, 1.0) for k in range(small.shape[2])], axis=2)
        self._graph = _paths(small, texture)
        edge = edge_of(self.shape, 1)
        self._path_to_edge = self._path_from(edge) * model.path_edge
        rows, columns = np.indices(self.shape) * (model.place / max(self.shape))
        chroma = [1.0] + [model.colour] * (small.shape[2] - 1)
        clue = [soft * chroma, model.texture * texture, rows[..., None], columns[..., None]]
        self._features = np.concatenate(clue, axis=2)
        self._far_to_edge = nearest(self._features, edge_of(self.shape, 8)) * model.far_edge
        if model.turns:
            chroma = [1.0] + [_KIND_CHROMA] * (small.shape[2] - 1)
            look = np.concatenate([soft * chroma, texture], axis=2)
            self._kinds, self._blend = _kinds_of(look.reshape(-1, look.shape[2]))

    def log_odds(self, inside: Array, outside: Array) -> FloatArray:
        """Return u (h, w) without kinds, for rows and columns (N, 2), (M, 2) of the copy."""
        model = self._model
        near, far = nearest(self._features, inside), self._far_to_edge
        short, long = self._path_from(inside), self._path_to_edge
        if len(outside):
            far = np.minimum(far, nearest(self._features, outside))
            long = np.minimum(long, self._path_from(outside))
        likeness = 2 * np.tanh((far - near) / (2 * model.width))
        paths = np.log((long + _SHORT) / (short + _SHORT))
        return np.asarray(model.likeness * likeness + model.paths * paths)

    def of_kinds(self, share: FloatArray, inside: Array) -> FloatArray:
        """Return what kinds add to u (h, w), for s (h, w) found before and cells (N,) inside."""
        model, flat = self._model, share.ravel()
        within = np.where(flat > 0.5, flat, 0.0) + 1e-9
        within[inside] += 1.0
        without = 1 - flat + 1e-9
        one, other = (
            self._blend @ (self._kinds.T @ (part / part.sum())) + model.shares / len(self._blend)
            for part in (within, without)
        )
        told = np.clip(self._kinds @ np.log(one / other), -_MOST, _MOST)
        return np.asarray(model.kinds * told).reshape(self.shape)

    def _path_from(self, places: Array) -> FloatArray:
        from scipy.sparse.csgraph import dijkstra

        start = np.unique(np.ravel_multi_index(tuple(places.T), self.shape))
        found = dijkstra(self._graph, directed=False, indices=start, min_only=True)
        return np.asarray(found).reshape(self.shape)


def _texture(luma: FloatArray, step: int) -> FloatArray:
    """Return (h, w, 2): the deviation of lightness about means of two sizes."""
    parts = []
    for size in _SIZES:
        mean = gaussian_filter(luma, size * step, truncate=2.5)
        square = gaussian_filter((luma - mean) ** 2, size * step, truncate=2.5)
        parts.append(np.sqrt(block_means(square[..., None], step)))
    return np.concatenate(parts, axis=2)


def _paths(small: FloatArray, texture: FloatArray) -> Any:
    """Return the graph of all pixels of the copy, with the lengths of steps between them."""
    from scipy.sparse import csr_array

    shape = small.shape[:2]
    look = np.concatenate(
        [small * ([1.0] + [_CHROMA] * (small.shape[2] - 1)), _ON_PATHS * texture], axis=2
    )
    index = np.arange(shape[0] * shape[1]).reshape(shape)
    ends, lengths = [], []
    for k, here, there in neighbours(shape, FORWARD):
        differ = np.sqrt(((look[here] - look[there]) ** 2).sum(axis=2))
        lengths.append((differ + _STEP * np.hypot(*FORWARD[k])).ravel())
        ends.append((index[here].ravel(), index[there].ravel()))
    one, other = (np.concatenate(part) for part in zip(*ends, strict=True))
    return csr_array((np.concatenate(lengths), (one, other)), (index.size, index.size))


def _kinds_of(look: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return how much of every kind a pixel is, (N, K), and how kinds blend, (K, K)."""
    centres = _means(np.unique(look[:: max(1, len(look) // 4000)], axis=0))
    far = ((look[:, None] - centres) ** 2).sum(axis=2)
    own = np.exp(-(far - far.min(axis=1, keepdims=True)) / (2 * _NEAR**2))
    apart = ((centres[:, None] - centres) ** 2).sum(axis=2)
    blend = np.exp(-apart / (2 * _BLEND**2))
    return own / own.sum(axis=1, keepdims=True), blend / blend.sum(axis=0, keepdims=True)


def _means(look: FloatArray) -> FloatArray:
    """Return at most `_KINDS` centres of different rows, by k-means from random ones of them."""
    if len(look) <= _KINDS:
        return look
    centres = np.random.default_rng(0).permutation(look)[:_KINDS]
    return lloyd(look, np.ones(len(look)), centres, _ROUNDS)


def edge_of(shape: Shape, step: int) -> Array:
    """Return every place (N, 2) of a picture's edge, or of several the first."""
    bottom, right = shape[0] - 1, shape[1] - 1
    across = [(r, c) for r in (0, bottom) for c in range(0, shape[1], step)]
    down = [(r, c) for c in (0, right) for r in range(0, shape[0], step)]
    return np.array(across + down)


def nearest(features: FloatArray, points: Array) -> FloatArray:
    """Return the distance (h, w) of every pixel's features to those of the nearest point."""
    from scipy.spatial import cKDTree

    own = np.unique(features[points[:, 0], points[:, 1]], axis=0)
    if len(own) <= _FEW:
        squares = np.full(features.shape[:2], np.inf)
        for one in own:
            np.minimum(squares, ((features - one) ** 2).sum(axis=2), out=squares)
        return np.asarray(np.sqrt(squares))
    distance, _ = cKDTree(own).query(features.reshape(-1, features.shape[2]))
    return np.asarray(distance).reshape(features.shape[:2])
