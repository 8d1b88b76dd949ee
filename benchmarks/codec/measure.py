"""Rate and distortion of one picture: ours, the peers, the raw grid of the seed program."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

import varcolor as vc
from benchmarks.codec.peers import Peer, points
from varcolor.image.color import yuv
from varcolor.image.picture import Picture
from varcolor.ir.points.sample import smoothed_chroma
from varcolor.metrics.colour import delta_e
from varcolor.metrics.planes import lab_planes

BUDGETS = (100, 250, 500, 1000, 2000, 4000, 8000)
#: Below them, to find the bytes at which ours is as good as a raw grid.
_SMALLER = (25, 50)
OURS = "varcolor"
Row = dict[str, Any]


class Judge:
    """Scores of chroma for one picture; all share its rounded grey as luma.

    The true luma would be worth at most 0.04 dB more to everybody.
    """

    def __init__(self, rgb: Any) -> None:
        self.rgb = rgb
        self.gray = vc.to_gray(rgb)
        self._lab = lab_planes(Picture(rgb), slice(None))
        self._chroma = yuv.split(rgb / 255)[1]

    def rgb_of(self, chroma: Any) -> Any:
        """Return the 8-bit picture of some chroma."""
        return np.clip(np.rint(255 * yuv.merge(self.gray / 255, chroma)), 0, 255).astype(np.uint8)

    def psnr(self, image: Any) -> float:
        """Return the PSNR over R, G, B."""
        error = np.mean((image.astype(np.float64) - self.rgb) ** 2)
        return float(10 * np.log10(255**2 / max(error, 1e-9)))

    def scores(self, image: Any) -> Row:
        """Return all scores of a decoded picture."""
        from skimage.metrics import structural_similarity

        lab = lab_planes(Picture(image), slice(None))
        error = np.mean((lab[..., 1:].astype(np.float64) - self._lab[..., 1:]) ** 2)
        chroma = yuv.split(image / 255)[1]
        ssim = [
            structural_similarity(chroma[..., k], self._chroma[..., k], data_range=1.0)
            for k in range(2)
        ]
        return {
            "psnr": self.psnr(image),
            "ciede2000": float(delta_e(self._lab, lab).mean(dtype=np.float64)),
            "psnr ab": float(10 * np.log10(255**2 / max(error, 1e-9))),
            "ssim": float(np.mean(ssim)),
        }


def ours(judge: Judge, budgets: Iterable[int] = (*_SMALLER, *BUDGETS)) -> list[Row]:
    """Return a row for each budget: whole .vcc files, decoded by the package."""
    rows = []
    for budget in budgets:
        ir = vc.encode(judge.rgb, budget=budget)
        image = vc.decode(ir)
        assert len(ir.color) <= budget
        assert (vc.to_gray(image) == ir.gray).all()
        rows.append({"codec": OURS, "bytes": len(ir.color), **judge.scores(image)})
    return rows


def front(found: list[tuple[float, float, Any]]) -> list[tuple[float, float, Any]]:
    """Return the points (bytes, psnr, …) that no other one beats in both, by rising bytes.

    Of those that lie close together in bytes the best are enough.
    """
    best: list[tuple[float, float, Any]] = []
    for point in sorted(found, key=lambda p: (p[0], -p[1])):
        if best and point[1] <= best[-1][1]:
            continue
        if len(best) > 1 and point[0] < 1.15 * best[-2][0]:
            best.pop()
        best.append(point)
    return best


def peer_rows(judge: Judge, peer: Peer) -> list[Row]:
    """Return the rows of a peer: the points on its Pareto front."""
    found = []
    for size, chroma in points(peer, judge.rgb):
        image = judge.rgb_of(chroma)
        found.append((size, judge.psnr(image), image))
    return [
        {"codec": peer.name, "bytes": size, **judge.scores(image)}
        for size, _, image in front(found)
    ]


RAW_GRID = "raw grid"


def raw_grid(judge: Judge, sizes: Iterable[int] = (2048, 8192)) -> list[Row]:
    """Return the rows of a raw grid of cues, 2 bytes each, spread by Levin's method."""
    rows = []
    height, width = judge.gray.shape
    chroma = smoothed_chroma(Picture(judge.rgb)) / 255
    for size in sizes:
        side = round((size / 2) ** 0.5)
        r = (np.arange(side) * height) // side
        c = (np.arange(side) * width) // side
        at = np.stack(np.meshgrid(c, r), axis=-1).reshape(-1, 2)
        color = yuv.merge(judge.gray[at[:, 1], at[:, 0]] / 255, chroma[at[:, 1], at[:, 0]])
        cues = vc.Cues.from_points(judge.gray, at, color)
        result = vc.colorize(judge.gray, cues, method="levin")
        rows.append({"codec": RAW_GRID, "bytes": size, **judge.scores(result.rgb)})
    return rows
