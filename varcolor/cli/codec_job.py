"""What `encode`, `decode` and `roundtrip` do with one file."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from varcolor.cli.batch import Item
from varcolor.cli.naming import OnExists, checked
from varcolor.cli.output import Bar
from varcolor.image.formats import EXTENSIONS
from varcolor.image.picture import Picture
from varcolor.image.read import read
from varcolor.image.write import write
from varcolor.ir import legacy, plot
from varcolor.ir.coding import decode_picture
from varcolor.ir.coding import encode as encode_photo
from varcolor.ir.representation import IR, pair_stem

if TYPE_CHECKING:
    from varcolor.ir.codecs import Codec


@dataclass(frozen=True, slots=True)
class Encoding:
    """How photos are encoded."""

    codec: Codec | None
    gray_quality: int | None
    sidecar: bool
    legacy: bool
    plot: bool
    on_exists: OnExists


def is_photo(path: Path) -> bool:
    """Return whether a file in a folder is a photo to encode: not one that this program made."""
    inner = Path(path.stem).suffix.lower()
    return path.suffix.lower() in EXTENSIONS and inner not in (".gray", ".plot", ".given")


def is_encoded(path: Path) -> bool:
    """Return whether a file in a folder stands for a picture to decode."""
    return path.suffix.lower() in (".vcir", ".vcc") or legacy.is_first(path)


def stem_of_encoded(path: Path) -> str:
    """Return the name of the picture that a file stands for."""
    return pair_stem(path) or legacy.stem_of(path) or path.stem


def encode_file(item: Item, how: Encoding, bar: Bar) -> Mapping[str, Any] | None:
    """Encode a photo; return what was done, or None if all of it was there already."""
    photo = read(item.path)
    started = time.perf_counter()
    ir = encode(photo, how, bar)
    seconds = time.perf_counter() - started
    files = save(ir, item, how)
    if files is None:
        return None
    return facts_of(item, ir, files) | {"seconds": {"encode": seconds}}


def encode(photo: Picture, how: Encoding, bar: Bar) -> IR:
    """Return the representation of a photo."""
    if how.codec is None:
        return encode_photo(photo, budget=0, gray_quality=how.gray_quality, progress=bar)
    return encode_photo(photo, how.codec, gray_quality=how.gray_quality, progress=bar)


def facts_of(item: Item, ir: IR, files: tuple[Path, ...]) -> dict[str, Any]:
    """Return what every command says about a representation."""
    return {
        "input": str(item.path),
        "outputs": [str(f) for f in files],
        "method": ir.method,
        "color_bytes": len(ir.color),
        "width": ir.gray.shape[1],
        "height": ir.gray.shape[0],
        "notes": list(ir.notes),
    }


def save(ir: IR, item: Item, how: Encoding) -> tuple[Path, ...] | None:
    """Write a representation (and its plot); None if it exists already and is to be skipped."""
    stem = item.stem
    contents: dict[Path, bytes]
    if how.legacy:
        contents = legacy.files_of(ir, stem)
    elif how.sidecar:
        contents = dict.fromkeys(ir.pair(stem.with_name(f"{stem.name}.vcc")), b"")
    else:
        contents = {stem.with_name(f"{stem.name}.vcir"): b""}
    targets = list(contents)
    plots = []
    if how.plot:
        plots = [(stem.with_name(f"{stem.name}.plot.png"), plot.drawn(ir))]
    wanted = [*targets, *(path for path, _ in plots)]
    allowed = [checked(path, how.on_exists, [item.path]) for path in wanted]
    if any(path is None for path in allowed):
        return None
    if how.on_exists == "number" and allowed != wanted:
        # A pair is matched by name: both files get the same number.
        number = 2
        while any(_numbered(path, stem.name, number).exists() for path in wanted):
            number += 1
        renamed = Item(item.path, stem.with_name(f"{stem.name}-{number}"))
        return save(ir, renamed, how)
    if how.legacy:
        legacy.write_files(contents)
    else:
        ir.save(targets[-1])
    for path, picture in plots:
        write(picture, path)
    return tuple(wanted)


def _numbered(path: Path, stem: str, number: int) -> Path:
    return path.with_name(f"{stem}-{number}{path.name[len(stem) :]}")


def load(path: Path) -> IR:
    """Read a representation of any kind."""
    return legacy.load(path) if legacy.is_legacy(path) else IR.load(path)


def decode_file(
    item: Item, decoder: str, plotted: bool, on_exists: OnExists, bar: Bar
) -> Mapping[str, Any] | None:
    """Decode a representation; return what was done, or None if it was there already."""
    target = item.stem.with_name(f"{item.stem.name}.colour.png")
    given = item.stem.with_name(f"{item.stem.name}.given.png")
    wanted = [target, given] if plotted else [target]
    allowed = [checked(path, on_exists, [item.path]) for path in wanted]
    if any(path is None for path in allowed):
        return None
    ir = load(item.path)
    started = time.perf_counter()
    decoded = decode_picture(ir, decoder=decoder, progress=bar)
    seconds = time.perf_counter() - started
    files = tuple(path for path in allowed if path is not None)
    notes = [*decoded.notes, *write(decoded.picture, files[0])]
    if plotted:
        write(plot.given(ir), files[1])
    facts = facts_of(item, ir, files)
    return facts | {"notes": notes, "seconds": {"decode": seconds}}
