"""``python -m benchmarks.energies --data DIR``: what each energy is good for.

Factors of sums, options and strengths of the prior are tuned on training pictures of the hints
protocol (256 x 256, hints of 6 x 6); paired gains are reported on validation pictures, and scores
on hand-drawn strokes. Energies that are too slow for this are measured on pictures of half the
size, with hints of 3 x 3. Gains of energies alone are counted from `harmonic`, of energies with the
prior ``"gp"`` from `auto`. Results are committed as energies; an interrupted run goes on where it
stopped.
"""

from __future__ import annotations

import argparse
import json
import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.energies.run import Log, Row
from benchmarks.energies.settings import ALONE, ENERGIES, GUESSED, Energy, Setting
from benchmarks.energies.tables import gain_table, stroke_table, summary, tuning_table
from benchmarks.energies.verdict import verdict
from benchmarks.quality.protocols import Case, hints, scribbles
from benchmarks.report import data_argument, data_folder, machine, rows_file

TRAINING, VALIDATION = "imagenet-sample/train", "imagenet-sample/val"
#: Hints, at full and at half size.
COUNTS, HALF_COUNTS = (5, 20, 100, 501), (5, 20, 100)
#: The gap that energies with norms are minimised to.
GAP = 1e-2


@dataclass(slots=True)
class Study:
    """The run: what has been measured, and what was chosen."""

    log: Log
    pool: ProcessPoolExecutor
    data: Path
    arguments: argparse.Namespace
    made: dict[str, list[Case]] = field(default_factory=dict)

    def cases(self, suite: str) -> list[Case]:
        """Return the cases of a suite."""
        if suite not in self.made:
            part, _, half = suite.partition("-")
            train = part == "train"
            if part == "scribbles":
                made = scribbles(self.data / "levin/scribbles", 99, 0)
            else:
                pictures = self.arguments.train if train else self.arguments.pictures
                if half:
                    pictures = min(pictures, self.arguments.half_pictures // (2 if train else 1))
                made = hints(
                    self.data / (TRAINING if train else VALIDATION),
                    pictures,
                    self.arguments.training_seed if train else self.arguments.seed,
                    HALF_COUNTS if half else COUNTS,
                    128 if half else 256,
                )
            self.made[suite] = list(made)
        return self.made[suite]

    def rows(self, suite: str, setting: Setting, most: int | None = None) -> list[Row]:
        """Return the rows of a setting in a suite, of all pictures or the first ones."""
        cases = self.cases(suite)
        names = list(dict.fromkeys(case.picture for case in cases))[:most]
        chosen = [case for case in cases if case.picture in names]
        return self.log.fill(self.pool, suite, chosen, setting, GAP)

    def tune(self, energy: Energy, base: Setting) -> tuple[Setting, list[Row]]:
        """Return the best setting on training pictures, and a summary of each."""
        if len(energy.tried) == 1:
            return energy.tried[0], []
        suite = "train-half" if energy.half else "train"
        before = self.rows(suite, base)
        tuned = [summary(self.rows(suite, s), before) for s in energy.tried]
        best = max(range(len(tuned)), key=lambda k: tuned[k]["gain"][0])
        return energy.tried[best], tuned


def main() -> None:
    """Tune and report, energy by energy; the documents are written after each."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.energies", description=__doc__)
    data_argument(parser)
    parser.add_argument("--train", type=int, default=6, help="training pictures [6]")
    parser.add_argument("--pictures", type=int, default=20, help="validation pictures [20]")
    parser.add_argument(
        "--half-pictures", type=int, default=4, help="at half size [4]; tuned on half of that"
    )
    parser.add_argument("--behind", type=int, default=8, help="for energies far behind [8]")
    parser.add_argument("--seed", type=int, default=0, help="of the validation pictures [0]")
    parser.add_argument("--training-seed", type=int, default=3)
    parser.add_argument("--tune-only", action="store_true", help="report nothing yet")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    arguments = parser.parse_args()
    header = {"seeds": [arguments.training_seed, arguments.seed]}
    log = Log(rows_file(arguments, "energies"), header)
    document: dict[str, Any] = {"machine": machine(), **header}
    tuning: dict[str, list[Row]] = {}
    full: dict[str, Row] = {}
    half: dict[str, Row] = {}
    strokes: dict[str, list[Row]] = {}
    bases = {energy.name: energy.tried[0] for energy in ENERGIES if energy.name in (ALONE, GUESSED)}
    with ProcessPoolExecutor(arguments.jobs) as pool:
        study = Study(log, pool, data_folder(arguments), arguments)
        for energy in ENERGIES:
            base = bases[energy.base]
            chosen, tuned = study.tune(energy, base)
            if tuned:
                tuning[energy.name] = tuned
                print(tuning_table({energy.name: tuned}), flush=True)
            if arguments.tune_only:
                continue
            if energy.half or energy.name in (ALONE, "gtv"):
                rows = study.rows("val-half", chosen)
                half[energy.name] = summary(rows, study.rows("val-half", base))
            if not energy.half:
                most = arguments.behind if energy.behind else None
                rows = study.rows("val", chosen, most)
                full[energy.name] = summary(rows, study.rows("val", base))
                if energy.name == GUESSED:
                    over = summary(rows, study.rows("val", bases[ALONE]))
                    full[energy.name]["gain over harmonic"] = over["gain"]
                strokes[energy.name] = study.rows("scribbles", chosen)
            document |= {"tuning": tuning, "val": full, "val, half size": half, "strokes": strokes}
            write(arguments.out, document)
            print(
                gain_table({energy.name: half.get(energy.name) or full[energy.name]}, ()),
                flush=True,
            )


def write(folder: Path, document: dict[str, Any]) -> None:
    """Write the results as JSON and as tables."""
    document = document | {"verdict": verdict(document["val"])}
    (folder / "energies.json").write_text(json.dumps(document, indent=1) + "\n")
    info, full, half = document["machine"], document["val"], document["val, half size"]
    bases = (ALONE, GUESSED)
    pictures = full[ALONE]["pictures"]
    parts = [
        document["verdict"],
        f"**Validation.** {pictures} pictures, 256 x 256, hints of 6 x 6: PSNR over RGB of "
        f"`{ALONE}` and `{GUESSED}`; gains of energies alone over `{ALONE}`, of energies with the "
        f"prior over `{GUESSED}`, paired, ± standard error. The mean is over all hints, its error "
        "that of the pictures' means. Energies far behind have fewer pictures. Gap: the largest "
        "proven distance from the least energy, where the gap asked for was reached; not "
        f"converged: cases in which that of {GAP:g}, or the tolerance, was not.",
        gain_table(full, bases),
        f"**Validation at half size**, for energies that are slow: {half[ALONE]['pictures']} "
        "pictures, 128 x 128, hints of 3 x 3.",
        gain_table(half, bases),
        "**Hand-drawn strokes**, three pictures.",
        stroke_table(document["strokes"]),
        "**Tuning**: what was tried on training pictures, gains in dB; the best, in bold, is what "
        "the tables above have. Slow energies at half size.",
        *([tuning_table(document["tuning"])] if document["tuning"] else []),
        f"{info['processor']}, {info['cores']} cores, Python {info['python']}, {info['date']}; "
        "seconds are those of one core, whatever else the machine does.",
    ]
    (folder / "energies.md").write_text("\n\n".join(parts) + "\n")


if __name__ == "__main__":
    main()
