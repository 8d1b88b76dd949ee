"""Run ``python -m benchmarks.film --data DIR``: DIR/video holds the clips, a folder each.

Films of 30 frames, at a sixth of 854 x 480, from one key (frame 0) or two; PSNR and CIEDE2000 are
means over frames 10 to 29 and clips, s.e. over clips. A row per kind of keys and way, and in
``film-clips`` a row per clip. Written after every clip. ``--scale 3`` writes ``film-third``. At
full size the exact windows and what knows no flow take hours and 12 GB: ``--scale 1 --without
windows "without flow"`` writes ``film-full``. ``--resume`` goes on from the rows that there are.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Collection, Iterator
from typing import Any

import numpy as np

from benchmarks.film import measures, ways
from benchmarks.film.clips import NAMES, Clip, points, read_clip, strokes
from benchmarks.report import data_argument, data_folder, rows_file, write_result
from varcolor.energy.prior import Data
from varcolor.film.motion.flow import Flow

FROM = 10
CLIP_COLUMNS = ["clip", "keys", "way", "psnr", "ciede2000", "warp", "cdc", "unreached", "error"]
COLUMNS = ["keys", "way", "clips", "PSNR dB", "s.e.", "CIEDE2000", "warp error", "CDC", "unreached"]


def rows_of(
    clip: Clip, windows: int, without: Collection[str], done: Collection[tuple[str, str]]
) -> Iterator[dict[str, Any]]:
    """Measure all ways on one clip, but for some, and for (keys, way) that are done."""
    last = clip.count - 1
    kinds: dict[str, dict[int, Data]] = {
        "300 points": {0: points(clip, 0, 300, 0)},
        "60 strokes": {0: strokes(clip, 0, 60, 0)},
        "300 points, first and last": {
            0: points(clip, 0, 300, 0),
            last: points(clip, last, 300, 1),
        },
    }
    flows: list[Flow] = []
    for kind, keys in kinds.items():
        for way, make in _ways(clip, kind, keys, windows, flows).items():
            if way in without or (kind, way) in done:
                continue
            if not flows:
                flows += ways.flows_of(clip)
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
            yield row


def _ways(
    clip: Clip, kind: str, keys: dict[int, Data], windows: int, flows: list[Flow]
) -> dict[str, Callable[[], Any]]:
    """Return what is measured for a kind of keys."""
    made: dict[str, Callable[[], Any]] = {"sweep": lambda: ways.ours(clip, keys)}
    if kind != "60 strokes":
        made["windows"] = lambda: ways.ours(clip, keys, windows)
    if kind == "300 points":
        made |= {
            "sweep, prior gp": lambda: ways.ours(clip, keys, 0, "gp"),
            "each alone, 10 points": lambda: ways.alone(clip, keys, 10),
            "each alone, 300 points": lambda: ways.alone(clip, keys, 300),
            "without flow": lambda: ways.without_flow(clip, keys),
            "truth": lambda: clip.chroma,
        }
    if len(keys) == 1:
        made["copy by flow"] = lambda: ways.copy(clip, keys, flows)
    return made


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    data_argument(parser)
    parser.add_argument("--clips", nargs="*", default=NAMES)
    parser.add_argument("--frames", type=int, default=30)
    parser.add_argument("--scale", type=int, default=6, help="frames are made smaller by this")
    parser.add_argument("--window", type=int, default=30)
    parser.add_argument("--without", nargs="*", default=[], help="ways that are left out")
    parser.add_argument(
        "--redraw", action="store_true", help="tables of the rows of clips that are complete"
    )
    parser.add_argument("--resume", action="store_true", help="keep the rows that there are")
    arguments = parser.parse_args()
    path = rows_file(arguments, _name(arguments))
    resumed = (arguments.redraw or arguments.resume) and path.exists()
    kept = [json.loads(line) for line in path.read_text("utf-8").splitlines()] if resumed else []
    if arguments.redraw:
        most = max(sum(r["clip"] == row["clip"] for r in kept) for row in kept)
        own = [r for r in kept if sum(r["clip"] == o["clip"] for o in kept) == most]
        _report(arguments, own)
        return
    with open(path, "a" if resumed else "w", encoding="utf-8") as file:
        for name in arguments.clips:
            folder = data_folder(arguments) / "video" / name
            clip = read_clip(folder, arguments.frames, arguments.scale)
            done = {(row["keys"], row["way"]) for row in kept if row["clip"] == name}
            for row in rows_of(clip, arguments.window, arguments.without, done):
                kept.append(row)
                file.write(json.dumps(row) + "\n")
                file.flush()
            _report(arguments, kept)


def _name(arguments: argparse.Namespace) -> str:
    names = {1: "film-full", 2: "film-half", 3: "film-third", 6: "film"}
    return names.get(arguments.scale, f"film-{arguments.scale}")


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
    name = _name(arguments)
    write_result(arguments.out, name, table, COLUMNS)
    slim = [{k: v for k, v in row.items() if k != "psnr_by_frame"} for row in rows]
    write_result(arguments.out, f"{name}-clips", slim, CLIP_COLUMNS)


if __name__ == "__main__":
    main()
