"""The things of a picture, as a painter sees them: segments of like colour.

SLIC superpixels, merged two by two while that costs least by Ward's criterion: what two means of
colour lose by becoming one. So a small thing of another colour stays, and a large one takes in its
small details.
"""

from __future__ import annotations

import math

import numpy as np

from varcolor.typing import Array, FloatArray

#: Weight of lightness beside chroma in the segments: a thing has a lit and a shadowed side.
LIGHTNESS = 0.5
#: Segments are merged while that costs less than this (root of Ward's, in units of Lab).
MERGE_BELOW = 0.8


def segments(truth: Array) -> Array:
    """Return the label (H, W) of each pixel of a colour picture (H, W, 3) uint8, from 0 on."""
    from skimage.color import rgb2lab
    from skimage.graph import RAG, merge_hierarchical
    from skimage.segmentation import relabel_sequential, slic

    labels = slic(truth, n_segments=400, compactness=10, sigma=1, start_label=0)
    lab = rgb2lab(truth) * (LIGHTNESS, 1, 1)
    graph = RAG(labels, connectivity=1)
    sizes = np.bincount(labels.ravel())
    for node in graph:
        graph.nodes[node]["labels"] = [node]
        graph.nodes[node]["share"] = sizes[node] / labels.size
    sums = [np.bincount(labels.ravel(), plane.ravel()) for plane in np.moveaxis(lab, -1, 0)]
    for node, mean in enumerate(np.stack(sums, axis=-1) / sizes[:, None]):
        graph.nodes[node]["mean"] = mean

    def cost(graph: RAG, first: int, second: int) -> float:
        one, two = graph.nodes[first], graph.nodes[second]
        share = one["share"] * two["share"] / (one["share"] + two["share"])
        return math.sqrt(share) * float(np.linalg.norm(one["mean"] - two["mean"]))

    def merge(graph: RAG, source: int, target: int) -> None:
        one, two = graph.nodes[source], graph.nodes[target]
        share = one["share"] + two["share"]
        two["mean"] = (one["mean"] * one["share"] + two["mean"] * two["share"]) / share
        two["share"] = share

    for first, second in graph.edges:
        graph.edges[first, second]["weight"] = cost(graph, first, second)
    merged = merge_hierarchical(
        labels,
        graph,
        thresh=MERGE_BELOW,
        rag_copy=False,
        in_place_merge=True,
        merge_func=merge,
        weight_func=lambda graph, _, kept, other: {"weight": cost(graph, kept, other)},
    )
    return np.asarray(relabel_sequential(merged + 1)[0] - 1)


def distances(labels: Array) -> FloatArray:
    """Return how far each pixel is from the next one of another segment, (H, W) in pixels.

    The picture's own edge is no edge: a brush may run over it.
    """
    from scipy.ndimage import distance_transform_edt, find_objects

    far = np.full(labels.shape, float(max(labels.shape)))
    for label, window in enumerate(find_objects(labels + 1)):
        if window is None:
            continue
        around = tuple(slice(max(0, s.start - 1), s.stop + 1) for s in window)
        inside = labels[around] == label
        if not inside.all():
            far[around][inside] = distance_transform_edt(inside)[inside]
    return far
