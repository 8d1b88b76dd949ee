"""``python -m benchmarks.speed --data DIR``: how fast, how exact, in how much memory.

The suite ``solvers`` runs varcolor and every rival that is installed on the same systems and
photos, each in its own process; ``startup`` measures start-up times and the first run on a
machine, ``cli`` whole runs of the command line. Times are medians; ratios are those of runs that
took turns. ``--against COMMIT`` times varcolor alone, in turns with what it was at a commit: what
has become slower. With ``--backend gpu`` varcolor's stages are timed on the GPU instead.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.harness import Limits
from benchmarks.report import data_argument, data_folder, machine, rows_file, write_result
from benchmarks.speed import commits, session
from benchmarks.speed.cases import CUES
from benchmarks.speed.commandline import command_line
from benchmarks.speed.gpu import COLUMNS, gpu_or_stop, on_gpu
from benchmarks.speed.startup import startup, whole_runs
from benchmarks.speed.suite import Suite, all_solvers
from benchmarks.speed.systems import SYSTEMS
from benchmarks.speed.tables import markdown

PHOTOS = ("large/elephants_5640x3172.jpg",)
SUITES = ("solvers", "startup", "cli", "session")


def arguments_of(words: list[str] | None) -> argparse.Namespace:
    """Return the parsed arguments."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__)
    data_argument(parser)
    parser.add_argument("--suite", choices=SUITES, action="append", help="[solvers]")
    parser.add_argument(
        "--backend",
        choices=("cpu", "gpu"),
        default="cpu",
        help="gpu: the stages of varcolor alone, on the GPU [cpu]",
    )
    parser.add_argument(
        "--against", metavar="COMMIT", help="varcolor alone, in turns with what it was at a commit"
    )
    parser.add_argument("--runs", type=int, default=9, help="counted runs of the start-up [9]")
    parser.add_argument("--photos", nargs="+", default=PHOTOS, help="files in the data folder")
    parser.add_argument(
        "--sizes", nargs="+", type=float, default=(0.25, 1.0, 4.0, 12.0), help="megapixels"
    )
    parser.add_argument("--systems", nargs="+", choices=SYSTEMS, default=tuple(SYSTEMS))
    parser.add_argument(
        "--cues", nargs="+", choices=CUES, default=("a",), help="a: strokes, b: grid, c: 20 pixels"
    )
    parser.add_argument("--threads", nargs="+", type=int, default=(1, 2))
    parser.add_argument("--solvers", nargs="+", choices=all_solvers(), default=all_solvers())
    parser.add_argument("--repeat", type=int, default=5, help="counted runs of a solver [5]")
    parser.add_argument(
        "--budget", type=float, default=60.0, help="seconds for the repeats of a solver [60]"
    )
    parser.add_argument("--tolerance", type=float, default=0.5, help="levels of 8-bit RGB [0.5]")
    parser.add_argument("--time-limit", type=float, default=300.0, help="seconds a run [300]")
    parser.add_argument(
        "--memory-limit", type=float, default=12.0, help="GB of a solver's process [12]"
    )
    parser.add_argument("--name", default="speed", help="of the result files [speed]")
    parser.add_argument("--resume", action="store_true", help="go on with an interrupted run")
    parser.add_argument("--redraw", action="store_true", help="only tables and plot, from the log")
    return parser.parse_args(words)


def compare_solvers(arguments: argparse.Namespace) -> None:
    """Run the comparison; every finished row is kept in a log at once."""
    suite = Suite(
        data_folder(arguments),
        tuple(arguments.photos),
        tuple(arguments.sizes),
        tuple(arguments.systems),
        tuple(arguments.solvers),
        tuple(arguments.cues),
        tuple(arguments.threads),
        arguments.repeat,
        arguments.budget,
        arguments.tolerance,
        Limits(arguments.time_limit, 1000 * arguments.memory_limit),
    )
    folder: Path = arguments.out
    folder.mkdir(parents=True, exist_ok=True)
    log = rows_file(arguments, arguments.name)
    going_on = (arguments.resume or arguments.redraw) and log.exists()
    known = [json.loads(line) for line in log.read_text().splitlines()] if going_on else []
    rows = known
    if not arguments.redraw:
        with log.open("a" if going_on else "w") as file, tempfile.TemporaryDirectory() as scratch:

            def keep(row: dict[str, Any]) -> None:
                file.write(json.dumps(row) + "\n")
                file.flush()

            rows = suite.run(Path(scratch), known, keep)
    report(rows, folder, arguments.name, arguments.tolerance)


def report(rows: list[dict[str, Any]], folder: Path, name: str, tolerance: float) -> None:
    """Write the JSON, the tables and the plot."""
    from benchmarks.speed.plots import plot

    order = all_solvers()
    rows = sorted(rows, key=lambda row: order.index(row["solver"]))
    info = machine()
    (folder / f"{name}.json").write_text(
        json.dumps({"machine": info, "rows": rows}, indent=1) + "\n"
    )
    text = markdown(rows, info, tolerance)
    (folder / f"{name}.md").write_text(text)
    plot(rows, folder, name)
    print(text)


def main(words: list[str] | None = None) -> None:
    """Run the suites that were asked for."""
    arguments = arguments_of(words)
    if arguments.backend == "gpu":
        device = gpu_or_stop()
        own = arguments.sizes, arguments.systems, arguments.tolerance, arguments.repeat
        rows = on_gpu(device, data_folder(arguments), arguments.photos, *own)
        write_result(arguments.out, "gpu", rows, COLUMNS)
        return
    if arguments.against:
        photos = [data_folder(arguments) / name for name in arguments.photos]
        cells = arguments.sizes, arguments.systems, arguments.cues, arguments.threads
        limits = Limits(arguments.time_limit, 1000 * arguments.memory_limit)
        rows = commits.compare(arguments.against, photos, *cells, arguments.repeat, limits)
        write_result(arguments.rows, "commits", rows, commits.COLUMNS)
        return
    suites = arguments.suite or ["solvers"]
    if "startup" in suites:
        rows = startup(arguments.runs)
        write_result(arguments.out, "startup", rows, list(rows[0]))
        photo = session.photo_of(data_folder(arguments), 1.0)
        rows = whole_runs(photo, ("levin", "harmonic"), arguments.runs)
        write_result(arguments.out, "startup-photo", rows, list(rows[0]))
    if "cli" in suites:
        rows = command_line(data_folder(arguments), ("levin", "harmonic"))
        write_result(arguments.out, "cli-large", rows, list(rows[0]))
    if "session" in suites:
        rows = session.measure(data_folder(arguments))
        write_result(arguments.out, "session", rows, session.COLUMNS)
    if "solvers" in suites:
        compare_solvers(arguments)


if __name__ == "__main__":
    sys.exit(main())
