"""What detectors share: their weights, the picture that they see, and what is kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from varcolor.checks import whole
from varcolor.errors import FileError
from varcolor.image.picture import Picture
from varcolor.neural import weights as files
from varcolor.neural.loading import sha256_of
from varcolor.objects.instance import Instance
from varcolor.objects.selection import check_limits, selected
from varcolor.prior.features import resized
from varcolor.typing import Array, FloatArray, Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorOptions:
    """Where a detector comes from and runs, and which of its answers are kept."""

    threshold: float = 0.3
    """Smallest score, 0 to 1."""
    smallest: float = 0.001
    """Smallest area, as a part of the photo, 0 to 1."""
    nms: float = 0.5
    """Largest overlap (intersection over union) with an object of a better score, 0 to 1."""
    weights: str = ""
    """File of its weights, or a folder with it; empty: what ``varcolor models`` lists."""
    device: str = "cpu"
    """cpu, cuda, cuda:N or auto."""
    side: int = 1333
    """Longer side of the picture that it is given, at most."""

    def __post_init__(self) -> None:
        check_limits(self.threshold, self.smallest, self.nms)
        whole("side", self.side, 64, 8192)

    def path(self, name: str) -> Path:
        """Return the file of weights.

        Raises
        ------
        FileError
            If there is none; the message tells how to get it.
        """
        if self.weights:
            return files.given(Path(self.weights), name)
        card = files.card_for(name)
        path = files.folder() / card.file
        if not path.is_file():
            where = f" from {' or '.join(card.urls)}" if card.urls else ""
            raise FileError(
                f"{name} needs weights, and {card.file} is not in {path.parent}: get it{where}, "
                "and put it there (varcolor models add FILE) or name it (varcolor segment --set "
                "weights=FILE)"
            )
        return path

    def hash_of(self, name: str) -> str:
        """Return the SHA-256 of the file of weights."""
        return sha256_of(self.path(name))

    def kept(self, found: Iterable[Instance], shape: Shape) -> list[Instance]:
        """Return detections at the photo's size, less those that are unsure, small or double."""
        at_size = (own.scaled(shape) for own in found)
        whole_ones = [own for own in at_size if own is not None]
        return selected(whole_ones, self.threshold, self.smallest, self.nms)


def seen(picture: Picture, side: int) -> FloatArray:
    """Return what a detector is given: sRGB (h, w, 3), 0..1, of at most this longer side."""
    height, width = picture.shape
    scale = min(1.0, side / max(height, width))
    shape = (max(1, round(height * scale)), max(1, round(width * scale)))
    values = picture.as_float()
    if values.ndim == 2:
        small = values if scale == 1 else resized(values, shape)
        return np.clip(np.repeat(small[..., None], 3, axis=2), 0, 1)
    if scale < 1:
        values = np.stack([resized(values[..., k], shape) for k in range(3)], axis=2)
    return np.clip(values, 0, 1)


def instances_of(masks: Array, scores: Array, labels: Iterable[Any]) -> Iterable[Instance]:
    """Yield the objects of masks (N, H, W) bool that are not empty."""
    for mask, score, label in zip(masks, scores, labels, strict=True):
        if mask.any():
            yield Instance.of(np.asarray(mask, bool), float(np.clip(score, 0, 1)), str(label))
