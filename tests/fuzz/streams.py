"""Mutated and random colour streams: ``python -m tests.fuzz.streams --count 100000``.

Every stream is decoded with a grey picture of up to ``--pixels`` pixels. What may come out is a
picture, or a FormatError; anything else, or a decode of more than ``--seconds``, is a failure, and
the stream is kept in the corpus. Checksums are made right again after a mutation (else nothing but
the checksum would be tested), except in one case of eight, where the damage must be told.
"""

from __future__ import annotations

import argparse
import json
import resource
import struct
import sys
import time
import zlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import varcolor as vc
from varcolor.errors import FormatError
from varcolor.image.picture import Picture
from varcolor.ir.container import pack_chunks, unpack_chunks
from varcolor.ir.points.codecs import Grid, GridExclude, GridSelective, Selective
from varcolor.ir.stream import pack

CORPUS = Path(__file__).with_name("corpus")
#: Codecs whose decoder is a colorize method take longer: they get smaller pictures.
_SLOW = (2, 3, 4, 5, 8)


@dataclass(frozen=True, slots=True)
class Case:
    """A stream and the grey picture that it is decoded with."""

    gray: Any
    color: bytes
    sealed: bool
    """Whether its checksums are right."""


def gray_picture(rng: np.random.Generator, pixels: int) -> Any:
    """Return a grey picture of random size and content."""
    height = int(rng.integers(1, max(2, int(pixels**0.5) * 2)))
    width = int(rng.integers(1, max(2, pixels // height + 1)))
    kind = rng.integers(4)
    y, x = np.mgrid[:height, :width]
    if kind == 0:
        gray = rng.integers(0, 256, (height, width))
    elif kind == 1:
        gray = np.full((height, width), rng.integers(256))
    elif kind == 2:
        gray = (x * rng.integers(1, 5) + y * rng.integers(1, 5)) % 256
    else:
        gray = (128 + 80 * np.sin(x / 9.0) * np.cos(y / 7.0)).astype(int) + rng.integers(0, 12)
    return np.clip(gray, 0, 255).astype(np.uint8)


def seeds(rng: np.random.Generator) -> list[bytes]:
    """Return payloads of genuine streams, the codec's number in front."""
    found = []
    for budget in (12, 40, 200, 1500):
        rgb = np.dstack([gray_picture(rng, 4000)] * 3)
        rgb = np.roll(rgb, 3, axis=1) if budget > 100 else rgb // np.array([1, 2, 3], np.uint8)
        rgb = rgb.astype(np.uint8)
        methods: list[Any] = [Grid(size=20, grid=3), GridExclude(size=30, grid=2, quantise=5)]
        methods += [Selective(size=40), GridSelective(size=40, p=2), "global", "stock"]
        found.append(vc.encode(rgb, budget=budget).color)
        found += [vc.encode(rgb, method).color for method in methods]
    return [bytes([color[0] & 15]) + color[5:] for color in found]


def mutated(rng: np.random.Generator, seed: bytes) -> bytes:
    """Return a payload (with its number) with some damage."""
    data = bytearray(seed)
    for _ in range(int(rng.integers(1, 5))):
        kind, at = rng.integers(6), int(rng.integers(1, max(2, len(data))))
        if kind == 0 and at < len(data):
            data[at] ^= 1 << int(rng.integers(8))
        elif kind == 1 and at < len(data):
            data[at] = int(rng.integers(256))
        elif kind == 2:
            del data[at:]
        elif kind == 3:
            data[at:at] = rng.bytes(int(rng.integers(1, 20)))
        elif kind == 4:
            data += rng.bytes(int(rng.integers(1, 200)))
        else:
            del data[at : at + int(rng.integers(1, 8))]
    if rng.integers(40) == 0:
        data[0] = int(rng.integers(16))
    return bytes(data)


def cases(count: int, pixels: int, seed: int) -> Any:
    """Yield cases, the same ones for the same numbers."""
    rng = np.random.default_rng(seed)
    known = seeds(rng)
    gray = gray_picture(rng, pixels)
    for number in range(count):
        if number % 16 == 0:
            gray = gray_picture(rng, pixels)
        if rng.integers(5) == 0:
            codec = int(rng.choice([1, 1, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9]))
            body = bytes([codec]) + rng.bytes(int(rng.integers(0, 400)))
        else:
            # Half of the rest are trees, the others of all codecs alike.
            among = known[:: len(known) // 4] if rng.integers(2) else known
            body = mutated(rng, among[int(rng.integers(len(among)))])
        small = gray[:20, :20] if body[0] in _SLOW else gray
        color = pack(body[0] & 15, small, body[1:])
        sealed = bool(rng.integers(8))
        if not sealed:
            bad = bytearray(color)
            bad[int(rng.integers(len(bad)))] ^= int(rng.integers(1, 256))
            color = bytes(bad)
        yield Case(small, color, sealed)


def run(case: Case) -> str:
    """Decode a case and return what came out: "picture" or "error"."""
    try:
        result = vc.decode(vc.IR(Picture(case.gray), case.color))
    except FormatError:
        return "error"
    assert case.sealed, "damage was not told"
    assert result.shape == (*case.gray.shape, 3)
    assert result.dtype == np.uint8
    assert (vc.to_gray(result) == case.gray).all(), "the grey was changed"
    return "picture"


def container(rng: np.random.Generator) -> str:
    """Decode a mutated .vcir file and return what came out."""
    gray = gray_picture(rng, 2000)
    rgb = np.dstack([gray, gray // 2, gray])
    chunks = unpack_chunks(vc.encode(rgb, budget=40).to_bytes())
    del chunks[b"END "]
    kind = list(chunks)[int(rng.integers(len(chunks)))]
    content = bytearray(chunks[kind])
    if content:
        content[int(rng.integers(len(content)))] ^= int(rng.integers(1, 256))
    if rng.integers(4) == 0:
        del content[int(rng.integers(len(content) + 1)) :]
    if kind == b"HEAD" and len(content) >= 8 and rng.integers(3) == 0:
        content[:8] = struct.pack("<II", *(int(v) for v in rng.integers(1, 1 << 31, 2)))
    chunks[kind] = bytes(content)
    try:
        vc.decode(vc.IR.from_bytes(pack_chunks(chunks.items())))
    except FormatError:
        return "error"
    return "picture"


def keep(case: Case, reason: str) -> None:
    """Put a case into the corpus."""
    CORPUS.mkdir(exist_ok=True)
    height, width = case.gray.shape
    document = {
        "reason": reason,
        "height": height,
        "width": width,
        "gray": case.gray.tobytes().hex(),
        "color": case.color.hex(),
        "sealed": case.sealed,
    }
    name = f"case-{zlib.crc32(case.color + bytes([height % 256, width % 256])):08x}.json"
    (CORPUS / name).write_text(json.dumps(document) + "\n")


def corpus() -> list[Case]:
    """Return the kept cases."""
    found = []
    for path in sorted(CORPUS.glob("*.json")):
        entry = json.loads(path.read_text())
        gray = np.frombuffer(bytes.fromhex(entry["gray"]), np.uint8)
        gray = gray.reshape(entry["height"], entry["width"])
        found.append(Case(gray, bytes.fromhex(entry["color"]), entry["sealed"]))
    return found


def peak_megabytes() -> float:
    """Return the most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Fuzz and report."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.streams", description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--pixels", type=int, default=20_000, help="of the largest picture")
    parser.add_argument(
        "--seconds", type=float, default=1.0, help="limit of a decode (processor time)"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--report", type=Path, help="file for the result, JSON")
    arguments = parser.parse_args()
    outcome: Counter[str] = Counter()
    slowest = 0.0
    for _ in range(3):
        for case in cases(20, 1000, 12345):
            run(case)  # compiles everything
    start, began = peak_megabytes(), time.perf_counter()
    for number, case in enumerate(cases(arguments.count, arguments.pixels, arguments.seed), 1):
        before = time.process_time()
        try:
            outcome[run(case)] += 1
        except Exception as error:
            outcome["failure"] += 1
            keep(case, f"{type(error).__name__}: {error}")
            print(f"{number}: {type(error).__name__}: {error}", flush=True)
        seconds = time.process_time() - before
        if seconds > arguments.seconds:
            outcome["slow"] += 1
            keep(case, f"{seconds:.1f} s")
            print(f"{number}: {seconds:.2f} s, {case.gray.shape}", flush=True)
        slowest = max(slowest, seconds)
        if number % 5000 == 0:
            print(number, dict(outcome), flush=True)
    rng = np.random.default_rng(arguments.seed)
    for _ in range(arguments.count // 50):
        outcome[f"container: {container(rng)}"] += 1
    result = {
        "streams": arguments.count,
        "largest picture, pixels": arguments.pixels,
        "seed": arguments.seed,
        "outcome": dict(outcome),
        "slowest decode, processor s": round(slowest, 3),
        "memory above the start, MB": round(peak_megabytes() - start),
        "seconds": round(time.perf_counter() - began),
        "varcolor": vc.__version__,
    }
    print(json.dumps(result, indent=1))
    if arguments.report:
        arguments.report.write_text(json.dumps(result, indent=1) + "\n")
    sys.exit(1 if outcome["failure"] or outcome["slow"] else 0)


if __name__ == "__main__":
    main()
