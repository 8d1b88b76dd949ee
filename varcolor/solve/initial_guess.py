"""Pictures (2, H + 2, W + 2) of both chroma channels, with a border: how they begin and end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from varcolor.backend.thread_pool import Team, bands
from varcolor.energy.problem import Problem
from varcolor.solve.solver import middle
from varcolor.typing import Array, BoolArray, FloatArray


def first_guess(
    problem: Problem,
    free_mask: BoolArray,
    values: FloatArray,
    start: FloatArray | None,
    dtype: Any = np.float32,
    team: Team | None = None,
) -> tuple[Array, Array]:
    """Return the target of soft cues, and the first guess with the exact cues in it.

    Without soft cues the first is (2, 1, 1).
    """
    shape = 2, problem.shape[0] + 2, problem.shape[1] + 2
    u = np.zeros(shape, dtype)
    exact, means = problem.exact, middle(values)

    def begin(top: int, bottom: int) -> None:
        for k, value in enumerate(means):
            rows = value if start is None else start[top - 1 : bottom - 1, :, k]
            u[k, top:bottom, 1:-1] = rows

    _on_rows(begin, problem.shape[0], team)
    if free_mask.size - np.count_nonzero(free_mask) > np.count_nonzero(exact):
        u[:, 1:-1, 1:-1][:, ~free_mask] = 0  # not only pixels that get their values below
    held = np.flatnonzero(exact)
    rows, columns = np.divmod(problem.at[held], problem.shape[1])
    u[: values.shape[1], rows + 1, columns + 1] = values[held].T
    if len(held) == len(exact):
        return np.zeros((2, 1, 1), dtype), u
    target = np.zeros(shape, dtype)
    if len(exact) == free_mask.size:  # a prior: something is known of every pixel

        def fill(top: int, bottom: int) -> None:
            for k in range(values.shape[1]):
                own = values[:, k].reshape(problem.shape)
                target[k, top:bottom, 1:-1] = own[top - 1 : bottom - 1]

        _on_rows(fill, problem.shape[0], team)
        target[: values.shape[1], rows + 1, columns + 1] = 0
        return target, u
    loose = np.flatnonzero(~exact)
    rows, columns = np.divmod(problem.at[loose], problem.shape[1])
    target[: values.shape[1], rows + 1, columns + 1] = values[loose].T
    return target, u


def inner(u: Array, channels: int) -> FloatArray:
    """Return (H, W, channels) without the border."""
    return np.moveaxis(u[:channels, 1:-1, 1:-1], 0, -1)


def contiguous(u: Array, channels: int, team: Team | None = None) -> FloatArray:
    """Return a copy (H, W, channels) without the border."""
    result = np.empty((u.shape[1] - 2, u.shape[2] - 2, channels), u.dtype)

    def copy(top: int, bottom: int) -> None:
        for k in range(channels):
            result[top - 1 : bottom - 1, :, k] = u[k, top:bottom, 1:-1]

    _on_rows(copy, len(result), team)
    return result


def _on_rows(work: Callable[[int, int], None], rows: int, team: Team | None) -> None:
    """Do the work for rows 1 to ``rows``, by threads if there are any."""
    if team is None:
        work(1, rows + 1)
    else:
        team.run(work, bands(rows))


def nearest_cue(problem: Problem) -> Array:
    """Return the number of every pixel's nearest cue (H, W)."""
    from scipy.ndimage import distance_transform_edt

    index, empty = np.zeros(problem.shape, np.int64), np.ones(problem.shape, bool)
    index.flat[problem.at] = np.arange(len(problem.at))
    empty.flat[problem.at] = False
    rows, columns = distance_transform_edt(empty, return_distances=False, return_indices=True)
    return np.asarray(index[rows, columns])


def nearest_picture(problem: Problem, values: FloatArray) -> Array:
    """Return (2, H + 2, W + 2) float64: at every pixel the value of the nearest cue."""
    picture = np.zeros((2, problem.shape[0] + 2, problem.shape[1] + 2))
    inner(picture, values.shape[1])[:] = values[nearest_cue(problem)]
    return picture
