"""``python -m benchmarks.readme``: put the committed results into the README and its pages."""

from __future__ import annotations

import json
import statistics
import textwrap
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
RESULTS = Path(__file__).parent / "results"


def load(name: str) -> list[dict[str, Any]]:
    """Return the rows of a committed result."""
    rows: list[dict[str, Any]] = json.loads((RESULTS / f"{name}.json").read_text())["rows"]
    return rows


def parity() -> str:
    """Return the table of the largest differences to the loops, by solver."""
    lines = [
        "| solver | largest difference in Y, I, Q (0..1) | tolerance |",
        "|---|---|---|",
    ]
    for solver in ("direct", "multigrid", "amg", "cg"):
        rows = [row for row in load("levin-parity") if row["solver"] == solver]
        worst = max(row["largest YIQ difference"] for row in rows)
        lines.append(f"| `{solver}` | {worst:.1e} | {0.5 / 255:.1e} |")
    return "\n".join(lines)


def cli() -> str:
    """Return the table of whole runs on a large photo."""
    lines = [
        "| method | solver | seconds | peak memory | error | PSNR grey → coloured |",
        "|---|---|---|---|---|---|",
    ]
    for row in load("cli-large"):
        lines.append(
            f"| `{row['method']}` | `{row['solver']}` | {row['seconds, whole process']:.0f} | "
            f"{row['peak MB'] / 1000:.1f} GB | {row['error / 255']:.2f}/255 | "
            f"{row['PSNR grey']:.1f} → {row['PSNR coloured']:.1f} dB |"
        )
    return "\n".join(lines)


def law() -> str:
    """Return one sentence about the luma law and two about the start."""
    rows = load("luma-law")
    broken = sum(row["pixels with another grey"] for row in rows)
    pixels = sum(row["pixels"] for row in rows)
    pictures = rows[0]["pictures"]
    start = {row["command"]: row for row in load("startup")}
    ratio = start["varcolor --help"]["times python -c pass"]
    seconds = start["varcolor --help"]["seconds"]
    photo = load("startup-photo")
    rest = max(row["later, less the solver"] for row in photo)
    first = max(row["first run ever"] for row in photo)
    return (
        f"{broken} of {pixels / 1e6:.0f} million pixels in {pictures} pictures x 3 spaces x 2 "
        f"depths had another grey than before.\n`varcolor --help` takes {seconds:.2f} s, "
        f"{ratio:.0f} times `python -c pass`. To colour a photo of {photo[0]['MP']:g} MP\nthe "
        f"command line takes {rest:.1f} s beside the solve; the first time on a machine, "
        f"when\nthe solver is compiled, {first:.0f} s in all."
    )


def hints() -> str:
    """Return PSNR and paired gains at some numbers of hints."""
    summary = json.loads((RESULTS / "hints.json").read_text())["summary"]
    counts = (1, 10, 50, 100, 200, 501)
    cell = {(row["method"], row["hints"]): row for row in summary}
    methods = list(dict.fromkeys(row["method"] for row in summary))
    lines = [
        "| hints | " + " | ".join(map(str, counts)) + " |",
        "|---" * (len(counts) + 1) + "|",
        f"| {methods[0]}, dB | "
        + " | ".join(f"{cell[methods[0], c]['psnr']:.2f}" for c in counts)
        + " |",
    ]
    for method in methods[1:]:
        gains = (cell[method, c] for c in counts)
        texts = (f"{g['gain']:+.2f} ± {g['gain s.e.']:.2f}" for g in gains)
        lines.append(f"| {method} | " + " | ".join(texts) + " |")
    return "\n".join(lines)


def energies() -> str:
    """Return which energies do best, and whether that is enough for a method of its own."""
    text: str = json.loads((RESULTS / "energies.json").read_text())["verdict"]
    return textwrap.fill(text, 100)


def variation() -> str:
    """Return how long total variation takes at one megapixel, against `harmonic`."""
    rows = [r for r in load("energies-speed") if r["megapixels"] == 1 and r["gap asked"] == 1e-3]
    rows.sort(key=lambda row: float(row["times harmonic"]))
    times = [f"`{row['method']}` {row['times harmonic']:.0f} times" for row in rows]
    what = "as long as `harmonic` for a photo of one megapixel."
    return textwrap.fill(f"{', '.join(times[:-1])} and {times[-1]} {what}", 100)


def speed(size: float = 1.0) -> str:
    """Return varcolor's seconds at a size, and how many times as long every rival took."""
    rows = [row for row in load("speed") if row["size"] == size and row["cues"] == "a"]
    most = max(row["threads"] for row in rows)
    photo = rows[0]["photo"]
    rows = [row for row in rows if row["threads"] == most and row["photo"] == photo]
    cell = {(row["solver"], row["system"]): row for row in rows}
    systems = list(dict.fromkeys(row["system"] for row in rows))
    lines = [f"| solver | {' | '.join(systems)} |", "|---" * (len(systems) + 1) + "|"]
    for solver in dict.fromkeys(row["solver"] for row in rows):
        texts = (_speed_cell(cell.get((solver, system))) for system in systems)
        lines.append(f"| {solver} | {' | '.join(texts)} |")
    return "\n".join(lines)


def _speed_cell(row: dict[str, Any] | None) -> str:
    if row is None or row.get("seconds") is None:
        return "" if row is None else str(row["status"])
    error = row.get("max error")
    within = "" if error is None else f" ({error:.1g})"
    if row["solver"] == "varcolor" or row.get("ratio") is None:
        return f"{row['seconds']:.2g} s{within}"
    return f"x {row['ratio']:.2g}{within}"


def codec() -> str:
    """Return PSNR at some sizes, and how many times our bytes the others need for it."""
    summary = json.loads((RESULTS / "codec.json").read_text())
    budgets = (100, 250, 500, 1000, 2000, 4000)
    at = [summary["budgets"].index(b) for b in budgets]
    means, ratios = summary["means"], summary["ratios"]
    lines = ["| bytes of colour | " + " | ".join(map(str, budgets)) + " |", "|---" * 7 + "|"]
    for score, name, digits in (("psnr", "PSNR RGB, dB", 2), ("ciede2000", "mean CIEDE2000", 2)):
        values = means[score]["varcolor"]
        lines.append(f"| **{name}** | " + " | ".join(f"{values[k]:.{digits}f}" for k in at) + " |")
    counts = summary["pictures by codec"]
    for peer, values in ratios.items():
        if None in (values[k] for k in at):  # measured at few bytes only
            continue
        low = summary["ratios are at least"][peer]
        texts = " | ".join(f"{'≥ ' if low[k] else ''}{values[k]:.1f} times" for k in at)
        some = "" if counts[peer] == counts["varcolor"] else f" ({counts[peer]} of the pictures)"
        lines.append(f"| {peer}{some} needs | {texts} |")
    return "\n".join(lines)


def batches() -> str:
    """Return what long runs, kills, watched folders and pictures in parts have shown."""
    many = json.loads((RESULTS / "batch.json").read_text())
    (kills,), (watch,) = load("batch-kills"), load("batch-watch")
    count = sum(kills[name] for name in kills if name.startswith("killed: "))
    wrong = sum(kills[name] for name in ("missing", "differ", "besides", "rows"))
    missed = sum(watch[name] for name in ("missing", "besides", "differ", "done too often"))
    hit = ", ".join(
        f"{kills[f'killed: {name}']} of {words}"
        for name, words in (
            ("program", "the program"),
            ("worker", "a worker"),
            ("all", "all"),
            ("scheduler", "a cluster's scheduler"),
        )
    )
    lines = [
        f"- {many['photos']:,} photos in one run, {many['broken']} of them broken in ten ways: "
        f"{len(many['not as expected'])} with another outcome than that; {many['differ']} of "
        f"{many['compared bit for bit']:,} differ from the single photo's; "
        f"{many['of jobs x one process']:.2f} of the speed of {many['jobs']} processes that do one "
        "after the other; the last tenth takes "
        f"{many['last tenth against second']:.2f} of the second's memory.",
        f"- {count} kills ({hit}) in {kills['runs']} runs of {kills['photos']} photos: {wrong} "
        "files or rows of the journal missing, half-written, swapped or there twice.",
        f"- {watch['photos']} photos that came into a watched folder: {missed} not taken once and "
        f"whole; waiting costs {watch['waiting, part of a core']:.1%} of a core.",
        "",
        "| method | picture | `--memory` | tiles | sweeps | CPU s | peak memory | in one piece, "
        "CPU s | peak memory then | speed against it | largest difference |",
        "|---" * 11 + "|",
    ]
    for row in load("tiled"):
        whole = ["", "", "", ""]
        if row["in one piece, CPU s"] is not None:
            whole = [
                f"{row['in one piece, CPU s']:.0f}",
                f"{row['peak MB then'] / 1000:.1f} GB",
                f"{row['speed against it']:.2f}x",
                f"{row['largest difference']}/255",
            ]
        cells = [
            row["method"],
            f"{row['megapixels']:.0f} MP",
            row["memory"],
            str(row["tiles"]),
            str(row["sweeps"]),
            f"{row['CPU s']:.0f}",
            f"{row['peak MB'] / 1000:.2f} GB",
            *whole,
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def films() -> str:
    """Return how near films come to the truth, by keys, way and size."""
    sizes = {"854 x 480": "film-full", "284 x 160": "film-third", "142 x 80": "film"}
    rows = {
        size: {(row["keys"], row["way"]): row for row in load(name)} for size, name in sizes.items()
    }
    lines = [
        f"| keys | way | {' | '.join(f'{size}, dB' for size in sizes)} | CIEDE2000 | warp error | "
        "CDC |",
        "|---" * (len(sizes) + 5) + "|",
    ]
    kinds = dict.fromkeys(key for own in rows.values() for key in own)
    order = list(dict.fromkeys(keys for keys, _ in kinds))
    for keys, way in sorted(kinds, key=lambda kind: order.index(kind[0])):
        found = [own.get((keys, way)) for own in rows.values()]
        first = next(row for row in found if row is not None)
        cells = [_film_cell(row) for row in found]
        measures = (first[name] for name in ("CIEDE2000", "warp error", "CDC"))
        lines.append(f"| {keys} | {way} | {' | '.join(cells)} | {' | '.join(measures)} |")
    gains = [_second_key(f"{name}-clips", size) for size, name in sizes.items()]
    said = f"A second key, on the last frame, adds {', '.join(gains)}."
    return "\n".join([*lines, "", textwrap.fill(said, 100)])


def _film_cell(row: dict[str, Any] | None) -> str:
    if row is None or row["way"] == "truth":
        return "" if row is None else "-"
    few = "" if row["clips"] == 5 else f" ({row['clips']} clips)"
    return f"{row['PSNR dB']} ± {row['s.e.']}{few}"


def _second_key(name: str, size: str) -> str:
    """Return what two keys are worth on the clips that both were measured on."""
    rows = {(row["keys"], row["clip"]): row for row in load(name) if row["way"] == "sweep"}
    two = {clip: row["psnr"] for (keys, clip), row in rows.items() if "last" in keys}
    gains = [value - rows["300 points", clip]["psnr"] for clip, value in two.items()]
    mean, error = statistics.mean(gains), statistics.stdev(gains) / len(gains) ** 0.5
    return f"{mean:.2f} ± {error:.2f} dB at {size} ({len(gains)} clips)"


def film_cost() -> str:
    """Return sentences about speed and memory of films."""
    rows = {(row["part"], row["way"], row["frames"]): row for row in load("film-cost")}
    said = []
    for (part, way, frames), row in rows.items():
        if part == "speed":
            said.append(
                f"{way}, {frames} frames of {row['size']}: {row['frames/s']:.2g} frames a second "
                f"on two threads, which had {row['cores']:.1f} cores on the mean; "
                f"{row['CPU s/frame']:.2g} CPU seconds a frame."
            )
    memory = [row for row in rows.values() if row["part"] == "memory"]
    told = ", ".join(f"{row['peak MB']} MB for {row['frames']} frames" for row in memory)
    said.append(f"Peak memory at {memory[0]['size']}: {told}.")
    text = " ".join(own[0].upper() + own[1:] for own in said)
    return textwrap.fill(text, 100)


def film_cases() -> str:
    """Return sentences about cuts and what enters late."""
    rows = load("film-cases")
    cuts = [row for row in rows if row["case"].startswith("cut")]
    behind = max(row["colour behind"] for row in cuts)
    right = sum(row["cuts found at"] == "15" for row in cuts)
    said = [
        f"Of {len(cuts)} cuts {right} are found, and no other; behind them R, G and B differ by "
        f"{behind} of 255 at most."
    ]
    for row in rows:
        if row["clip"] == "mean":
            said.append(
                f"Of a disc with another picture that enters late, at {row['size']}, "
                f"{row['object reported']:.0%} ± {row['object reported, s.e.']:.0%} is reported as "
                f"reached by no key (of the rest {row['rest reported']:.0%}); its colour is "
                f"{row['object' + chr(39) + 's colour']:.0f} levels strong on the mean, in truth "
                f"{row['its true colour']:.0f}."
            )
    return textwrap.fill(" ".join(said), 100)


PARTS = {
    "films": films,
    "film-cost": film_cost,
    "film-cases": film_cases,
    "hints": hints,
    "energies": energies,
    "variation": variation,
    "parity": parity,
    "cli": cli,
    "law": law,
    "speed": speed,
    "codec": codec,
    "batches": batches,
}


def rendered(text: str) -> str:
    """Return a page with every marked part replaced."""
    for name, make in PARTS.items():
        begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
        if begin not in text:
            continue
        head, _, rest = text.partition(begin)
        _, _, tail = rest.partition(end)
        text = f"{head}{begin}\n{make()}\n{end}{tail}"
    return text


def pages() -> list[Path]:
    """Return the README and the pages that it leads to."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


if __name__ == "__main__":
    for page in pages():
        page.write_text(rendered(page.read_text()))
