"""What the rows of all pictures say together."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np

from benchmarks.codec.measure import BUDGETS, OURS, RAW_GRID
from benchmarks.codec.peers import PEERS

#: In the order of the tables.
CODECS = (OURS, *(peer.name for peer in PEERS), RAW_GRID)
SCORES = {
    "ciede2000": ("mean CIEDE2000", 2),
    "psnr": ("PSNR RGB, dB", 2),
    "psnr ab": ("PSNR of a*, b* (peak 255), dB", 2),
    "ssim": ("SSIM of chroma", 4),
}

Rows = list[dict[str, Any]]


def report(rows: Rows) -> tuple[str, dict[str, Any]]:
    """Return a text with tables, and the numbers."""
    table: dict[tuple[str, str], Rows] = defaultdict(list)
    for row in rows:
        table[row["codec"], row["picture"]].append(row)
    codecs = [c for c in CODECS if any(codec == c for codec, _ in table) and c != RAW_GRID]
    pictures = sorted({row["picture"] for row in rows if row["codec"] == OURS})
    has = {c: [p for p in pictures if (c, p) in table] for c in codecs}
    names = {c: _named(c, len(has[c]), len(pictures)) for c in codecs}
    at = {
        (codec, picture, score): _at(table[codec, picture], score)
        for codec in codecs
        for picture in has[codec]
        for score in SCORES
    }
    lines: list[str] = []
    means: dict[str, dict[str, list[float | None]]] = {}
    for score, (title, digits) in SCORES.items():
        found = {c: np.mean([at[c, p, score] for p in has[c]], axis=0) for c in codecs if has[c]}
        means[score] = {c: _plain(mean) for c, mean in found.items()}
        over = f"{title}, mean over {len(pictures)} pictures"
        lines += _table(over, "bytes", {names[c]: _cells(m, digits) for c, m in found.items()})
    peers = [c for c in codecs if c != OURS and has[c]]
    ratios, at_least, cells = {}, {}, {}
    for codec in peers:
        values = np.array([_ratios(table[OURS, p], table[codec, p]) for p in has[codec]])
        mean = np.exp(np.mean(np.log(values[:, 0]), axis=0))
        ratios[codec] = _plain(mean)
        at_least[codec] = [bool(v) for v in values[:, 1].any(axis=0)]
        texts = zip(_cells(mean, 2), at_least[codec], strict=True)
        cells[names[codec]] = [f"≥ {v}" if low and v != "–" else v for v, low in texts]
    title = "Bytes of others / ours at equal PSNR (geometric mean)"
    lines += _table(title, "our bytes", cells)
    lost = {
        codec: [
            [p for p in has[codec] if at[codec, p, "psnr"][k] > at[OURS, p, "psnr"][k]]
            for k in range(len(BUDGETS))
        ]
        for codec in peers
    }
    anyone = [sorted({p for c in peers for p in lost[c][k]}) for k in range(len(BUDGETS))]
    cells = {names[c]: [str(len(v)) for v in lost[c]] for c in peers}
    cells["**any of them**"] = [str(len(v)) for v in anyone]
    lines += _table("Pictures on which a peer has the higher PSNR", "bytes", cells)
    grid = _raw_grid(table, pictures)
    lines += ["**Raw grid of cues (2 bytes each) with Levin's method, its bytes / ours**", ""]
    lines += [
        f"- {size} bytes: {g['psnr']:.2f} dB on {g['pictures']} pictures; "
        f"{g['ratio']:.0f} times our bytes at equal PSNR (geometric mean; least {g['least']:.0f})"
        for size, g in grid.items()
    ]
    lines += ["", "Times: [codec-times.md](codec-times.md)."]
    summary = {
        "budgets": list(BUDGETS),
        "means": means,
        "ratios": ratios,
        "ratios are at least": at_least,
        "pictures by codec": {c: len(has[c]) for c in codecs},
        "lost": anyone,
        "lost by codec": lost,
        "raw grid": grid,
    }
    return "\n".join(lines) + "\n", summary


def _table(title: str, corner: str, cells: dict[str, list[str]]) -> list[str]:
    lines = [f"**{title}**", "", f"| {corner} | " + " | ".join(map(str, BUDGETS)) + " |"]
    lines.append("|---" * (1 + len(BUDGETS)) + "|")
    lines += [f"| {name} | " + " | ".join(row) + " |" for name, row in cells.items()]
    return [*lines, ""]


def _cells(values: Any, digits: int) -> list[str]:
    return ["–" if np.isnan(v) else f"{v:.{digits}f}" for v in values]


def _plain(values: Any) -> list[float | None]:
    return [None if np.isnan(v) else float(v) for v in values]


def _named(codec: str, count: int, whole: int) -> str:
    """Return a codec's name, with the number of its pictures where some are missing."""
    return codec if count == whole else f"{codec} ({count} of the pictures)"


def _at(rows: Rows, score: str) -> Any:
    """Return a score at the budgets, interpolated over log bytes; NaN where rows do not reach."""
    rows = sorted(rows, key=lambda row: row["bytes"])
    return np.interp(
        np.log(BUDGETS),
        np.log([row["bytes"] - 1e-6 for row in rows]),
        [row[score] for row in rows],
        right=None if rows[0]["codec"] == OURS else np.nan,
    )


def _ratios(own: Rows, other: Rows) -> Any:
    """Return, per budget, the bytes that another codec needs for our PSNR, over ours.

    And whether it needs even more, as none of its files is as good; codecs that were measured at
    few bytes only have NaN then.
    """
    own = sorted(own, key=lambda row: row["bytes"])[-len(BUDGETS) :]
    other = sorted(other, key=lambda row: row["psnr"])
    psnr = np.array([row["psnr"] for row in other])
    size = np.log([row["bytes"] for row in other])
    wanted = np.array([row["psnr"] for row in own])
    beyond = wanted > psnr[-1]
    right = None if size[-1] > np.log(BUDGETS[-1]) else np.nan
    needed = np.interp(wanted, psnr, size, right=right)
    return np.exp(needed) / np.array([row["bytes"] for row in own]), beyond


def _raw_grid(table: Any, pictures: list[str]) -> dict[int, dict[str, float]]:
    found: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for picture in pictures:
        own = sorted(table[OURS, picture], key=lambda row: row["psnr"])
        psnr, size = [r["psnr"] for r in own], np.log([r["bytes"] for r in own])
        for row in table.get((RAW_GRID, picture), ()):
            needed = float(np.exp(np.interp(row["psnr"], psnr, size)))
            found[row["bytes"]].append((row["psnr"], row["bytes"] / needed))
    return {
        size: {
            "pictures": len(values),
            "psnr": float(np.mean([p for p, _ in values])),
            "ratio": float(np.exp(np.mean([np.log(r) for _, r in values]))),
            "least": min(r for _, r in values),
        }
        for size, values in found.items()
    }
