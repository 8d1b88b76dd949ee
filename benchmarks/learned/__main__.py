"""``python -m benchmarks.learned COMMAND --data DIR``.

run
    Paired gains of the prior `learned` over `gp` and the default: the protocols hints, icolorit and
    scribbles, and hints on greys that are dark, noisy, compressed or blurred (learned).
tune
    The same on held-out training pictures, by strength and power (learned-tuning).
calibrate
    Makes the table of the conformal intervals from held-out training pictures, in the package.
coverage
    Shares of pixels inside of the intervals, on the pictures of ``run``, which nothing was made
    with (learned-coverage).
ablate
    Parts of the network switched off, on held-out training pictures (learned-ablation).
curve
    PSNR of the held-out pictures of trainings, ``--runs``, by step (learned-longer).
codec
    Whether the codec's decoder would gain by the prior (learned-codec).
speed
    CPU seconds, wall seconds and memory (learned-speed).
held-out
    Prints the pictures that ``tune``, ``calibrate`` and ``ablate`` use, as a list for
    ``data.held_out_places`` of ``varcolor train learned``.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.learned import ablate, calibrate, codec, curve, speed, tune
from benchmarks.learned.greys import GREYS
from benchmarks.learned.rows import gains, rows
from benchmarks.learned.split import held_out
from benchmarks.quality.protocols import PROTOCOLS
from benchmarks.quality.summary import mean_and_error
from benchmarks.report import data_argument, data_folder, machine, rows_file, write_result

METHODS = ("gp", "default", "learned")
SUITES = (*PROTOCOLS, *GREYS)
#: Shares of pixels that the coverage is measured of.
LEVELS = (0.5, 0.8, 0.9, 0.95)


def run(arguments: argparse.Namespace) -> None:
    """Measure gains; those of other suites stay as they are."""
    target = arguments.out / "learned.json"
    kept = json.loads(target.read_text())["summary"] if target.exists() else []
    found: list[dict[str, Any]] = [row for row in kept if row["suite"] not in arguments.suites]
    for suite in arguments.suites:
        file = rows_file(arguments, f"learned-{arguments.seed}")
        if arguments.there:
            lines = file.read_text().splitlines()
            measured = [row for row in map(json.loads, lines) if row["suite"] == suite]
        else:
            measured = rows(
                file, suite, METHODS, data_folder(arguments), arguments.pictures, arguments.seed
            )
        for base in METHODS[:-1]:
            found += _compared(suite, measured, base)
    info = machine()
    document = {"machine": info, "seed": arguments.seed, "summary": found}
    target.write_text(json.dumps(document, indent=1) + "\n")
    footer = f"{info['processor']}, {info['cores']} cores, {info['date']}; seed {arguments.seed}."
    text = f"{_markdown(found)}\n\n{footer}\n"
    (arguments.out / "learned.md").write_text(text)
    print(text)


def _compared(suite: str, measured: list[dict[str, Any]], base: str) -> list[dict[str, Any]]:
    found = []
    for count, gain in gains(measured, "learned", base).items():
        mean, error = mean_and_error(gain)
        level = [
            row["psnr"]
            for row in measured
            if row["method"] == "learned" and (suite == "scribbles" or row["hints"] == count)
        ]
        found.append(
            {
                "suite": suite,
                "hints": count,
                "base": base,
                "pictures": len(gain),
                "learned": float(np.mean(level)),
                "gain": mean,
                "gain s.e.": error,
                "better": int((gain > 0).sum()),
                "worst": float(gain.min()),
            }
        )
    return found


def _markdown(summary: list[dict[str, Any]]) -> str:
    lines = [
        "| suite | hints | pictures | learned, dB | gain over gp, dB | better | worst, dB "
        "| gain over the default, dB | worst, dB |",
        "|" + "---|" * 9,
    ]
    of = {(row["suite"], row["hints"], row["base"]): row for row in summary}
    for (suite, count, base), row in of.items():
        if base != "gp":
            continue
        other = of[suite, count, "default"]
        hints = "all" if suite == "scribbles" else str(count)
        cells = [suite, hints, str(row["pictures"]), f"{row['learned']:.2f}"]
        cells += [f"{row['gain']:+.2f} ± {row['gain s.e.']:.2f}", str(row["better"])]
        cells += [f"{row['worst']:+.1f}"]
        cells += [f"{other['gain']:+.2f} ± {other['gain s.e.']:.2f}", f"{other['worst']:+.1f}"]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def coverage(arguments: argparse.Namespace) -> None:
    """Measure the coverage."""
    file = rows_file(arguments, f"learned-{arguments.seed}")
    measured = [json.loads(line) for line in file.read_text().splitlines()]
    found = calibrate.coverage([row for row in measured if row["suite"] == "hints"], LEVELS)
    write_result(arguments.out, "learned-coverage", found, list(found[0]))


def main() -> None:
    """Run one of the commands."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.learned", description=__doc__)
    parser.add_argument(
        "command",
        choices=(
            "run",
            "tune",
            "calibrate",
            "coverage",
            "speed",
            "ablate",
            "codec",
            "curve",
            "held-out",
        ),
    )
    data_argument(parser)
    parser.add_argument("--pictures", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--there", action="store_true", help="only sum up the rows that are there")
    parser.add_argument("--runs", nargs="+", type=Path, help="folders of trainings")
    parser.add_argument("--suites", nargs="+", choices=SUITES, default=list(SUITES))
    arguments = parser.parse_args()
    if arguments.command == "calibrate":
        calibrate.calibrate(data_folder(arguments), arguments.pictures)
    elif arguments.command == "tune":
        tune.tune(data_folder(arguments), arguments.pictures, arguments.out)
    elif arguments.command == "ablate":
        ablate.ablate(data_folder(arguments), arguments.pictures, arguments.out)
    elif arguments.command == "codec":
        table = codec.summary(list(codec.rows(data_folder(arguments), arguments.pictures)))
        write_result(arguments.out, "learned-codec", table, codec.COLUMNS)
    elif arguments.command == "curve":
        looks = curve.rows(arguments.runs, 1500)
        write_result(arguments.out, "learned-longer", looks, list(looks[0]))
    elif arguments.command == "held-out":
        print("\n".join(str(path.absolute()) for path in held_out(data_folder(arguments))))
    elif arguments.command == "speed":
        speed.speed(arguments.out)
    else:
        {"run": run, "coverage": coverage}[arguments.command](arguments)


if __name__ == "__main__":
    main()
