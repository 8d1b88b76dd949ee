"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Group, Parameter, Token

from varcolor.cli.naming import WRITES, OnExists
from varcolor.errors import InputError

if TYPE_CHECKING:
    from varcolor.cues.cues import Cues
    from varcolor.image.picture import Picture
    from varcolor.methods import Method

_CUES = Group("Colours", sort_key=1)
_GUESS = Group("Expected colours", sort_key=2)
_OUTPUT = Group("Output", sort_key=3)
_SOLVE = Group("Solving", sort_key=4)


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

    def files(self) -> Iterator[Path]:
        """Yield the files that are read."""
        yield from (p for p in (self.marked, self.overlay) if p is not None)
        yield from (*self.strokes, *self.points)

    def read(self, photo: Picture) -> Cues:
        """Read and combine all sources."""
        from varcolor.cues.cues import Cues
        from varcolor.cues.files import read_cues
        from varcolor.cues.parse import parse_point
        from varcolor.errors import CueError
        from varcolor.image.read import read

        cues = Cues.none(photo.shape)
        if self.marked is not None:
            copy = read(self.marked)
            cues |= Cues.from_marked(photo, copy, every_difference=self.every_difference)
        if self.overlay is not None:
            cues |= Cues.from_overlay(read(self.overlay), photo)
        for path in (*self.strokes, *self.points):
            cues |= read_cues(path, photo)
        for text in self.cue:
            try:
                point = parse_point(text)
                place = [(point.x, point.y)]
                cues |= Cues.from_points(photo.shape, place, [point.color], radius=point.radius)
            except CueError as error:
                raise CueError(f"--cue {text}: {error}") from None
        return cues


@Parameter(name="*", group=_GUESS)
@dataclass(frozen=True, slots=True)
class GuessOptions:
    """What is expected of the colours where no cue says anything."""

    prior: Annotated[
        str | None,
        Parameter(
            help="A colour picture of the photo's size (a network's answer, a reference, an "
            "earlier result), gp (guessed from the cues), or none. [the method's own]"
        ),
    ] = None
    confidence: Annotated[
        str | None,
        Parameter(
            allow_leading_hyphen=True,
            help="How far the prior is trusted: a number (1 = like an equal neighbour), or a grey "
            "picture. [0.01 for a picture]",
        ),
    ] = None
    loss: Annotated[
        str,
        Parameter(help="square, or huber or l1: wrong regions of the prior do little harm."),
    ] = "square"
    start: Annotated[
        Path | None,
        Parameter(help="A colour picture that iterations begin with; the answer is the same."),
    ] = None

    def files(self) -> Iterator[Path]:
        """Yield the files that are read."""
        named = (self._prior(), self._confidence(), self.start)
        yield from (value for value in named if isinstance(value, Path))

    def _prior(self) -> str | Path | None:
        from varcolor.prior.base import PRIORS
        from varcolor.prior.given import NONE

        if self.prior is None or self.prior == NONE or self.prior in PRIORS:
            return self.prior
        if Path(self.prior).suffix or Path(self.prior).exists():
            return Path(self.prior)
        return self.prior  # a misspelt name: the registry suggests one

    def _confidence(self) -> float | Path | None:
        if self.confidence is None:
            return None
        try:
            return float(self.confidence)
        except ValueError:
            return Path(self.confidence)

    def read(self) -> dict[str, Picture | str | float | None]:
        """Return the arguments of `varcolor.colorize`, with all files read."""
        from varcolor.image.read import read

        prior, confidence = self._prior(), self._confidence()
        return {
            "prior": read(prior) if isinstance(prior, Path) else prior,
            "confidence": read(confidence) if isinstance(confidence, Path) else confidence,
            "loss": self.loss,
            "start": None if self.start is None else read(self.start),
        }


@Parameter(name="*", group=_SOLVE)
@dataclass(frozen=True, slots=True)
class SolveOptions:
    """What is minimised, and how."""

    method: Annotated[
        str,
        Parameter(
            help="auto (harmonic with the prior agreed), harmonic, levin (as published), "
            "bilaplacian, levin-ls, gtv, tv, tgv, or a sum like bilaplacian:0.3+gtv:1; what each "
            "is good for: varcolor methods."
        ),
    ] = "auto"
    set_: Annotated[
        tuple[str, ...],
        Repeated,
        Parameter(
            name="--set",
            help="Option of the method as NAME=VALUE, e.g. floor=1e-4; repeatable. All of them: "
            "varcolor methods NAME.",
        ),
    ] = ()
    space: Annotated[str, Parameter(help="Working space: yuv, lab or oklab.")] = "yuv"
    solver: Annotated[
        str,
        Parameter(
            help="auto, direct, multigrid, amg, cg, block-direct, admm or gmres (see "
            "varcolor methods)."
        ),
    ] = "auto"
    backend: Annotated[str, Parameter(help="auto, cpu or gpu.")] = "auto"
    tolerance: Annotated[
        float | None,
        Parameter(help="Largest error of an RGB value in 1/255 [8-bit: 0.5, else 0.02]."),
    ] = None
    max_steps: Annotated[int, Whole, Parameter(help="Limit of the solver's iterations.")] = 20_000

    luma: Annotated[
        str,
        Parameter(
            help="keep: exactly the photo's; fit: lowered where a colour exists at a lower one "
            "only, so that burnt-out whites and line art take colour."
        ),
    ] = "keep"
    threads: Annotated[
        int | None, Whole, Parameter(help="Threads of the solver [one per core, at most 16].")
    ] = None
    memory: Annotated[
        str | None, Parameter(help="Memory to plan with, e.g. 12GB [what can be had now].")
    ] = None
    force: Annotated[
        bool, Parameter(negative="", help="Refuse no picture for the memory that it needs.")
    ] = False

    @property
    def budget(self) -> str | None:
        """What `varcolor.colorize` takes as ``memory``."""
        return "force" if self.force else self.memory

    def make_method(self) -> Method:
        """Return the method with its options."""
        from varcolor.methods import make_method

        settings = {}
        for text in self.set_:
            key, equals, value = text.partition("=")
            if not equals:
                raise InputError(f"--set {text}: write NAME=VALUE")
            settings[key.strip().replace("-", "_")] = value.strip()
        return make_method(self.method, settings)


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
    json: Annotated[bool, Parameter(negative="", help="Print the result as JSON.")] = False
    quiet: Annotated[bool, Parameter(negative="", help="Print no notes and no progress.")] = False
