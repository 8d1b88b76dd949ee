"""The codec `tree`: options, targets, and both directions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from varcolor.errors import FormatError, InputError
from varcolor.image.color import yuv
from varcolor.image.picture import Picture
from varcolor.image.render import render
from varcolor.ir.stream import HEADER
from varcolor.ir.tree.chroma import from_axes, gray8
from varcolor.ir.tree.encode import COARSEST, FINEST, Source, for_budget, for_quality
from varcolor.ir.tree.model import step_size
from varcolor.ir.tree.regions import read_regions
from varcolor.ir.tree.spread import spread
from varcolor.metrics.colour import difference_map
from varcolor.typing import Array

#: The smallest stream that every picture can be coded in, header included.
SMALLEST = HEADER.size + 1 + 4
#: Pixels are numbered with 32 bits, and sums of squares of coordinates must fit into 63.
MOST_PIXELS, LONGEST_SIDE = 1 << 28, 1 << 16
DEFAULT_BUDGET = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """Mean colours of regions found from the grey; one target at most [budget of 1000 bytes]."""

    name: ClassVar[str] = "tree"
    number: ClassVar[int] = 1

    budget: int | None = None
    """Largest number of colour bytes, header and checks included; never exceeded."""
    quality: float | None = None
    """Mean CIEDE2000 to reach, in as few bytes as possible."""
    step: float | None = None
    """Step of the quantiser, 4 (finest) to 2400000, rounded to a twelfth of an octave."""

    def __post_init__(self) -> None:
        given = [n for n in ("budget", "quality", "step") if getattr(self, n) is not None]
        if len(given) > 1:
            raise InputError(f"{' and '.join(given)} were given: choose one target")
        if self.budget is not None and not (
            isinstance(self.budget, int) and self.budget >= SMALLEST
        ):
            raise InputError(
                f"budget {self.budget}: expected a whole number of bytes, {SMALLEST} or more (the "
                "smallest stream), or 0 for no colour stream"
            )
        if self.quality is not None and not 0 < self.quality < math.inf:
            raise InputError(f"quality {self.quality}: expected a mean CIEDE2000 above 0")
        if self.step is not None and not step_size(FINEST) <= self.step <= step_size(COARSEST):
            raise InputError(
                f"step {self.step}: expected {step_size(FINEST):g} to {step_size(COARSEST):.0f}"
            )

    def encode(self, photo: Picture, gray: Array) -> tuple[bytes, tuple[str, ...]]:
        """Return the payload for a colour photo whose grey (H, W) will be decoded, and notes."""
        gray = gray8(gray)
        _check_size(gray)
        source = Source(photo.pixels, photo.maximum, gray)
        notes: tuple[str, ...] = ()
        if self.step is not None:
            step = round(12 * math.log2(self.step))
            payload = source.payload(step)
        elif self.quality is not None:

            def error(payload: bytes, step: int) -> float:
                chroma = _chroma(payload, step, gray)
                luma = gray / 255
                result = render(Picture(gray), luma, chroma, yuv).picture
                return float(difference_map(photo, result).mean(dtype=np.float64))

            step, payload = for_quality(error, source, self.quality)
            reached = error(payload, step)
            if reached > self.quality:
                notes = (
                    f"quality {self.quality:g} is out of reach: the finest stream has a mean "
                    f"CIEDE2000 of {reached:.2f}",
                )
        else:
            room = (DEFAULT_BUDGET if self.budget is None else self.budget) - HEADER.size - 1
            step, payload = for_budget(source, room)
        return bytes([step]) + payload, notes


def decode(payload: bytes, gray: Array, decoder: str = "auto") -> tuple[Array, tuple[str, ...]]:
    """Return the chroma (H, W, 2) of a payload in the units of the space yuv, and notes.

    Raises
    ------
    FormatError
        If the payload cannot have been written for this grey picture.
    """
    if decoder != "auto":
        raise InputError(f"decoder {decoder!r}: the method 'tree' has none but its own")
    if not payload:
        raise FormatError("the colour stream is cut off: it has no quantiser")
    gray = gray8(gray)
    _check_size(gray)
    return _chroma(payload[1:], payload[0], gray), ()


def _chroma(payload: bytes, step: int, gray: Array) -> Array:
    regions = read_regions(payload, step, gray)
    return from_axes(spread(regions, gray), regions.angle, gray)


def _check_size(gray: Array) -> None:
    if gray.size > MOST_PIXELS or max(gray.shape) >= LONGEST_SIDE:
        raise InputError(
            f"a {gray.shape[1]} x {gray.shape[0]} picture: the codec 'tree' takes at most "
            f"{MOST_PIXELS} pixels and sides below {LONGEST_SIDE}"
        )
