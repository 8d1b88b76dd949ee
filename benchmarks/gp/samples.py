"""Pictures with their true chroma, as points that a kernel is fitted on."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.quality.protocols import picture_files, squashed
from varcolor.image.color import lab
from varcolor.prior.features import features_of
from varcolor.prior.points import Points

#: Side of the pictures and of a hint, in pixels.
_SIZE, _SIDE = 256, 6
#: Pictures with less chroma (standard deviation in Lab) are grey: they say nothing.
_GREY = 2.0
#: Folders with training pictures, and how many of each are taken per three.
_FOLDERS = {"imagenet-sample/train": 2, "bsds500/train": 1}


def training_points(data: Path, pictures: int, hints: int, seed: int) -> list[Points]:
    """Return hints at random places, half of them denser in the middle, of training pictures."""
    rng = np.random.default_rng(seed)
    found = []
    for folder, share in _FOLDERS.items():
        for file in picture_files(data / folder, pictures * share // 3, seed):
            luma, chroma = lab.split(squashed(file, _SIZE) / 255.0)
            if chroma.std() < _GREY:
                continue
            features = features_of(luma, None).values
            middle = rng.normal(_SIZE / 2, _SIZE / 4, (hints, 2))
            even = rng.uniform(0, _SIZE - _SIDE, (hints, 2))
            places = np.where(rng.random((hints, 1)) < 0.5, middle, even)
            places = np.clip(places, 0, _SIZE - _SIDE).astype(int)
            patches = [(slice(r, r + _SIDE), slice(c, c + _SIDE)) for r, c in places]
            mean = [
                np.stack([plane[p].mean((0, 1)) for p in patches]) for plane in (features, chroma)
            ]
            found.append(Points(mean[0], mean[1], np.ones(hints), np.zeros(hints)))
    return found
