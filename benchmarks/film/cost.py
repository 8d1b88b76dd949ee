"""What a film costs: frames a second, and memory by length.

Run ``python -m benchmarks.film.cost --data DIR``, or only ``--parts speed`` or ``memory``. A clip
is written as grey FFV1, played forward and back for as long as asked, and coloured from its first
frame by ``varcolor film`` into FFV1, in a process of its own, on two threads; everything counts,
from the import on. Speed is measured at 854 x 480, that of exact windows on the frames of one
window and its key; memory at a quarter of that. CPU seconds say more than the clock where others
use the machine: *cores* is how many it had on the mean, *load* what ran before.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.film.clips import Clip, read_clip
from benchmarks.quality.memory import megabytes
from benchmarks.report import data_argument, data_folder, kept_rows, rows_file, write_result

KEYS = ["part", "way", "size", "frames"]
COLUMNS = [
    *KEYS,
    "frames/s",
    "CPU s/frame",
    "cores",
    "read s/frame",
    "solve s/frame",
    "write s/frame",
    "start s",
    "peak MB",
    "load",
]
#: Part, exact?, size is divided by, frames.
RUNS = [
    ("speed", False, 1, 30),
    ("speed", True, 1, 8),
    ("memory", False, 4, 30),
    ("memory", False, 4, 120),
    ("memory", False, 4, 600),
]


def written(folder: Path, clip: Clip, frames: int) -> tuple[Path, Path]:
    """Write a film and its key, frame 0; return their paths."""
    import av

    import varcolor as vc

    (folder / "keys").mkdir()
    vc.write(clip.rgb[0], folder / "keys" / "0000.png")
    path, period = folder / "film.mkv", 2 * clip.count - 2
    with av.open(str(path), "w") as out:
        stream: Any = out.add_stream("ffv1", rate=25)
        stream.height, stream.width = clip.luma.shape[1:]
        stream.pix_fmt = "gray"
        for t in range(frames):
            at = t % period
            gray = vc.to_gray(clip.rgb[min(at, period - at)])
            for packet in stream.encode(av.VideoFrame.from_ndarray(gray, format="gray")):
                out.mux(packet)
        for packet in stream.encode(None):
            out.mux(packet)
    return path, folder / "keys"


def colour(film: str, keys: str, out: str, exact: bool, threads: int) -> dict[str, Any]:
    """Colour a film in this process; return what it took."""
    from varcolor.film.colorize import colorize_film
    from varcolor.options import FilmOptions

    result = colorize_film(film, keys, out, FilmOptions(exact=exact, threads=threads))
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "frames": result.frames,
        "seconds": result.seconds,
        "status": str(result.status),
        "cpu": used.ru_utime + used.ru_stime,
        # The resource usage would include what the caller had when this process was started.
        "peak": megabytes("VmHWM") * 2**20,
    }


def measured(clip: Clip, frames: int, exact: bool, threads: int) -> dict[str, Any]:
    """Return a row of one run."""
    with tempfile.TemporaryDirectory() as name:
        film, keys = written(Path(name), clip, frames)
        given = [str(film), str(keys), str(Path(name) / "out.mkv"), exact, threads]
        call = (
            "import json; from benchmarks.film.cost import colour; "
            f"print(json.dumps(colour(*{given!r})))"
        )
        load, began = os.getloadavg()[0], time.perf_counter()
        said = subprocess.run(
            [sys.executable, "-c", call], check=True, capture_output=True, text=True
        )
        wall = time.perf_counter() - began
    told = json.loads(said.stdout.splitlines()[-1])
    seconds = told["seconds"]
    return {
        "frames/s": frames / wall,
        "CPU s/frame": told["cpu"] / frames,
        "cores": told["cpu"] / wall,
        **{f"{stage} s/frame": seconds[stage] / frames for stage in ("read", "solve", "write")},
        "start s": wall - seconds["total"],
        "peak MB": round(told["peak"] / 1e6),
        "load": load,
        "status": told["status"],
        "threads": threads,
    }


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    data_argument(parser)
    parser.add_argument("--parts", nargs="*", default=["speed", "memory"])
    parser.add_argument("--ways", nargs="*", default=["frame by frame", "exact windows"])
    parser.add_argument("--clip", default="parkour")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3, help="of speed; the median is kept")
    arguments = parser.parse_args()
    rows = kept_rows(arguments.out, "film-cost", KEYS)
    path = rows_file(arguments, "film-cost")
    for part, exact, scale, frames in RUNS:
        way = "exact windows" if exact else "frame by frame"
        if part not in arguments.parts or way not in arguments.ways:
            continue
        clip = read_clip(data_folder(arguments) / "video" / arguments.clip, 30, scale)
        height, width = clip.luma.shape[1:]
        what = {"part": part, "way": way, "size": f"{width} x {height}", "frames": frames}
        found = []
        for _ in range(arguments.repeats if part == "speed" and not exact else 1):
            found.append(what | measured(clip, frames, exact, arguments.threads))
            with open(path, "a", encoding="utf-8") as file:
                file.write(json.dumps(found[-1]) + "\n")
        middle = int(np.argsort([row["frames/s"] for row in found])[len(found) // 2])
        rows[tuple(what[key] for key in KEYS)] = found[middle]
        write_result(arguments.out, "film-cost", list(rows.values()), COLUMNS)


if __name__ == "__main__":
    main()
