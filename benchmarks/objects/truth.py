"""Ground-truth objects: BSDS500's segments, DAVIS's masks, or regions of true colour.

The annotations of BSDS500 are MATLAB files; where ``NAME.mat`` does not lie beside ``NAME.jpg`` (or
in ``groundTruth``), regions of the *true colours* stand in: pieces of the colour photo, merged
by their chroma, which the grey photo does not show. The tables say which of both was used.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import varcolor as vc
from varcolor.image.color import lab
from varcolor.objects.instance import Instance, from_labels
from varcolor.objects.regions import merged
from varcolor.typing import Array, BoolArray


def segments(file: Path, truth: Array) -> tuple[list[Instance], str]:
    """Return the objects of a photo at the size of ``truth`` (H, W, 3), and where they are from."""
    for path in (file.with_suffix(".mat"), file.parent / "groundTruth" / f"{file.stem}.mat"):
        if path.is_file():
            return _bsds(path, (truth.shape[0], truth.shape[1])), "ground truth"
    return by_colour(truth), "regions of true colour"


def by_colour(truth: Array) -> list[Instance]:
    """Return the regions of equal chroma of a colour photo: SLIC's pieces, merged by a*, b*."""
    from skimage.segmentation import slic

    light, chroma = lab.split(truth / 255.0)
    values = np.concatenate([0.1 * light[..., None], chroma / 100], axis=2)
    pieces = slic(values, 600, 0.05, convert2lab=False, channel_axis=2, start_label=0)
    return from_labels(merged(np.asarray(pieces), chroma, _REGIONS).astype(np.int32) + 1)


def _bsds(path: Path, shape: tuple[int, int]) -> list[Instance]:
    """Return the segments of the annotator with the median number of them."""
    from scipy.io import loadmat

    cells = loadmat(path)["groundTruth"][0]
    maps = [np.asarray(cell["Segmentation"][0, 0], np.int32) for cell in cells]
    maps.sort(key=lambda one: int(one.max()))
    labels = maps[len(maps) // 2]
    rows, columns = ((np.arange(n) * 2 + 1) * m // (2 * n) for n, m in zip(
        shape, labels.shape, strict=True))  # fmt: skip
    return from_labels(labels[np.ix_(rows, columns)])


#: Regions of a photo.
_REGIONS = 12


@dataclass(frozen=True, slots=True, eq=False)
class Masked:
    """A photo and the mask of its one object."""

    name: str
    photo: vc.Picture
    mask: BoolArray


def davis(folder: Path) -> Iterator[Masked]:
    """Yield the first frames of the clips, with their masks."""
    from PIL import Image

    for clip in sorted(folder.iterdir()):
        if (clip / "mask_00000.png").is_file():
            with Image.open(clip / "mask_00000.png") as image:
                mask = np.asarray(image.convert("L")) > 127
            yield Masked(clip.name, vc.read(clip / "00000.jpg"), mask)
