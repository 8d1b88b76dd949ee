"""Options of the commands of the codec."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Group, Parameter

from varcolor.cli.naming import WRITES, OnExists
from varcolor.cli.options import Repeated, Whole
from varcolor.errors import InputError
from varcolor.registry import did_you_mean

if TYPE_CHECKING:
    from varcolor.ir.codecs import Codec

_CODEC = Group("Codec", sort_key=1)
_FILES = Group("Output", sort_key=2)


@Parameter(name="*", group=_CODEC)
@dataclass(frozen=True, slots=True)
class CodecOptions:
    """What is stored of the colours."""

    method: Annotated[
        str,
        Parameter(
            name=["--method", "-m"],
            help="tree, grid, grid-exclude, selective, grid+selective, global or stock.",
        ),
    ] = "tree"
    budget: Annotated[
        int | None, Whole, Parameter(help="tree: most bytes of colour, 0 for none [1000].")
    ] = None
    quality: Annotated[
        float | None, Parameter(help="tree: mean CIEDE2000 to reach in as few bytes as possible.")
    ] = None
    step: Annotated[
        float | None, Parameter(help="Step of the quantiser [tree: by the target; cues: 6].")
    ] = None
    size: Annotated[
        int | None, Whole, Parameter(name=["--size", "-s"], help="Cells on the longer side [256].")
    ] = None
    grid: Annotated[
        int | None,
        Whole,
        Parameter(
            name=["--grid", "-g"],
            allow_leading_hyphen=True,
            help="Spacing of a grid in cells [10 or 16]; 0: none, -1: all.",
        ),
    ] = None
    p: Annotated[
        int | None,
        Whole,
        Parameter(name=["--radius", "-p"], help="Cues also colour cells up to so far away [0]."),
    ] = None
    quantise: Annotated[
        int | None,
        Whole,
        Parameter(name=["--quantise", "-q"], help="Colours of a palette [0: no palette]."),
    ] = None
    fit: Annotated[
        bool, Parameter(negative="", help="Optimise the cues' colours through the decoder.")
    ] = False
    set_: Annotated[
        tuple[str, ...],
        Repeated,
        Parameter(
            name="--set",
            help="Another option of the method as NAME=VALUE; repeatable. All of them: varcolor "
            "methods NAME.",
        ),
    ] = ()
    gray_quality: Annotated[
        int | None, Whole, Parameter(help="1 to 100: the grey as lossy AVIF [lossless PNG].")
    ] = None

    def make(self) -> Codec | None:
        """Return the options of the method; None for no colour stream.

        Raises
        ------
        InputError
            If the method or an option is unknown, or a value does not fit.
        """
        from varcolor.ir.codecs import codec_of

        kind: Any = codec_of(self.method)
        if self.gray_quality is not None and not 1 <= self.gray_quality <= 100:
            raise InputError(f"--gray-quality {self.gray_quality}: expected 1 to 100")
        if self.budget == 0 and self.quality is None and self.step is None:
            return None
        fields = {f.name: f for f in dataclasses.fields(kind)}
        flags = {
            "budget": self.budget,
            "quality": self.quality,
            "step": self.step,
            "size": self.size,
            "grid": self.grid,
            "p": self.p,
            "quantise": self.quantise,
            "fit": self.fit or None,
        }
        values: dict[str, Any] = {}
        for name, value in flags.items():
            if value is None:
                continue
            if name not in fields:
                flag = "radius" if name == "p" else name
                raise InputError(f"--{flag}: the method {kind.name!r} has no such option")
            whole = isinstance(fields[name].default, int)
            values[name] = int(value) if whole and value == int(value) else value
        for text in self.set_:
            key, equals, given = text.partition("=")
            key = key.strip().replace("-", "_")
            if not equals:
                raise InputError(f"--set {text}: write NAME=VALUE")
            if key not in fields:
                raise InputError(
                    f"--set {text}: the method {kind.name!r} has no option "
                    f"{key!r}{did_you_mean(key, fields)}; it has: {', '.join(fields) or 'none'}"
                )
            values[key] = _number(text, given, isinstance(fields[key].default, int))
        codec: Codec = kind(**values)
        return codec


def _number(text: str, given: str, whole: bool) -> float:
    try:
        return int(given) if whole else float(given)
    except ValueError:
        kind = "a whole number" if whole else "a number"
        raise InputError(f"--set {text}: expected {kind}") from None


@Parameter(name="*", group=_FILES)
@dataclass(frozen=True, slots=True)
class FolderOptions:
    """Where files go, and what is said about them."""

    out: Annotated[
        Path | None, WRITES, Parameter(name=["--out", "-o"], help="Folder [beside the inputs].")
    ] = None
    on_exists: Annotated[
        OnExists | None,
        WRITES,
        Parameter(help="For files that would be written [error for one input, skip for more]."),
    ] = None
    plot: Annotated[
        bool, WRITES, Parameter(negative="", help="Also draw what is stored (NAME.plot.png).")
    ] = False
    json: Annotated[bool, Parameter(negative="", help="Print one line of JSON a file.")] = False
    quiet: Annotated[bool, Parameter(negative="", help="Print no notes and no progress.")] = False
