"""The tables of training.md."""

from __future__ import annotations

from typing import Any

_HEAD = """# Short trainings of every configuration

What `python -m benchmarks.training --data DIR --work DIR` makes: every configuration of
[models/training](../../models/training), **narrower and for 300 to 3,000 steps of 8 pictures**,
on 64 x 64 cuts of {pictures} outdoor scenes (95 % of `train/intelscenes.zip`), one thread. They
show that every configuration trains and that its file works, and answer three questions at this
size; they are no measure of what the full networks can do. Measured on {count} held-out scenes of
{size} pixels, original L*, mean +- standard error over pictures; the gain is over the grey
picture, paired. "In the solver": automatic colouring (no cue) of {solved} pictures of bsds500/val
at full size with the run as `--prior`; they are of another kind than those that were trained on.
"""


def _pm(mean: float, error: float, digits: int = 2) -> str:
    return f"{mean:.{digits}f} ± {error:.{digits}f}"


def text_of(result: dict[str, Any]) -> str:
    """Return the report."""
    rows = {row["name"]: row for row in result["rows"]}
    some = next(iter(rows.values()))
    lines = [
        _HEAD.format(
            pictures=3850 - some["held_out"],
            count=some["pictures"],
            size=result["size"],
            solved=some["solver"]["pictures"],
        )
    ]
    gray = some["mean"]
    lines += [
        f"Grey pictures: PSNR {gray['psnr_grey']:.2f} dB, CIEDE2000 {gray['ciede2000_grey']:.2f}; "
        f"originals: colourfulness {gray['colourfulness_true']:.1f}, "
        f"{some['bins_original']} bins of 8 x 8 units of a*, b*.",
        "",
        "| run | weights, million | steps | pictures seen | minutes | loss, first → last "
        "| PSNR, dB | gain, dB | CIEDE2000 | colourfulness | bins | in the solver, dB |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    lines += [_row(row) for row in rows.values()]
    hints = rows.get("ideepcolor", {}).get("with_10_hints")
    if hints:
        lines += [
            "",
            "`ideepcolor` with 10 hints (6 x 6 pixels) has "
            f"{_pm(hints['mean']['psnr'], hints['standard_error']['psnr'])} dB, "
            f"{_pm(hints['gain_over_grey'], hints['gain_error'])} over grey.",
        ]
    lines += ["", *_questions(rows), "", _machine(result["machine"])]
    return "\n".join(lines) + "\n"


def _row(row: dict[str, Any]) -> str:
    mean, error = row["mean"], row["standard_error"]
    solver = row["solver"]
    cells = [
        f"`{row['name']}`",
        f"{row['parameters'] / 1e6:.2f}",
        str(row["steps"]),
        str(row["pictures_seen"]),
        f"{row['minutes']:.1f}",
        f"{row['first_loss']:.4g} → {row['last_loss']:.4g}",
        _pm(mean["psnr"], error["psnr"]),
        _pm(row["gain_over_grey"], row["gain_error"]),
        _pm(mean["ciede2000"], error["ciede2000"]),
        _pm(mean["colourfulness"], error["colourfulness"], 1),
        str(row["bins_result"]),
        _pm(solver["gain"], solver["gain_error"]),
    ]
    return "| " + " | ".join(cells) + " |"


def _questions(rows: dict[str, dict[str, Any]]) -> list[str]:
    lines: list[str] = []
    if {"colornet-l", "colornet-gray"} <= rows.keys():
        lines += [
            "## Grey or L* as input?",
            "",
            "The author of ColorNet found flow 2 (L*) better than flow 1 (grey). At use flow 1 "
            "took 100 times the grey level for L*.",
            "",
            "| input | PSNR with the true L*, dB | with 100 x grey level as L*, dB | lost, dB |",
            "|---|---|---|---|",
        ]
        for name in ("colornet-l", "colornet-gray"):
            own = rows[name]["merged"]
            lost = _pm(own["difference"], own["difference_error"])
            lines.append(
                f"| `{name}` | {own['psnr_true_light']:.2f} | {own['psnr_level_as_light']:.2f} | "
                f"{lost} |"
            )
        lines.append("")
    for name in ("eccv16", "poster-394"):
        pair = rows.get(name), rows.get(f"{name}-unweighted")
        if pair[0] and pair[1]:
            lines += _rebalancing(name, pair[0], pair[1], first=name == "eccv16")
    lines += _temperatures([row for row in rows.values() if "temperatures" in row])
    boards = [row for row in rows.values() if "checkerboard" in row]
    if boards:
        lines += [
            "",
            "## Transposed or resize-convolutions?",
            "",
            "Power of a*, b* at the Nyquist frequency (at least 0.47 cycles a pixel in rows or "
            "columns, Hann window, units of CIELAB squared), and as a part of the variance of the "
            "answer.",
            "",
            "| run | power | part of the variance | of the originals |",
            "|---|---|---|---|",
        ]
        for row in boards:
            own = row["checkerboard"]
            lines.append(
                f"| `{row['name']}` | {_pm(own['energy'], own['energy_error'], 4)} | "
                f"{_pm(own['of_variance'], own['of_variance_error'], 5)} | {own['original']:.3f} |"
            )
    return lines


def _rebalancing(name: str, on: dict[str, Any], off: dict[str, Any], first: bool) -> list[str]:
    lines = []
    if first:
        lines += [
            "## Rebalancing on or off?",
            "",
            "| run | rebalancing | colourfulness | bins used | PSNR, dB | CIEDE2000 |",
            "|---|---|---|---|---|---|",
        ]
    for word, row in (("on", on), ("off", off)):
        mean, error = row["mean"], row["standard_error"]
        lines.append(
            f"| `{name}` | {word} | {_pm(mean['colourfulness'], error['colourfulness'], 1)} | "
            f"{row['bins_result']} | {_pm(mean['psnr'], error['psnr'])} | "
            f"{_pm(mean['ciede2000'], error['ciede2000'])} |"
        )
    return lines


def _temperatures(found: list[dict[str, Any]]) -> list[str]:
    """Return the table of the annealed mean: gain over grey and colourfulness by temperature."""
    if not found:
        return []
    lines = [
        "",
        "## What the temperature of the annealed mean costs",
        "",
        "Gain over grey, dB, and colourfulness: a sharper mean is more colourful and further away.",
        "",
        "| run | " + " | ".join(f"T = {own['temperature']:g}" for own in found[0]["temperatures"]),
    ]
    lines[-1] += " |"
    lines.append("|---" * (1 + len(found[0]["temperatures"])) + "|")
    for row in found:
        cells = [
            f"{_pm(own['gain'], own['gain_error'])}, {own['colourfulness']:.1f}"
            for own in row["temperatures"]
        ]
        lines.append("| " + " | ".join([f"`{row['name']}`", *cells]) + " |")
    return lines


def _machine(own: dict[str, Any]) -> str:
    return (
        f"{own['processor']}, {own['cores']} cores shared with other work (minutes are by the "
        f"clock), one thread, Python {own['python']}, {own['date']}."
    )
