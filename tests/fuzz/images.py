"""Damaged picture files of every format: ``python -m tests.fuzz.images --count 20000``.

What may come out is a picture or a FileError that names the file. Anything else is a failure, and
so is a decode that takes more memory than ``--megabytes`` (a limit of the operating system) or more
processor time than ``--seconds``. Checksums of PNG are made right again, and half of its damage is
done to the rows before they are packed: else nothing but the checksum would be tested.
"""

from __future__ import annotations

import argparse
import struct
import sys
import time
import zlib
from collections import Counter
from collections.abc import Iterator

import numpy as np

from tests.fuzz.checksums import PNG, repaired
from tests.fuzz.streams import limit_memory, peak_megabytes
from tests.image import builders, samples
from varcolor.errors import FileError
from varcolor.image.read import parse


def seeds() -> list[bytes]:
    """Return a genuine file of every kind."""
    return [sample.build() for sample in samples.samples() if len(sample.build()) < 200_000]


def damaged(rng: np.random.Generator, data: bytes) -> bytes:
    """Return a file with a few bytes changed, mostly in its head, where the sizes are."""
    if data.startswith(PNG) and rng.integers(2):
        at = data.find(b"IDAT")
        (length,) = struct.unpack_from(">I", data, at - 4)
        rows = _changed(rng, zlib.decompress(data[at + 4 : at + 4 + length]), 1 << 30)
        chunk = builders.png_chunk(b"IDAT", zlib.compress(rows))
        return data[: at - 4] + chunk + data[at + 8 + length :]
    head = 1 << 30 if rng.integers(3) == 0 else 200
    # The directory of a TIFF lies at its end as often as at its begin.
    if data[:2] in (b"II", b"MM") and rng.integers(2):
        cut = max(len(data) - 300, 8)
        return data[:cut] + _changed(rng, data[cut:], head)
    return repaired(_changed(rng, data, head))


def _changed(rng: np.random.Generator, data: bytes, head: int) -> bytes:
    """Return bytes with some damage within the first ones."""
    bad = bytearray(data)
    for _ in range(int(rng.integers(1, 4))):
        kind, at = int(rng.integers(8)), int(rng.integers(max(min(head, len(bad)), 1)))
        if kind <= 2 and at < len(bad):
            bad[at] = int(rng.integers(256))
        elif kind == 3 and at < len(bad):
            bad[at] ^= 1 << int(rng.integers(8))
        elif kind == 4:
            bad[at : at + 4] = b"\xff" * min(4, len(bad) - at)
        elif kind == 5:
            bad[at : at + 4] = bytes(min(4, len(bad) - at))
        elif kind == 6 and rng.integers(3) == 0:
            del bad[at:]
        elif kind == 7:
            bad[at:at] = rng.bytes(int(rng.integers(1, 9)))
    return bytes(bad)


def cases(count: int, seed: int) -> Iterator[bytes]:
    """Yield damaged files, the same ones for the same numbers."""
    rng, known = np.random.default_rng(seed), seeds()
    for _ in range(count):
        yield damaged(rng, known[int(rng.integers(len(known)))])


def run(data: bytes) -> str:
    """Decode and return what came out: "picture" or "error"."""
    try:
        picture = parse(data, "fuzzed")
    except FileError as error:
        assert str(error).startswith("fuzzed: "), error
        return "error"
    assert picture.pixels.shape[:2] == picture.shape
    assert picture.pixels.dtype in (np.uint8, np.uint16, np.float32, np.float64)
    return "picture"


def main() -> None:
    """Fuzz and report."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.images", description=__doc__)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--megabytes", type=int, default=600)
    arguments = parser.parse_args()
    for data in seeds():
        run(data)
    limit_memory(arguments.megabytes)
    outcome: Counter[str] = Counter()
    for number, data in enumerate(cases(arguments.count, arguments.seed), 1):
        start = time.process_time()
        try:
            outcome[run(data)] += 1
        except BaseException as error:
            outcome["failure"] += 1
            print(f"{number}: {type(error).__name__}: {error} {data[:80].hex()}", flush=True)
            if isinstance(error, KeyboardInterrupt):
                raise
        if time.process_time() - start > arguments.seconds:
            outcome["slow"] += 1
            print(f"{number}: {time.process_time() - start:.2f} s {data[:80].hex()}", flush=True)
    print(dict(outcome), f"{peak_megabytes():.0f} MB")
    sys.exit(1 if outcome["failure"] or outcome["slow"] else 0)


if __name__ == "__main__":
    main()
