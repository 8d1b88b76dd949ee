"""``python -m benchmarks.quality --suite hints --methods plain harmonic levin --data DIR``.

Writes the rows of all cases, a summary with paired gains over the first method, a table, and for
the sweeps a plot. An interrupted run goes on where it stopped.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

from benchmarks.quality.plots import plot
from benchmarks.quality.protocols import FOLDERS, PROTOCOLS, picture_files
from benchmarks.quality.run import Suite, adapter, run
from benchmarks.quality.summary import checksum, markdown, mean_and_error, summarise, table
from benchmarks.report import data_argument, data_folder, machine

DEFAULT_METHODS = ("plain", "harmonic", "levin", "fgs", "domain-transform", "nearest")


def main() -> None:
    """Run a suite."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=__doc__)
    data_argument(parser)
    parser.add_argument("--suite", choices=tuple(PROTOCOLS), default="hints")
    parser.add_argument(
        "--methods", nargs="+", default=DEFAULT_METHODS, help="the first is the base"
    )
    parser.add_argument("--pictures", type=int, default=50, help="number of pictures [50]")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    arguments = parser.parse_args()
    data, out = data_folder(arguments), arguments.out
    methods = tuple(arguments.methods)
    for name in methods:
        adapter(name)  # a misspelt name is reported before anything runs
    suite = Suite(arguments.suite, data, methods, arguments.pictures, arguments.seed)
    rows = run(suite, out / f"{suite.protocol}.rows.jsonl", arguments.jobs)
    if suite.protocol == "scribbles":
        lines = ["| method | PSNR, dB | CIEDE2000 | bleeding |", "|---|---|---|---|"]
        for name in methods:
            values = [
                mean_and_error(
                    [v for group in table(rows, name, key).values() for v in group.values()]
                )
                for key in ("psnr", "ciede2000", "bleeding")
            ]
            lines.append(f"| {name} | " + " | ".join(f"{mean:.3g}" for mean, _ in values) + " |")
        summary, text = list(rows), "\n".join(lines)
    else:
        summary = summarise(rows, methods)
        text = markdown(summary, methods, suite.protocol == "hints")
        plot(summary, methods, out, suite.protocol)
    folder = data / FOLDERS[suite.protocol]
    info = machine()
    document = {
        "machine": info,
        "seed": suite.seed,
        "pictures": suite.pictures,
        "data": {"folder": FOLDERS[suite.protocol], "sha256": checksum(_files(folder, suite))},
        "summary": summary,
    }
    (out / f"{suite.protocol}.json").write_text(json.dumps(document, indent=1) + "\n")
    footer = f"{info['processor']}, {info['cores']} cores, {info['date']}; seed {suite.seed}."
    (out / f"{suite.protocol}.md").write_text(f"{text}\n\n{footer}\n")
    print(text)


def _files(folder: Path, suite: Suite) -> list[Path]:
    return picture_files(folder, suite.pictures, suite.seed)


if __name__ == "__main__":
    main()
