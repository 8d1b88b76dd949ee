"""Pictures in parts against pictures in one piece: ``python -m benchmarks.tiled``.

Grey BigTIFFs of several sizes are generated window by window, with strokes all over them. Each is
coloured by ``varcolor colorize --memory``, by each method with each limit, in a process of its own,
and, where that fits, in one piece. Reported: tiles, sweeps, processor seconds of both and their
ratio, peak resident memory, the largest difference of an RGB value. ``--slice SECONDS`` ends a run
after so long by SIGKILL, and begins it again, which goes on; what is done twice then counts. Writes
``benchmarks/results/tiled.{json,md}``; ``--add`` keeps the rows of other cases.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

from benchmarks.batches.photos import scene, strokes
from benchmarks.report import write_result

RESULTS = Path(__file__).parent / "results"
_TILE, _PER = 256, 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megapixels", type=float, nargs="+", default=[7.0, 28.0])
    parser.add_argument("--memory", nargs="+", default=["0.6GB"])
    parser.add_argument("--method", nargs="+", default=["harmonic"])
    parser.add_argument("--most", type=float, default=30.0, help="megapixels done in one piece")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--slice", type=float, help="seconds after which a run is killed")
    parser.add_argument("--folder", type=Path, help="where the pictures go [a temporary folder]")
    parser.add_argument("--add", action="store_true", help="keep the rows of other sizes")
    arguments = parser.parse_args()
    rows: list[dict[str, Any]] = []
    there = RESULTS / "tiled.json"
    cases = itertools.product(arguments.megapixels, arguments.method, arguments.memory)
    for size, method, memory in cases:
        with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
            row = measured(Path(name), size, method, memory, arguments)
        if arguments.add and there.exists():  # others may have been added meanwhile
            rows = list(json.loads(there.read_text())["rows"])
        rows = [r for r in rows if _case(r) != _case(row)] + [row]
        rows.sort(key=_case)
        write_result(RESULTS, "tiled", rows, list(rows[0]))


def _case(row: dict[str, Any]) -> tuple[Any, ...]:
    """Return what a row is of, in the order of the table."""
    return row["method"], row["megapixels"], -float(row["memory"].removesuffix("GB"))


def measured(
    folder: Path, size: float, method: str, memory: str, arguments: argparse.Namespace
) -> dict[str, Any]:
    height = round(math.sqrt(size * 2e6 / 3))
    width = round(size * 1e6 / height)
    photo, cues = folder / "photo.tif", folder / "photo.json"
    generate(photo, height, width)
    cues.write_text(painted(height, width))
    own = [str(photo), "--strokes", str(cues), "--method", method, "--json"]
    own += ["--threads", str(arguments.threads)]
    parts = ["-o", str(folder / "parts.tif"), "--memory", memory]
    seconds, peak, facts, slices = run([*own, *parts], arguments.slice)
    if "tiles" not in facts:
        sys.exit(f"{size:g} megapixels fit into {memory} in one piece: less --memory")
    row = {
        "method": method,
        "megapixels": round(height * width / 1e6, 1),
        "memory": memory,
        "tiles": facts["tiles"],
        "sweeps": facts["sweeps"],
        "estimate, levels": round(facts["error"], 3),
        "runs": slices,
        "CPU s": round(seconds, 1),
        "MP per CPU s": round(height * width / 1e6 / seconds, 3),
        "peak MB": round(peak / 1e6),
        "in one piece, CPU s": None,
        "peak MB then": None,
        "speed against it": None,
        "largest difference": None,
    }
    if size <= arguments.most:
        whole = ["-o", str(folder / "whole.tif"), "--force"]
        other, most, _, _ = run([*own, *whole], None)
        row["in one piece, CPU s"], row["peak MB then"] = round(other, 1), round(most / 1e6)
        row["speed against it"] = round(other / seconds, 2)
        pictures = [tifffile.imread(folder / name) for name in ("parts.tif", "whole.tif")]
        row["largest difference"] = int(np.abs(np.subtract(*pictures, dtype=np.int16)).max())
    return row


def generate(path: Path, height: int, width: int) -> None:
    """Write shapes and noise as a tiled BigTIFF, some rows of tiles at a time."""

    def tiles() -> Iterator[Any]:
        rng = np.random.default_rng(height)
        for top in range(0, height, _TILE):
            if top % _PER == 0:
                band = [scene(rng, _PER, _PER) for _ in range(0, width, _PER)]
            rows = slice(top % _PER, top % _PER + _TILE)
            for left in range(0, width, _TILE):
                column = left % _PER
                yield band[left // _PER][rows, column : column + _TILE]

    own: dict[str, Any] = {"tile": (_TILE, _TILE), "bigtiff": True, "compression": "zlib"}
    tifffile.imwrite(path, tiles(), shape=(height, width), dtype=np.uint8, **own)


def painted(height: int, width: int) -> str:
    """Return strokes, two a megapixel."""
    rng = np.random.default_rng(width)
    parts = [json.loads(strokes(rng, 400, 400)) for _ in range(max(1, height * width // 3_000_000))]
    paint = []
    for part in parts:
        at = rng.uniform(0, 1, 2) * (width - 400, height - 400)
        for stroke in part["strokes"]:
            paint.append({**stroke, "points": (np.array(stroke["points"]) + at).tolist()})
    return json.dumps({**parts[0], "width": width, "height": height, "strokes": paint})


def run(words: list[str], most: float | None) -> tuple[float, float, dict[str, Any], int]:
    """Return CPU seconds, peak bytes, facts and the number of runs of a colouring."""
    seconds = peak = 0.0
    count = 0
    while True:
        count += 1
        command = [sys.executable, "-m", "varcolor", "colorize", *words, "--quiet"]
        program = subprocess.Popen(command, stdout=subprocess.PIPE)
        timer = threading.Timer(most or 1e6, lambda own=program: own.send_signal(signal.SIGKILL))
        timer.start()
        assert program.stdout is not None
        told = program.stdout.read()
        _, status, used = os.wait4(program.pid, 0)
        program.returncode = os.waitstatus_to_exitcode(status)
        timer.cancel()
        seconds += used.ru_utime + used.ru_stime
        peak = max(peak, 1024.0 * used.ru_maxrss)
        if program.returncode != -signal.SIGKILL:
            return seconds, peak, json.loads(told), count


if __name__ == "__main__":
    main()
