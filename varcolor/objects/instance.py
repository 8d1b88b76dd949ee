"""One object of a photo: its mask, and what is known of it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from varcolor.energy.cut import Region
from varcolor.errors import InputError
from varcolor.typing import Array, BoolArray, Shape

#: (left, top, right, bottom) in pixels; right and bottom do not belong to it.
Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Instance:
    """An object; `of` makes one from a mask of the photo's size.

    Raises
    ------
    InputError
        If the mask is empty or does not fit its box, or the box not the photo, or the score is
        none.
    """

    mask: BoolArray
    """(h, w): the object inside its box."""
    box: Box
    """(left, top, right, bottom)."""
    shape: Shape
    """Height and width of the photo."""
    score: float = 1.0
    """How sure its finder is, 0..1; 1 for masks that a person made."""
    label: str = ""
    """What it is."""

    def __post_init__(self) -> None:
        mask = np.asarray(self.mask)
        left, top, right, bottom = self.box
        name = self.label or "an object"
        if mask.dtype != np.bool_ or mask.shape != (bottom - top, right - left):
            raise InputError(
                f"{name}: a mask of shape {mask.shape} and type {mask.dtype} in the box {self.box}"
            )
        if not (0 <= left < right <= self.shape[1] and 0 <= top < bottom <= self.shape[0]):
            raise InputError(f"{name}: the box {self.box} does not lie in the photo")
        if not mask.any():
            raise InputError(f"{name}: its mask is empty")
        if not (math.isfinite(self.score) and 0 <= self.score <= 1):
            raise InputError(f"{name}: a score of {self.score}; expected 0 to 1")
        object.__setattr__(self, "mask", mask)

    @classmethod
    def of(cls, mask: Array, score: float = 1.0, label: str = "") -> Instance:
        """Return the object of a mask of the photo's size, (H, W) bool.

        Raises
        ------
        InputError
            If it is empty, or no mask.
        """
        mask = np.asarray(mask)
        if mask.ndim != 2 or mask.dtype != np.bool_:
            raise InputError(
                f"a mask of shape {mask.shape} and type {mask.dtype}; expected (H, W) bool"
            )
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        if not len(rows):
            raise InputError(f"{label or 'an object'}: its mask is empty")
        top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
        own = np.ascontiguousarray(mask[top:bottom, left:right])
        box = (int(left), int(top), int(right), int(bottom))
        return cls(own, box, (mask.shape[0], mask.shape[1]), score, label)

    @property
    def place(self) -> tuple[slice, slice]:
        """Rows and columns of the box."""
        left, top, right, bottom = self.box
        return slice(top, bottom), slice(left, right)

    @property
    def area(self) -> int:
        """Number of its pixels."""
        return int(np.count_nonzero(self.mask))

    @property
    def full(self) -> BoolArray:
        """(H, W): the mask at the photo's size."""
        result = np.zeros(self.shape, bool)
        result[self.place] = self.mask
        return result

    def region(self, wall: bool = False) -> Region:
        """Return the same for the energy's weights."""
        return Region(self.box[1], self.box[0], self.mask, wall)

    def scaled(self, shape: Shape) -> Instance | None:
        """Return the object in a copy of the photo of this size; None if it vanishes there."""
        if shape == self.shape:
            return self
        rows, columns = (
            np.minimum((2 * np.arange(n) + 1) * old // (2 * n), old - 1)
            for n, old in zip(shape, self.shape, strict=True)
        )
        left, top, right, bottom = self.box
        own_rows = (rows >= top) & (rows < bottom)
        own_columns = (columns >= left) & (columns < right)
        full = np.zeros(shape, bool)
        inner = self.mask[np.ix_(rows[own_rows] - top, columns[own_columns] - left)]
        full[np.ix_(own_rows, own_columns)] = inner
        return Instance.of(full, self.score, self.label) if full.any() else None

    def renamed(self, label: str) -> Instance:
        """Return the same under another label."""
        return replace(self, label=label)


def scaled(instances: Iterable[Instance], shape: Shape) -> tuple[Instance, ...]:
    """Return objects in a copy of the photo of this size, less those that vanish."""
    found = (own.scaled(shape) for own in instances)
    return tuple(own for own in found if own is not None)


def by_area(instances: Iterable[Instance]) -> list[Instance]:
    """Return objects from the largest to the smallest."""
    return sorted(instances, key=lambda own: -own.area)


def label_map(instances: Iterable[Instance], shape: Shape) -> Array:
    """Return (H, W) int32: 0 outside, else 1 + the number of the smallest object at a pixel."""
    own = list(instances)
    order = sorted(range(len(own)), key=lambda k: -own[k].area)
    result = np.zeros(shape, np.int32)
    for k in order:
        result[own[k].place][own[k].mask] = k + 1
    return result


def from_labels(
    labels: Array, names: dict[int, str] | None = None, first: int = 1
) -> list[Instance]:
    """Return the objects of a map of labels (H, W): one for each number from ``first`` on.

    ``names`` gives labels; default: the numbers.
    """
    from scipy.ndimage import find_objects

    shape = (labels.shape[0], labels.shape[1])
    result = []
    for number, place in enumerate(find_objects(labels), 1):
        if place is None or number < first:
            continue
        rows, columns = place
        box = (columns.start, rows.start, columns.stop, rows.stop)
        name = (names or {}).get(number, str(number))
        result.append(Instance(labels[place] == number, box, shape, 1.0, name))
    return result


def check_fit(instances: Iterable[Instance], shape: Shape, name: str = "the objects") -> None:
    """Refuse objects of a photo of another size.

    Raises
    ------
    InputError
        If there is one.
    """
    for own in instances:
        if own.shape != shape:
            raise InputError(
                f"{name}: made for {own.shape[1]} x {own.shape[0]}, but the photo is "
                f"{shape[1]} x {shape[0]}"
            )
