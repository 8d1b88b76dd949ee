"""The marches of a shot: from its keys forward and backward, and both put together.

A frame with keys is solved first, as the picture that was painted. Where it can be reached from an
earlier one, it is tied to it, too, the less the more its own keys reach: strokes on an object that
is new in the frame colour that object. What is found there holds for all other frames, which lie
before, behind or between such frames. Between two of them both marches give an answer, of which
each counts as its squared reach times the distance to the other key.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from varcolor.energy.prior import Data
from varcolor.film.frame import Frame
from varcolor.film.links import Directed, Links
from varcolor.film.march import Step, march, own_reach
from varcolor.film.shot import Shot
from varcolor.solve.result import Status
from varcolor.solve.solver import Goal
from varcolor.typing import Array


def dense(u: Array) -> Data:
    """Return the chroma (2, H + 2, W + 2) of a whole frame as exact keys."""
    values = np.moveaxis(u[:, 1:-1, 1:-1], 0, 2).reshape(-1, 2).astype(np.float64)
    return Data(np.arange(len(values)), np.full(len(values), np.inf), values)


def march_all(
    shot: Shot, goal: Goal, slope: Array, report: Callable[[float], None]
) -> tuple[Status, float]:
    """Write chroma and reach of all frames of a shot with keys.

    Parameters
    ----------
    shot : Shot
        With at least one key.
    goal : Goal
        For every frame.
    slope : ndarray, shape (C, 2)
        RGB levels for either chroma.
    report : callable
        Told the part that is done, 0..1.

    Returns
    -------
    status, error
        The worst of all frames.
    """
    keys = sorted(shot.keys)
    steps = (shot.count - keys[0]) + keys[-1]
    done, status, error = 0, Status.CONVERGED, 0.0

    def note(how: Status, most: float) -> None:
        nonlocal done, status, error
        done += 1
        status, error = (how if how is not Status.CONVERGED else status), max(error, most)
        report(done / max(steps, 1))

    u = reach = None
    for t in range(keys[0], shot.count):
        links = shot.links(t - 1) if t > keys[0] else None
        frame = shot.frame(t)
        if len(frame.data.at) and links is not None and reach is not None:
            links = loosened(links, own_reach(frame))
        u, reach, how, most = march(Step(frame, links, True), u, reach, goal, slope)
        shot.keep(t, u)
        shot.keep_reach(t, reach)
        note(how, most)
    for t in range(keys[-1], -1, -1):
        if t in shot.keys:
            u, reach = shot.chroma(t), shot.reach(t)
            continue
        links = shot.links(t)
        u, reach, how, most = march(Step(shot.frame(t), links, False), u, reach, goal, slope)
        earlier = [k for k in keys if k < t]
        if earlier:
            later = next(k for k in keys if k > t)
            both = _blend(shot, t, u, reach, (t - earlier[-1], later - t))
        else:
            both = u, reach
        shot.keep(t, both[0])
        shot.keep_reach(t, both[1])
        note(how, most)
    return status, error


def _blend(
    shot: Shot, t: int, u: Array, reach: Array, distances: tuple[int, int]
) -> tuple[Array, Array]:
    """Return chroma and reach of both marches together; distances to the keys before and after."""
    other, its_reach = shot.chroma(t), shot.reach(t)
    mine, its = reach**2 * distances[0], its_reach**2 * distances[1]
    total = mine + its
    share = np.where(total > 1e-6, mine / np.maximum(total, 1e-6), 0.5).astype(np.float32)
    return share * u + (1 - share) * other, np.maximum(reach, its_reach)


def loosened(links: Links, reach: Array) -> Links:
    """Return links to a second frame that count (1 - reach)^2, its ``reach`` being (H+2, W+2)."""
    factor = ((1 - reach) ** 2).astype(np.float32)
    backward = replace(links.backward, w=links.backward.w * factor)
    flat, base, step = factor.reshape(-1), links.forward.base, factor.shape[1]
    ends = np.stack([flat[base + move] for move in (0, 1, step, step + 1)])
    return Links(Directed(links.forward.w * ends, base), backward)


def key_frame(shot: Shot, t: int) -> Frame:
    """Return a frame with keys after the marches: all of it is known."""
    return shot.frame(t, dense(shot.chroma(t)))
