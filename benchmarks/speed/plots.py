"""Time against megapixels, both logarithmic: one panel a system."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

#: Colours that keep their meaning from panel to panel; what is not here is grey.
_STYLES = {
    "varcolor": ("#d62728", "o", 2.6),
    "varcolor-auto": ("#ff9896", "o", 1.4),
    "pardiso": ("#1f77b4", "s", 1.3),
    "pardiso-spd": ("#6baed6", "s", 1.3),
    "cholmod": ("#17becf", "D", 1.3),
    "superlu": ("#9467bd", "v", 1.3),
    "pyamg-sa": ("#2ca02c", "^", 1.3),
    "pyamg-sa-1e-6": ("#74c476", "^", 1.3),
    "pyamg-rs": ("#98df8a", "^", 1.3),
    "pymatting-vcycle": ("#8c564b", "P", 1.3),
    "pymatting-ichol": ("#c49c94", "P", 1.3),
    "skimage-cg_mg": ("#bcbd22", "x", 1.3),
    "skimage-cg_j": ("#dbdb8d", "x", 1.3),
    "jacobi-cg": ("#7f7f7f", "*", 1.3),
    "opencv-fgs": ("#000000", ".", 1.1),
    "opencv-dt": ("#888888", ".", 1.1),
}


def plot(rows: list[dict[str, Any]], folder: Path, name: str) -> None:
    """Write ``name``.png and ``name``.svg: the first photo and cues, the most threads."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt
    from matplotlib.ticker import FuncFormatter

    timed = [row for row in rows if row.get("seconds") is not None]
    if not timed:
        return
    first, threads = timed[0], max(row["threads"] for row in timed)
    fixed = {"photo": first["photo"], "cues": first["cues"], "threads": threads}
    timed = [row for row in timed if all(row[key] == value for key, value in fixed.items())]
    systems = list(dict.fromkeys(row["system"] for row in timed))
    wide = min(2, len(systems))
    deep = math.ceil(len(systems) / wide)
    figure, panels = plt.subplots(
        deep,
        wide,
        figsize=(4.1 * wide + 1.9, 3.4 * deep + 0.3),
        sharex=True,
        sharey=True,
        squeeze=False,
        layout="constrained",
    )
    drawn: dict[str, Any] = {}
    for axes, system in zip(panels.flat, systems, strict=False):
        for solver, (color, marker, width) in _STYLES.items():
            line = sorted(
                (row["pixels"] / 1e6, row["seconds"])
                for row in timed
                if row["system"] == system and row["solver"] == solver
            )
            if line:
                dashes = ":" if solver.startswith("opencv") else "-"
                drawn[solver] = axes.plot(
                    *zip(*line, strict=True),
                    color=color,
                    marker=marker,
                    markersize=4,
                    linewidth=width,
                    linestyle=dashes,
                    zorder=3 if solver == "varcolor" else 2,
                )[0]
        axes.set(xscale="log", yscale="log", title=system)
        sizes = sorted({row["size"] for row in timed})
        axes.set_xticks(sizes, [f"{size:g}" for size in sizes])
        axes.minorticks_off()
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.grid(alpha=0.3)
    for axes in panels.flat[len(systems) :]:
        axes.set_visible(False)
    for axes in panels[-1]:
        axes.set_xlabel("megapixels")
    for axes in panels[:, 0]:
        axes.set_ylabel("seconds")
    labels = [f"{s} (another model)" if s.startswith("opencv") else s for s in drawn]
    figure.legend(drawn.values(), labels, loc="outside right center", fontsize=8, frameon=False)
    plural = "" if threads == 1 else "s"
    figure.suptitle(f"Seconds for one photo, {threads} thread{plural}, cues {first['cues']}")
    for extension in ("png", "svg"):
        figure.savefig(folder / f"{name}.{extension}", dpi=130)
    plt.close(figure)
