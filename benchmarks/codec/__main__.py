"""``python -m benchmarks.codec --data DIR``: rate and distortion against other codecs.

Rows of all pictures, tables, curves. An interrupted run goes on where it stopped. With ``--sheet
FOLDER``, pictures at 250 bytes are written there: ours, AVIF, the original. With ``--times``,
encoding and decoding are timed instead; the machine should have nothing else to do then.
"""

from __future__ import annotations

import argparse
import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import varcolor as vc
from benchmarks.codec.curves import curves
from benchmarks.codec.measure import OURS, RAW_GRID, Judge, ours, peer_rows, raw_grid
from benchmarks.codec.peers import PEERS, points
from benchmarks.codec.tables import CODECS, report
from benchmarks.codec.times import times
from benchmarks.report import data_argument, data_folder, machine, rows_file, write_result

NAME = "codec"


def main() -> None:
    """Run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.codec", description=__doc__)
    data_argument(parser)
    parser.add_argument("--folder", default="kodak", help="pictures, below the data [kodak]")
    parser.add_argument("--codecs", nargs="*", default=CODECS, choices=CODECS, metavar="NAME")
    parser.add_argument("--again", action="store_true", help="measure these codecs anew")
    parser.add_argument("--times", action="store_true", help="measure times and memory alone")
    parser.add_argument("--sheet", type=Path, help="folder for a visual comparison")
    arguments = parser.parse_args()
    files = sorted((data_folder(arguments) / arguments.folder).glob("*.*"))
    if arguments.times:
        rows = times(files[::2], data_folder(arguments))
        write_result(arguments.out, f"{NAME}-times", rows, list(rows[0]))
        return
    rows = _measured(arguments, files)
    text, summary = report(rows)
    (arguments.out / f"{NAME}.md").write_text(text)
    document = {"machine": machine(), "pictures": len(files), **summary}
    (arguments.out / f"{NAME}.json").write_text(json.dumps(document, indent=1) + "\n")
    curves(summary, arguments.out, NAME)
    print(text)
    if arguments.sheet:
        sheet(files, arguments.sheet)


def _measured(arguments: argparse.Namespace, files: list[Path]) -> list[dict[str, Any]]:
    """Return the rows of all codecs and pictures; those that are missing are measured and kept."""
    store = rows_file(arguments, NAME)
    rows = [json.loads(line) for line in store.read_text().splitlines()] if store.exists() else []
    if arguments.again:
        rows = [row for row in rows if row["codec"] not in arguments.codecs]
    done = {(row["codec"], row["picture"]) for row in rows}

    @cache
    def judge(path: Path) -> Judge:
        return Judge(vc.read(path).pixels)

    for codec in arguments.codecs:
        for path in files:
            if (codec, path.stem) in done:
                continue
            rows += [{"picture": path.stem, **row} for row in _rows(codec, judge(path))]
            store.write_text("".join(json.dumps(row) + "\n" for row in rows))
            print(codec, path.stem, flush=True)
    return rows


def _rows(codec: str, judge: Judge) -> list[dict[str, Any]]:
    if codec == OURS:
        return ours(judge)
    if codec == RAW_GRID:
        return raw_grid(judge)
    return peer_rows(judge, next(peer for peer in PEERS if peer.name == codec))


def sheet(files: list[Path], folder: Path) -> None:
    """Write ours, AVIF and the original of every picture, side by side, at 250 bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    avif = next(p for p in PEERS if p.name == "AVIF")
    for path in files:
        rgb = vc.read(path).pixels
        judge = Judge(rgb)
        own = vc.decode(vc.encode(rgb, budget=250))
        fitting = [judge.rgb_of(c) for size, c in points(avif, rgb) if size <= 250]
        best = max(fitting, key=judge.psnr) if fitting else np.zeros_like(rgb)
        vc.write(np.concatenate([own, best, rgb], axis=1), folder / f"{path.stem}.png")


if __name__ == "__main__":
    main()
