"""Which detections are kept: by score, by area, and one of those that overlap.

Non-maximum suppression by masks: from the best score on, an instance goes if its intersection over
union with one that is kept is above a limit.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from varcolor.checks import within
from varcolor.objects.instance import Instance


def overlap(one: Instance, other: Instance) -> float:
    """Return the intersection over union of two masks, 0..1."""
    left, top = max(one.box[0], other.box[0]), max(one.box[1], other.box[1])
    right, bottom = min(one.box[2], other.box[2]), min(one.box[3], other.box[3])
    if left >= right or top >= bottom:
        return 0.0

    def part(own: Instance) -> np.ndarray:
        x, y = own.box[:2]
        return own.mask[top - y : bottom - y, left - x : right - x]

    both = int(np.count_nonzero(part(one) & part(other)))
    return both / (one.area + other.area - both)


def selected(
    instances: Iterable[Instance],
    threshold: float = 0.3,
    smallest: float = 0.001,
    nms: float = 0.5,
) -> list[Instance]:
    """Return the instances that are kept, the best score first.

    Parameters
    ----------
    instances : iterable of Instance
        Detections of one photo.
    threshold : float
        Smallest score, 0..1.
    smallest : float
        Smallest area, as a part of the photo's.
    nms : float
        Largest intersection over union with one of a better score; 1 keeps all.

    Raises
    ------
    InputError
        If one of them is out of range.
    """
    check_limits(threshold, smallest, nms)
    result: list[Instance] = []
    for own in sorted(instances, key=lambda own: -own.score):
        if own.score < threshold or own.area < smallest * own.shape[0] * own.shape[1]:
            continue
        if all(overlap(own, other) <= nms for other in result):
            result.append(own)
    return result


def check_limits(threshold: float, smallest: float, nms: float) -> None:
    """Refuse limits that are none."""
    within("threshold", threshold, 0.0, 1.0)
    within("smallest", smallest, 0.0, 1.0)
    within("nms", nms, 0.0, 1.0)
