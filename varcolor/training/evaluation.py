"""How good a trained network is on pictures that it was not trained on.

Pictures are scaled so that the longer side has ``size`` pixels; the network sees their lightness
(as its training made it) and its chroma is put to the true L*. Scores are those of
`varcolor.metrics`, against the scaled picture in 8 bit; beside them what the grey picture scores.
"""

from __future__ import annotations

import csv
import io
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from varcolor.errors import InputError
from varcolor.image.color import lab
from varcolor.metrics.histogram import bins
from varcolor.metrics.scores import compare
from varcolor.neural.framing import Frame
from varcolor.neural.trained import file_of, loaded
from varcolor.neural.using import NetworkOptions
from varcolor.training.config import Config, DataOptions, read_config
from varcolor.training.run import CONFIG
from varcolor.training.samples import Sample, Unusable, sample_of
from varcolor.training.sources import Entry, entries_of, parted
from varcolor.training.tasks.hints import squares_of
from varcolor.typing import Array, FloatArray

METRICS = (
    *("psnr", "ciede2000", "ssim", "colourfulness", "colourfulness_difference"),
    *("ab_error", "ab_histogram", "ab_bins", "ab_same_bin", "ab_within_1", "ab_within_2"),
)
_STREAM = 11
_SHOWN = 8
_SIDE = 32


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """Scores of a network, picture by picture."""

    network: str
    weights: Path
    parameters: int
    size: int
    hints: int
    rows: tuple[dict[str, Any], ...]
    """Of each picture: name, scores, ``psnr_grey``, ``colourfulness_true`` and ``seconds``."""
    sheet: Array
    """(H, W, 3), uint8: grey, result and original of the first pictures."""
    used_bins: tuple[int, int]
    """Different bins of 8 x 8 units of a* and b* that results and originals use, all pictures."""
    passed_over: int

    def mean(self, name: str) -> tuple[float, float]:
        """Return the mean of a score over pictures, and its standard error."""
        values = [row[name] for row in self.rows if math.isfinite(row[name])]
        if not values:
            return math.nan, math.nan
        error = float(np.std(values, ddof=1) / math.sqrt(len(values))) if len(values) > 1 else 0.0
        return float(np.mean(values)), error

    def facts(self) -> dict[str, Any]:
        """Return it for JSON, without the sheet."""
        own = {"network": self.network, "weights": str(self.weights), "size": self.size}
        own |= {"parameters": self.parameters, "hints": self.hints, "pictures": len(self.rows)}
        own |= {"bins_result": self.used_bins[0], "bins_original": self.used_bins[1]}
        names = [name for name in self.rows[0] if name != "name"]
        own["mean"] = {name: self.mean(name)[0] for name in names}
        own["standard_error"] = {name: self.mean(name)[1] for name in names}
        gains = [row["psnr"] - row["psnr_grey"] for row in self.rows]
        gains = [gain for gain in gains if math.isfinite(gain)] or [math.nan]
        own["gain_over_grey"] = float(np.mean(gains))
        return {
            **own,
            "gain_error": float(np.std(gains, ddof=min(1, len(gains) - 1))) / math.sqrt(len(gains)),
        }

    def csv(self) -> str:
        """Return the rows as CSV."""
        text = io.StringIO()
        writer = csv.DictWriter(text, list(self.rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows)
        return text.getvalue()


def evaluate(
    run: Path,
    places: Sequence[Path] = (),
    *,
    size: int | None = None,
    hints: int = 0,
    most: int = 200,
    device: str = "cpu",
    threads: int = 0,
    tell: Callable[[str, float], None] = lambda stage, fraction: None,
) -> Evaluation:
    """Measure a trained network.

    Parameters
    ----------
    run : Path
        Folder of the training.
    places : sequence of Path
        Pictures to measure on, all of them; none: those that the training held out.
    size : int, optional
        Longer side of the pictures, in pixels; default 1.5 times that of the training.
    hints : int
        Squares of 6 pixels with their true mean colour, for networks that take hints.
    most : int
        Pictures at most.
    device, threads
        As for `varcolor.neural.load_network`.
    tell : callable
        Told how far it is.

    Raises
    ------
    FileError
        If the run is none, or there are no pictures.
    InputError
        For hints that the network does not take.
    """
    config = read_config(run / CONFIG if run.is_dir() else run.parent / CONFIG)
    file = file_of(run)
    net = loaded(NetworkOptions(weights=str(file), device=device, threads=threads))
    if hints and not net.form.hints:
        raise InputError(f"{file}: the network {net.name!r} takes no hints")
    entries = _entries(config, places)
    size = -(-3 * config.data.size // 16) * 8 if size is None else size
    data = replace(config.data, fit="whole", size=size)
    rows: list[dict[str, Any]] = []
    shown: list[tuple[Array, Array, Array]] = []
    used, over = np.zeros((2, _SIDE * _SIDE), bool), 0
    for number, entry in enumerate(entries):
        if len(rows) == most:
            break
        tell("pictures", number / max(1, min(most, len(entries))))
        try:
            row, pictures = _measured(net, entry, data, hints, number)
        except Unusable:
            over += 1
            continue
        rows.append(row)
        if len(shown) < _SHOWN:
            shown.append(pictures)
        for k, rgb in enumerate((pictures[1], pictures[2])):
            used[k, np.unique(bins(lab.split(rgb / 255)[1]) @ [_SIDE, 1])] = True
    if not rows:
        raise InputError(f"{run}: no picture could be used to measure on; name some by --data")
    counts = tuple(int(u.sum()) for u in used)
    parameters = sum(p.numel() for p in net.module.parameters())
    made = net.name, file, parameters, size, hints, tuple(rows), _sheet(shown)
    return Evaluation(*made, (counts[0], counts[1]), over)


def _entries(config: Config, places: Sequence[Path]) -> tuple[Entry, ...]:
    if places:
        return entries_of(places)
    found = parted(config.data)[1]
    if not found:
        raise InputError("the training held no picture out; name some by --data")
    return found


def answer(net: Any, sample: Sample, hints: int, number: int) -> FloatArray:
    """Return the chroma (H, W, 2) of a network for a whole picture."""
    shape = (sample.light.shape[0], sample.light.shape[1])
    frame = Frame(shape, shape, (-(-shape[0] // 8) * 8, -(-shape[1] // 8) * 8))
    light = frame.bordered(sample.light)
    if not hints:
        return np.asarray(frame.leave(net.chroma(light)))
    rng = np.random.default_rng((_STREAM, number))
    ab, mask = squares_of(sample.ab, [6] * hints, rng)
    found = net.chroma(light, frame.bordered(ab), frame.bordered(mask))
    return np.asarray(frame.leave(found))


def _measured(
    net: Any, entry: Entry, data: DataOptions, hints: int, number: int
) -> tuple[dict[str, Any], tuple[Array, Array, Array]]:
    sample = sample_of(entry, data, None, np.random.default_rng(0))
    begin = time.perf_counter()
    ab = answer(net, sample, hints, number)
    seconds = time.perf_counter() - begin
    light = sample.true_light / 100
    gray, result, original = (
        levels(lab.merge(light, own)) for own in (np.zeros_like(ab), ab, sample.ab)
    )
    row: dict[str, Any] = {"name": str(entry)}
    for name in METRICS:
        try:
            row[name] = float(compare(original, result, (name,))[name])
        except InputError:  # not defined for this pair, e.g. too small
            row[name] = math.nan
    row["psnr_grey"] = float(compare(original, gray, ("psnr",))["psnr"])
    row["ab_error_grey"] = float(compare(original, gray, ("ab_error",))["ab_error"])
    row["ciede2000_grey"] = float(compare(original, gray, ("ciede2000",))["ciede2000"])
    row["colourfulness_true"] = float(
        compare(original, original, ("colourfulness",))["colourfulness"]
    )
    row["seconds"] = seconds
    return row, (gray, result, original)


def levels(rgb: FloatArray) -> Array:
    """Return sRGB in 8 bit, clipped."""
    return np.asarray(np.rint(np.clip(rgb, 0, 1) * 255), np.uint8)


def _sheet(shown: Sequence[tuple[Array, Array, Array]]) -> Array:
    """Return rows of grey, result and original."""
    gap = 6
    width = max(p[0].shape[1] for p in shown)
    height = sum(p[0].shape[0] + gap for p in shown) + gap
    canvas = np.full((height, 3 * width + 4 * gap, 3), 255, np.uint8)
    top = gap
    for pictures in shown:
        for k, one in enumerate(pictures):
            left = gap + k * (width + gap)
            canvas[top : top + one.shape[0], left : left + one.shape[1]] = one
        top += pictures[0].shape[0] + gap
    return canvas
