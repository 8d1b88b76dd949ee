"""The training pictures, decoded once: samples in files of arrays that are read as memory.

Photos of the zips have at most 176 pixels a side: half of them are taken at 160 x 160, as they are,
half at 256 x 256, where the prior works with larger photos. Photos without colour are left out.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.learned.split import HELD_OUT, held_out
from benchmarks.quality.protocols import PICTURES
from varcolor.image.color import lab
from varcolor.neural.learned.samples import sample_of
from varcolor.typing import Array, FloatArray

#: Sides of the pictures, and of the grids of their samples.
SIDES = {256: 128, 160: 80}
#: Least mean chroma of a photo in colour.
_GRAY = 2.5
#: How often pictures of a source are drawn, in relation to others.
SHARES = {
    "imagenet-sample/train": 4.0,
    "bsds500/train": 3.0,
    "coco": 2.0,
    "flickr8k": 1.5,
    "animalpose": 1.3,
    "intelscenes": 0.8,
    "caltech101-160px": 0.7,
    "stanfordcars": 0.6,
    "lfw": 0.5,
}


def sources(data: Path) -> Iterator[tuple[str, str, bytes]]:
    """Yield source, name and contents of all pictures but those held out."""
    kept_apart = {path.name for path in held_out(data)}
    for folder in HELD_OUT:
        for path in sorted((data / folder).iterdir()):
            if path.suffix.lower() in PICTURES and path.name not in kept_apart:
                yield folder, path.name, path.read_bytes()
    for path in sorted((data / "train").glob("*.zip")):
        with zipfile.ZipFile(path) as archive:
            for name in sorted(archive.namelist()):
                if Path(name).suffix.lower() in PICTURES:
                    yield path.stem, name, archive.read(name)


def decoded(contents: bytes, side: int) -> FloatArray:
    """Return a picture squashed to side x side, 0..1."""
    from PIL import Image

    with Image.open(io.BytesIO(contents)) as image:
        small = image.convert("RGB").resize((side, side), Image.Resampling.BICUBIC)
    return np.asarray(small) / 255.0


def prepare(data: Path, folder: Path) -> None:
    """Write the samples; what is there already is kept."""
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / "sources.json").exists():
        return
    found: dict[int, list[str]] = {side: [] for side in SIDES}
    files = {side: (folder / f"{side}.part").open("wb") for side in SIDES}
    for number, (source, name, contents) in enumerate(sources(data)):
        rng = np.random.default_rng([7, number])
        side = 256 if source in HELD_OUT or rng.random() < 0.5 else 160
        try:
            rgb = decoded(contents, side)
        except OSError as error:
            print(f"{source}/{name}: left out ({error})", flush=True)
            continue
        if np.linalg.norm(lab.split(rgb)[1], axis=2).mean() < _GRAY:
            continue
        files[side].write(sample_of(rgb, rng).tobytes())
        found[side].append(source)
        if number % 1000 == 999:
            print(f"{number + 1} pictures", flush=True)
    for side, file in files.items():
        file.close()
        (folder / f"{side}.part").replace(folder / f"{side}.samples")
    (folder / "sources.json").write_text(json.dumps(found))


class Samples:
    """The samples of a folder, and how they are drawn."""

    def __init__(self, folder: Path) -> None:
        own = json.loads((folder / "sources.json").read_text())
        self.arrays: dict[int, Array] = {}
        self.shares: dict[int, FloatArray] = {}
        for side, cells in SIDES.items():
            names = own[str(side)]
            shape = (len(names), 20, cells, cells)
            self.arrays[side] = np.memmap(folder / f"{side}.samples", np.float16, "r", shape=shape)
            share = np.array([SHARES.get(name, 1.0) for name in names])
            self.shares[side] = share / share.sum()

    def drawn(self, rng: np.random.Generator, side: int, count: int, cells: int) -> Array:
        """Return ``count`` parts of ``cells`` x ``cells`` with their position, (B, 22, g, g)."""
        from varcolor.neural.learned.samples import MIRRORED

        array, whole, parts = self.arrays[side], SIDES[side], []
        place = (np.arange(whole) - (whole - 1) / 2) * 2 / 256
        for k in rng.choice(len(array), count, p=self.shares[side]):
            top, left = rng.integers(0, whole - cells + 1, 2)
            rows, columns = slice(top, top + cells), slice(left, left + cells)
            part = np.asarray(array[k, :, rows, columns], np.float32)
            at = np.broadcast_arrays(place[rows, None], place[columns])
            if rng.random() < 0.5:
                part = part[MIRRORED][..., ::-1]
                at = [at[0], -at[1][:, ::-1]]
            parts.append(np.concatenate([part, np.stack(at).astype(np.float32)]))
        return np.stack(parts)
