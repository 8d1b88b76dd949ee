"""Write the golden files: ``python -m tests.ir.make_golden``; only for a new version of the format.

The pictures are a piece of a freely licensed photo (chelsea, CC0) and a synthetic one.
"""

from __future__ import annotations

import json
import zlib
from pathlib import Path

import numpy as np

import varcolor as vc
from tests.conftest import photo
from varcolor.ir.points.codecs import Grid, GridExclude, GridSelective, Selective
from varcolor.ir.stream import unpack
from varcolor.ir.tree.regions import read_regions

FOLDER = Path(__file__).with_name("golden")


def pictures():
    cat = np.ascontiguousarray(photo()[80:140, 130:210])
    y, x = np.mgrid[:50, :70]
    disc = np.hypot(y - 25, x - 30) < 18
    made = np.where(disc[..., None], [200, 90, 40], [40, 90, 160]) * (0.5 + 0.5 * x / 70)[..., None]
    return {"cat": cat, "disc": made.astype(np.uint8), "deep": cat.astype(np.uint16) * 256 + 99}


def cases():
    found = pictures()
    for name, rgb in found.items():
        for budget in (20, 120, 700):
            yield f"{name}-tree-{budget}", vc.encode(rgb, budget=budget)
    cat = found["cat"]
    yield "cat-lossy", vc.encode(cat, budget=200, gray_quality=40)
    yield "cat-none", vc.encode(cat, budget=0)
    alpha = (np.indices(cat.shape[:2])[1] * 3).astype(np.uint8)
    yield "cat-alpha", vc.encode(np.dstack([cat, alpha]), budget=100)
    methods = {
        "grid": Grid(size=40, grid=5, p=1),
        "palette": Grid(size=40, grid=4, quantise=6),
        "grid-exclude": GridExclude(size=60, grid=4),
        "selective": Selective(size=80),
        "grid+selective": GridSelective(size=80, grid=16),
        "global": "global",
        "stock": "stock",
    }
    for name, method in methods.items():
        yield f"cat-{name}", vc.encode(cat, method)


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    regions = {}
    for name, ir in cases():
        ir.save(FOLDER / f"{name}.vcir")
        vc.write(vc.decode(ir), FOLDER / f"{name}.png")
        if ir.method == "tree":
            payload = unpack(ir.color).payload
            found = read_regions(payload[1:], payload[0], vc_gray8(ir))
            regions[name] = zlib.crc32(found.labels.astype("<i4").tobytes())
    (FOLDER / "regions.json").write_text(json.dumps(regions, indent=1) + "\n")


def vc_gray8(ir):
    from varcolor.ir.tree.chroma import gray8

    return gray8(ir.gray)


if __name__ == "__main__":
    main()
