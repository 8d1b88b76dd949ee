"""A coloured picture and how it came about."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from varcolor.errors import InputError
from varcolor.image.picture import Picture
from varcolor.prior.interval import Interval
from varcolor.solve.result import Status
from varcolor.typing import Array, BoolArray, PathLike


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Result:
    """A coloured picture and how it came about."""

    picture: Picture
    """The coloured picture, in the photo's number format, with its alpha and metadata."""
    chroma: Array
    """(H, W, 2) float32: the minimiser, in the units of the working space."""
    space: str
    """Name of the working space."""
    method: str
    """Name of the method."""
    status: Status
    steps: int
    """Iterations of the solver; 0 for a direct solve."""
    residual: float
    """Largest |b - A u| of the linear system."""
    error: float
    """Bound of the largest distance of an RGB value, in 1/255 and before gamut mapping and
    rounding, from that of the exact answer: proven, or an estimate if the solver is multigrid or
    the energy of fourth order; infinite for energies with norms (see ``gap``)."""
    seconds: dict[str, float]
    """Wall time by stage, and ``total``."""
    energies: tuple[float, ...]
    """Energy after every step; empty for systems that are no energy."""
    solver: str
    backend: str
    notes: tuple[str, ...] = field(default=())
    """What a user should know, in words."""
    gap: float = 0.0
    """Energies with norms (tv, gtv, tgv): proven distance of the energy from the minimum, as a part
    of it; such results are "converged" when it is small enough. With a bilaplacian beside them, and
    for tgv, the proof takes for granted that colours leave the range of the cues by no more than
    its width; for tgv, too, that their slopes are no steeper than that a pixel."""
    untouched: BoolArray | None = None
    """(H, W): pixels that no colour came to: kept, not reached, or transparent; None = none."""

    choice: str = ""
    """How far the prior ``"agreed"`` of the method ``auto`` is trusted and why, in words; empty for
    others."""
    deviation: Array | None = None
    """(H, W) float32: standard deviation of the error of CIELAB a* and of b* that the prior
    ``"learned"`` predicts; None for others."""
    points: int = 0
    """How many points of cues it rests on."""

    palette: tuple[dict[str, object], ...] = ()
    """What became of the main colours, for results by a palette: ``from``, ``to``, ``share`` and
    ``what`` (moved, kept or locked) of each."""

    @property
    def rgb(self) -> Array:
        """(H, W, 3): the coloured pixels, in the photo's dtype."""
        return self.picture.pixels

    @property
    def layer(self) -> Picture:
        """The colour alone, as a layer for an editor.

        The coloured pixels, transparent where the photo was kept or no colour came. Over the
        photo in the blend mode Normal it gives the result; in the mode Color of Photoshop, GIMP's
        HSL Color, Krita or the W3C (the layer's hue and saturation, the photo's luma 0.3 R + 0.59
        G + 0.11 B) within two levels of 255 for the space ``yuv``, and it goes on doing so when
        the photo below is retouched. For the space ``lab`` that is GIMP's mode LCh Color.
        """
        white = self.picture.maximum
        own = self.picture.alpha
        alpha = np.full(self.picture.shape, white, self.rgb.dtype) if own is None else own.copy()
        if self.untouched is not None:
            alpha[self.untouched] = 0
        return replace(self.picture, alpha=alpha)

    def interval(self, level: float = 0.9) -> Interval:
        """Return how far the true colours may lie from these, pixel by pixel.

        Parameters
        ----------
        level : float
            Share of the pixels at which the region holds the true a* and b*, 0.5 to 0.99: in the
            mean over photos like those that it was calibrated with, and the network that comes with
            varcolor: with one of your own it is about that share.

        Raises
        ------
        InputError
            Without the prior ``"learned"``, and for other levels.
        """
        from varcolor.image.color import SPACES, lab
        from varcolor.prior.learned.intervals import shipped_quantiles

        if self.deviation is None:
            raise InputError("intervals come from the prior 'learned': prior=\"learned\"")
        factor = shipped_quantiles().factor(level, self.points)
        if self.space == lab.name:
            ab = self.chroma.astype(np.float64)
        else:
            rgb = self.picture.as_float()
            rgb = np.repeat(rgb[..., None], 3, axis=2) if self.picture.is_gray else rgb
            space = SPACES[self.space]
            ab = lab.split(space.merge(space.luma(rgb), self.chroma))[1]
        return Interval(float(level), ab, factor * self.deviation)

    def save(self, path: PathLike, quality: int | None = None) -> list[str]:
        """Write the coloured picture; as `varcolor.write`.

        Parameters
        ----------
        path : str or path
            Target; its extension chooses the format. An existing file is replaced.
        quality : int, optional
            1..100, lossy.

        Returns
        -------
        list of str
            What the format could not hold, in words.
        """
        from varcolor.image.write import write

        return write(self.picture, path, quality=quality)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        """Return `rgb`: itself, unless another type or a copy is asked for."""
        return np.array(self.rgb, dtype=dtype, copy=copy)

    def __repr__(self) -> str:
        """Say in a line what it is."""
        size = f"{self.picture.shape[1]} x {self.picture.shape[0]}"
        how = f"{self.method} in {self.space} by {self.solver} on {self.backend}"
        return (
            f"<Result: {size} {self.rgb.dtype}, {how}, {self.status}, "
            f"{self.seconds.get('total', 0.0):.2g} s, {len(self.notes)} notes>"
        )

    def _repr_png_(self) -> bytes:
        """Return a small PNG for notebooks."""
        from varcolor.image.encode.preview import png_preview

        return png_preview(self.picture)
