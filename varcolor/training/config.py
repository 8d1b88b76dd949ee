"""Configurations: a task, its data and its loop, from TOML to frozen dataclasses."""

from __future__ import annotations

import re
import tomllib
import types
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from varcolor.checks import require, whole, within
from varcolor.errors import FileError, InputError
from varcolor.registry import did_you_mean

T = TypeVar("T")
#: Keys of TOML that need no quotes.
_BARE = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class DataOptions:
    """Which pictures, and how they are cut."""

    places: tuple[str, ...] = ()
    """Folders, zip files, and text files that name one picture a line."""
    held_out: float = 0.1
    """Share of the pictures that is never trained on, 0 to 0.9; chosen by a hash of their names."""
    held_out_places: tuple[str, ...] = ()
    """Folders, zip files and lists of the pictures that are never trained on, instead of a
    share."""
    cache: str = ""
    """Folder of samples that are decoded once and read as memory, for the task learned; empty:
    ``cache`` in the folder of the training."""
    size: int = 128
    """Side of what is cut out, in pixels; a multiple of 8."""
    fit: str = "crop"
    """crop: a part of the picture; pad: all of it, with a border that the loss leaves out; squash:
    all of it, without its proportions; whole: all of it, at most so large."""
    scale: tuple[float, float] = (1.0, 1.5)
    """crop: the shorter side of the picture is between so many times ``size``."""
    near_grey: float = 5.0
    """Pictures whose a* and b* both range over less, in units of CIELAB, are left out; 0: none."""
    grey: str = "lab"
    """What the network sees: lab: L* of the colours; rec709: L* of their grey version by Rec. 709
    luma, as grey files hold it."""
    workers: int = 2
    """Threads that decode."""

    def __post_init__(self) -> None:
        within("held_out", self.held_out, 0.0, 0.9)
        whole("size", self.size, 8, 4096)
        require(self.size % 8 == 0, f"size {self.size}: expected a multiple of 8")
        _one_of("fit", self.fit, ("crop", "pad", "squash", "whole"))
        _one_of("grey", self.grey, ("lab", "rec709"))
        low, high = self.scale
        require(1 <= low <= high <= 8, f"scale {self.scale}: expected 1 <= low <= high <= 8")
        within("near_grey", self.near_grey, 0.0, 200.0)
        whole("workers", self.workers, 1, 64)


@dataclass(frozen=True, slots=True, kw_only=True)
class AugmentOptions:
    """How L* is changed: old photos differ from grey versions of new ones. 0: not at all."""

    flip: bool = True
    """Whether half of the pictures are mirrored."""
    gamma: float = 0.0
    """exp of a normal number times this is the exponent of L* / 100, 0 to 1."""
    contrast: float = 0.0
    """L* is compressed by a share up to this, 0 to 0.9, its range placed at random."""
    noise: float = 0.0
    """Standard deviation of grain at most, in units of L*, 0 to 30; it is correlated a little."""
    blur: float = 0.0
    """Standard deviation of the blur at most, in pixels, 0 to 5."""
    jpeg: float = 0.0
    """Share of pictures that go through JPEG of quality 30 to 95, 0 to 1."""
    stains: float = 0.0
    """Share of pictures with stains, scratches and dust of a scan, 0 to 1."""

    def __post_init__(self) -> None:
        bounds = {"gamma": 1, "contrast": 0.9, "noise": 30, "blur": 5, "jpeg": 1, "stains": 1}
        for name, high in bounds.items():
            within(name, getattr(self, name), 0.0, high)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopOptions:
    """How long, how fast, and how it is kept."""

    steps: int = 100_000
    """Steps in all."""
    batch: int = 16
    """Pictures a step."""
    rate: float = 1e-4
    """Learning rate of Adam."""
    betas: tuple[float, float] = (0.9, 0.999)
    """Decay of Adam's moments."""
    weight_decay: float = 0.0
    """Decoupled, as in AdamW."""
    schedule: str = "constant"
    """constant, cosine (to 0 at the last step), cooling (constant, then falling evenly, to a
    hundredth) or steps (times ``factor`` at each milestone)."""
    warmup: int = 0
    """Steps over which the rate rises from 0."""
    milestones: tuple[int, ...] = ()
    """steps: where the rate falls."""
    factor: float = 0.1
    """steps: what it is multiplied by there."""
    cooling: float = 0.4
    """cooling: share of the steps, the last ones, in which the rate falls, above 0 to 1."""
    clip: float = 1.0
    """Largest norm of the gradient of a part; 0: it is not clipped."""
    ema: float = 0.999
    """Decay of the moving average of the weights, which is what is used; 0: none."""
    ema_warmup: int = 10
    """How slowly the average begins: after n steps its decay is at most (1 + n) / (this + n)."""
    seed: int = 0
    """Of weights, order and augmentation."""
    every: int = 1000
    """Steps between looks at held-out pictures; then a checkpoint is written."""
    look: int = 64
    """Held-out pictures that are looked at."""
    minutes: float = 0.0
    """Stop after so long; 0: at the last step."""
    device: str = "cpu"
    """cpu, cuda, cuda:N or auto."""
    precision: str = "auto"
    """On CUDA: auto (bfloat16 where the device has it) or float32."""
    threads: int = 0
    """Threads of PyTorch; 0: its own choice."""

    def __post_init__(self) -> None:
        for name in ("steps", "batch", "every", "look"):
            whole(name, getattr(self, name), 1, 10**9)
        for name in ("warmup", "seed", "threads"):
            whole(name, getattr(self, name), 0, 2**31)
        require(0 < self.rate < 10, f"rate {self.rate}: expected above 0, below 10")
        require(all(0 <= b < 1 for b in self.betas), f"betas {self.betas}: expected 0 to 1")
        for name, high in (("weight_decay", 1), ("clip", 1e6), ("ema", 0.999999), ("factor", 1)):
            within(name, getattr(self, name), 0.0, high)
        within("minutes", self.minutes, 0.0, 1e6)
        _one_of("schedule", self.schedule, ("constant", "cosine", "cooling", "steps"))
        whole("ema_warmup", self.ema_warmup, 1, 10**6)
        within("cooling", self.cooling, 1e-3, 1.0)
        _one_of("precision", self.precision, ("auto", "float32"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """A training: everything that its result depends on."""

    name: str
    """Of the result's files."""
    task: str
    """See `varcolor.training.task.TASKS`."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Of the task."""
    network: Mapping[str, Any] = field(default_factory=dict)
    """Settings of the network, such as its width."""
    data: DataOptions = field(default_factory=DataOptions)
    augment: AugmentOptions = field(default_factory=AugmentOptions)
    loop: LoopOptions = field(default_factory=LoopOptions)

    def __post_init__(self) -> None:
        fits = self.name.replace("-", "").replace("_", "").isalnum() and self.name.isascii()
        require(fits and len(self.name) <= 60, f"name {self.name!r}: expected letters and digits")


def _one_of(name: str, value: str, known: tuple[str, ...]) -> None:
    require(
        value in known,
        f"{name} {value!r}: expected {', '.join(known)}{did_you_mean(str(value), known)}",
    )


def read_config(path: Path) -> Config:
    """Read a configuration.

    Raises
    ------
    FileError
        If it cannot be read or is no TOML.
    InputError
        For unknown names and values out of range; the message names the file.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FileError(f"{path}: cannot be read ({error.strerror or error})") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FileError(f"{path}: is no configuration in TOML ({error})") from None
    try:
        return made(Config, data)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def made(kind: type[T], data: Mapping[str, Any], place: str = "") -> T:
    """Return a dataclass of parsed TOML; sections are its fields that are dataclasses.

    Raises
    ------
    InputError
        For unknown and missing names, and values of another kind.
    """
    hints = get_type_hints(kind)
    own = {f.name: hints[f.name] for f in fields(kind)}  # type: ignore[arg-type]
    found: dict[str, Any] = {}
    for name, value in data.items():
        where = f"{place}{name}"
        if name not in own:
            raise InputError(f"unknown option {where!r}{did_you_mean(name, own)}")
        if is_dataclass(own[name]):
            require(isinstance(value, Mapping), f"{where}: expected a section [{where}]")
            found[name] = made(own[name], value, f"{where}.")
        else:
            found[name] = _taken(own[name], value, where)
    try:
        return kind(**found)
    except TypeError as error:
        raise InputError(f"{place.rstrip('.') or 'the configuration'}: {error}") from None


def _taken(kind: Any, value: Any, where: str) -> Any:
    """Return a value of TOML as the type of an option; whole numbers serve as floats."""
    origin = get_origin(kind)
    if origin is tuple:
        require(isinstance(value, list | tuple), f"{where} = {value!r}: expected a list")
        inner = get_args(kind)
        if len(inner) == 2 and inner[1] is not Ellipsis:
            require(len(value) == 2, f"{where} = {value!r}: expected two values")
        return tuple(_taken(inner[0], part, where) for part in value)
    if origin is types.UnionType:
        kind = next(k for k in get_args(kind) if k is not type(None))
    if origin is not None and issubclass(origin, Mapping):
        require(isinstance(value, Mapping), f"{where}: expected a section [{where}]")
        return dict(value)
    if kind is float and type(value) is int:
        return float(value)
    require(type(value) is kind, f"{where} = {value!r}: expected {kind.__name__}")
    return value


def text_of(config: Any, place: str = "") -> str:
    """Return a configuration as TOML, with every option."""
    from varcolor.neural.cards import toml_of

    lines, sections = [], []
    pairs = (
        config.items()
        if isinstance(config, Mapping)
        else ((f.name, getattr(config, f.name)) for f in fields(config))
    )
    for name, value in pairs:
        key = name if _BARE.fullmatch(name) else toml_of(name)
        if is_dataclass(value) or isinstance(value, Mapping):
            sections.append(f"\n[{place}{key}]\n{text_of(value, f'{place}{key}.')}")
        else:
            lines.append(f"{key} = {toml_of(value)}")
    return "\n".join(lines) + ("\n" if lines else "") + "".join(sections)
