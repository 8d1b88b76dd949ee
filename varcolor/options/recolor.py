"""Options of `varcolor.recolor`: which part of the photo changes, or which of its colours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias

from varcolor.checks import whole as whole_number
from varcolor.errors import InputError
from varcolor.options.field import option
from varcolor.options.solve import SolveOptions

if TYPE_CHECKING:
    from varcolor.image.picture import PictureLike

_SECTION, _PALETTE = "What changes", "Palette"
#: What becomes of the luma of colours that become others.
PaletteLuma: TypeAlias = Literal["keep", "move", "match"]
#: Options that have a meaning with a palette only.
PALETTE_OPTIONS = (
    "palette",
    "palette_from",
    "scheme",
    "transfer",
    "palette_colors",
    "palette_luma",
    "snap",
)
_SOURCES = PALETTE_OPTIONS[:4]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RecolorOptions(SolveOptions):
    """Those of a solve, and what of the photo changes: parts of it, or its main colours.

    Raises
    ------
    InputError
        For values out of range, and for options that contradict each other.
    """

    keep_outside: bool = option(
        False,
        "Change what the strokes bound, not the object: up to where keep strokes have more say "
        "than paint or, without any, the painted pixels and the holes inside. The rest stays bit "
        "for bit.",
        bool,
        section=_SECTION,
    )
    whole: bool = option(
        False,
        "Let the colours flow over the whole photo; only keep strokes hold them back.",
        bool,
        section=_SECTION,
    )
    palette: str | None = option(
        None,
        "Change main colours: FROM=TO, where FROM is a colour or its number in varcolor palette, "
        "and TO a colour, keep, or lock (bit for bit); several in one text or repeated. Or a "
        "palette's file (GPL, ASE, JSON), whose colours the main colours become.",
        section=_PALETTE,
    )
    palette_from: PictureLike | None = option(
        None, "Take the palette from this colour picture.", Path, section=_PALETTE
    )
    scheme: str | None = option(
        None,
        "Take the palette of an era, 1920s or modern (of film posters), or from a palette's file.",
        section=_PALETTE,
    )
    transfer: PictureLike | None = option(
        None,
        "Give the photo the chroma histogram of this colour picture, by optimal transport.",
        Path,
        section=_PALETTE,
    )
    palette_colors: int = option(
        8, "How many main colours are looked for, 2 to 64.", int, section=_PALETTE
    )
    palette_luma: PaletteLuma = option(
        "keep",
        "What becomes of the luma where a main colour becomes another: keep: it stays exactly; "
        "move: it moves towards the new colour's, and the contrast of edges stays; match: it "
        "becomes the new colour's, and contrasts those between the new colours.",
        choices=("keep", "move", "match"),
        section=_PALETTE,
    )
    snap: bool = option(
        False,
        "Give every pixel exactly one colour of the new palette; luma is not kept then.",
        bool,
        section=_PALETTE,
    )

    def __post_init__(self) -> None:
        # Not super(): a dataclass with slots is made anew, and super() would not find it.
        SolveOptions.__post_init__(self)
        if self.keep_outside and self.whole:
            raise InputError("keep_outside and whole contradict each other: ask for one of them")
        whole_number("palette_colors", self.palette_colors, 2, 64)
        self._check_palette()

    def _check_palette(self) -> None:
        if not self.by_palette:
            if self.snap or self.palette_luma != "keep":
                raise InputError(
                    "snap and palette_luma go with a palette: give palette, palette_from or scheme"
                )
            return
        from varcolor.palette.plan import is_changes, parse_changes
        from varcolor.palette.schemes import scheme_of

        if self.keep_outside or self.whole:
            raise InputError("keep_outside and whole go with strokes, not with a palette")
        pairs = self.palette is not None and is_changes(self.palette)
        given = [
            n for n in _SOURCES if getattr(self, n) is not None and not (pairs and n == "palette")
        ]
        if len(given) > 1:
            raise InputError(f"{given[0]} and {given[1]} contradict each other: give one of them")
        if self.transfer is not None and (pairs or self.snap or self.palette_luma != "keep"):
            raise InputError("transfer goes without palette, palette_luma and snap")
        if pairs:
            parse_changes(str(self.palette))
        elif self.palette is not None and not self.palette.strip():
            raise InputError("palette: names no change and no file")
        if self.scheme is not None and self.scheme not in dict(self._files()).values():
            scheme_of(self.scheme)

    @property
    def by_palette(self) -> bool:
        """Whether main colours are changed, and not what is under strokes."""
        return any(getattr(self, name) is not None for name in _SOURCES)

    @property
    def moves_luma(self) -> bool:
        """Whether the luma of main colours changes, too."""
        return self.palette_luma != "keep" or self.snap

    def _files(self) -> Iterator[tuple[str, str | Path]]:
        """Yield the palette's options that name files."""
        from varcolor.palette.plan import is_changes
        from varcolor.palette.schemes import names_scheme_file

        for name in _SOURCES:
            value = getattr(self, name)
            if not isinstance(value, str | Path):
                continue
            if name == "palette" and is_changes(str(value)):
                continue
            if name == "scheme" and not names_scheme_file(str(value)):
                continue
            yield name, value

    def files(self) -> Iterator[Path]:
        """Yield the files that are named."""
        yield from SolveOptions.files(self)
        if self.by_palette:
            yield from (Path(value) for _, value in self._files())

    def read(self) -> Self:
        """Return the same with pictures in place of the files that are named.

        Raises
        ------
        FileError
            If one cannot be read.
        """
        from varcolor.image.read import read

        own = SolveOptions.read(self)
        if not self.by_palette:
            return own
        pictures = ("palette_from", "transfer")
        found: dict[str, Any] = {n: read(v) for n, v in self._files() if n in pictures}
        return replace(own, **found)
