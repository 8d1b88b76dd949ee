"""The encoder of the tree codec: grow, prune, quantise, and find the step that meets a target."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from varcolor.errors import FormatError
from varcolor.ir.kernels.rd_pruning import prune
from varcolor.ir.kernels.region_map import describe_again
from varcolor.ir.kernels.region_split import COLUMNS, GREY_SCALE, KEPT, LEFT, N, plant
from varcolor.ir.kernels.tree_growth import SUMS, grow
from varcolor.ir.tree.chroma import to_axes
from varcolor.ir.tree.model import load_model, step_size
from varcolor.ir.tree.realise import leaves_of, log_ratios, realistic
from varcolor.ir.tree.regions import (
    NO_LOG,
    NODES_EVER,
    most_nodes,
    pixels_of,
    read_regions,
    write_tree,
)
from varcolor.typing import Array

#: Exchange rate: squared error that a bit must save, in squared steps.
TRADE = 0.08
#: Regions stay whole whose squared error is worth fewer bits than this.
WORTH = 4.0
#: Bits that a split is expected to cost while the tree grows, by rank and threshold.
PRICE = 0.6 * np.array([[1.5, 3, 3], [3.5, 5, 5], [4.5, 6, 6], [5.5, 7, 7], [5.5, 7, 7]])
#: Splits of a region that are tried with their children's, and the largest picture for that.
TRIES, MOST_TRIED = 4, 1 << 21
#: Finest and coarsest step.
FINEST, COARSEST = 24, 255
#: The largest tree that is ever grown.
LARGEST = 400_000
#: Steps by which a tree may miss the one that it was grown for.
_REACH = 6
_MOST_BYTES = 1 << 20
#: Multiples of the trade at which a tree is pruned and decoded to learn what smoothing does.
_PRUNINGS = (1, 4, 16)


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """A grown tree: all splits that might pay at a step."""

    step: int
    nodes: Array
    sums: Array
    errors: Array
    """Squared error of each node if it is left whole."""


class Source:
    """A picture to be encoded, at any step.

    Parameters
    ----------
    rgb : ndarray, shape (H, W, 3)
        sRGB levels, 0 to ``white``.
    gray : ndarray of uint8, shape (H, W)
        The grey that the stream will be decoded with.
    """

    def __init__(self, rgb: Array, white: float, gray: Array) -> None:
        axes, self.angle = to_axes(rgb, white, gray)
        self._chroma = axes.reshape(2, -1)
        self._pixels, self._gray = pixels_of(gray), gray
        self._tree: Tree | None = None

    def payload(self, step: int, trade: float = TRADE, log: Array = NO_LOG) -> bytes:
        """Return the coded tree for a step.

        Parameters
        ----------
        step : int
            Index of the quantiser.
        trade : float
            Squared error that a bit must save, in squared steps.
        log : ndarray, shape (n, 6)
            Receives the decisions that were coded, for training: contexts, kind, bit.
        """
        return self._write(self._grown(step), step, trade, log)[0]

    def realise(self, step: int) -> None:
        """Make later payloads spend bits where the decoder's smoothing does not help.

        Large pictures are left as they are.
        """
        if self._gray.size > MOST_TRIED:
            return
        tree, measured = self._grown(step), []
        target = self._chroma.reshape(2, *self._gray.shape)
        for times in _PRUNINGS:
            payload, nodes = self._write(tree, step, times * TRADE, NO_LOG)
            regions = read_regions(payload, step, self._gray)
            found = log_ratios(regions, self._gray, target, leaves_of(nodes), tree.errors)
            measured.append(found)
        self._tree = replace(tree, errors=realistic(tree.nodes, tree.errors, measured))

    def _grown(self, step: int) -> Tree:
        """Return a tree that was grown for this step or one near it."""
        if self._tree is None or abs(self._tree.step - step) > _REACH:
            self._tree = self._grow(step)
        return self._tree

    def _write(self, tree: Tree, step: int, trade: float, log: Array) -> tuple[bytes, Array]:
        """Return the coded tree, and its nodes after pruning."""
        nodes = tree.nodes.copy()
        if step != tree.step:
            describe_again(nodes, len(nodes), GREY_SCALE, step)
        size, model = step_size(step), load_model()
        prune(
            nodes,
            tree.sums,
            len(nodes),
            size,
            trade * size**2,
            model.states,
            model.weights,
            model.curves,
            np.stack([tree.errors, tree.errors], axis=1),
            model.bits,
        )
        pixels = self._chroma.shape[1]
        means = tree.sums[0, :2] / pixels
        root = np.array([self.angle, *np.rint(means * (math.sqrt(pixels) / size)).astype(int)])
        payload = write_tree(nodes, root, step, _MOST_BYTES, log)
        # The format bounds the nodes by the bytes; zeros at the end read as nothing.
        wanted = 1 + 2 * int((nodes[:, LEFT] > 0).sum())
        while most_nodes(len(payload), 1 << 40) < wanted:
            payload += bytes(-(-(wanted - NODES_EVER) // 32) - len(payload))
        return payload, nodes

    def _grow(self, step: int) -> Tree:
        x, y, v = (plane.copy() for plane in self._pixels)
        chroma = self._chroma.copy()
        pixels = len(x)
        capacity = max(min(2 * pixels, LARGEST), 1)
        nodes, sums = np.zeros((capacity, COLUMNS), np.int64), np.zeros((capacity, SUMS))
        plant(nodes, x, y, v, GREY_SCALE, step)
        bit = TRADE * step_size(step) ** 2
        spare, spare_chroma = np.empty((6, pixels), np.int32), np.empty((4, pixels), np.float32)
        count = grow(
            nodes,
            sums,
            x,
            y,
            v,
            chroma,
            GREY_SCALE,
            step,
            PRICE * bit,
            WORTH * bit,
            spare,
            spare_chroma,
            TRIES if pixels <= MOST_TRIED else 1,
        )
        nodes[:count, KEPT] = 0
        sums = sums[:count]
        errors = sums[:, 2] - (sums[:, 0] ** 2 + sums[:, 1] ** 2) / nodes[:count, N]
        return Tree(step, nodes[:count].copy(), sums.copy(), np.maximum(errors, 0.0))


def for_budget(source: Source, room: int) -> tuple[int, bytes]:
    """Return the finest step whose payload fits into ``room`` bytes, and that payload.

    Raises
    ------
    FormatError
        If even the coarsest does not fit.
    """
    tried: dict[int, bytes] = {}

    def size(step: int) -> int:
        if step not in tried:
            tried[step] = source.payload(step)
        return len(tried[step])

    step = _coarsest_fitting(size, room)
    if size(step) > room:
        raise FormatError(f"no stream of {room} bytes")
    best = tried[step]
    if step > FINEST:
        source.realise(step)
        # What is left of the budget buys splits that pay a little less.
        low, high = TRADE / 4, 2 * TRADE
        best = b""
        for _ in range(7):
            middle = math.sqrt(low * high)
            payload = source.payload(step, middle)
            if len(payload) <= room:
                best, high = payload, middle
            else:
                low = middle
    return step, best or tried[step]


def _coarsest_fitting(size: Callable[[int], int], room: int) -> int:
    """Return the smallest step index with ``size(step) <= room``: secants on the logarithm."""
    low, high = FINEST - 1, COARSEST  # size(low) > room >= size(high), as far as is known
    step, slope = 120, -0.075
    known = size(step)
    while True:
        if known > room:
            low = max(low, step)
        else:
            high = min(high, step)
        if high - low <= 1:
            return high
        jump = (math.log(max(room, 1)) - math.log(max(known, 1))) / slope
        guess = step + (math.ceil(jump) if jump > 0 else math.floor(jump))
        step = min(max(guess, low + 1), high - 1)
        known = size(step)


def for_quality(
    error: Callable[[bytes, int], float], source: Source, wanted: float
) -> tuple[int, bytes]:
    """Return the coarsest step whose decoded picture has at most the error ``wanted``.

    ``error(payload, step)`` decodes and measures. If no step is good enough, the finest is taken.
    """
    low, high = FINEST, COARSEST
    while high - low > 1:
        middle = (low + high) // 2
        if error(source.payload(middle), middle) <= wanted:
            low = middle
        else:
            high = middle
    return low, source.payload(low)
