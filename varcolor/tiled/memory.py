"""Memory of a picture in parts: how large tiles may be, and what is left to keep prepared ones."""

from __future__ import annotations

import math
from collections.abc import Sequence

from varcolor.backend.memory import human
from varcolor.errors import OutOfMemoryError
from varcolor.methods import Method
from varcolor.methods.base import summary_of
from varcolor.tiled.tile import BLOCK, HALO
from varcolor.tiled.window import MARGIN, Box
from varcolor.typing import Shape

#: Bytes of the program itself; of a window's pixel, all that is made of it; of a coarse pixel.
_PROGRAM, _PIXEL, _DIRECTED, _COARSE = 230e6, 165.0, 620.0, 220.0
#: What a prior adds to a window's pixel.
_PRIOR = 200.0
_LEAST_SIDE, _MOST_SIDE = 256, 4096


def side_of(shape: Shape, limit: float, method: Method, prior: bool = False) -> int:
    """Return the side of tiles that fit into memory."""
    coarse = _COARSE * shape[0] * shape[1] / BLOCK**2
    each = _each(method, prior)
    around = 2 * (HALO + MARGIN)
    if not math.isfinite(limit):
        return _MOST_SIDE
    left = limit - _PROGRAM - coarse
    side = int(math.sqrt(max(left, 0.0) / each)) - around
    if side < _LEAST_SIDE:
        least = _PROGRAM + coarse + each * (_LEAST_SIDE + around) ** 2
        raise OutOfMemoryError(
            f"a picture of {shape[1]} x {shape[0]} needs at least {human(least)} in parts, "
            f"{human(limit)} are given: --memory {math.ceil(least / 1e8) / 10:g}GB"
        )
    return min(side, _MOST_SIDE) // BLOCK * BLOCK


def left_of(
    shape: Shape, limit: float, method: Method, tiles: Sequence[Box], prior: bool = False
) -> float:
    """Return the bytes that are left for prepared tiles."""
    each, around = _each(method, prior), 2 * (HALO + MARGIN)
    boxes = [[side + around for side in tile.shape] for tile in tiles]
    work = each * max(height * width for height, width in boxes)
    return limit - _PROGRAM - _COARSE * shape[0] * shape[1] / BLOCK**2 - work


def _each(method: Method, prior: bool) -> float:
    own = _DIRECTED if summary_of(method, 1).directed else _PIXEL
    return own + (_PRIOR if prior else 0.0)
