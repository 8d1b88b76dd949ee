"""Mutated and random streams and files: ``python -m tests.fuzz.streams --report FILE``.

Four of five cases are colour streams (.vcc), decoded with a grey picture; the others .vcir files.
What may come out is a picture, or a FormatError. Anything else, a decode that takes more than
``--seconds`` of processor time (of all threads together, least of four), or one that allocates more than
``--megabytes`` (a limit of the operating system is set), is a failure, and the case is kept in the
corpus. Most pictures are small; one of ``--large`` has about a megapixel. Checksums are made right
again after a mutation (else nothing but the checksum would be tested), except in one case of
eight, where the damage must be told.
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
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import varcolor as vc
from tests.fuzz.checksums import repaired
from varcolor.errors import FormatError
from varcolor.image.picture import Picture
from varcolor.ir.container import pack_chunks, unpack_chunks
from varcolor.ir.legacy import GLOB_DIST, MASK
from varcolor.ir.masks import Mask, pack_histogram, pack_mask
from varcolor.ir.points.codecs import Grid, GridExclude, GridSelective, Selective
from varcolor.ir.stream import pack

CORPUS = Path(__file__).with_name("corpus")
MEGAPIXEL = 1_000_000


@dataclass(frozen=True, slots=True)
class Case:
    """A stream and the grey picture that it is decoded with."""

    gray: Any
    color: bytes
    sealed: bool
    """Whether its checksums are right."""

    def run(self) -> str:
        """Decode and return what came out: "picture" or "error"."""
        try:
            result = vc.decode(vc.IR(Picture(self.gray), self.color))
        except FormatError:
            return "error"
        assert self.sealed, "damage was not told"
        _check(result, self.gray)
        return "picture"

    def document(self) -> dict[str, Any]:
        """Return the case as the corpus keeps it."""
        height, width = self.gray.shape
        gray = self.gray.tobytes()
        return {"height": height, "width": width, "gray": gray.hex()} | {
            "color": self.color.hex(),
            "sealed": self.sealed,
        }


@dataclass(frozen=True, slots=True)
class FileCase:
    """A .vcir file."""

    data: bytes
    sealed: bool

    def run(self) -> str:
        """Decode and return what came out: "picture" or "error"."""
        try:
            ir = vc.IR.from_bytes(self.data)
            result = vc.decode(ir)
        except FormatError:
            return "error"
        assert self.sealed, "damage was not told"
        _check(result[..., :3], ir.gray)
        return "picture"

    def document(self) -> dict[str, Any]:
        """Return the case as the corpus keeps it."""
        return {"file": self.data.hex(), "sealed": self.sealed}


def _check(result: Any, gray: Any) -> None:
    assert result.shape == (*gray.shape, 3)
    assert result.dtype == gray.dtype
    assert (vc.to_gray(result) == gray).all(), "the grey was changed"


def gray_picture(rng: np.random.Generator, pixels: int) -> Any:
    """Return a grey picture of random size and content; of a megapixel nearly all are used."""
    height = int(rng.integers(1, max(2, int(pixels**0.5) * 2)))
    width = int(rng.integers(1, max(2, pixels // height + 1)))
    if pixels == MEGAPIXEL:
        height = int(rng.integers(100, 5000))
        width = pixels // height
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
        found += [
            pack(codec, rgb[..., 0], payload) for codec, payload in legacy_seeds(rng, budget > 1000)
        ]
    return [bytes([color[0] & 15]) + color[5:] for color in found]


def legacy_seeds(rng: np.random.Generator, large: bool) -> list[tuple[int, bytes]]:
    """Return codec and payload of wrapped files of the older program: masks and a histogram."""
    found = []
    most = (2048, 127) if large else (300, 20)
    for size, p, grid in ((30, 0, 4), (256, 3, None), (*most, None), (64, 2, None)):
        if grid is None:
            cells = np.unique(rng.integers(0, size, (int(rng.integers(1, 99)), 2)), axis=0)
        else:
            cells = np.stack(np.mgrid[0:size:grid, 0:size:grid], axis=-1).reshape(-1, 2)
        ab = rng.integers(-60, 60, (len(cells), 2)).astype(np.int8)
        mask = pack_mask(Mask(size, p, grid, cells, ab))
        found.append((MASK, struct.pack("<I", len(mask)) + mask))
    pair = found[0][1] + found[1][1][4:]
    counts = np.bincount(rng.integers(0, 313, 4096), minlength=313)
    return [*found, (MASK, pair), (GLOB_DIST, pack_histogram(counts / 4096))]


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


def cases(count: int, pixels: int, seed: int, large: int = 0) -> Iterator[Case | FileCase]:
    """Yield cases, the same ones for the same numbers; every ``large``-th has a megapixel."""
    rng = np.random.default_rng(seed)
    known, files = seeds(rng), file_seeds(rng)
    gray = gray_picture(rng, pixels)
    for number in range(count):
        if number % 16 == 0:
            gray = gray_picture(rng, pixels)
        if large and number % large == large - 1:
            yield stream_case(rng, known, gray_picture(rng, MEGAPIXEL))
        elif number % 5 == 4:
            yield file_case(rng, files)
        else:
            yield stream_case(rng, known, gray)


def stream_case(rng: np.random.Generator, known: list[bytes], gray: Any) -> Case:
    """Return a case of one stream."""
    if rng.integers(5) == 0:
        codec = int(rng.choice([1, 1, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9]))
        body = bytes([codec]) + rng.bytes(int(rng.integers(0, 400)))
    else:
        # Half of the rest are trees, the others of all codecs alike.
        among = known[:: len(known) // 4] if rng.integers(2) else known
        body = mutated(rng, among[int(rng.integers(len(among)))])
    color = pack(body[0] & 15, gray, body[1:])
    sealed = bool(rng.integers(8))
    return Case(gray, color if sealed else _flipped(rng, color), sealed)


def file_seeds(rng: np.random.Generator) -> list[dict[bytes, bytes]]:
    """Return the chunks of genuine files: 8 and 16 bit, with alpha, lossy, PNG and JPEG XL."""
    found = []
    for number in range(10):
        gray = gray_picture(rng, 2000)
        rgb = np.dstack([gray, gray // 2, gray]).astype(np.uint8)
        if number % 5 == 1:
            rgb = np.dstack([rgb, gray])
        if number % 5 == 2:
            rgb = rgb.astype(np.uint16) * 257
        lossy = 50 if number % 5 == 3 else None
        ir = vc.encode(rgb, ("tree", "grid", "global")[number % 3], gray_quality=lossy)
        data = ir.to_bytes("JPEG XL" if number % 5 == 4 else "PNG")
        found.append({k: v for k, v in unpack_chunks(data).items() if k != b"END "})
    return found


def file_case(rng: np.random.Generator, files: list[dict[bytes, bytes]]) -> FileCase:
    """Return a case of one file: a chunk is damaged, or what it says of its size, or any bytes."""
    chunks = dict(files[int(rng.integers(len(files)))])
    if rng.integers(8) == 0:
        return FileCase(_flipped(rng, pack_chunks(chunks.items())), False)
    kind = list(chunks)[int(rng.integers(len(chunks)))]
    content = bytearray(chunks[kind])
    if content:
        content[int(rng.integers(len(content)))] ^= int(rng.integers(1, 256))
    if rng.integers(4) == 0:
        del content[int(rng.integers(len(content) + 1)) :]
    if kind == b"HEAD" and len(content) >= 8 and rng.integers(3) == 0:
        content[:8] = struct.pack("<II", *(int(v) for v in rng.integers(1, 1 << 31, 2)))
    if kind == b"GRAY" and content[1:4] == b"PNG" and len(content) >= 33 and rng.integers(3) == 0:
        content[16:24] = struct.pack(">II", *(int(v) for v in rng.integers(1, 1 << 31, 2)))
        content[29:33] = struct.pack(">I", zlib.crc32(bytes(content[12:29])))
        if len(chunks[b"HEAD"]) >= 8 and rng.integers(2):
            width, height = struct.unpack(">II", content[16:24])
            chunks[b"HEAD"] = struct.pack("<II", width, height) + chunks[b"HEAD"][8:]
    chunks[kind] = bytes(content)
    if kind == b"GRAY" and rng.integers(4):  # else only its checksums would be tested
        chunks[kind] = repaired(chunks[kind])
    return FileCase(pack_chunks(chunks.items()), True)


def _flipped(rng: np.random.Generator, data: bytes) -> bytes:
    """Return data with one byte changed."""
    bad = bytearray(data)
    bad[int(rng.integers(len(bad)))] ^= int(rng.integers(1, 256))
    return bytes(bad)


def keep(case: Case | FileCase, reason: str) -> None:
    """Put a case into the corpus."""
    CORPUS.mkdir(exist_ok=True)
    document = json.dumps({"reason": reason, **case.document()})
    (CORPUS / f"case-{zlib.crc32(document.encode()):08x}.json").write_text(document + "\n")


def corpus() -> list[Case | FileCase]:
    """Return the kept cases."""
    found: list[Case | FileCase] = []
    for path in sorted(CORPUS.glob("*.json")):
        entry = json.loads(path.read_text())
        if "file" in entry:
            found.append(FileCase(bytes.fromhex(entry["file"]), entry["sealed"]))
            continue
        gray = np.frombuffer(bytes.fromhex(entry["gray"]), np.uint8)
        gray = gray.reshape(entry["height"], entry["width"])
        found.append(Case(gray, bytes.fromhex(entry["color"]), entry["sealed"]))
    return found


def limit_memory(megabytes: int) -> None:
    """Let this process allocate only so much more than it has now."""
    status = Path("/proc/self/status").read_text()
    data = next(line for line in status.splitlines() if line.startswith("VmData"))
    now = int(data.split()[1]) << 10
    resource.setrlimit(resource.RLIMIT_DATA, (now + (megabytes << 20), resource.RLIM_INFINITY))


def _seconds(case: Case | FileCase) -> float:
    """Return the processor time of a decode."""
    before = time.process_time()
    case.run()
    return time.process_time() - before


def peak_megabytes() -> float:
    """Return the most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Fuzz and report."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.streams", description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--pixels", type=int, default=3_000, help="of the small pictures, at most")
    parser.add_argument("--large", type=int, default=1000, help="one of so many has a megapixel")
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--megabytes", type=int, default=512)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--report", type=Path, help="file for the result, JSON")
    arguments = parser.parse_args()
    for case in cases(200, 1000, 12345):
        case.run()  # compiles everything
    outcome: Counter[str] = Counter()
    slowest = 0.0
    limit_memory(arguments.megabytes)
    start = peak_megabytes()
    found = cases(arguments.count, arguments.pixels, arguments.seed, arguments.large)
    for number, case in enumerate(found, 1):
        kind = "file" if isinstance(case, FileCase) else "stream"
        before = time.process_time()
        try:
            outcome[f"{kind}: {case.run()}"] += 1
        except BaseException as error:
            outcome["failure"] += 1
            keep(case, f"{type(error).__name__}: {error}")
            print(f"{number}: {type(error).__name__}: {error}", flush=True)
            if isinstance(error, KeyboardInterrupt):
                raise
        seconds = time.process_time() - before
        for _ in range(3):
            if seconds > arguments.seconds:  # perhaps other programs were in the way
                seconds = min(seconds, _seconds(case))
        if seconds > arguments.seconds:
            outcome["slow"] += 1
            keep(case, f"{seconds:.1f} s")
            print(f"{number}: {seconds:.2f} s", flush=True)
        slowest = max(slowest, seconds)
        if number % 5000 == 0:
            print(number, dict(outcome), f"{slowest:.2f} s {peak_megabytes():.0f} MB", flush=True)
    result = {
        "streams and files": arguments.count,
        "of these with a megapixel": arguments.count // arguments.large if arguments.large else 0,
        "pixels of the others, at most": arguments.pixels,
        "seed": arguments.seed,
        "outcome": {"failure": 0, "slow": 0, **outcome},
        "limit of a decode, processor s": arguments.seconds,
        "slowest decode, processor s": round(slowest, 3),
        "limit of memory above the start, MB": arguments.megabytes,
        "most memory above the start, MB": round(peak_megabytes() - start),
        "varcolor": vc.__version__,
    }
    print(json.dumps(result, indent=1))
    if arguments.report:
        arguments.report.write_text(json.dumps(result, indent=1) + "\n")
    sys.exit(1 if outcome["failure"] or outcome["slow"] else 0)


if __name__ == "__main__":
    main()
