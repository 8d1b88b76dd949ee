"""What a decode costs: run in a process of its own that may not take more than so much memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_CODE = """
import resource, sys, time
from pathlib import Path
import numpy, imagecodecs, tifffile, PIL.Image
from varcolor.errors import VarcolorError
from varcolor.image.read import parse
for module in ("Png", "Jpeg", "WebP", "Avif", "Bmp", "Gif"):
    __import__(f"PIL.{module}ImagePlugin")
files = sys.argv[1:]
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
try:
    parse(Path(files[0]).read_bytes(), "first")
except VarcolorError:
    pass
for file in files[1:]:
    before, start = peak(), time.process_time()
    try:
        parse(Path(file).read_bytes(), Path(file).name)
        outcome = "picture"
    except VarcolorError as error:
        outcome = str(error)
    used, seconds = peak() - before, time.process_time() - start
    print(f"{Path(file).name}\\t{used:.0f}\\t{seconds:.3f}\\t{outcome}", flush=True)
"""


def costs(files: list[Path], peer: Path) -> dict[str, tuple[float, float, str]]:
    """Return megabytes, processor seconds and outcome of the decode of each file by name.

    The peer is decoded twice: once to load the libraries, once to be measured like the others.
    Raises CalledProcessError if a decode crashes or raises anything but varcolor's own errors.
    """
    command = [sys.executable, "-c", _CODE, str(peer), str(peer), *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    found = {}
    for line in done.stdout.splitlines():
        name, used, seconds, outcome = line.split("\t", 3)
        found[name] = float(used), float(seconds), outcome
    return found
