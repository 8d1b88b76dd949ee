"""``python -m benchmarks.quality --suite hints --methods plain harmonic levin --data DIR``.

Writes the rows of all cases, a summary with paired gains over the first method, a table, and for
the sweeps a plot. An interrupted run goes on where it stopped.

``--suite strokes`` draws strokes as a person does (`benchmarks.quality.strokes`) and also measures
stains (`benchmarks.quality.stains`); ``--suite default`` checks the default method against harmonic
and gp on all suites (`benchmarks.quality.default`), on few pictures unless told. Their rows are
kept outside of the repository, in ``--rows``.

``--methods siggraph17 siggraph17-fused onnx:FILE`` are networks (`benchmarks.rivals.networks`,
`.onnx`). ``--suite lstep`` measures two objects of nearly equal lightness
(`benchmarks.quality.lstep`).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

from benchmarks.quality import default, lstep, stains
from benchmarks.quality.plots import plot
from benchmarks.quality.protocols import FOLDERS, PROTOCOLS, picture_files
from benchmarks.quality.run import Suite, adapter, run
from benchmarks.quality.strokes import COUNTS
from benchmarks.quality.summary import (
    checksum,
    cost_table,
    markdown,
    mean_and_error,
    summarise,
    table,
)
from benchmarks.report import data_argument, data_folder, machine, rows_file
from varcolor.errors import InputError, MissingExtra

DEFAULT_METHODS = ("plain", "harmonic", "levin", "fgs", "domain-transform", "nearest")
LSTEP_METHODS = (
    *("auto", "harmonic", "levin", "gtv", "plain"),
    *("random-walker", "fgs", "domain-transform", "nearest"),
)


def main() -> None:
    """Run a suite."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=__doc__)
    data_argument(parser)
    parser.add_argument(
        "--suite", choices=(*PROTOCOLS, "strokes", "default", "lstep"), default="hints"
    )
    parser.add_argument(
        "--methods", nargs="+", help="the first is the base; of strokes it is always harmonic"
    )
    parser.add_argument(
        "--pictures", type=int, help="number of pictures [50, strokes: 100, default: 10 to 12]"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--counts", type=int, nargs="+", help="numbers of strokes [3 6 12 25 40]")
    parser.add_argument("--side", type=int, default=0, help="shrink the pictures of strokes to it")
    parser.add_argument("--weights", help="folder of the weights of networks [VARCOLOR_WEIGHTS]")
    arguments = parser.parse_args()
    if arguments.weights:
        os.environ["VARCOLOR_WEIGHTS"] = arguments.weights  # for the processes, too
    own = {"strokes": run_strokes, "default": run_default, "lstep": run_lstep}
    try:
        if arguments.suite in own:
            own[arguments.suite](arguments)
        else:
            run_protocol(arguments)
    except (InputError, MissingExtra) as error:  # a misspelt name, or weights that are not here
        sys.exit(f"benchmarks.quality: {error}")


def run_protocol(arguments: argparse.Namespace) -> None:
    """Run the suite of a protocol."""
    data, out = data_folder(arguments), arguments.out
    methods = tuple(arguments.methods or DEFAULT_METHODS)
    for name in methods:
        adapter(name)  # a misspelt name is reported before anything runs
    suite = Suite(arguments.suite, data, methods, arguments.pictures or 50, arguments.seed)
    rows = run(suite, rows_file(arguments, suite.protocol), arguments.jobs)
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
        text += f"\n\n{cost_table(summary, methods)}"
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


def run_strokes(arguments: argparse.Namespace) -> None:
    """Run the suite ``strokes``."""
    data, seed, pictures = data_folder(arguments), arguments.seed, arguments.pictures or 100
    methods = tuple(arguments.methods or stains.METHODS)
    counts = tuple(arguments.counts or COUNTS)
    for name in methods:
        adapter(name)
    rows = stains.run(
        data, methods, pictures, seed, arguments.jobs, arguments.rows, counts, arguments.side
    )
    summary = stains.summarise(rows, methods)
    files = picture_files(data / stains.FOLDERS["strokes"], pictures, seed)
    about = {
        "seed": seed,
        "pictures": len(files),
        "side": arguments.side,
        "data": {"folder": stains.FOLDERS["strokes"], "sha256": checksum(files)},
    }
    places, size = stains.FOLDERS, f", {arguments.side} pixels a side" if arguments.side else ""
    text = (
        f"{stains.markdown(summary)}\n\n"
        f"{len(files)} pictures of {places['strokes']}{size}, and the hand-drawn strokes of "
        f"{places['hand-drawn']}; mean ± standard error, gain over harmonic.\nStains: share of "
        f"pixels more than {stains.STAIN:g} CIEDE2000 worse than harmonic."
    )
    _write(arguments.out, "strokes", about, summary, text)


def run_lstep(arguments: argparse.Namespace) -> None:
    """Run the suite ``lstep``: two objects of nearly equal lightness."""
    methods = tuple(arguments.methods or LSTEP_METHODS)
    for name in methods:
        adapter(name)
    data = Path(arguments.data) if arguments.data else None
    pictures = arguments.pictures or 4
    rows = lstep.run(data, methods, pictures, arguments.seed)
    summary = lstep.summarise(rows)
    text = (
        f"{lstep.markdown(summary)}\n\nShare of a disc that is filled / of the ground that is "
        "spilt, in percent, by how much lighter the disc is."
    )
    _write(arguments.out, "lstep", {"seed": arguments.seed, "pictures": pictures}, summary, text)


def run_default(arguments: argparse.Namespace) -> None:
    """Run the suite ``default``."""
    data, seed = data_folder(arguments), arguments.seed
    rows = default.rows_of(
        data, arguments.pictures, seed, arguments.jobs, arguments.rows, arguments.side
    )
    about = {"seed": seed, "side": arguments.side}
    summary = default.compare(rows)
    _write(arguments.out, "default", about, summary, default.markdown(summary))


def _write(
    folder: Path, name: str, about: dict[str, Any], summary: list[dict[str, Any]], text: str
) -> None:
    """Write a summary and its table, with the machine, and print the table."""
    info = machine()
    folder.mkdir(parents=True, exist_ok=True)
    document = {"machine": info, **about, "summary": summary}
    (folder / f"{name}.json").write_text(json.dumps(document, indent=1) + "\n")
    footer = f"{info['processor']}, {info['cores']} cores, {info['date']}; seed {about['seed']}."
    (folder / f"{name}.md").write_text(f"{text}\n\n{footer}\n")
    print(text)


def _files(folder: Path, suite: Suite) -> list[Path]:
    return picture_files(folder, suite.pictures, suite.seed)


if __name__ == "__main__":
    main()
