"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields, make_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from cyclopts import Group, Parameter, Token

from varcolor.cli.naming import WRITES, OnExists
from varcolor.cues.sources import CueSources
from varcolor.errors import InputError
from varcolor.options import FilmOptions, PriorOptions, RecolorOptions, SolveOptions
from varcolor.options.field import options_of
from varcolor.options.network import NetworkChoice
from varcolor.options.objects import ObjectOptions

if TYPE_CHECKING:
    from varcolor.methods import Method

Options = TypeVar("Options", bound=PriorOptions)

_CUES = Group("Colours", sort_key=1)
_CHANGE = Group("What changes", sort_key=0)
_GUESS = Group("Expected colours", sort_key=2)
_OUTPUT = Group("Output", sort_key=3)
_SOLVE = Group("Solving", sort_key=4)
_OBJECTS = Group("Objects", sort_key=5)
_NETWORK = Group("Network", sort_key=6)
_FILM = Group("Films", sort_key=1)


def _whole(_: object, tokens: Sequence[Token]) -> int:
    """Convert a whole number; unlike the default, do not round others."""
    return int(tokens[0].value)


Whole = Parameter(converter=_whole)
Repeated = Parameter(negative="", consume_multiple=False, show_default=False)


@Parameter(name="*", group=_CUES)
@dataclass(frozen=True, slots=True)
class CueOptions:
    """Where the known colours come from; later sources win over earlier ones."""

    marked: Annotated[
        Path | None, Parameter(help="A copy of the photo with colour drawn on it (Levin's way).")
    ] = None
    every_difference: Annotated[
        bool,
        Parameter(
            negative="",
            help="Take each pixel of --marked that differs as painted, soft rims included (the "
            "published rule to the letter).",
        ),
    ] = False
    overlay: Annotated[
        Path | None, Parameter(help="A picture that is transparent where nothing is painted.")
    ] = None
    strokes: Annotated[
        tuple[Path, ...], Repeated, Parameter(help="Strokes or saved cues in JSON; repeatable.")
    ] = ()
    points: Annotated[
        tuple[Path, ...],
        Repeated,
        Parameter(
            help="CSV with x,y,COLOUR[,weight[,radius]], or with a first line that names its "
            "columns, e.g. x,y,color,radius; repeatable."
        ),
    ] = ()
    cue: Annotated[
        tuple[str, ...],
        Repeated,
        Parameter(allow_leading_hyphen=True),
        Parameter(
            help="A pixel or a dot: X,Y,COLOUR[,RADIUS] (column, row, #rrggbb or a name like tan, "
            "pixels); repeatable."
        ),
    ] = ()

    def sources(self) -> CueSources:
        """Return the same for the functions that read them."""
        return CueSources(**{own.name: getattr(self, own.name) for own in fields(self)})


def _parameters(kind: type[Options], without: type | None = None) -> Iterator[tuple[str, Any, Any]]:
    """Yield the fields of a dataclass of parameters, from options: name, annotation, field."""
    known = {own.name for own in options_of(without)} if without else set()
    for own in options_of(kind):
        if own.name in known:
            continue
        facts: dict[str, Any] = {"help": own.spec.help}
        if own.spec.kind is bool:
            facts["negative"] = ""
        if own.spec.kind is int:
            facts["converter"] = _whole
        if own.name == "confidence":
            facts["allow_leading_hyphen"] = True
        if own.name == "palette":
            made = Annotated[tuple[str, ...], Repeated, Parameter(**facts)]
            yield own.name, made, field(default=())
            continue
        known_type = own.spec.kind | None if own.default is None else own.spec.kind
        yield own.name, Annotated[known_type, Parameter(**facts)], field(default=own.default)


def _made(name: str, doc: str, group: Group, parameters: Iterable[Any]) -> Any:
    made = make_dataclass(name, parameters, frozen=True)
    made.__doc__, made.__module__ = doc, __name__
    return Parameter(name="*", group=group)(made)


#: What text needs beside the options.
_SET = Annotated[
    tuple[str, ...],
    Repeated,
    Parameter(
        name="--set",
        help="Option of the method as NAME=VALUE, e.g. floor=1e-4; repeatable. All of them: "
        "varcolor methods NAME.",
    ),
]
_FORCE = Annotated[
    bool, Parameter(negative="", help="Refuse no picture for the memory that it needs.")
]
_MORE = (("set_", _SET, field(default=())), ("force", _FORCE, field(default=False)))


if TYPE_CHECKING:

    class NetworkParameters:
        """Those of `varcolor.options.network.NetworkChoice`."""

    class GuessParameters:
        """Those of `varcolor.options.PriorOptions`."""

    class ObjectParameters:
        """Those of `varcolor.options.objects.ObjectOptions` beside the prior's."""

    class SolveParameters:
        """Those of `varcolor.options.SolveOptions` beside the prior's."""

    class RecolorParameters:
        """Those of `varcolor.options.RecolorOptions` beside the others."""

    class FilmParameters:
        """Those of `varcolor.options.FilmOptions` beside the others."""

else:
    GuessParameters = _made(
        "GuessParameters",
        "What is expected of the colours where no cue says anything.",
        _GUESS,
        _parameters(PriorOptions, NetworkChoice),
    )
    ObjectParameters = _made(
        "ObjectParameters",
        "Objects of the photo, and what is done with them.",
        _OBJECTS,
        _parameters(ObjectOptions, PriorOptions),
    )
    NetworkParameters = _made(
        "NetworkParameters", "Which network, and where.", _NETWORK, _parameters(NetworkChoice)
    )
    SolveParameters = _made(
        "SolveParameters",
        "What is minimised, and how.",
        _SOLVE,
        [*_parameters(SolveOptions, ObjectOptions), *_MORE],
    )
    RecolorParameters = _made(
        "RecolorParameters",
        "What of the photo changes.",
        _CHANGE,
        _parameters(RecolorOptions, SolveOptions),
    )
    FilmParameters = _made(
        "FilmParameters",
        "How frames are solved together.",
        _FILM,
        _parameters(FilmOptions, SolveOptions),
    )


def network_from(parameters: Any) -> NetworkChoice:
    """Return the options of networks that parameters of the command line stand for."""
    return NetworkChoice(**{f.name: getattr(parameters, f.name) for f in fields(parameters)})


def options_from(kind: type[Options], *parameters: Any) -> Options:
    """Return the options that parameters of the command line stand for.

    Raises
    ------
    InputError
        For unknown names and values out of range.
    """
    values = {f.name: getattr(own, f.name) for own in parameters for f in fields(own)}
    settings, force = values.pop("set_"), values.pop("force")
    if force:
        values["memory"] = "force"
    if settings:
        values["method"] = _method(values["method"], settings)
    if "palette" in values:
        values["palette"] = " ".join(values["palette"]) if values["palette"] else None
    confidence = values["confidence"]
    if confidence is not None:
        try:
            values["confidence"] = float(confidence)
        except ValueError:
            values["confidence"] = Path(confidence)
    return kind(**values)


def _method(name: str, settings: Iterable[str]) -> Method:
    """Return a method with options given as ``NAME=VALUE``."""
    from varcolor.methods import make_method

    found = {}
    for text in settings:
        key, equals, value = text.partition("=")
        if not equals:
            raise InputError(f"--set {text}: write NAME=VALUE")
        found[key.strip().replace("-", "_")] = value.strip()
    return make_method(name, found)


@Parameter(name="*", group=_OUTPUT)
@dataclass(frozen=True, slots=True)
class OutputOptions:
    """Where the result goes, and what is said about it."""

    out: Annotated[
        str | None,
        WRITES,
        Parameter(
            name=["--out", "-o"],
            allow_leading_hyphen=True,
            help="File or folder [PHOTO.colour.EXT beside it; PNG for photos in lossy formats]; -: "
            "to standard output.",
        ),
    ] = None
    on_exists: Annotated[
        OnExists, WRITES, Parameter(help="What to do if the output exists already.")
    ] = "error"
    quality: Annotated[
        int | None, Whole, Parameter(help="1 to 100: write lossy [lossless; JPEG 95, AVIF 90].")
    ] = None
    save_cues: Annotated[
        Path | None, WRITES, Parameter(help="Write the colours that were used to this JSON file.")
    ] = None
    layer: Annotated[
        Path | None,
        WRITES,
        Parameter(
            help="Write the colour alone, transparent where none came, to this PNG, TIFF, WebP or "
            "JPEG XL: a layer for an editor's blend mode Color (space yuv; for lab LCh Color)."
        ),
    ] = None
    chroma: Annotated[
        Path | None,
        WRITES,
        Parameter(help="Write the chroma in units of the space to this .npy: float32 (H, W, 2)."),
    ] = None
    confidence_map: Annotated[
        Path | None,
        WRITES,
        Parameter(
            help="Write how certain the colours are to this grey PNG (prior learned): the radius "
            "within which 90 % of the true colours lie; white 0, black 64 units of a* and b*."
        ),
    ] = None
    json: Annotated[bool, Parameter(negative="", help="Print the result as JSON.")] = False
    quiet: Annotated[bool, Parameter(negative="", help="Print no notes and no progress.")] = False

    def check(self) -> None:
        """Refuse what cannot be done.

        Raises
        ------
        InputError
            For a quality out of range, and an output that looks like an option.
        """
        if self.quality is not None and not 1 <= self.quality <= 100:
            raise InputError(f"--quality {self.quality}: expected 1 to 100")
        if self.out is not None and self.out != "-" and self.out.startswith("-"):
            raise InputError(f"--out {self.out}: not a name; a file of that name is ./{self.out}")
