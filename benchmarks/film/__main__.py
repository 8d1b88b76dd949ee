"""Run ``python -m benchmarks.film --data DIR``: DIR/video holds the clips, a folder each.

Films of 30 frames, at a sixth of 854 x 480, from one key (frame 0) or two; PSNR and CIEDE2000 are
means over frames 10 to 29 and clips, s.e. over clips. A row per kind of keys and way, and in
``film-clips`` a row per clip. Written after every clip.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.film import measures, ways
from benchmarks.film.clips import NAMES, Clip, points, read_clip, strokes
from benchmarks.report import data_argument, data_folder, rows_file, write_result
from varcolor.energy.prior import Data

FROM = 10
CLIP_COLUMNS = ["clip", "keys", "way", "psnr", "ciede2000", "warp", "cdc", "unreached", "error"]
COLUMNS = ["keys", "way", "clips", "PSNR dB", "s.e.", "CIEDE2000", "warp error", "CDC", "unreached"]


def rows_of(clip: Clip, windows: int) -> list[dict[str, Any]]:
    """Measure all ways on one clip."""
    flows = ways.flows_of(clip)
    last = clip.count - 1
    kinds: dict[str, dict[int, Data]] = {
        "300 points": {0: points(clip, 0, 300, 0)},
        "60 strokes": {0: strokes(clip, 0, 60, 0)},
        "300 points, first and last": {
            0: points(clip, 0, 300, 0),
            last: points(clip, last, 300, 1),
        },
    }
    found = []
    for kind, keys in kinds.items():
        made: dict[str, Callable[[], Any]] = {
            "sweep": lambda keys=keys: ways.ours(clip, keys),
        }
        if kind != "60 strokes":
            made["windows"] = lambda keys=keys: ways.ours(clip, keys, windows)
        if kind == "300 points":
            made |= {
                "sweep, prior gp": lambda keys=keys: ways.ours(clip, keys, 0, "gp"),
                "each alone, 10 points": lambda keys=keys: ways.alone(clip, keys, 10),
                "each alone, 300 points": lambda keys=keys: ways.alone(clip, keys, 300),
                "without flow": lambda keys=keys: ways.without_flow(clip, keys),
                "truth": lambda: clip.chroma,
            }
        if len(keys) == 1:
            made["copy by flow"] = lambda keys=keys: ways.copy(clip, keys, flows)
        for way, make in made.items():
            began = time.process_time()
            result = make()
            seconds = time.process_time() - began
            chroma, told = result if isinstance(result, tuple) else (result, {})
            rgb = measures.rendered(clip, chroma)
            true = clip.rgb
            row = {
                "clip": clip.name,
                "keys": kind,
                "way": way,
                "psnr": float(measures.psnr(true, rgb)[FROM:].mean()),
                "psnr_by_frame": np.round(measures.psnr(true, rgb), 2).tolist(),
                "ciede2000": float(measures.ciede2000(true, rgb)[FROM:].mean()),
                "warp": measures.warp_error(rgb, flows),
                "cdc": measures.cdc(rgb),
                "cpu_seconds_a_frame": seconds / clip.count,
                **told,
            }
            print(f"{clip.name:10} {kind:26} {way:24} {row['psnr']:.2f} dB", flush=True)
            found.append(row)
    return found


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    data_argument(parser)
    parser.add_argument("--clips", nargs="*", default=NAMES)
    parser.add_argument("--frames", type=int, default=30)
    parser.add_argument("--scale", type=int, default=6, help="frames are made smaller by this")
    parser.add_argument("--window", type=int, default=30)
    parser.add_argument(
        "--redraw", action="store_true", help="tables of the rows of clips that are complete"
    )
    arguments = parser.parse_args()
    path = rows_file(arguments, "film")
    if arguments.redraw:
        kept = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        most = max(sum(r["clip"] == row["clip"] for r in kept) for row in kept)
        own = [r for r in kept if sum(r["clip"] == o["clip"] for o in kept) == most]
        _report(arguments, own)
        return
    rows: list[dict[str, Any]] = []
    with open(path, "w", encoding="utf-8") as file:
        for name in arguments.clips:
            folder = data_folder(arguments) / "video" / name
            clip = read_clip(folder, arguments.frames, arguments.scale)
            for row in rows_of(clip, arguments.window):
                rows.append(row)
                file.write(json.dumps(row) + "\n")
                file.flush()
            _report(arguments, rows)


def _standard_error(values: Any) -> str:
    return f"{values.std(ddof=1) / len(values) ** 0.5:.2f}" if len(values) > 1 else "-"


def _report(arguments: argparse.Namespace, rows: list[dict[str, Any]]) -> None:
    table = []
    for kind, way in dict.fromkeys((row["keys"], row["way"]) for row in rows):
        own = [row for row in rows if (row["keys"], row["way"]) == (kind, way)]
        values = np.array([row["psnr"] for row in own])
        told = [row["unreached"] for row in own if "unreached" in row]
        table.append(
            {
                "keys": kind,
                "way": way,
                "clips": len(own),
                "PSNR dB": f"{values.mean():.2f}" if way != "truth" else "-",
                "s.e.": _standard_error(values) if way != "truth" else "-",
                "CIEDE2000": f"{np.mean([row['ciede2000'] for row in own]):.2f}",
                "warp error": f"{np.mean([row['warp'] for row in own]):.2f}",
                "CDC": f"{np.mean([row['cdc'] for row in own]):.5f}",
                "unreached": f"{np.mean(told):.1%}" if told else "",
            }
        )
    write_result(arguments.out, "film", table, COLUMNS)
    slim = [{k: v for k, v in row.items() if k != "psnr_by_frame"} for row in rows]
    write_result(arguments.out, "film-clips", slim, CLIP_COLUMNS)


if __name__ == "__main__":
    main()
