"""Options of objects: where they come from, and what they do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

from varcolor.checks import require
from varcolor.options.field import option
from varcolor.options.prior import PriorOptions

if TYPE_CHECKING:
    from varcolor.objects.segment import ObjectsLike

#: How a network's answers for single objects are fused with that for the photo.
Fusion: TypeAlias = Literal["feathered", "hard", "none"]
_SECTION = "Objects"
Own = TypeVar("Own", bound="ObjectOptions")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ObjectOptions(PriorOptions):
    """Objects of the photo, and what is done with them.

    Raises
    ------
    InputError
        For values out of range.
    """

    objects: ObjectsLike | None = option(
        None,
        "Objects, at whose borders colours stop: slic or felzenszwalb (regions), maskrcnn or "
        "rfdetr (networks, extras), or masks: a map of labels (PNG), COCO JSON, .npy, or a folder "
        "with files named like the photos or one PNG an object. In Python also arrays, or what "
        "vc.segment returns.",
        section=_SECTION,
    )
    cut: float = option(
        0.75,
        "How far the borders of objects separate, 0 (not at all) to 1: weights across them are "
        "multiplied by 10^(-4 cut), less and less up to three pixels away.",
        float,
        section=_SECTION,
    )
    scope: bool = option(
        False,
        "Limit every cue to the object that it lies in (of several the smallest), and keep others "
        "out of that one: nothing passes the borders of objects with cues.",
        bool,
        section=_SECTION,
    )
    fusion: Fusion = option(
        "feathered",
        "With a network and objects: feathered (the network also colours each object by itself, "
        "which counts as much as its score, with soft borders), hard (as PatchColorization pastes "
        "them, to compare) or none (the photo as a whole).",
        choices=("feathered", "hard", "none"),
        section=_SECTION,
    )

    def check_objects(self) -> None:
        """Refuse a cut that is out of range.

        Raises
        ------
        InputError
            If it is.
        """
        number = isinstance(self.cut, int | float) and not isinstance(self.cut, bool)
        require(number and 0 <= self.cut <= 1, f"cut {self.cut!r}: expected 0 to 1")

    def files(self) -> Iterator[Path]:
        """Yield the files that are named."""
        from varcolor.objects.segment import names_file

        # Not super(): a dataclass with slots is made anew, and super() would not find it.
        yield from PriorOptions.files(self)
        if isinstance(self.objects, str | Path) and names_file(str(self.objects)):
            yield Path(self.objects)

    def with_objects(self: Own, objects: Any) -> Own:
        """Return the same options with these objects."""
        return replace(self, objects=objects)
