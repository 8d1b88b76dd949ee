"""Clips with true colours, and keys made from them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from varcolor.energy.prior import Data
from varcolor.image.color import as_space

SPACE = as_space("yuv")
NAMES = ("parkour", "blackswan", "libby", "camel", "car-shadow")
NOTHING = Data(np.zeros(0, np.int64), np.zeros(0), np.zeros((0, 2)))


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """A clip: true colours, luma and chroma."""

    name: str
    rgb: Any
    """(T, H, W, 3) uint8."""
    luma: Any
    chroma: Any

    @property
    def count(self) -> int:
        """Frames."""
        return len(self.rgb)


def read_clip(folder: Path, frames: int, scale: int) -> Clip:
    """Return a clip, made smaller by a whole factor."""
    import cv2

    import varcolor as vc

    found = []
    for path in sorted(folder.glob("[0-9]*.jpg"))[:frames]:
        rgb = vc.read(path).pixels
        if scale > 1:
            size = rgb.shape[1] // scale, rgb.shape[0] // scale
            rgb = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
        found.append(rgb)
    return clip_of(folder.name, np.array(found))


def clip_of(name: str, rgb: Any) -> Clip:
    """Return a clip of frames (T, H, W, 3), uint8."""
    import varcolor as vc

    # The luma of a film is that of its grey frames.
    luma = np.array([SPACE.luma_of_gray(vc.to_gray(frame) / 255.0) for frame in rgb])
    chroma = np.array([SPACE.split(frame / 255.0)[1] for frame in rgb])
    return Clip(name, rgb, luma, chroma)


def points(clip: Clip, t: int, count: int, seed: int) -> Data:
    """Return the true chroma of random pixels of a frame."""
    flat = clip.chroma[t].reshape(-1, 2)
    at = np.sort(np.random.default_rng(seed).choice(len(flat), count, replace=False))
    return Data(at, np.full(count, np.inf), flat[at])


def strokes(clip: Clip, t: int, count: int, seed: int) -> Data:
    """Return strokes of 24 pixels and radius 1.5, each of the median chroma under it.

    Of four that are tried, the one with the least spread of chroma is taken: users paint inside of
    objects.
    """
    rng, shape = np.random.default_rng(seed), clip.luma.shape[1:]
    known: dict[int, Any] = {}
    for _ in range(count):
        best: Any = None
        for _ in range(4):
            y, x = rng.uniform(0, shape[0]), rng.uniform(0, shape[1])
            angle, along = rng.uniform(0, np.pi), np.linspace(-12, 12, 49)
            rows, columns = y + np.sin(angle) * along, x + np.cos(angle) * along
            moves = [(dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
            at = {
                (round(r) + dy, round(c) + dx)
                for r, c in zip(rows, columns, strict=True)
                for dy, dx in moves
            }
            inside = [(r, c) for r, c in at if 0 <= r < shape[0] and 0 <= c < shape[1]]
            if not inside:
                continue
            flat = np.array([r * shape[1] + c for r, c in inside])
            under = clip.chroma[t].reshape(-1, 2)[flat]
            spread = float(under.std(axis=0).sum())
            if best is None or spread < best[0]:
                best = spread, flat, np.median(under, axis=0)
        if best is not None:
            known |= dict.fromkeys(best[1].tolist(), best[2])
    at = np.array(sorted(known))
    return Data(at, np.full(len(at), np.inf), np.array([known[k] for k in at.tolist()]))
