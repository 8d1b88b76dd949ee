"""Feathered fusion against hard pasting, with a simulated network and objects wrong by design.

The network sees the truth with smooth errors; of a crop its errors are half as large, since objects
are larger there, but their masks are moved by a few pixels and a fifth of the objects are nonsense:
their crops get other colours, with a score of 0.3 to 0.5. Both ways end with the same exact solve.
Hard pasting is also shown without it, as PatchColorization does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from scipy.ndimage import gaussian_filter, shift

import varcolor as vc
from benchmarks.objects.cuts import near_borders
from benchmarks.objects.truth import segments
from benchmarks.quality.protocols import picture_files, squashed
from varcolor.energy.prior import Data, Prior
from varcolor.image.color import lab
from varcolor.metrics.bleeding import gradient
from varcolor.objects.fusion import Fused
from varcolor.objects.instance import Instance
from varcolor.prior.base import Scene
from varcolor.typing import Array, FloatArray

_WHOLE, _CROP, _LENGTH, _CONFIDENCE = 9.0, 4.5, 8.0, 0.01
_MOVED, _WRONG, _OBJECTS = 3.0, 0.2, 8


@dataclass(frozen=True, eq=False)
class Simulated:
    """A source that knows the truth: a crop is found by its luma."""

    truth: FloatArray
    """(H, W, 2): a*, b*."""
    seed: int
    nonsense: frozenset[int]
    """Numbers of the crops that get other colours."""
    name: ClassVar[str] = "simulated"
    needs_cues: ClassVar[bool] = False
    net_size: ClassVar[int] = 256
    strength: float = _CONFIDENCE

    def prepare(self, scene: Scene) -> Any:
        """Return the answer for the photo, or for a crop of it."""
        from varcolor.image.color import as_space

        whole = scene.luma.shape == self.truth.shape[:2]
        if whole:
            own, number = self.truth, -1
        else:
            own, number = self._crop(scene.luma)
        rng = np.random.default_rng([self.seed, number + 1])
        error = np.stack(
            [gaussian_filter(rng.normal(size=own.shape[:2]), _LENGTH) for _ in "ab"], 2
        )
        error *= (_WHOLE if whole else _CROP) / max(float(error.std()), 1e-9)
        ab = own + error
        if number in self.nonsense:
            ab = ab + rng.normal(size=2) * 30
        light = np.asarray(lab.luma_of_gray(np.clip(scene.space.gray_of_luma(scene.luma), 0, 1)))
        return as_space("yuv").split(lab.merge(light, ab))[1]

    def run(self, prepared: Any, cues: Data) -> Prior:
        """Return it as a prior."""
        return Prior(prepared, np.full(prepared.shape[:2], self.strength))

    def _crop(self, luma: FloatArray) -> tuple[FloatArray, int]:
        for number, (rows, columns) in enumerate(PLACES):
            if luma.shape == (rows.stop - rows.start, columns.stop - columns.start) and (
                np.array_equal(luma, LUMA[0][rows, columns])
            ):
                return self.truth[rows, columns], number
        raise AssertionError("a crop that nobody asked for")


#: Where the crops of the present case lie, and its luma.
PLACES: list[tuple[slice, slice]] = []
LUMA: list[FloatArray] = []


def rows(folder: Path, pictures: int, seed: int) -> Iterator[dict[str, Any]]:
    """Yield a row per picture: mean CIEDE2000, and the gradient's error at borders (seams)."""
    from varcolor.energy.prior import Prior as PriorOf
    from varcolor.image.color import as_space
    from varcolor.objects import fusion

    none = Data(np.zeros(0, np.int64), np.zeros(0), np.zeros((0, 2)))
    space = as_space("yuv")
    for number, file in enumerate(picture_files(folder, pictures, seed)):
        truth = squashed(file, 384)
        rng = np.random.default_rng([seed, number])
        own, _ = segments(file, truth)
        own = sorted(own, key=lambda one: -one.area)[1 : 1 + _OBJECTS]
        objects = tuple(found for one in own if (found := _moved(one, rng)) is not None)
        wrong = frozenset(np.flatnonzero(rng.random(len(objects)) < _WRONG).tolist())
        objects = tuple(
            Instance(o.mask, o.box, o.shape, float(rng.uniform(0.3, 0.5) if k in wrong
                     else rng.uniform(0.6, 0.98)))
            for k, o in enumerate(objects)
        )  # fmt: skip
        gray = vc.to_gray(truth)
        luma = space.luma_of_gray(gray / 255.0)
        border = near_borders(list(objects), truth.shape[:2])
        row: dict[str, Any] = {"picture": file.name}
        for kind in ("whole", "feathered", "hard", "hard, unsolved"):
            hard = kind.startswith("hard")
            scene = Scene(luma, None, space)
            margin = 0.0 if hard else fusion._MARGIN
            PLACES[:] = [fusion._crop(one, margin) for one in objects]
            LUMA[:] = [luma]
            source = Simulated(lab.split(truth / 255.0)[1], seed + number, wrong)
            made: Any = source if kind == "whole" else Fused(source, objects, hard)
            prior = made.run(made.prepare(scene), none)
            if kind == "hard, unsolved":
                prior = PriorOf(prior.chroma, np.full(luma.shape, 1e6))
            shown = vc.colorize(gray, None, "harmonic", prior=prior, solver="multigrid").rgb
            scores = vc.compare(truth, shown, metrics=["ciede2000"])
            row[f"ciede2000 {kind}"] = float(scores["ciede2000"])
            row[f"seams {kind}"] = _seams(shown, truth, border)
        yield row


def _moved(one: Instance, rng: np.random.Generator) -> Instance | None:
    """Return an object whose mask is a few pixels off."""
    by = rng.normal(0, _MOVED, 2)
    mask = shift(one.full.astype(np.float64), by, order=1) > 0.5
    return Instance.of(mask, one.score, one.label) if mask.any() else None


def _seams(shown: Array, truth: Array, border: Array) -> float:
    difference = lab.split(shown / 255.0)[1] - lab.split(truth / 255.0)[1]
    square = sum(slope**2 for k in range(2) for slope in gradient(difference[..., k]))
    return float(np.sqrt(square)[border].mean())


def summary(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a row per way: means and, against feathered, paired differences."""
    result = []
    for kind in ("whole", "feathered", "hard", "hard, unsolved"):
        row: dict[str, Any] = {"fusion": kind, "n": len(found)}
        for what, name in (("ciede2000", "CIEDE2000"), ("seams", "seams (ab/px)")):
            own = np.array([one[f"{what} {kind}"] for one in found])
            best = np.array([one[f"{what} feathered"] for one in found])
            row[name] = round(float(own.mean()), 3)
            error = (own - best).std(ddof=1) / len(own) ** 0.5
            row[f"{name}, against feathered"] = f"{(own - best).mean():+.3f} ± {error:.3f}"
        result.append(row)
    return result
