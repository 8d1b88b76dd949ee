"""What a training was like: CSV, a curve as PNG, and TensorBoard where it is installed."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from varcolor.errors import FileError
from varcolor.image.publish import write_files
from varcolor.typing import Array

CSV, CURVE = "log.csv", "curve.png"
_COLUMNS = ("step", "seconds", "name", "value")
_SIZE, _MARGIN = (640, 400), 60
_COLOURS = {"loss": (31, 119, 180), "held_out": (214, 39, 40)}


@dataclass(slots=True, eq=False)
class Log:
    """Figures by step, in a folder."""

    folder: Path
    rows: list[tuple[int, float, str, float]] = field(default_factory=list)
    _board: Any = None

    @classmethod
    def of(cls, folder: Path, steps: int) -> Log:
        """Return the log of a folder, as far as it goes up to a step, or an empty one."""
        log = cls(folder)
        path = folder / CSV
        if steps and path.exists():
            try:
                with path.open(newline="", encoding="utf-8") as file:
                    rows = list(csv.reader(file))[1:]
                log.rows = [(int(a), float(b), c, float(d)) for a, b, c, d in rows]
                log.rows = [row for row in log.rows if row[0] <= steps]
            except (OSError, ValueError):
                raise FileError(f"{path}: is no log of a training, or damaged") from None
        log._board = _board(folder)
        return log

    def add(self, step: int, seconds: float, figures: Mapping[str, float]) -> None:
        """Write figures down."""
        for name, value in figures.items():
            self.rows.append((step, seconds, name, value))
            if self._board is not None:
                self._board.add_scalar(name, value, step)

    def write(self) -> None:
        """Write CSV and curve, in the place of what was there."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(_COLUMNS)
        writer.writerows((a, f"{b:.2f}", c, f"{d:.8g}") for a, b, c, d in self.rows)
        files = {self.folder / CSV: text.getvalue().encode()}
        files[self.folder / CURVE] = _png(curve(self.rows))
        write_files(files)

    def values(self, name: str) -> list[tuple[int, float]]:
        """Return the steps and values of a figure."""
        return [(step, value) for step, _, own, value in self.rows if own == name]


def _board(folder: Path) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return None
    return SummaryWriter(folder / "tensorboard")


def curve(rows: list[tuple[int, float, str, float]]) -> Array:
    """Return a plot (H, W, 3), uint8: loss (smoothed) and score against steps.

    Values are drawn by their logarithms, unless some are not above 0.
    """
    from PIL import Image, ImageDraw, ImageFont

    (width, height), margin = _SIZE, _MARGIN
    image = Image.new("RGB", _SIZE, "white")
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(size=12)
    lines = {
        name: _smooth([r for r in rows if r[2] == name and math.isfinite(r[3])])
        for name in _COLOURS
    }
    points = [point for line in lines.values() for point in line]
    if points:
        last = max(step for step, _ in points)
        values = [value for _, value in points]
        logarithmic = min(values) > 0
        low, high = (math.log10(f(values)) if logarithmic else f(values) for f in (min, max))
        low, high = low - 0.03, max(high, low + 0.1) + 0.03

        def place(step: float, value: float) -> tuple[float, float]:
            x = margin + (width - 2 * margin) * step / max(1, last)
            y = ((math.log10(value) if logarithmic else value) - low) / (high - low)
            return x, height - margin - (height - 2 * margin) * y

        for k in range(5):
            value = low + (high - low) * k / 4
            value = 10**value if logarithmic else value
            y = place(0, value)[1]
            draw.line([(margin, y), (width - margin, y)], fill=(225, 225, 225))
            draw.text((6, y - 7), f"{value:.3g}", fill="black", font=font)
            step = last * k / 4
            draw.text(
                (place(step, value)[0] - 12, height - margin + 6), f"{step:.0f}", "black", font
            )
        for k, (name, line) in enumerate(lines.items()):
            if len(line) > 1:
                draw.line([place(*point) for point in line], fill=_COLOURS[name], width=2)
            label = {"loss": "loss", "held_out": "score on held-out pictures"}[name]
            draw.text((margin + 10 + 90 * k, 20), label, fill=_COLOURS[name], font=font)
    draw.text((width - 2 * margin, height - 24), "steps", fill="black", font=font)
    draw.rectangle([margin, margin, width - margin, height - margin], outline=(120, 120, 120))
    return np.asarray(image)


def _smooth(rows: list[tuple[int, float, str, float]]) -> list[tuple[float, float]]:
    """Return at most some 100 points: means over steps."""
    size = max(1, len(rows) // 100)
    groups = [rows[k : k + size] for k in range(0, len(rows), size)]
    return [(float(np.mean([r[0] for r in g])), float(np.mean([r[3] for r in g]))) for g in groups]


def _png(pixels: Array) -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()
