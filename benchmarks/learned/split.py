"""Which pictures of the training folders are held out: no training, its choices or tuning uses them
but for the curve of training; the intervals are calibrated with them.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.quality.protocols import PICTURES

#: Folders of the data, and how many of their pictures are held out.
HELD_OUT = {"imagenet-sample/train": 100, "bsds500/train": 30}
_SEED = 1


def held_out(data: Path) -> list[Path]:
    """Return the pictures that are held out, in a fixed order."""
    rng, found = np.random.default_rng(_SEED), []
    for folder, count in HELD_OUT.items():
        files = sorted(p for p in (data / folder).iterdir() if p.suffix.lower() in PICTURES)
        found += [files[k] for k in rng.permutation(len(files))[:count]]
    return sorted(found)
