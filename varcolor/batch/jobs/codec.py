"""Photos to grey and a few bytes of colour, and back: encode, decode and both in one go."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from varcolor.batch.naming import Placed, checked, place
from varcolor.image.formats import EXTENSIONS, FORMATS, require_size
from varcolor.image.picture import Picture, as_picture
from varcolor.image.read import read
from varcolor.image.write import content
from varcolor.ir import legacy, plot
from varcolor.ir.coding import decode_picture
from varcolor.ir.coding import encode as encode_photo
from varcolor.ir.representation import IR, pair_stem

if TYPE_CHECKING:
    from varcolor.batch.task import Facts, Task
    from varcolor.ir.codecs import Codec
    from varcolor.neural.using import NetworkOptions
    from varcolor.typing import Progress, Shape

#: Bytes a pixel that encoding and decoding take at most, with what the photo takes.
_BYTES = 400.0


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


@dataclass(frozen=True, slots=True)
class _Codec:
    def memory(self, shape: Shape) -> float:
        """Return the bytes that a photo of this height and width takes at most."""
        return _BYTES * shape[0] * shape[1]

    def moved(self, path: Callable[[Path], Path]) -> Self:
        """Return the same: it names no files."""
        return self

    def on_threads(self, threads: int) -> Self:
        """Return the same: the codec's loops share out by themselves."""
        return self

    def to_dict(self) -> Facts:
        """Return what differs from the defaults."""
        found: Facts = {}
        for own in dataclasses.fields(self):
            value = getattr(self, own.name)
            if own.name == "codec" and value is not None:
                set_ = {
                    f.name: getattr(value, f.name)
                    for f in dataclasses.fields(value)
                    if getattr(value, f.name) != f.default
                }
                found["codec"] = {"method": value.name, **set_}
            elif own.name == "network" and value is not None:
                found["network"] = value.as_dict()
            elif value != own.default:
                found[own.name] = str(value) if isinstance(value, Path) else value
        return found


@dataclass(frozen=True, slots=True)
class Encode(_Codec):
    """Photos to their representations."""

    name: ClassVar[str] = "encode"
    codec: Codec | None = None
    """The method and its options; None: no colours at all."""
    gray_quality: int | None = None
    sidecar: bool = False
    legacy: bool = False
    plot: bool = False
    without_gray: bool = False

    def targets(self, task: Task) -> tuple[Path, ...]:
        """Return the file that names the representation; there may be more with it."""
        kind = ".gray.png" if self.sidecar or self.legacy else ".vcir"
        return (task.output.with_name(f"{task.output.name}{kind}"),)

    def run(self, task: Task, progress: Progress | None) -> Facts | None:
        """Encode a photo."""
        photo = read(task.input)
        require_size(photo.shape, FORMATS["PNG"], task.input)
        started = time.perf_counter()
        ir = self.encode(photo, progress)
        seconds = time.perf_counter() - started
        placed = self.save(ir, task)
        if placed is None:
            return None
        return facts_of(ir, placed, ir.notes) | {"stages": {"encode": seconds}}

    def encode(self, photo: Picture, progress: Progress | None) -> IR:
        """Return the representation of a photo."""
        quality = self.gray_quality
        if self.codec is None:
            return encode_photo(photo, budget=0, gray_quality=quality, progress=progress)
        return encode_photo(photo, self.codec, gray_quality=quality, progress=progress)

    def save(self, ir: IR, task: Task) -> Placed | None:
        """Write a representation (and its plot); None if it exists already and is to be skipped.

        A pair is matched by name: with a number, all files get the same one.
        """
        stem = task.output
        files: dict[Path, bytes]
        if self.legacy:
            files = legacy.files_of(ir, stem)
        elif self.sidecar:
            files = ir.files(stem.with_name(f"{stem.name}.vcc"))
        else:
            files = ir.files(stem.with_name(f"{stem.name}.vcir"))
        if self.without_gray:
            files.pop(next(iter(files)))
        if self.plot:
            picture = as_picture(plot.drawn(ir))
            files[stem.with_name(f"{stem.name}.plot.png")] = content(picture, FORMATS["PNG"])[0]
        if any(checked(path, task.on_exists, [task.input]) is None for path in files):
            return None
        return place(files, task.on_exists, stem.name)


@dataclass(frozen=True, slots=True)
class Decode(_Codec):
    """Representations to photos."""

    name: ClassVar[str] = "decode"
    decoder: str = "auto"
    plot: bool = False
    network: NetworkOptions | None = None
    """Of a decoder that is a network."""

    def targets(self, task: Task) -> tuple[Path, ...]:
        """Return the picture, and with ``plot`` what was stored."""
        names = ("colour", "given") if self.plot else ("colour",)
        return tuple(task.output.with_name(f"{task.output.name}.{kind}.png") for kind in names)

    def run(self, task: Task, progress: Progress | None) -> Facts | None:
        """Decode a representation."""
        target, *given = self.targets(task)
        ir = load(task.input)
        require_size(ir.gray.shape, FORMATS["PNG"], target)
        started = time.perf_counter()
        decoded = decode_picture(ir, decoder=self.decoder, progress=progress, network=self.network)
        seconds = time.perf_counter() - started
        data, notes = content(decoded.picture, FORMATS["PNG"], name=str(target))
        files = {target: data}
        for path in given:
            files[path] = content(as_picture(plot.given(ir)), FORMATS["PNG"])[0]
        placed = place(files, task.on_exists, task.output.name)
        if placed is None:
            return None
        facts = facts_of(ir, placed, [*decoded.notes, *notes])
        return facts | {"stages": {"decode": seconds}}


def load(path: Path) -> IR:
    """Read a representation of any kind."""
    return legacy.load(path) if legacy.is_legacy(path) else IR.load(path)


def facts_of(ir: IR, placed: Placed, notes: Iterable[str]) -> dict[str, Any]:
    """Return what every job says about a representation."""
    return {
        "outputs": [str(f) for f in placed.paths],
        "as_asked": not placed.notes,
        "method": ir.method,
        "color_bytes": len(ir.color),
        "width": ir.gray.shape[1],
        "height": ir.gray.shape[0],
        "notes": [*notes, *placed.notes],
    }
