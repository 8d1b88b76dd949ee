"""Whole runs of the command line, reading and writing included."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import varcolor as vc
from benchmarks.harness import command_timed
from benchmarks.speed.strokes import random_strokes
from varcolor.cues.strokes import strokes_to_json
from varcolor.metrics.fidelity import psnr

LARGE = "large/path_2560x1600.jpg"


def command_line(data: Path, methods: Sequence[str]) -> list[dict[str, Any]]:
    """Colour a photo of 4.1 MP with 40 strokes through the command line."""
    original = vc.read(data / LARGE)
    gray = vc.to_gray(original)
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        vc.write(gray, folder / "photo.png")
        strokes = random_strokes(original.pixels)
        (folder / "strokes.json").write_text(strokes_to_json(strokes, gray.shape))
        for method in methods:
            command = [sys.executable, "-m", "varcolor", "colorize", str(folder / "photo.png")]
            command += ["--strokes", str(folder / "strokes.json"), "--method", method]
            command += ["-o", str(folder / f"{method}.png"), "--json", "--quiet"]
            run = command_timed(command)
            facts = json.loads(run["text"])
            rows.append(
                {
                    "photo": f"{gray.shape[1]} x {gray.shape[0]}",
                    "strokes": len(strokes),
                    "method": method,
                    "solver": facts["solver"],
                    "status": facts["status"],
                    "steps": facts["steps"],
                    "error / 255": facts["error"],
                    "seconds, whole process": run["seconds"],
                    "of it in the solver": facts["seconds"]["prepare"] + facts["seconds"]["solve"],
                    "peak MB": run["MB"],
                    "PSNR grey": psnr(original, gray),
                    "PSNR coloured": psnr(original, vc.read(folder / f"{method}.png")),
                }
            )
            print(rows[-1], file=sys.stderr)
    return rows
