"""What the rows of all pictures say together."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.codec.measure import BUDGETS

SCORES = {
    "ciede2000": ("mean CIEDE2000", 2),
    "psnr": ("PSNR RGB, dB", 2),
    "psnr ab": ("PSNR of a*, b* (peak 255), dB", 2),
    "ssim": ("SSIM of chroma", 4),
}
#: A picture counts as lost to a peer from this difference on, in dB.
_MARGIN = 0.0


def report(rows: list[dict[str, Any]]) -> tuple[str, dict[str, Any]]:
    """Return a text with tables, and the numbers."""
    table: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        table[row["codec"], row["picture"]].append(row)
    codecs = [c for c in dict.fromkeys(row["codec"] for row in rows) if c != "raw grid"]
    pictures = sorted({row["picture"] for row in rows if row["codec"] == "varcolor"})
    has = {c: [p for p in pictures if (c, p) in table] for c in codecs}
    at = {
        (codec, picture, score): _at(table[codec, picture], score)
        for codec in codecs
        for picture in has[codec]
        for score in SCORES
    }
    lines: list[str] = []
    means: dict[str, dict[str, list[float | None]]] = {}
    for score, (title, digits) in SCORES.items():
        lines += [f"**{title}**, mean over {len(pictures)} pictures", ""]
        lines += ["| bytes | " + " | ".join(map(str, BUDGETS)) + " |", "|---" * 8 + "|"]
        means[score] = {}
        for codec in codecs:
            mean = np.mean([at[codec, p, score] for p in has[codec]], axis=0)
            means[score][codec] = [None if np.isnan(v) else float(v) for v in mean]
            name = _named(codec, len(has[codec]), len(pictures))
            lines.append(f"| {name} | " + " | ".join(f"{v:.{digits}f}" for v in mean) + " |")
        lines.append("")
    peers = [c for c in codecs if c != "varcolor"]
    ratios = {}
    lines += ["**Bytes of others / ours at equal PSNR** (geometric mean)", ""]
    lines += ["| our bytes | " + " | ".join(map(str, BUDGETS)) + " |", "|---" * 8 + "|"]
    for codec in peers:
        values = np.array([_ratios(table["varcolor", p], table[codec, p]) for p in has[codec]])
        ratios[codec] = [float(v) for v in np.exp(np.mean(np.log(values), axis=0))]
        name = _named(codec, len(has[codec]), len(pictures))
        lines.append(f"| {name} | " + " | ".join(f"{v:.2f}" for v in ratios[codec]) + " |")
    lines += ["", "**Pictures that lose to some peer** (PSNR)", ""]
    lines += ["| bytes | " + " | ".join(map(str, BUDGETS)) + " |", "|---" * 8 + "|"]
    lost = []
    for k in range(len(BUDGETS)):
        losers = [
            p
            for p in pictures
            if any(
                p in has[c] and at[c, p, "psnr"][k] > at["varcolor", p, "psnr"][k] + _MARGIN
                for c in peers
            )
        ]
        lost.append(losers)
    lines.append("| pictures | " + " | ".join(str(len(v)) for v in lost) + " |")
    grid = _raw_grid(table, pictures)
    if grid:
        lines += ["", "**Raw grid with Levin's method: its bytes / ours at equal PSNR**", ""]
        lines += [
            f"- {size} bytes: {g['psnr']:.2f} dB, {g['ratio']:.0f} times"
            for size, g in grid.items()
        ]
    own = [row for p in pictures for row in table["varcolor", p]]
    times = {k: float(np.mean([row[k] for row in own])) for k in ("encode s", "decode s")}
    lines += [
        "",
        f"Encode to a budget {times['encode s']:.2f} s, decode {times['decode s']:.2f} s "
        "(wall time, other jobs ran).",
    ]
    summary = {
        "budgets": list(BUDGETS),
        "means": means,
        "ratios": ratios,
        "pictures by codec": {c: len(has[c]) for c in codecs},
        "lost": lost,
        "raw grid": grid,
        "seconds": times,
    }
    return "\n".join(lines) + "\n", summary


def _named(codec: str, count: int, whole: int) -> str:
    """Return a codec's name, with the number of its pictures where some are missing."""
    return codec if count == whole else f"{codec} ({count} of the pictures)"


def _at(rows: list[dict[str, Any]], score: str) -> Any:
    """Return a score at the budgets, interpolated over log bytes; NaN where none are so small."""
    rows = sorted(rows, key=lambda row: row["bytes"])
    return np.interp(
        np.log(BUDGETS),
        np.log([row["bytes"] - 1e-6 for row in rows]),
        [row[score] for row in rows],
        left=np.nan if rows[0]["codec"] != "varcolor" else None,
    )


def _ratios(own: list[dict[str, Any]], other: list[dict[str, Any]]) -> Any:
    """Return, per budget, the bytes that another codec needs for our PSNR, over ours."""
    own = sorted(own, key=lambda row: row["bytes"])
    other = sorted(other, key=lambda row: row["psnr"])
    psnr = np.array([row["psnr"] for row in other])
    size = np.log([row["bytes"] for row in other])
    needed = np.interp([row["psnr"] for row in own], psnr, size)
    return np.exp(needed) / np.array([row["bytes"] for row in own])


def _raw_grid(table: Any, pictures: list[str]) -> dict[int, dict[str, float]]:
    found: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for picture in pictures:
        own = sorted(table["varcolor", picture], key=lambda row: row["psnr"])
        psnr, size = [r["psnr"] for r in own], np.log([r["bytes"] for r in own])
        for row in table.get(("raw grid", picture), ()):
            needed = float(np.exp(np.interp(row["psnr"], psnr, size)))
            found[row["bytes"]].append((row["psnr"], row["bytes"] / needed))
    return {
        size: {
            "psnr": float(np.mean([p for p, _ in values])),
            "ratio": float(np.exp(np.mean([np.log(r) for _, r in values]))),
        }
        for size, values in found.items()
    }


def curves(summary: dict[str, Any], folder: Path, name: str) -> None:
    """Write the curves of PSNR and CIEDE2000 as PNG and SVG."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, panels = plt.subplots(1, 2, figsize=(11, 4.6), layout="constrained")
    whole = summary["pictures by codec"]["varcolor"]
    for axes, score, label in zip(
        panels,
        ("psnr", "ciede2000"),
        ("PSNR over RGB, dB", "mean CIEDE2000 (lower is better)"),
        strict=True,
    ):
        for codec, values in summary["means"][score].items():
            if summary["pictures by codec"][codec] < whole:
                continue
            own = codec == "varcolor"
            axes.plot(
                summary["budgets"],
                values,
                label=codec,
                marker="o",
                markersize=3,
                linewidth=2.5 if own else 1.2,
                color="black" if own else None,
            )
        axes.set_xscale("log")
        axes.set_xticks(summary["budgets"], [str(b) for b in summary["budgets"]])
        axes.minorticks_off()
        axes.set_xlabel("bytes of colour")
        axes.set_ylabel(label)
        axes.grid(alpha=0.3)
    panels[0].legend(fontsize=9)
    for extension in ("png", "svg"):
        figure.savefig(folder / f"{name}.{extension}", dpi=130)
    plt.close(figure)
