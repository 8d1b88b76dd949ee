"""What objects do to the energy: weights across their borders, and the scope of cues."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from varcolor.energy.cut import Cut
from varcolor.objects.instance import Instance, label_map
from varcolor.typing import Array, Shape


def cut_of(
    instances: Sequence[Instance], shape: Shape, cut: float, scoped: Iterable[int] = ()
) -> Cut:
    """Return the borders of objects.

    Parameters
    ----------
    instances : sequence of Instance
        The objects.
    shape : (int, int)
        The photo's.
    cut : float
        How far they separate, 0 to 1.
    scoped : iterable of int
        Numbers of the objects whose borders nothing passes.
    """
    walls = set(scoped)
    return Cut(shape, tuple(own.region(k in walls) for k, own in enumerate(instances)), cut)


def objects_with_cues(instances: Sequence[Instance], shape: Shape, at: Array) -> list[int]:
    """Return the numbers of the objects that hold a cue.

    Of several objects at a pixel the smallest one counts. ``at`` are flat indices (N,).
    """
    numbers = label_map(instances, shape).ravel()[at]
    return [int(k) - 1 for k in np.unique(numbers) if k > 0]
