"""Scenes of the sheet: photos in the public domain that come with scikit-image, and drawn ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

import varcolor as vc
from varcolor.image.color import lab
from varcolor.typing import Array, FloatArray

SIDE = 128


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A picture, and what of its colours is told."""

    title: str
    photo: Array
    """(SIDE, SIDE, 3) uint8."""
    cues: vc.Cues

    @property
    def shown(self) -> Array:
        """The grey with the cues drawn in."""
        picture = np.repeat(vc.to_gray(self.photo, "lab")[..., None], 3, axis=2)
        rows, columns = self.cues.at.T
        picture[rows, columns] = self.photo[rows, columns]
        return picture


def patches(photo: Array, places: Array, side: int) -> vc.Cues:
    """Return square cues with the picture's own colours; places are (row, column) of corners."""
    mask = np.zeros(photo.shape[:2], bool)
    for row, column in places:
        mask[row : row + side, column : column + side] = True
    return vc.Cues.from_mask(mask, photo)


def _crop(name: str, box: tuple[int, int, int, int]) -> Array:
    """Return (left, top, right, bottom) of a photo, resized."""
    from skimage import data

    whole = Image.fromarray(getattr(data, name)())
    return np.asarray(whole.resize((SIDE, SIDE), Image.Resampling.BICUBIC, box=box))


def _of_lab(luma: FloatArray, chroma: FloatArray) -> Array:
    """Return 8-bit colours of L* / 100 and (a*, b*)."""
    rgb = lab.merge(luma, chroma)
    return np.asarray(np.round(np.clip(rgb, 0, 1) * 255).astype(np.uint8))


def _scattered(count: int, side: int, seed: int) -> Array:
    return np.random.default_rng(seed).integers(0, SIDE - side, (count, 2))


def _star() -> FloatArray:
    """Return the share (SIDE, SIDE, 1) of a star with a soft rim."""
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE - 0.5
    inside = np.hypot(x, y) + 0.07 * np.sin(5 * np.arctan2(y, x)) < 0.33
    return np.asarray(gaussian_filter(inside.astype(float), 0.7)[..., None])


def _stroked(photo: Array) -> vc.Cues:
    """Return a cross in the middle and a frame."""
    mask = np.zeros((SIDE, SIDE), bool)
    mask[62:66, 40:88] = mask[40:88, 62:66] = True
    mask[6:122, 6:122] = mask[6:122, 6:122] | ~np.pad(np.ones((110, 110), bool), 3)
    return vc.Cues.from_mask(mask, photo)


def faint_edge() -> Scene:
    """Two colours whose greys hardly differ, with grain: what bleeds."""
    rng, star = np.random.default_rng(4), _star()
    luma = 0.58 + 0.04 * star[..., 0] + rng.normal(0, 0.006, star.shape[:2])
    chroma = star * np.array([38.0, 30.0]) + (1 - star) * np.array([-22.0, -24.0])
    photo = _of_lab(luma, chroma)
    return Scene("bleeding: a faint edge with grain, two strokes (drawn)", photo, _stroked(photo))


def slopes() -> Scene:
    """The same edge between colours that change steadily."""
    star = _star()
    y, x = np.mgrid[:SIDE, :SIDE][..., None] / SIDE - 0.5
    luma = 0.58 + 0.06 * star[..., 0] + 0.05 * y[..., 0]
    inner = np.concatenate([34 + 60 * x, 20 - 80 * y], axis=2)
    outer = np.concatenate([-20 + 30 * y, -6 - 50 * x], axis=2)
    photo = _of_lab(luma, star * inner + (1 - star) * outer)
    return Scene("slopes of colour and an edge, two strokes (drawn)", photo, _stroked(photo))


def sky() -> Scene:
    """A sky from blue to the glow above the horizon, few cues."""
    photo = _crop("rocket", (75, 0, 185, 250))
    places = np.array([[5, 20], [60, 10], [118, 30], [8, 110], [64, 114], [116, 108]])
    return Scene("a slope of colour: evening sky, six cues", photo, patches(photo, places, 4))


def gradient() -> Scene:
    """Colours that change steadily over smooth shading, cues around."""
    y, x = np.mgrid[:SIDE, :SIDE] / (SIDE - 1)
    luma = 0.62 + 0.1 * y - 0.05 * x
    chroma = np.stack([-18 + 50 * y - 6 * x, -34 + 62 * y + 12 * x], axis=-1)
    photo = _of_lab(luma, chroma)
    places = np.array([[4, 6], [6, 116], [116, 8], [114, 112], [60, 30], [40, 88]])
    return Scene(
        "a slope of colour: a smooth gradient, six cues (drawn)", photo, patches(photo, places, 4)
    )


def few_cues() -> Scene:
    """A photo with hardly any cues."""
    photo = _crop("coffee", (100, 0, 500, 400))
    return Scene("few cues: five of them", photo, patches(photo, _scattered(5, 3, 8), 3))


def spots() -> Scene:
    """Many separate things of one kind, one of which has a cue."""
    rng = np.random.default_rng(2)
    inside = np.zeros((SIDE, SIDE))
    y, x = np.mgrid[:SIDE, :SIDE]
    for row in range(14, SIDE, 25):
        for column in range(14, SIDE, 25):
            dy, dx, radius = *rng.integers(-3, 4, 2), rng.uniform(5, 9)
            inside[np.hypot(y - row - dy, x - column - dx) < radius] = 1
    soft = gaussian_filter(inside, 0.8)[..., None]
    luma = 0.75 - 0.3 * soft[..., 0] + rng.normal(0, 0.01, inside.shape)
    chroma = soft * np.array([40.0, 34.0]) + (1 - soft) * np.array([-26.0, 28.0])
    photo = _of_lab(luma, chroma)
    places = np.array([[62, 62], [2, 2], [49, 49], [120, 84]])
    return Scene(
        "few cues: things of one kind, four cues (drawn)", photo, patches(photo, places, 3)
    )


def many_cues() -> Scene:
    """A photo with many cues."""
    photo = _crop("astronaut", (0, 0, 400, 400))
    return Scene("many cues: a hundred and twenty", photo, patches(photo, _scattered(120, 3, 5), 3))


SCENES: tuple[Callable[[], Scene], ...] = (
    faint_edge,
    slopes,
    gradient,
    sky,
    few_cues,
    spots,
    many_cues,
)
