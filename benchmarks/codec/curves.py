"""The curves of rate and distortion as pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.codec.measure import OURS

_COLORS = {
    OURS: "#111111",
    "AVIF": "#c0392b",
    "WebP": "#2980b9",
    "JPEG XL e7": "#8e44ad",
    "JPEG 2000": "#16a085",
    "JPEG": "#d68910",
}
#: Least distance of labels, in parts of the axis.
_APART = 0.045


def curves(summary: dict[str, Any], folder: Path, name: str) -> None:
    """Write the curves of PSNR and CIEDE2000 as PNG and SVG, labelled at their ends."""
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = name
    from matplotlib import pyplot as plt

    counts = summary["pictures by codec"]
    figure, panels = plt.subplots(1, 2, figsize=(11, 4.8), layout="constrained")
    for axes, score, title in zip(
        panels,
        ("psnr", "ciede2000"),
        ("PSNR over RGB, dB", "mean CIEDE2000 (lower is better)"),
        strict=True,
    ):
        budgets = np.array(summary["budgets"])
        ends = []
        for codec, color in _COLORS.items():
            if counts.get(codec, 0) < counts[OURS]:
                continue
            values = np.array(summary["means"][score][codec], float)
            own = codec == OURS
            axes.plot(
                budgets,
                values,
                marker="o",
                markersize=4 if own else 3,
                linewidth=2.8 if own else 1.4,
                color=color,
                zorder=3 if own else 2,
            )
            ends.append((values[0], codec, color))
        axes.set_xscale("log")
        axes.set_xlim(30, 9500)
        axes.set_xticks(budgets, [str(b) for b in budgets])
        axes.minorticks_off()
        axes.set_xlabel("bytes of colour")
        axes.set_title(title, loc="left", fontsize=11)
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
        _label(axes, ends)
    for extension in ("png", "svg"):
        metadata = {"Date": None} if extension == "svg" else None
        figure.savefig(folder / f"{name}.{extension}", dpi=130, metadata=metadata)
    plt.close(figure)


def _label(axes: Any, ends: list[tuple[float, str, str]]) -> None:
    """Write the names of the curves left of their beginnings, apart from each other."""
    low, high = axes.get_ylim()
    apart = _APART * (high - low)
    place = -np.inf
    for value, codec, color in sorted(ends):
        place = max(value, place + apart)
        weight = "bold" if codec == OURS else "normal"
        axes.annotate(
            codec,
            (100, value),
            (90, place),
            ha="right",
            va="center",
            color=color,
            fontsize=9.5,
            fontweight=weight,
        )
