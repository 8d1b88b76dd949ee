"""From a picture file to what is learnt from it: L*, a* and b* of a part of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from varcolor.errors import VarcolorError
from varcolor.image.color import lab
from varcolor.image.read import parse
from varcolor.training.augment import augmented
from varcolor.training.config import AugmentOptions, DataOptions
from varcolor.training.sources import Entry
from varcolor.typing import BoolArray, FloatArray

if TYPE_CHECKING:
    from PIL.Image import Image

#: Rec. 709 luma of encoded sRGB values.
_REC709 = np.array([0.2126, 0.7152, 0.0722])


class Unusable(VarcolorError):  # noqa: N818
    """A picture that is not trained on: it is grey, or cannot be read."""


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """A part of a picture, or all of it."""

    light: FloatArray
    """(H, W): L* as the network sees it, 0 to 100, augmented."""
    ab: FloatArray
    """(H, W, 2): a*, b* of the picture."""
    seen: BoolArray
    """(H, W): False on a border that only fills up."""
    true_light: FloatArray
    """(H, W): L* of the picture."""
    entry: Entry


def sample_of(
    entry: Entry,
    data: DataOptions,
    augment: AugmentOptions | None,
    rng: np.random.Generator,
) -> Sample:
    """Return a sample of a picture.

    Parameters
    ----------
    entry : Entry
        The picture.
    data : DataOptions
        How it is cut.
    augment : AugmentOptions, optional
        How its L* is changed; None: not at all, and the middle is cut out: for held-out pictures.
    rng : Generator
        Decides where it is cut, and on augmentation.

    Raises
    ------
    Unusable
        If the file is broken, or the picture near-grey.
    """
    rgb = _cut(image_of(entry), str(entry), data, augment is not None, rng)
    seen = np.ones(rgb.shape[:2], bool)
    if augment is not None and augment.flip and rng.random() < 0.5:
        rgb = rgb[:, ::-1]
    light, ab = lab.split(rgb)
    if data.near_grey and float(np.ptp(ab, axis=(0, 1)).max()) < data.near_grey:
        raise Unusable(f"{entry}: near-grey")
    true_light = 100 * light
    if data.grey == "rec709":
        light = lab.luma_of_gray(rgb @ _REC709)
    light = np.clip(100 * light, 0, 100)
    if augment is not None:
        light = augmented(light, augment, rng)
    planes = [light, ab[..., 0], ab[..., 1], true_light, seen.astype(np.float64)]
    if data.fit == "pad":
        planes = [_padded(plane, data.size, k == 4) for k, plane in enumerate(planes)]
    found = [np.ascontiguousarray(plane) for plane in planes]
    return Sample(found[0], np.stack(found[1:3], axis=2), found[4] > 0, found[3], entry)


def image_of(entry: Entry) -> Image:
    """Return a picture in colour, in 8 bits.

    Raises
    ------
    Unusable
        If the file is broken, or grey.
    """
    from PIL import Image

    try:
        picture = parse(entry.content(), str(entry))
    except VarcolorError as error:
        raise Unusable(str(error)) from None
    if picture.is_gray:
        raise Unusable(f"{entry}: grey")
    pixels = picture.pixels
    if pixels.dtype != np.uint8:
        pixels = np.rint(np.clip(picture.as_float(), 0, 1) * 255).astype(np.uint8)
    return Image.fromarray(np.ascontiguousarray(pixels))


def _cut(
    image: Image, name: str, data: DataOptions, anywhere: bool, rng: np.random.Generator
) -> FloatArray:
    """Return sRGB (H, W, 3), 0 to 1, scaled and cut."""
    from PIL.Image import Resampling

    if min(image.size) < 8:
        raise Unusable(f"{name}: smaller than 8 pixels")
    size, (width, height) = data.size, image.size
    if data.fit == "squash":
        shape = (size, size)
    elif data.fit == "crop":
        scale = size * (rng.uniform(*data.scale) if anywhere else data.scale[0])
        scale /= min(height, width)
        shape = (max(size, round(height * scale)), max(size, round(width * scale)))
    else:
        scale = size / max(height, width)
        scale = min(scale, 1.0) if data.fit == "whole" else scale
        shape = (max(8, round(height * scale)), max(8, round(width * scale)))
    if shape != (height, width):
        image = image.resize(shape[::-1], Resampling.BICUBIC)
    rgb = np.asarray(image, np.float64) / 255
    if data.fit != "crop":
        return rgb
    spare = (shape[0] - size, shape[1] - size)
    top, left = (int(rng.integers(0, s + 1)) if anywhere else s // 2 for s in spare)
    return rgb[top : top + size, left : left + size]


def _padded(plane: FloatArray, size: int, zeros: bool) -> FloatArray:
    """Return a plane in the middle of a square: a reflected border, or one of zeros."""
    missing = [(size - side) // 2 for side in plane.shape]
    pairs = [(m, size - side - m) for m, side in zip(missing, plane.shape, strict=True)]
    return np.pad(plane, pairs, mode="constant" if zeros else "symmetric")
