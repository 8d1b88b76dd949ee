"""The change that is wanted of a picture, by compiled loops (`varcolor.backend.kernels.palette`).

Pictures are planes (3, H, W) float32 of Oklab.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from varcolor.backend.cpu import CpuBackend
from varcolor.image.color import linearise, oklab
from varcolor.image.luma import row_blocks
from varcolor.image.picture import Picture
from varcolor.palette.plan import Plan
from varcolor.palette.shift import LIGHT, OVERLAP, SURE, UNSURE, WIDTH, mapped_chroma, terms_of
from varcolor.typing import Array, FloatArray

#: Range of chroma that a table covers, which sRGB lies within, and its cells a side.
_RANGE, _STEPS = 0.4, 257
#: Lightness below which a table's change fades to none, and the same below white: near both sRGB
#: has hardly any chroma.
_BLACK, _WHITE = 0.35, 0.06


class Wanted(Protocol):
    """What is wanted of every colour."""

    def __call__(self, lab: Array, backend: CpuBackend) -> tuple[Array, Array]:
        """Return changes (3, H, W) of Oklab (3, H, W), and confidences (H, W), all float32."""
        ...


def oklab_planes(picture: Picture, backend: CpuBackend) -> Array:
    """Return a colour picture in Oklab, (3, H, W) float32, within 2e-6."""
    from varcolor.backend.kernels.palette.oklab import to_oklab

    lab = np.empty((3, *picture.shape), np.float32)
    cones, mix = oklab.cones.astype(np.float32), oklab.mix.astype(np.float32)
    white = picture.maximum
    table = None if white == 1 else linearise(np.arange(white + 1) / white).astype(np.float32)

    def convert(top: int, bottom: int) -> None:
        if table is None:
            linear = linearise(picture.as_float(slice(top, bottom))).astype(np.float32)
        else:
            linear = table[picture.pixels[top:bottom]]
        to_oklab(np.ascontiguousarray(linear), cones, mix, lab, top, bottom)

    backend.team.run(convert, [(rows.start, rows.stop) for rows in row_blocks(*picture.shape)])
    return lab


@dataclass(frozen=True, slots=True, eq=False)
class PlanShift:
    """What a plan of main colours wants (`varcolor.palette.shift.shift_of`).

    Pixels whose nearest main colour is locked want no change with infinite confidence.
    """

    plan: Plan

    def __call__(self, lab: Array, backend: CpuBackend) -> tuple[Array, Array]:
        """Return changes (3, H, W) of Oklab (3, H, W), and confidences (H, W)."""
        from varcolor.backend.kernels.palette.shift import palette_shift

        factors, offsets, lights = terms_of(self.plan)
        parts = [factors.real, factors.imag, offsets.real, offsets.imag, lights]
        terms = np.array(parts, np.float32)
        centers = (self.plan.source * (LIGHT, 1.0, 1.0)).astype(np.float32)
        settings = np.array([LIGHT, OVERLAP, WIDTH**2, UNSURE, SURE], np.float32)
        wanted, sure = np.empty_like(lab), np.empty(lab.shape[1:], np.float32)
        locked = np.ascontiguousarray(self.plan.locked)
        backend.run(palette_shift, lab, centers, terms, locked, settings, wanted, sure)
        return wanted, sure


@dataclass(frozen=True, slots=True, eq=False)
class ChromaTable:
    """`varcolor.palette.shift.mapped_chroma` in a table over the a, b plane.

    Near black and white the change fades.
    """

    table: FloatArray
    """(2, N, N): the change at chroma from -0.4 to 0.4."""

    @classmethod
    def of(cls, cells: FloatArray, images: FloatArray) -> ChromaTable:
        """Return the table of cells and their images (K, 2)."""
        axis = np.linspace(-_RANGE, _RANGE, _STEPS)
        table = np.empty((2, _STEPS, _STEPS))
        for row, a in enumerate(axis):
            plane = np.column_stack([np.full(_STEPS, a), axis])
            table[:, row] = mapped_chroma(plane, cells, images).T
        return cls(table)

    def __call__(self, lab: Array, backend: CpuBackend) -> tuple[Array, Array]:
        """Return changes (3, H, W) of Oklab (3, H, W), and confidences (H, W)."""
        from varcolor.backend.kernels.palette.shift import table_shift

        settings = np.array([_RANGE, _BLACK, _WHITE, SURE], np.float32)
        wanted, sure = np.empty_like(lab), np.empty(lab.shape[1:], np.float32)
        table = self.table.astype(np.float32)
        backend.run(table_shift, lab, table, settings, wanted, sure)
        return wanted, sure
