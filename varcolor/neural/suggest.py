"""Colours suggested for a pixel, and the pixel that should be asked for next.

With a network: its distribution at the pixel is sampled, the samples are grouped by K-means, and
the groups' means, brought into the gamut at the pixel's lightness, are the suggestions, the most
probable first. Without one: the guess of the prior ``gp`` at the pixel, and groups of the photo's
own cues, weighted by how far the guess is from them.

Where the network is unsure, a hint tells most: entropy in bits, times the area that a hint there
would reach in the solve (pixels that harmonic weights tie to it).

Reference: R. Zhang et al., "Real-time user-guided image colorization with learned deep priors",
SIGGRAPH 2017, section 3.2 (suggestions by K-means of samples).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from varcolor.checks import whole
from varcolor.cues.cues import Cues
from varcolor.energy.prior import Data
from varcolor.errors import InputError
from varcolor.image.color import lab
from varcolor.image.gamut import reduce_chroma
from varcolor.image.luma import luma_of
from varcolor.image.picture import Picture, PictureLike, as_picture
from varcolor.neural.framing import Frame
from varcolor.neural.predict import hints_in_lab
from varcolor.neural.using import NetworkOptions, bins_of
from varcolor.prior.base import Scene
from varcolor.typing import Array, FloatArray

#: Samples of a distribution, and colours at most.
_SAMPLES, MOST = 10_000, 64
#: Starts of K-means; the best grouping is kept.
_TRIALS = 5
#: Fading of own cues with their distance from the guess, in units of a* and b*.
_WIDTH = 15.0
_BIN = 10.0


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A colour for a pixel."""

    color: tuple[int, int, int]
    """sRGB levels, at the pixel's lightness."""
    ab: tuple[float, float]
    """a*, b* of that colour."""
    probability: float
    """0..1; those of one pixel add up to 1."""

    @property
    def hex(self) -> str:
        """``#rrggbb``."""
        red, green, blue = self.color
        return f"#{red:02x}{green:02x}{blue:02x}"


def suggest(
    photo: PictureLike,
    cues: Cues | None = None,
    *,
    at: tuple[int, int],
    count: int = 8,
    network: Any = None,
    weights: str = "",
    options: NetworkOptions | None = None,
    seed: int = 0,
) -> list[Suggestion]:
    """Suggest colours for a pixel, the most probable first.

    Parameters
    ----------
    photo : Picture, path or ndarray
        Grey photo; of a colour photo the lightness is used.
    cues : Cues, optional
        What is known; a network sees it, too.
    at : (int, int)
        Row and column of the pixel.
    count : int
        Colours at most, 1 to 64; fewer if the distribution has fewer.
    network : str or Network, optional
        ``"siggraph17"``, ``"eccv16"``, or one that is loaded. None: from the photo's own cues.
    weights : str
        File or folder of the network's weights.
    options : NetworkOptions, optional
        Device and size of the network.
    seed : int
        Of samples and groups.

    Returns
    -------
    list of Suggestion
        Empty without a network and without cues.

    Raises
    ------
    InputError
        If the pixel lies outside of the photo, or the count is out of range.
    CueError
        If cues do not fit.
    """
    picture = as_picture(photo)
    known = Cues.none(picture.shape) if cues is None else cues
    known.must_fit(picture)
    whole("count", count, 1, MOST)
    row, column = _pixel(at, picture)
    luma = luma_of(picture, lab)
    data = _data(known)
    if network is None:
        colours, shares = _own(picture, luma, data, row, column, count, seed)
    else:
        shares, bins, frame = _distribution(network, luma, data, weights, options)
        cell = _cell(frame, shares.shape, row, column)
        colours, shares = _grouped(shares[cell], bins, count, seed)
    return _at_lightness(colours, shares, float(luma[row, column]))


def entropy_map(
    photo: PictureLike,
    cues: Cues | None = None,
    *,
    network: Any = "siggraph17",
    weights: str = "",
    options: NetworkOptions | None = None,
) -> FloatArray:
    """Return the entropy (H, W), in bits, of the network's distribution at every pixel."""
    picture = as_picture(photo)
    known = Cues.none(picture.shape) if cues is None else cues
    known.must_fit(picture)
    luma = luma_of(picture, lab)
    data = _data(known)
    shares, _, frame = _distribution(network, luma, data, weights, options)
    bits = -(shares * np.log2(np.maximum(shares, 1e-12))).sum(axis=2)
    from varcolor.prior.features import resized

    inner = frame.leave_cells(bits, frame.outer[0] // shares.shape[0])
    return np.maximum(resized(inner, picture.shape), 0.0)


def click_next(
    photo: PictureLike, cues: Cues | None, entropy: FloatArray, side: int = 64
) -> tuple[int, int]:
    """Return row and column of the pixel whose hint would tell most.

    The area that a hint reaches is counted on a copy of at most ``side`` pixels a side: for a pixel
    r it is sum_s 1 / (1 + t_rs), t_rs the resistance between r and s on the way of least
    resistance, with the weights of the method harmonic; a cue stops the way.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    from varcolor.prior.features import resized, shape_within

    picture = as_picture(photo)
    shape = shape_within(picture.shape, side * side)
    luma = resized(luma_of(picture, lab), shape)
    bits = resized(entropy, shape)
    number = np.arange(luma.size).reshape(shape)
    ends, costs = [], []
    for here, there in (
        (np.s_[:, :-1], np.s_[:, 1:]),
        (np.s_[:-1], np.s_[1:]),
    ):
        ends.append(np.stack([number[here].ravel(), number[there].ravel()]))
        costs.append((1 / (1 / (1 + 3200 * (luma[here] - luma[there]) ** 2) ** 2 + 1e-4)).ravel())
    pairs, cost = np.concatenate(ends, axis=1), np.concatenate(costs)
    known = np.zeros(shape, bool)
    if cues is not None and len(cues):
        known[
            cues.at[:, 0] * shape[0] // picture.shape[0],
            cues.at[:, 1] * shape[1] // picture.shape[1],
        ] = True
    free = ~known.ravel()[pairs].any(axis=0)
    graph = csr_array((cost[free], (pairs[0, free], pairs[1, free])), (luma.size, luma.size))
    order = np.argsort(-np.where(known, -1.0, bits), axis=None)[: max(32, luma.size // 16)]
    way = dijkstra(graph, directed=False, indices=order, limit=200.0)
    area = (1 / (1 + way)).sum(axis=1)
    best = int(order[np.argmax(area * bits.ravel()[order])])
    row, column = divmod(best, shape[1])
    return (
        (2 * row + 1) * picture.shape[0] // (2 * shape[0]),
        (2 * column + 1) * picture.shape[1] // (2 * shape[1]),
    )


def _data(cues: Cues) -> Data:
    chroma = lab.split(cues.color.astype(np.float64))[1]
    return Data(cues.flat, cues.weight.astype(np.float64), chroma)


def _pixel(at: tuple[int, int], picture: Picture) -> tuple[int, int]:
    row, column = (int(v) for v in at)
    height, width = picture.shape
    if not (0 <= row < height and 0 <= column < width):
        raise InputError(
            f"row {row}, column {column}: outside of the photo, which is {width} x {height}"
        )
    return row, column


def _distribution(
    network: Any, luma: FloatArray, data: Data, weights: str, options: NetworkOptions | None
) -> tuple[FloatArray, FloatArray, Frame]:
    """Return shares (h, w, B), bins (B, 2) and the frame."""
    own = options or NetworkOptions(weights=str(weights))
    net = own.load(network) if isinstance(network, str) else network
    frame = Frame.of((luma.shape[0], luma.shape[1]), own.net_size, own.fit)
    light = np.clip(frame.enter(luma) * 100, 0, 100)
    ab = mask = None
    takes = getattr(getattr(net, "form", None), "hints", True)
    if len(data.at) and takes:
        ab, mask = hints_in_lab(frame, data.at, data.weight, data.values, luma, lab)
    shares = net.distribution(light, ab, mask)
    return shares, bins_of(net, shares.shape[2]), frame


def _cell(frame: Frame, shape: Array | tuple[int, ...], row: int, column: int) -> tuple[int, int]:
    """Return the cell of the distribution that a pixel of the photo lies in."""
    size = frame.outer[0] // shape[0]
    (h, w), (height, width) = frame.inner, frame.photo
    return (2 * row + 1) * h // (2 * height) // size, (2 * column + 1) * w // (2 * width) // size


def _grouped(
    shares: FloatArray, bins: FloatArray, count: int, seed: int
) -> tuple[FloatArray, FloatArray]:
    """Return means (K, 2) and shares (K,) of the groups of samples."""
    from scipy.cluster.vq import kmeans2

    rng = np.random.default_rng(seed)
    drawn = rng.choice(len(bins), _SAMPLES, p=shares / shares.sum())
    samples = bins[drawn] + rng.uniform(-_BIN / 2, _BIN / 2, (_SAMPLES, 2))
    groups = min(count, len(np.unique(drawn)))
    best = np.inf
    for _ in range(_TRIALS):  # K-means stops at the nearest of many minima
        tried, own = kmeans2(samples, groups, minit="++", rng=rng, iter=20)
        error = float(((samples - tried[own]) ** 2).sum())
        if error < best:
            best, means, label = error, tried, own
    part = np.bincount(label, minlength=groups) / _SAMPLES
    return means[part > 0], part[part > 0]


def _own(
    picture: Picture, luma: FloatArray, data: Data, row: int, column: int, count: int, seed: int
) -> tuple[FloatArray, FloatArray]:
    """Return colours (K, 2) and shares (K,) from the photo's own cues."""
    from scipy.cluster.vq import kmeans2

    from varcolor.prior.gp import GP

    if not len(data.at):
        return np.zeros((0, 2)), np.zeros(0)
    source = GP()
    prior = source.run(source.prepare(Scene(luma, picture.visible, lab)), data)
    guess = prior.chroma[row, column]
    colours = np.unique(np.rint(data.values), axis=0)
    if len(colours) > max(1, count - 1):
        rng = np.random.default_rng(seed)
        colours, label = kmeans2(colours, max(1, count - 1), minit="++", rng=rng)
        colours = colours[np.bincount(label, minlength=len(colours)) > 0]
    weight = np.exp(-(((colours - guess) ** 2).sum(axis=1)) / (2 * _WIDTH**2)) + 1e-3
    if count > 1 and np.sqrt(((colours - guess) ** 2).sum(axis=1)).min() > 2:
        colours, weight = np.vstack([guess, colours]), np.append(1.0, weight)
    return colours, weight / weight.sum()


def _at_lightness(colours: FloatArray, shares: FloatArray, luma: float) -> list[Suggestion]:
    """Return suggestions in the gamut at a lightness: chroma is reduced, never the lightness."""
    found = []
    order = np.argsort(-shares, kind="stable")
    if not len(order):
        return []
    rgb = reduce_chroma(lab, np.full(len(order), luma), colours[order])[0]
    levels = np.floor(np.clip(rgb, 0, 1) * 255 + 0.5).astype(int)
    for own, ab, share in zip(levels, lab.split(levels / 255)[1], shares[order], strict=True):
        red, green, blue = (int(v) for v in own)
        found.append(Suggestion((red, green, blue), (float(ab[0]), float(ab[1])), float(share)))
    return found
