"""A stream's regions: which pixels belong together, and their mean coded chroma."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from varcolor.errors import FormatError
from varcolor.ir.kernels.range_coder import BAD, LOGGED
from varcolor.ir.kernels.region_map import paint
from varcolor.ir.kernels.region_split import COLUMNS, GREY_SCALE, plant
from varcolor.ir.kernels.tree_coder import code_tree
from varcolor.ir.tree.model import load_model, step_size
from varcolor.typing import Array

#: A stream of b bytes describes at most 32 b + 65 nodes, and no stream more than 2^19: bounds the
#: memory of a decoder.
NODES_PER_BYTE, NODES_EVER, MOST_NODES = 32, 65, 1 << 19
READ, WRITE = 0, 1
NO_LOG = np.zeros((0, 6), np.int64)


def most_nodes(size: int, pixels: int) -> int:
    """Return the largest number of nodes of a stream of ``size`` bytes."""
    return min(NODES_PER_BYTE * size + NODES_EVER, 2 * pixels, MOST_NODES)


@dataclass(frozen=True, slots=True, eq=False)
class Regions:
    """The leaves of a tree."""

    labels: Array
    """(H, W) int32: the region of every pixel."""
    means: Array
    """(regions, 2): mean coded chroma."""
    angle: int
    """Angle of its axes, see `varcolor.ir.tree.chroma`."""

    @property
    def sizes(self) -> Array:
        """(regions,): pixels of each."""
        return np.bincount(self.labels.ravel(), minlength=len(self.means))


def pixels_of(gray: Array) -> tuple[Array, Array, Array]:
    """Return columns, rows and grey levels of all pixels, int32, in raster order."""
    height, width = gray.shape
    x = np.tile(np.arange(width, dtype=np.int32), height)
    y = np.repeat(np.arange(height, dtype=np.int32), width)
    return x, y, gray.ravel().astype(np.int32)


def read_regions(payload: bytes, step: int, gray: Array) -> Regions:
    """Decode a tree.

    Parameters
    ----------
    payload : bytes
        The coded tree.
    step : int
        Index of the quantiser, 0 to 255.
    gray : ndarray of uint8, shape (H, W)
        The grey picture.

    Raises
    ------
    FormatError
        If the payload cannot have been written for this picture.
    """
    model = load_model()
    x, y, v = pixels_of(gray)
    pixels = gray.size
    most = most_nodes(len(payload), pixels)
    nodes = np.empty((max(most, 3), COLUMNS), np.int64)
    plant(nodes, x, y, v, GREY_SCALE, step)
    root, io = np.zeros(3, np.int64), np.zeros(8, np.int64)
    data = np.frombuffer(payload, np.uint8).copy()
    count = code_tree(
        nodes,
        root,
        data,
        io,
        model.states.copy(),
        model.weights,
        model.curves,
        model.rates,
        x,
        y,
        v,
        np.empty((3, pixels), np.int32),
        GREY_SCALE,
        step,
        READ,
        most,
        NO_LOG,
    )
    size = step_size(step)
    means = np.empty((count, 2))
    means[0] = root[1:] * (size / np.sqrt(pixels))
    if io[BAD] or np.abs(means[0]).max() > 4096:
        raise FormatError("the colour stream is damaged: it describes no tree of this picture")
    labels = np.empty(gray.shape, np.int32)
    leaves = paint(nodes, count, x, y, means, size, labels)
    return Regions(labels, means[:leaves], int(root[0]))


def write_tree(nodes: Array, root: Array, step: int, room: int, log: Array = NO_LOG) -> bytes:
    """Return the payload of a pruned tree; ``log`` (n, 6) receives the decisions that were coded.

    Raises
    ------
    FormatError
        If it needs more than ``room`` bytes.
    """
    model = load_model()
    none = np.zeros(0, np.int32)
    data, io = np.zeros(room, np.uint8), np.zeros(8, np.int64)
    length = code_tree(
        nodes,
        root.copy(),
        data,
        io,
        model.states.copy(),
        model.weights,
        model.curves,
        model.rates,
        none,
        none,
        none,
        np.zeros((3, 0), np.int32),
        GREY_SCALE,
        step,
        WRITE,
        len(nodes),
        log,
    )
    if io[BAD]:
        raise FormatError(f"the tree needs more than {room} bytes")
    if len(log):
        log[min(io[LOGGED], len(log)) :, 4] = -1
    return data[:length].tobytes()
