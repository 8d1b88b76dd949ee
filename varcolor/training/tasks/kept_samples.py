"""Samples of the task `learned`: pictures decoded once, into files that are read as memory.

Decoding a picture and its features takes some 20 ms, a step sees four or eight of them. Large
pictures are squashed to 256 x 256, where the prior works with photos; of those with a side below
`_SMALL` pixels half are, and half become 160 x 160, near what they are. A third of the greys are
made like those of old prints (`varcolor.neural.learned.samples.aged`), once for all.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from varcolor.errors import FileError, VarcolorError
from varcolor.image.color import lab
from varcolor.image.publish import write_files
from varcolor.neural.learned.samples import MIRRORED, sample_of
from varcolor.prior.learned.planes import PLANES
from varcolor.training.samples import Unusable, image_of
from varcolor.training.sources import Entry
from varcolor.typing import Array, FloatArray

#: Sides of the pictures, and cells along the sides of their samples.
SIDES = {256: 128, 160: 80}
INDEX = "index.json"
_SMALL = 200
_STREAM = 7
#: Planes of a sample.
_ALL = PLANES + 3


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """The samples of a folder, and how they are drawn."""

    arrays: Mapping[int, Array]
    """By side: (N, 20, g, g) float16; sides without samples are left out."""
    places: Mapping[int, Sequence[str]]
    """By side: the place that each sample is from."""
    unusable: dict[str, str]
    """Why pictures were passed over, by their name."""

    def shares(self, side: int, weights: Mapping[str, float]) -> FloatArray:
        """Return how often each sample of a side is drawn: places by their weights, else 1."""
        own = np.array([_weight(place, weights) for place in self.places[side]])
        if not own.sum():
            raise VarcolorError(f"options.shares: no picture of {side} pixels is left")
        return np.asarray(own / own.sum())

    def moments(self) -> tuple[Array, Array]:
        """Return mean and standard deviation of the network's planes over some samples."""
        some = self.arrays[max(self.arrays)][:300:2, :PLANES, ::4, ::4].astype(np.float32)
        return some.mean(axis=(0, 2, 3)), some.std(axis=(0, 2, 3))

    def drawn(
        self, rng: np.random.Generator, side: int, share: FloatArray, count: int, cells: int
    ) -> tuple[Array, Array]:
        """Return parts (B, 20, g, g) of samples, half of them mirrored, and positions (B, 2, g, g).

        Parameters
        ----------
        rng : Generator
            Decides.
        side : int
            Of the pictures.
        share : ndarray
            Of the samples of this side, see `shares`.
        count, cells : int
            Parts, and cells along their sides.
        """
        array, whole = self.arrays[side], SIDES[side]
        place = positions(whole)
        parts: tuple[list[Array], list[Array]] = ([], [])
        for k in rng.choice(len(array), count, p=share):
            top, left = rng.integers(0, whole - cells + 1, 2)
            rows, columns = slice(top, top + cells), slice(left, left + cells)
            part = np.asarray(array[k, :, rows, columns], np.float32)
            at = list(np.broadcast_arrays(place[rows, None], place[columns]))
            if rng.random() < 0.5:
                part = part[MIRRORED][..., ::-1]
                at = [at[0], -at[1][:, ::-1]]
            parts[0].append(part)
            parts[1].append(np.stack(at).astype(np.float32))
        return np.stack(parts[0]), np.stack(parts[1])


def positions(cells: int) -> FloatArray:
    """Return the places of cells along a side, from the centre, in parts of 256 pixels."""
    return np.asarray((np.arange(cells) - (cells - 1) / 2) * 2 / 256)


def kept_samples(
    entries: Sequence[Entry],
    folder: Path,
    least_chroma: float,
    tell: Callable[[str, float], None],
) -> Samples:
    """Return the samples of pictures; those that a folder has are not made again.

    Parameters
    ----------
    entries : sequence of Entry
        The pictures.
    folder : Path
        Where they are kept: some 0.4 MB a picture.
    least_chroma : float
        Least mean chroma of a picture that is learnt from, in units of CIELAB.
    tell : callable
        Told how far it is.

    Raises
    ------
    FileError
        If no picture can be used, the folder holds others, or cannot be written.
    """
    of = _fingerprint(entries, least_chroma)
    if not (folder / INDEX).exists():
        _write(entries, folder, least_chroma, of, tell)
    try:
        index = json.loads((folder / INDEX).read_text(encoding="utf-8"))
        known, unusable = index["of"], index["unusable"]
        names = {side: index["places"][str(side)] for side in SIDES}
        if known != of:
            raise FileError(
                f"{folder}: holds the samples of other pictures; name another by data.cache"
            )
        arrays = {
            side: np.memmap(
                folder / f"{side}.samples",
                np.float16,
                "r",
                shape=(len(own), _ALL, SIDES[side], SIDES[side]),
            )
            for side, own in names.items()
            if own
        }
    except FileError:
        raise
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FileError(f"{folder}: its samples are damaged ({error}); remove it") from None
    if not arrays:
        last = list(unusable.values())[-1]
        raise FileError(f"no picture of {len(entries)} can be used; the last: {last}")
    return Samples(arrays, names, unusable)


def picture_of(entry: Entry, side: int | None, rng: np.random.Generator) -> FloatArray:
    """Return a picture squashed to side x side, 0..1; None: to the side that its size asks for.

    Raises
    ------
    Unusable
        If the file is broken, or grey.
    """
    from PIL.Image import Resampling

    image = image_of(entry)
    if side is None:
        small = min(image.size) < _SMALL
        side = 160 if small and rng.random() >= 0.5 else 256
    return np.asarray(image.resize((side, side), Resampling.BICUBIC)) / 255.0


def _write(
    entries: Sequence[Entry],
    folder: Path,
    least_chroma: float,
    of: str,
    tell: Callable[[str, float], None],
) -> None:
    """Write the samples, and the index last: without it a folder begins anew."""
    places: dict[int, list[str]] = {side: [] for side in SIDES}
    unusable: dict[str, str] = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        files = {side: (folder / f"{side}.samples").open("wb") for side in SIDES}
        for number, entry in enumerate(entries):
            tell("samples", number / len(entries))
            rng = np.random.default_rng((_STREAM, number))
            try:
                rgb = picture_of(entry, None, rng)
                if np.linalg.norm(lab.split(rgb)[1], axis=2).mean() < least_chroma:
                    raise Unusable(f"{entry}: near-grey")
            except Unusable as error:
                unusable[str(entry)] = str(error)
                continue
            files[len(rgb)].write(sample_of(rgb, rng).tobytes())
            places[len(rgb)].append(place_of(entry))
        for file in files.values():
            file.close()
    except OSError as error:
        raise FileError(f"{folder}: cannot be written ({error.strerror or error})") from None
    named = {str(side): own for side, own in places.items()}
    index = {"of": of, "unusable": unusable, "places": named}
    write_files({folder / INDEX: json.dumps(index).encode()})


def place_of(entry: Entry) -> str:
    """Return the place of a picture: its zip file without suffix, or its folder."""
    if entry.member:
        return entry.path.with_suffix("").as_posix()
    path = entry.path.as_posix()
    return path.removesuffix(entry.key).rstrip("/") if path.endswith(entry.key) else path


def counted(places: Sequence[str], weights: Mapping[str, float]) -> Counter[str]:
    """Return how many samples there are of each of the places that weights name."""
    return Counter(name for place in places for name in weights if _is(place, name))


def _is(place: str, name: str) -> bool:
    return place == name or place.endswith(f"/{name}")


def _weight(place: str, weights: Mapping[str, float]) -> float:
    return next((float(w) for name, w in weights.items() if _is(place, name)), 1.0)


def _fingerprint(entries: Sequence[Entry], least_chroma: float) -> str:
    digest = hashlib.sha256(repr((SIDES, _SMALL, least_chroma)).encode())
    for entry in entries:
        digest.update(entry.key.encode("utf-8", "surrogateescape") + b"\0")
    return digest.hexdigest()[:16]
