"""What `encode`, `decode` and `roundtrip` do with one file."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from varcolor.cli.batch import Item
from varcolor.cli.naming import OnExists, Placed, checked, place
from varcolor.cli.output import Bar
from varcolor.errors import InputError
from varcolor.image.formats import EXTENSIONS, FORMATS, require_size
from varcolor.image.picture import Picture, as_picture
from varcolor.image.read import read
from varcolor.image.write import content
from varcolor.ir import legacy, plot
from varcolor.ir.coding import decode_picture
from varcolor.ir.coding import encode as encode_photo
from varcolor.ir.representation import IR, pair_stem
from varcolor.neural.using import NetworkOptions
from varcolor.options.network import NETWORKS

if TYPE_CHECKING:
    from varcolor.ir.codecs import Codec
    from varcolor.options.network import NetworkChoice


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
    require_size(photo.shape, FORMATS["PNG"], item.path)
    started = time.perf_counter()
    ir = encode(photo, how, bar)
    seconds = time.perf_counter() - started
    placed = save(ir, item, how)
    if placed is None:
        return None
    facts = facts_of(item, ir, placed, ir.notes)
    return facts | {"seconds": {"encode": seconds}}


def encode(photo: Picture, how: Encoding, bar: Bar) -> IR:
    """Return the representation of a photo."""
    if how.codec is None:
        return encode_photo(photo, budget=0, gray_quality=how.gray_quality, progress=bar)
    return encode_photo(photo, how.codec, gray_quality=how.gray_quality, progress=bar)


def facts_of(item: Item, ir: IR, placed: Placed, notes: Iterable[str]) -> dict[str, Any]:
    """Return what every command says about a representation."""
    return {
        "input": str(item.path),
        "status": "done",
        "outputs": [str(f) for f in placed.paths],
        "renamed": bool(placed.notes),
        "method": ir.method,
        "color_bytes": len(ir.color),
        "width": ir.gray.shape[1],
        "height": ir.gray.shape[0],
        "notes": [*notes, *placed.notes],
    }


def save(ir: IR, item: Item, how: Encoding, without_gray: bool = False) -> Placed | None:
    """Write a representation (and its plot); None if it exists already and is to be skipped.

    A pair is matched by name: with a number, all files get the same one.
    """
    stem = item.stem
    files: dict[Path, bytes]
    if how.legacy:
        files = legacy.files_of(ir, stem)
    elif how.sidecar:
        files = ir.files(stem.with_name(f"{stem.name}.vcc"))
    else:
        files = ir.files(stem.with_name(f"{stem.name}.vcir"))
    if without_gray:
        files.pop(next(iter(files)))
    if how.plot:
        picture = as_picture(plot.drawn(ir))
        files[stem.with_name(f"{stem.name}.plot.png")] = content(picture, FORMATS["PNG"])[0]
    if any(checked(path, how.on_exists, [item.path]) is None for path in files):
        return None
    return place(files, how.on_exists, stem.name)


def network_options(decoder: str, choice: NetworkChoice) -> NetworkOptions | None:
    """Return the options of a decoder's network; None if it is none.

    Raises
    ------
    InputError
        If something was said of a network, and the decoder is none.
    """
    if choice.reference is not None:
        raise InputError("--reference: a decoder takes none")
    if decoder.removesuffix("-alone") not in NETWORKS[:2]:
        choice.require_network()
        return None
    return NetworkOptions(**choice.network())


def load(path: Path) -> IR:
    """Read a representation of any kind."""
    return legacy.load(path) if legacy.is_legacy(path) else IR.load(path)


def decode_file(
    item: Item,
    decoder: str,
    plotted: bool,
    on_exists: OnExists,
    bar: Bar,
    network: NetworkOptions | None = None,
) -> Mapping[str, Any] | None:
    """Decode a representation; return what was done, or None if it was there already."""
    target = item.stem.with_name(f"{item.stem.name}.colour.png")
    given = item.stem.with_name(f"{item.stem.name}.given.png")
    wanted = [target, given] if plotted else [target]
    allowed = [checked(path, on_exists, [item.path]) for path in wanted]
    if any(path is None for path in allowed):
        return None
    ir = load(item.path)
    require_size(ir.gray.shape, FORMATS["PNG"], target)
    started = time.perf_counter()
    decoded = decode_picture(ir, decoder=decoder, progress=bar, network=network)
    seconds = time.perf_counter() - started
    data, notes = content(decoded.picture, FORMATS["PNG"], name=str(target))
    files = {target: data}
    if plotted:
        files[given] = content(as_picture(plot.given(ir)), FORMATS["PNG"])[0]
    placed = place(files, on_exists, item.stem.name)
    if placed is None:
        return None
    facts = facts_of(item, ir, placed, [*decoded.notes, *notes])
    return facts | {"seconds": {"decode": seconds}}
