"""The priors gp and agreed of a picture in parts: guessed on the coarse grid, applied by windows.

Both know a photo by its reference picture of some 256 x 256 pixels (`varcolor.prior.features`),
which is made of bands of rows, and guess on a coarser grid; what brings that to the photo's pixels
follows from the luma of each pixel alone. So a window has the prior of the whole picture.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from varcolor.backend.blas import single_thread
from varcolor.energy.prior import Data, Prior
from varcolor.image.color import Space
from varcolor.image.luma import luma_of
from varcolor.prior.features import REFERENCE_AREA, features_from, resized, shape_within
from varcolor.prior.gp import GP, on_grid
from varcolor.prior.upsample import Lines
from varcolor.tiled.field import Field
from varcolor.tiled.window import Box, picture_in
from varcolor.typing import Array, BoolArray, FloatArray, Shape

#: Pixels of a band of rows.
_BAND = 1_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Expected:
    """A prior of a whole picture, given by windows."""

    lines: Lines
    """Chroma, and the part of the confidence that agreement leaves."""
    confidence: float
    shape: Shape
    """Of the picture."""
    reason: str
    """Why it is trusted as it is, in words."""

    @classmethod
    def of(cls, source: GP, pixels: Field, known: Data, space: Space) -> Expected:
        """Return that of a photo on disk and at least one cue."""
        shape = pixels.shape[0], pixels.shape[1]
        with single_thread():
            features = features_from(*reference_of(pixels, space))
            grid = on_grid(features)
            found = source.coarse(features, grid, space, shape, known)
            lines = Lines.of(found.values, grid[..., 0])
        return cls(lines, found.confidence, shape, found.reason)

    def to_arrays(self) -> dict[str, Array]:
        """Return everything as arrays by names, for `from_arrays`."""
        own = self.lines
        numbers = {"confidence": np.array(self.confidence), "shape": np.array(self.shape)}
        return {
            "slope": own.slope,
            "offset": own.offset,
            "low": own.low,
            "high": own.high,
            **numbers,
        }

    @classmethod
    def from_arrays(cls, found: Mapping[str, Array]) -> Expected:
        """Return what `to_arrays` was called of, but for the reason."""
        lines = Lines(*(found[name] for name in ("slope", "offset", "low", "high")))
        height, width = (int(length) for length in found["shape"])
        return cls(lines, float(found["confidence"]), (height, width), "")

    def beside(
        self, cues: Data, luma: FloatArray, visible: BoolArray | None, box: Box, own: Box
    ) -> Data:
        """Return the cues of a window and, within ``own``, what is expected.

        Parameters
        ----------
        cues : Data
            In the window.
        luma : ndarray, shape (h, w)
            In the window.
        visible : ndarray of bool, shape (h, w), optional
            As of the photo.
        box, own : Box
            The window, and the part of it.
        """
        inside = own.within(box)
        values = self.lines.window(luma[inside], (own.rows, own.columns), self.shape)
        chroma, confidence = np.zeros((*luma.shape, 2)), np.zeros(luma.shape)
        chroma[inside], confidence[inside] = values[..., :2], self.confidence
        if values.shape[2] > 2:
            confidence[inside] *= values[..., 2]
        return cues.with_prior(Prior(chroma, confidence), visible)


def reference_of(pixels: Field, space: Space) -> tuple[FloatArray, FloatArray | None]:
    """Return luma times visibility, and visibility, on the reference picture of a photo on disk.

    As `varcolor.prior.features.resized` has them, which needs the whole photo.
    """
    height, width = pixels.shape[:2]
    shape = shape_within((height, width), REFERENCE_AREA)
    alpha = pixels.shape[2] in (2, 4)
    light, shown = np.zeros(shape), np.zeros(shape) if alpha else None
    total = np.zeros((shape[0], 1))
    step = max(1, _BAND // width)
    for top in range(0, height, step):
        box = Box(top, 0, min(top + step, height), width)
        photo = picture_in(pixels, box, str(pixels.path))
        luma, share = luma_of(photo, space), _shares(height, shape[0], box.rows)
        if shown is not None:
            seen = np.ones(box.shape, bool) if photo.visible is None else photo.visible
            luma = np.where(seen, luma, 0.0)
            shown += share @ resized(seen.astype(np.float64), (len(seen), shape[1]))
        light += share @ resized(luma, (len(luma), shape[1]))
        total += share.sum(axis=1, keepdims=True)
    return light / total, None if shown is None else shown / total


def _shares(height: int, small: int, rows: slice) -> FloatArray:
    """Return (small, rows): how much each row of a picture counts for each row of a smaller one.

    Triangles as wide as two of the smaller one's rows, as Pillow's.
    """
    scale = height / small
    middle = (np.arange(small)[:, None] + 0.5) * scale
    first, last = ((middle + side * scale + 0.5).astype(np.int64) for side in (-1, 1))
    own = np.arange(rows.start, rows.stop)
    share = np.maximum(1 - np.abs((own + 0.5 - middle) / scale), 0)
    share[(own < first) | (own >= last)] = 0
    return np.asarray(share)
