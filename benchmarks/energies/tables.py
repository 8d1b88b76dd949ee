"""Paired gains, and the tables that are committed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks.energies.run import Row
from benchmarks.quality.summary import mean_and_error


def gains(rows: Sequence[Row], base: Sequence[Row], value: str = "psnr") -> list[float]:
    """Return the differences of rows and base rows of the same cases."""
    before = {(row["picture"], row["hints"]): row[value] for row in base}
    return [row[value] - before[row["picture"], row["hints"]] for row in rows]


def summary(rows: Sequence[Row], base: Sequence[Row]) -> Row:
    """Return means and paired gains: by number of hints, and over all with the pictures' spread."""
    own = gains(rows, base)
    by_picture: dict[str, list[float]] = {}
    for row, gain in zip(rows, own, strict=True):
        by_picture.setdefault(row["picture"], []).append(gain)
    result: Row = {
        "setting": rows[0]["setting"],
        "pictures": len(by_picture),
        "gain": mean_and_error([float(np.mean(values)) for values in by_picture.values()]),
        "seconds": float(np.mean([row["seconds"] for row in rows])),
        "largest gap": max((row["gap"] for row in rows if row["status"] == "converged"), default=0),
        "not converged": sum(row["status"] != "converged" for row in rows),
        "by hints": {},
    }
    for count in sorted({row["hints"] for row in rows}):
        here = [k for k, row in enumerate(rows) if row["hints"] == count]
        result["by hints"][str(count)] = {
            "psnr": mean_and_error([rows[k]["psnr"] for k in here]),
            "gain": mean_and_error([own[k] for k in here]),
        }
    return result


def pair(found: Sequence[float], sign: str = "+") -> str:
    """Return a mean and its standard error as text."""
    return f"{found[0]:{sign}.2f} ± {found[1]:.2f}"


def gain_table(found: dict[str, Row], bases: Sequence[str]) -> str:
    """Return a row per energy: PSNR of the bases, gains of the others."""
    counts = list(next(iter(found.values()))["by hints"])
    lines = [
        "| energy | setting | "
        + " | ".join(f"{count} hints" for count in counts)
        + " | mean gain, dB | pictures | CPU s | largest gap | not converged |",
        "|---" * (len(counts) + 7) + "|",
    ]
    for name, row in found.items():
        own = name in bases
        cells = [
            f"{cell['psnr'][0]:.2f} dB" if own else pair(cell["gain"])
            for cell in row["by hints"].values()
        ]
        mean = "" if own else f"**{pair(row['gain'])}**"
        gap = f"{row['largest gap']:.0e}" if row["largest gap"] else ""
        lines.append(
            f"| {name} | {row['setting']} | {' | '.join(cells)} | {mean} | "
            f"{row['pictures']} | {row['seconds']:.1f} | {gap} | "
            f"{row['not converged'] or ''} |"
        )
    return "\n".join(lines)


def tuning_table(found: dict[str, list[Row]]) -> str:
    """Return a row per setting: gains on training pictures; the best of each energy is bold."""
    some = next(iter(found.values()))[0]
    counts = list(some["by hints"])
    lines = [
        "| energy | setting | "
        + " | ".join(f"{c} hints" for c in counts)
        + " | mean gain, dB | pictures |",
        "|---" * (len(counts) + 4) + "|",
    ]
    for name, rows in found.items():
        best = max(row["gain"][0] for row in rows)
        for row in rows:
            cells = " | ".join(f"{cell['gain'][0]:+.2f}" for cell in row["by hints"].values())
            mean = pair(row["gain"])
            mean = f"**{mean}**" if row["gain"][0] == best else mean
            lines.append(f"| {name} | {row['setting']} | {cells} | {mean} | {row['pictures']} |")
    return "\n".join(lines)


def stroke_table(found: dict[str, list[Row]]) -> str:
    """Return means over the scribbled pictures."""
    lines = [
        "| energy | setting | PSNR, dB | CIEDE2000 | bleeding | CPU s |",
        "|---|---|---|---|---|---|",
    ]
    for name, rows in found.items():
        mean = {
            key: float(np.mean([row[key] for row in rows]))
            for key in ("psnr", "ciede2000", "bleeding", "seconds")
        }
        lines.append(
            f"| {name} | {rows[0]['setting']} | {mean['psnr']:.2f} | {mean['ciede2000']:.3f} | "
            f"{mean['bleeding']:.3f} | {mean['seconds']:.1f} |"
        )
    return "\n".join(lines)
