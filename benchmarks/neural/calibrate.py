"""How far a network's spread is from its errors: the numbers of `varcolor.neural.confidence`.

For every picture, with 0, 5, 20 and 100 hints, the network's a* and b* and the spread s of its
distribution are compared with the truth at a sample of pixels. ``floor`` and ``scale`` are those
that make the errors most likely, e in R^2 normal with standard deviation sigma = scale sqrt(s^2 / 2
+ floor^2); ``half`` and ``nine`` are the quantiles of |e| / sigma.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.quality.protocols import hints
from varcolor.image.color import lab
from varcolor.neural.confidence import spread
from varcolor.neural.framing import Frame
from varcolor.neural.predict import hints_in_lab
from varcolor.neural.using import bins_of, forward
from varcolor.typing import FloatArray

COUNTS = (0, 5, 20, 100)
_SAMPLE = 2000


def samples(
    net_of: Callable[[FloatArray, int], Any], folder: Path, pictures: int, seed: int, size: int
) -> FloatArray:
    """Return (N, 2): squared spreads and lengths of errors.

    ``net_of(truth, number)`` is the network for the case of this number, with a*, b* ``truth``.
    """
    rng = np.random.default_rng(seed)
    found = []
    for number, case in enumerate(hints(folder, pictures, seed, COUNTS, size)):
        luma, truth = lab.split(case.truth / 255.0)
        net = net_of(truth, number)
        frame = Frame.of(luma.shape, size, "pad")
        ab = mask = None
        cues = case.cues
        if len(cues):
            chroma = lab.split(cues.color.astype(np.float64))[1]
            weight = cues.weight.astype(np.float64)
            ab, mask = hints_in_lab(frame, cues.flat, weight, chroma, luma, lab)
        answer, shares = forward(net, np.clip(100 * luma, 0, 100), ab, mask)
        assert shares is not None
        step = size // shares.shape[0]
        cells = answer.reshape(size // step, step, size // step, step, 2).mean(axis=(1, 3))
        squares = spread(shares, bins_of(net, shares.shape[2]), cells)
        squares = np.repeat(np.repeat(squares, step, axis=0), step, axis=1)
        error = np.sqrt(((answer - truth) ** 2).sum(axis=2))
        own = rng.choice(error.size, min(_SAMPLE, error.size), replace=False)
        found.append(np.stack([squares.ravel()[own], error.ravel()[own]], axis=1))
    return np.concatenate(found)


def fitted(rows: FloatArray) -> dict[str, float]:
    """Return scale, floor, half and nine for squared spreads and errors (N, 2)."""
    squares, error = rows.T
    best: tuple[float, float, float] | None = None
    for floor in np.geomspace(0.25, 30, 60):
        base = squares / 2 + floor**2
        scale2 = float((error**2 / (2 * base)).mean())  # most likely for this floor
        worse = float((np.log(scale2 * base) + error**2 / (2 * scale2 * base)).mean())
        if best is None or worse < best[0]:
            best = worse, float(floor), scale2**0.5
    assert best is not None
    _, floor, scale = best
    ratio = error / (scale * np.sqrt(squares / 2 + floor**2))
    half, nine = (float(q) for q in np.quantile(ratio, [0.5, 0.9]))
    return {"scale": scale, "floor": floor, "half": half, "nine": nine}


def write(path: Path, numbers: dict[str, float], made_of: str) -> None:
    """Write the numbers as `varcolor.neural.confidence` reads them."""
    own = {key: round(value, 4) for key, value in numbers.items()}
    path.write_text(json.dumps({**own, "made_of": made_of}) + "\n", encoding="utf-8")


def coverage(rows: FloatArray, numbers: dict[str, float]) -> tuple[float, float]:
    """Return the shares of errors within the predicted 50 % and 90 %."""
    squares, error = rows.T
    sigma = numbers["scale"] * np.sqrt(squares / 2 + numbers["floor"] ** 2)
    inside: Iterable[float] = ((error < numbers[key] * sigma).mean() for key in ("half", "nine"))
    half, nine = inside
    return float(half), float(nine)
