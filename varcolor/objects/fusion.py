"""Per-object priors: what a network says of every object's crop, fused into that of the photo.

The network sees the photo as a whole, and of every object its box with a margin, so that a small
object is large there. With chroma p_b, confidence k_b of the whole and p_o, k_o of an object's
crop, its score s and a soft mask a (its mask, whose border falls from 1 to 0 over about ``feather``
pixels at the photo's size), from the largest object to the smallest one:

    k <- (1 - a) k_b + a s k_o,    p <- ((1 - a) k_b p_b + a s k_o p_o) / k.

What is unsure has little say, and the solve makes one picture of it. ``hard`` is the procedure of
PatchColorization: from the best score to the worst, the crop without margin replaces what was
there, inside the mask to the pixel; confidences are those of the networks' answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from varcolor.energy.prior import Data, Prior
from varcolor.objects.instance import Instance, by_area
from varcolor.prior.base import Scene, Source
from varcolor.typing import BoolArray, FloatArray, Shape

#: Margin of a crop, as a part of its longer side, and the width of soft borders, in pixels or in
#: thousandths of the photo's longer side.
_MARGIN, _FEATHER = 0.1, 2.0
#: Crops with a shorter side are no picture for a network.
_LEAST_SIDE = 8


@dataclass(frozen=True, slots=True, eq=False)
class Fused:
    """A source of a prior, run on the photo and on every object's crop."""

    source: Source
    instances: tuple[Instance, ...]
    hard: bool = False
    name: ClassVar[str] = "fused"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Fused) and self._same() == other._same()

    def __hash__(self) -> int:
        return hash(self._same())

    def _same(self) -> Any:
        return self.source, tuple(id(own) for own in self.instances), self.hard

    @property
    def needs_cues(self) -> bool:
        """As the source."""
        return self.source.needs_cues

    @property
    def strength(self) -> float:
        """As the source."""
        return self.source.strength

    def prepare(self, scene: Scene) -> Any:
        """Prepare the photo and every crop, the last ones on top."""
        own = self.source.prepare(scene)
        crops = [
            (one, place, self.source.prepare(part))
            for one, place, part in _crops(self.instances, scene, self.hard)
        ]
        return own, crops, scene.luma.shape

    def run(self, prepared: Any, cues: Data) -> Prior:
        """Return the fused prior."""
        whole, crops, shape = prepared
        base = self.source.run(whole, cues)
        chroma, confidence = base.chroma.copy(), base.confidence.copy()
        for one, place, own in crops:
            found = self.source.run(own, _inside(cues, place, shape))
            if self.hard:
                mask = _mask_in(one, place)
                chroma[place][mask] = found.chroma[mask]
                confidence[place][mask] = found.confidence[mask]
                continue
            soft = softened(_mask_in(one, place), _feather(shape))
            _mix(chroma[place], confidence[place], found, soft, one.score)
        words = f"{len(crops)} objects {'pasted' if self.hard else 'fused'}"
        reason = "; ".join(filter(None, [base.reason, words]))
        return replace(base, chroma=chroma, confidence=confidence, reason=reason)


def fused_answer(
    method: Any, scene: Scene, cues: Data, instances: tuple[Instance, ...], hard: bool
) -> tuple[FloatArray, tuple[str, ...]]:
    """Return chroma (H, W, 2) and notes of a network alone, on the photo and on every crop."""
    chroma, notes = method.answer(scene, cues)
    chroma = np.array(chroma, np.float64)
    shape = (scene.luma.shape[0], scene.luma.shape[1])
    for one, place, part in _crops(instances, scene, hard):
        found, _ = method.answer(part, _inside(cues, place, shape))
        mask = _mask_in(one, place)
        soft = mask * 1.0 if hard else one.score * softened(mask, _feather(shape))
        chroma[place] += soft[..., None] * (found - chroma[place])
    return chroma, tuple(notes)


def _crops(
    instances: tuple[Instance, ...], scene: Scene, hard: bool
) -> Iterator[tuple[Instance, tuple[slice, slice], Scene]]:
    """Yield objects, those below others first, their places and their parts of the photo."""
    order = sorted(instances, key=lambda one: -one.score) if hard else by_area(instances)
    for one in order:
        place = rows, columns = _crop(one, 0.0 if hard else _MARGIN)
        if min(rows.stop - rows.start, columns.stop - columns.start) < _LEAST_SIDE:
            continue
        visible = None if scene.visible is None else scene.visible[place]
        if visible is None or visible.any():
            luma = np.ascontiguousarray(scene.luma[place])
            yield one, place, Scene(luma, visible, scene.space)


def _mix(
    chroma: FloatArray, confidence: FloatArray, found: Prior, soft: FloatArray, score: float
) -> None:
    """Fuse an object's prior into views of the whole's."""
    old, new = (1 - soft) * confidence, soft * score * found.confidence
    total = old + new
    share = np.divide(new, total, out=np.zeros_like(total), where=total > 0)[..., None]
    chroma += share * (found.chroma - chroma)
    confidence[...] = total


def softened(mask: BoolArray, width: float) -> FloatArray:
    """Return a mask whose border falls from 1 to 0 over about ``width`` pixels, 1/2 at the border.

    A Gaussian of a third of the width; a mask that reaches the edge of its picture goes on there.
    """
    from scipy.ndimage import gaussian_filter

    return np.asarray(gaussian_filter(mask.astype(np.float64), width / 3, mode="nearest"))


def _feather(shape: Shape) -> float:
    return max(_FEATHER, _FEATHER * max(shape) / 1000)


def _crop(one: Instance, margin: float) -> tuple[slice, slice]:
    """Return rows and columns of an object's box with a margin, inside the photo."""
    left, top, right, bottom = one.box
    more = round(margin * max(right - left, bottom - top)) + (2 if margin else 0)
    height, width = one.shape
    return (
        slice(max(0, top - more), min(height, bottom + more)),
        slice(max(0, left - more), min(width, right + more)),
    )


def _mask_in(one: Instance, place: tuple[slice, slice]) -> BoolArray:
    """Return the object's mask in a crop around its box."""
    rows, columns = place
    left, top, right, bottom = one.box
    result = np.zeros((rows.stop - rows.start, columns.stop - columns.start), bool)
    result[top - rows.start : bottom - rows.start, left - columns.start : right - columns.start] = (
        one.mask
    )
    return result


def _inside(cues: Data, place: tuple[slice, slice], shape: Shape) -> Data:
    """Return the cues inside a crop, numbered there."""
    row, column = np.divmod(cues.at, shape[1])
    rows, columns = place
    own = (row >= rows.start) & (row < rows.stop)
    own &= (column >= columns.start) & (column < columns.stop)
    at = (row[own] - rows.start) * (columns.stop - columns.start) + column[own] - columns.start
    return Data(at, cues.weight[own], cues.values[own])
