"""The system of several frames as one sparse matrix: weights of frames, and links between them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from varcolor.energy.stencil import FORWARD, neighbours
from varcolor.film.frame import Frame
from varcolor.film.motion.links import Directed, Links
from varcolor.typing import Array, Shape


def assembled(
    frames: Sequence[Frame], links: Sequence[Links | None], degrees: Sequence[Array]
) -> Any:
    """Return the matrix (T H W, T H W), CSR in float64, of all pixels, frame by frame.

    Parameters
    ----------
    frames : sequence of Frame
        T frames.
    links : sequence of Links or None
        T - 1: between them.
    degrees : sequence of ndarray, shape (H + 2, W + 2)
        What every pixel's diagonal has beside the weights of its frame.
    """
    from scipy.sparse import block_array

    count, shape = len(frames), frames[0].shape
    blocks: list[list[Any]] = [[None] * count for _ in range(count)]
    for t, frame in enumerate(frames):
        blocks[t][t] = _within(frame.planes, degrees[t], shape)
        link = links[t] if t + 1 < count else None
        if link is not None:
            ahead = -(_between(link.forward, shape) + _between(link.backward, shape).T)
            blocks[t][t + 1], blocks[t + 1][t] = ahead, ahead.T
    return block_array(blocks, format="csr")


def _within(planes: Array, degree: Array, shape: Shape) -> Any:
    from scipy.sparse import diags_array

    height, width = shape
    at = np.arange(height * width, dtype=np.int32).reshape(shape)
    rows, columns, values = [], [], []
    for k, here, there in neighbours(shape, FORWARD):
        rows.append(at[here].ravel())
        columns.append(at[there].ravel())
        values.append(planes[k, 1:-1, 1:-1][here].ravel())
    half = _sparse(rows, columns, values, at.size)
    both = half + half.T
    diagonal = np.asarray(both.sum(axis=1)).ravel() + degree[1:-1, 1:-1].ravel()
    whole: Any = diags_array(diagonal)
    return (whole - both).tocsr()


def _between(links: Directed, shape: Shape) -> Any:
    """Return the weights (N, N) of directed links, from where they begin."""
    height, width = shape
    at = np.arange(height * width, dtype=np.int32).reshape(shape)
    rows, columns, values = [], [], []
    for weight, move in zip(links.w, (0, 1, width + 2, width + 3), strict=True):
        own = weight[1:-1, 1:-1]
        tied = own > 0
        down, right = np.divmod(links.base[1:-1, 1:-1][tied] + move, width + 2)
        rows.append(at[tied])
        columns.append((down - 1) * width + right - 1)
        values.append(own[tied])
    return _sparse(rows, columns, values, at.size)


def _sparse(rows: list[Array], columns: list[Array], values: list[Array], size: int) -> Any:
    from scipy.sparse import csr_array

    ends = np.concatenate(rows), np.concatenate(columns).astype(np.int32)
    weights = np.concatenate(values).astype(np.float64)
    return csr_array((weights, ends), shape=(size, size))
