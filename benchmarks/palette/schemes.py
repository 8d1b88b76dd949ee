"""Schemes of eras from posters: palettes with shares, and nothing else of the pictures.

Every poster counts alike: its histogram of colours sums to 1. The colours of all posters of an era
are clustered by the package's own k-means.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

import varcolor as vc
from varcolor.palette.histogram import color_cells
from varcolor.palette.kmeans import kmeans, nearest
from varcolor.palette.palette import Palette, from_oklab

#: Colours of a scheme.
COUNT = 16
#: Covers of later editions of films up to 1929: designed long after, by their look and imprints.
LATER = [
    "tt0000417",
    "tt0011870",
    "tt0013626",
    "tt0014341",
    "tt0014417",
    "tt0015532",
    "tt0018192",
    "tt0018839",
    "tt0020286",
    "tt1764657",
]


def scheme(posters: list[Path]) -> dict[str, Any]:
    """Return the scheme of some posters."""
    found = [color_cells(vc.read(path)) for path in posters]
    colors = np.concatenate([cells for cells, _ in found])
    shares = np.concatenate([own / len(found) for _, own in found])
    centers = kmeans(colors, shares, COUNT)
    own = np.bincount(nearest(colors, centers), shares, len(centers))
    order = np.argsort(-own)
    palette = Palette.of(from_oklab(centers[order]), own[order])
    entries = zip(palette.hexes, palette.shares.tolist(), strict=True)
    return {
        "posters": len(posters),
        "colors": [{"hex": text, "share": round(share, 4)} for text, share in entries],
    }


def write(folder: Path, target: Path) -> None:
    """Write the schemes of a folder of posters as JSON."""
    posters = sorted(folder.glob("*.jpg"))
    later = [path for path in posters if path.stem in LATER]
    schemes = {
        "1920s": scheme([path for path in posters if path.stem not in LATER]),
        "modern": scheme(later),
    }
    target.write_text(json.dumps(schemes, indent=1) + "\n", encoding="utf-8")
