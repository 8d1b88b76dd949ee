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

from varcolor.film.ahead import ahead
from varcolor.film.frame import Frame
from varcolor.film.march import Carried, Step, march, own_reach
from varcolor.film.motion.links import Directed, Links
from varcolor.film.shot import Shot
from varcolor.solve.result import Status
from varcolor.solve.solver import Goal
from varcolor.typing import Array


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

    now: Carried | None = None
    threads = shot.backend.team.size

    def there(t: int) -> tuple[int, Frame, Links | None]:
        return t, shot.frame(t), shot.links(t - 1) if t > keys[0] else None

    with ahead(there, range(keys[0], shot.count), threads) as prepared:
        for t, frame, links in prepared:
            ties = links
            if len(frame.data.at) and links is not None:
                ties = loosened(links, own_reach(frame))
            now, how, most = march(Step(frame, ties, True), now, goal, slope)
            keep(shot, t, now)
            note(how, most)

    def back(t: int) -> tuple[int, Frame | None, Links | None]:
        return (t, None, None) if t in shot.keys else (t, shot.frame(t), shot.links(t))

    with ahead(back, range(keys[-1], -1, -1), threads) as earliest_last:
        for t, own, links in earliest_last:
            if own is None:
                now = kept(shot, t)
                continue
            now, how, most = march(Step(own, links, False), now, goal, slope)
            earlier = [k for k in keys if k < t]
            both = now
            if earlier:
                later = next(k for k in keys if k > t)
                both = blended(kept(shot, t), now, (t - earlier[-1], later - t))
            keep(shot, t, both)
            note(how, most)
    return status, error


def keep(shot: Shot, t: int, found: Carried) -> None:
    """Write what a march has found for a frame."""
    shot.keep(t, found.chroma)
    shot.keep(t, found.flux, "flux")
    shot.keep_reach(t, found.reach)


def kept(shot: Shot, t: int) -> Carried:
    """Return what `keep` has written."""
    return Carried(shot.picture(t), shot.reach(t), shot.picture(t, "flux"))


def blended(there: Carried, back: Carried, distances: tuple[int, int]) -> Carried:
    """Return both marches together; ``distances`` to the keys before and after."""
    mine, its = back.reach**2 * distances[0], there.reach**2 * distances[1]
    total = mine + its
    share = np.where(total > 1e-6, mine / np.maximum(total, 1e-6), 0.5).astype(np.float32)
    return Carried(
        share * back.chroma + (1 - share) * there.chroma,
        np.maximum(there.reach, back.reach),
        share * back.flux + (1 - share) * there.flux,
    )


def loosened(links: Links, reach: Array) -> Links:
    """Return links to a second frame that count (1 - reach)^2, its ``reach`` being (H+2, W+2)."""
    factor = ((1 - reach) ** 2).astype(np.float32)
    backward = replace(links.backward, w=links.backward.w * factor)
    flat, base, step = factor.reshape(-1), links.forward.base, factor.shape[1]
    ends = np.stack([flat[base + move] for move in (0, 1, step, step + 1)])
    return Links(Directed(links.forward.w * ends, base), backward)
