"""The curve of PSNR against the number of hints."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.quality.summary import SIGGRAPH17


def plot(summary: list[dict[str, Any]], methods: Sequence[str], folder: Path, name: str) -> None:
    """Write ``name``.png and ``name``.svg: mean PSNR with its standard error, by method."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(7.5, 5), layout="constrained")
    for method in methods:
        rows = [row for row in summary if row["method"] == method and row["hints"] > 0]
        axes.errorbar(
            [row["hints"] for row in rows],
            [row["psnr"] for row in rows],
            [row["psnr s.e."] for row in rows],
            label=method,
            capsize=2,
            marker="o",
            markersize=3,
        )
    if name == "hints":
        counts = [count for count in SIGGRAPH17 if count > 0]
        axes.plot(
            counts,
            [SIGGRAPH17[count] for count in counts],
            "k--",
            label="SIGGRAPH17 as published (1000 other pictures)",
        )
    axes.set_xscale("log")
    counts = sorted({row["hints"] for row in summary if row["hints"] > 0})
    axes.set_xticks(counts, [str(count) for count in counts])
    axes.minorticks_off()
    axes.set_xlabel("hints")
    axes.set_ylabel("PSNR over RGB, dB (mean ± standard error)")
    axes.grid(alpha=0.3)
    axes.legend(fontsize=9)
    for extension in ("png", "svg"):
        figure.savefig(folder / f"{name}.{extension}", dpi=130)
    plt.close(figure)
