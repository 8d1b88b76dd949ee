"""Clicks as a way to find objects: what a page or a project says of them in JSON.

``{"name": "clicks", "masks": [{"inside": [[x, y], …], "outside": [[x, y], …], "label": "…"}]}``
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from varcolor.errors import InputError
from varcolor.image.picture import Picture
from varcolor.objects.clicks import Clicks
from varcolor.objects.instance import Instance

#: Masks, and clicks of one of them, at most.
MOST_MASKS, MOST_CLICKS = 1000, 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Clicked:
    """Masks from clicks inside and outside of objects."""

    name: ClassVar[str] = "clicks"
    slow: ClassVar[bool] = False

    masks: Any = ()
    """A list: of each mask the clicks ``inside``, ``outside`` (x, y) and a ``label``."""

    def __post_init__(self) -> None:
        masks = self.masks
        if not isinstance(masks, list | tuple) or len(masks) > MOST_MASKS:
            raise InputError(f"clicks: expected a list of at most {MOST_MASKS} masks")
        for number, one in enumerate(masks, 1):
            if not isinstance(one, dict) or set(one) - {"inside", "outside", "label"}:
                raise InputError(f"mask {number}: expected inside, outside and label")
            if not one.get("inside"):
                raise InputError(f"mask {number}: has no click inside")
            for key in ("inside", "outside"):
                _check(number, one.get(key, []))

    def version(self) -> str:
        """Return what results depend on beside the options."""
        return "1"

    def segment(self, picture: Picture) -> list[Instance]:
        """Return the objects under the clicks."""
        return self.found_by(Clicks(picture).object) if self.masks else []

    def found_by(self, find: Callable[..., Instance]) -> list[Instance]:
        """Return the objects that ``find(inside, outside, label)`` returns for every mask."""
        return [
            find(one["inside"], one.get("outside", []), str(one.get("label", "")))
            for one in self.masks
        ]


def _check(number: int, points: Any) -> None:
    fits = isinstance(points, list | tuple) and len(points) <= MOST_CLICKS
    if not fits or not all(isinstance(p, list | tuple) and len(p) == 2 for p in points):
        raise InputError(f"mask {number}: clicks are at most {MOST_CLICKS} pairs x, y")
    for point in points:
        if not all(isinstance(v, int | float) and math.isfinite(v) for v in point):
            raise InputError(f"mask {number}: a click {list(point)} that is no place")
