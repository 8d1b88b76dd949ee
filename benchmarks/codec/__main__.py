"""``python -m benchmarks.codec --data DIR``: rate and distortion against other codecs.

Rows of all pictures, tables, curves. An interrupted run goes on where it stopped. With ``--sheet
FOLDER``, pictures at 250 bytes are written there: ours, AVIF, the original.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

import varcolor as vc
from benchmarks.codec.measure import Judge, ours, peer_rows, raw_grid
from benchmarks.codec.peers import PEERS
from benchmarks.codec.tables import curves, report
from benchmarks.report import data_argument, data_folder, machine

NAME = "codec"


def main() -> None:
    """Run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.codec", description=__doc__)
    data_argument(parser)
    parser.add_argument("--folder", default="kodak", help="pictures, below the data [kodak]")
    parser.add_argument("--peers", nargs="*", default=[p.name for p in PEERS] + ["raw grid"])
    parser.add_argument("--again", action="store_true", help="measure ours again, keep the peers")
    parser.add_argument("--sheet", type=Path, help="folder for a visual comparison")
    arguments = parser.parse_args()
    files = sorted((data_folder(arguments) / arguments.folder).glob("*.*"))
    store = arguments.out / f"{NAME}.rows.jsonl"
    rows = [json.loads(line) for line in store.read_text().splitlines()] if store.exists() else []
    if arguments.again:
        rows = [row for row in rows if row["codec"] != "varcolor"]
    for path in files:
        done = {row["codec"] for row in rows if row["picture"] == path.stem}
        judge = Judge(vc.read(path).pixels)
        new: list[dict[str, Any]] = []
        if "varcolor" not in done:
            new += ours(judge)
        missing = [name for name in arguments.peers if name not in done]
        new += peer_rows(judge, missing)
        if "raw grid" in missing:
            new += raw_grid(judge)
        rows += [{"picture": path.stem, **row} for row in new]
        store.write_text("".join(json.dumps(row) + "\n" for row in rows))
        print(path.stem, flush=True)
    text, summary = report(rows)
    (arguments.out / f"{NAME}.md").write_text(text)
    document = {"machine": machine(), "pictures": len(files), **summary}
    (arguments.out / f"{NAME}.json").write_text(json.dumps(document, indent=1) + "\n")
    curves(summary, arguments.out, NAME)
    print(text)
    if arguments.sheet:
        sheet(files, arguments.sheet)


def sheet(files: list[Path], folder: Path) -> None:
    """Write ours, AVIF and the original of every picture, side by side, at 250 bytes."""
    from benchmarks.codec.peers import points

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
