"""A palette: colours in sRGB, each with its share of a picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from varcolor.errors import InputError
from varcolor.image.color import oklab
from varcolor.typing import Array, FloatArray

#: Sizes of a palette that pictures are changed by.
LEAST, MOST = 2, 256


@dataclass(frozen=True, slots=True, eq=False)
class Palette:
    """Colours with shares that sum to 1.

    Raises
    ------
    InputError
        For no colour, colours out of range, and shares that are negative or all zero.
    """

    colors: FloatArray
    """(K, 3): sRGB, 0..1."""
    shares: FloatArray
    """(K,): sum 1."""
    name: str = ""

    def __post_init__(self) -> None:
        colors = np.asarray(self.colors, dtype=np.float64)
        shares = np.asarray(self.shares, dtype=np.float64)
        if colors.ndim != 2 or colors.shape[1:] != (3,) or shares.shape != colors.shape[:1]:
            raise InputError(
                f"a palette of shape {colors.shape} with shares of shape {shares.shape}; "
                "expected (K, 3) and (K,)"
            )
        if not len(colors):
            raise InputError("a palette without a colour")
        if not (np.isfinite(colors).all() and colors.min() >= 0 and colors.max() <= 1):
            raise InputError("colours of a palette must lie in 0..1")
        if not (np.isfinite(shares).all() and shares.min() >= 0 and shares.sum() > 0):
            raise InputError("shares of a palette must not be negative, nor all zero")
        object.__setattr__(self, "colors", colors)
        object.__setattr__(self, "shares", shares / shares.sum())

    @classmethod
    def of(cls, colors: Array, shares: Array | None = None, name: str = "") -> Palette:
        """Return a palette of colours (K, 3); without shares (K,) all count alike."""
        values = np.asarray(colors, dtype=np.float64).reshape(-1, 3)
        given = np.ones(len(values)) if shares is None else np.asarray(shares, np.float64)
        return cls(values, given, name)

    def __len__(self) -> int:
        return len(self.colors)

    @property
    def hexes(self) -> tuple[str, ...]:
        """The colours as ``#rrggbb``."""
        levels = np.rint(self.colors * 255).astype(int)
        return tuple("#" + bytes(row).hex() for row in levels.tolist())

    @property
    def lab(self) -> FloatArray:
        """(K, 3): the colours in Oklab."""
        return to_oklab(self.colors)

    def require_size(self, source: str) -> None:
        """Refuse a palette that pictures cannot be changed by.

        Raises
        ------
        InputError
            If it has fewer than 2 or more than 256 colours.
        """
        if not LEAST <= len(self) <= MOST:
            colors = "1 colour" if len(self) == 1 else f"{len(self)} colours"
            raise InputError(f"{source}: holds {colors}; expected {LEAST} to {MOST}")


def to_oklab(rgb: Array) -> FloatArray:
    """Return sRGB colours (..., 3) in Oklab (..., 3)."""
    luma, chroma = oklab.split(np.asarray(rgb, dtype=np.float64))
    return np.concatenate([luma[..., None], chroma], axis=-1)


def from_oklab(lab: Array) -> FloatArray:
    """Return Oklab colours (..., 3) in sRGB, clipped to 0..1."""
    lab = np.asarray(lab, dtype=np.float64)
    return np.clip(oklab.merge(lab[..., 0], lab[..., 1:]), 0.0, 1.0)
