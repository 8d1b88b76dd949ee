"""Short trainings: ``python -m benchmarks.training --data DIR --work DIR``.

Trains every run of `runs.RUNS` into ``--work`` (those that are there are not trained again),
measures them on the pictures that they held out and as priors of the solver, and writes
training.json and training.md.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.report import data_argument, data_folder, machine
from benchmarks.training import measures
from benchmarks.training.runs import CLASSES, RUNS, Run, places
from varcolor.cli.training.train import changed
from varcolor.training.checkpoint import progress_of
from varcolor.training.evaluation import evaluate
from varcolor.training.log import Log
from varcolor.training.loop import LAST
from varcolor.training.run import configured, train
from varcolor.training.sources import entries_of, split

#: Longer side of the pictures that are measured; pictures.
SIZE, MOST, SOLVED = 96, 120, 20


def trained(run: Run, data: Path, work: Path) -> Path:
    """Return the folder of a run; it is trained if it is not there."""
    folder = work / run.name
    if not (folder / f"{run.name}.safetensors").exists():
        config = changed(configured(run.config), run.all_settings())
        config = replace(config, data=replace(config.data, places=places(data)))
        train(config, folder, resume=(folder / LAST).exists())
    return folder


def measured(run: Run, folder: Path, data: Path) -> dict[str, Any]:
    """Return all figures of a run."""
    config = changed(configured(run.config), run.all_settings())
    pictures = [Path(p) for p in places(data)]
    held = split(entries_of(pictures), config.data.held_out)[1]
    found = evaluate(folder, size=SIZE, most=MOST, threads=1)
    progress = progress_of(folder / LAST)
    losses = [value for _, value in Log.of(folder, progress.step).values("loss")]
    scores = Log.of(folder, progress.step).values("held_out")
    row: dict[str, Any] = {
        "name": run.name,
        "config": run.config,
        "settings": list(run.all_settings()),
        "steps": progress.step,
        "pictures_seen": progress.step * config.loop.batch,
        "minutes": progress.seconds / 60,
        "held_out": len(held),
        "first_loss": sum(losses[:3]) / 3,
        "last_loss": sum(losses[-5:]) / 5,
        "scores": scores,
        **found.facts(),
    }
    if run.config == "ideepcolor":
        hinted = evaluate(folder, size=SIZE, most=MOST, hints=10, threads=1).facts()
        row["with_10_hints"] = {name: hinted[name] for name in hinted if name != "weights"}
    if run.config.startswith("colornet"):
        row["checkerboard"] = measures.checkerboard(folder, SIZE, MOST)
        row["merged"] = measures.merged_as_published(folder, SIZE, MOST)
    if run.config in CLASSES:
        row["temperatures"] = measures.by_temperature(folder, SIZE, MOST)
    val = [data / "bsds500" / "val"]
    row["solver"] = measures.as_prior(folder, val, SIZE, SOLVED)
    del row["weights"]
    return row


def main() -> None:
    """Train, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    data_argument(parser)
    parser.add_argument("--work", type=Path, required=True, help="folder for the trainings")
    parser.add_argument("--only", action="append", help="names of runs [all]")
    arguments = parser.parse_args()
    data = data_folder(arguments)
    rows: list[dict[str, Any]] = []
    for run in RUNS:
        if arguments.only and run.name not in arguments.only:
            continue
        folder = trained(run, data, arguments.work)
        kept = folder / "measured.json"
        if not kept.exists():
            kept.write_text(json.dumps(measured(run, folder, data)), encoding="utf-8")
        rows.append(json.loads(kept.read_text(encoding="utf-8")))
        print(run.name, flush=True)
    from benchmarks.training.table import text_of

    result = {"machine": machine(), "size": SIZE, "rows": rows}
    target = arguments.out / "training.json"
    target.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    (arguments.out / "training.md").write_text(text_of(result), encoding="utf-8")


main()
