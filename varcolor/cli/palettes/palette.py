"""`varcolor palette`: the main colours of a photo, and palettes from one format into another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from varcolor.cli import OK, PARTLY, output
from varcolor.cli.naming import WRITES, OnExists
from varcolor.cli.options import Repeated, Whole
from varcolor.errors import InputError

if TYPE_CHECKING:
    from varcolor.palette.palette import Palette


def palette(
    photo: Annotated[
        str, Parameter(help="The photo, a palette (GPL, ASE, JSON), or a scheme: 1920s, modern.")
    ],
    /,
    *,
    colors: Annotated[int, Whole, Parameter(help="Colours at most, 2 to 64.")] = 8,
    way: Annotated[
        Literal["kmeans", "hull"],
        Parameter(help="k-means in Oklab, or corners of a simplified convex hull."),
    ] = "kmeans",
    out: Annotated[
        tuple[Path, ...],
        Repeated,
        WRITES,
        Parameter(
            name=["--out", "-o"],
            help="Write the palette to this file: .gpl, .ase, .json, or a picture; repeatable.",
        ),
    ] = (),
    on_exists: Annotated[OnExists, WRITES, Parameter(help="For files that exist.")] = "error",
    json: Annotated[bool, Parameter(negative="", help="Print JSON.")] = False,
    quiet: Annotated[bool, Parameter(negative="", help="Print no notes.")] = False,
) -> int:
    """Tell the main colours of a photo with their shares, the largest first."""
    from varcolor.cli.naming import checked, place

    with output.failures_in_json(json, file=photo):
        if len(set(out)) < len(out):
            raise InputError("--out: the same file twice")
        found = _palette_of(photo, colors, way)
        targets = {path: checked(path, on_exists, [Path(photo)]) for path in out}
        files = {t: _content(found, t) for t in targets.values() if t is not None}
        placed = place(files, on_exists) if files else None
    written = [str(path) for path in placed.paths] if placed else []
    notes = list(placed.notes) if placed else []
    notes += [f"{path}: exists; left as it is" for path, t in targets.items() if t is None]
    entries = [
        {"number": number, "hex": text, "share": round(share, 6)}
        for number, (text, share) in enumerate(
            zip(found.hexes, found.shares.tolist(), strict=True), 1
        )
    ]
    facts = {"input": photo, "colors": entries, "outputs": written, "notes": notes}
    lines = [f"{e['number']:>3}  {e['hex']}  {e['share']:6.1%}" for e in entries]
    output.note(notes, quiet)
    output.result(facts, "\n".join(lines), json)
    return PARTLY if placed and placed.notes else OK


def _palette_of(text: str, colors: int, way: str) -> Palette:
    """Return the palette of a photo, a file or a scheme."""
    from varcolor.palette.extract import main_colors
    from varcolor.palette.files import SUFFIXES, read_palette
    from varcolor.palette.schemes import scheme_names, scheme_of

    if Path(text).suffix.lower() in SUFFIXES:
        return read_palette(text)
    if text in scheme_names() and not Path(text).exists():
        return scheme_of(text)
    return main_colors(Path(text), colors, way)


def _content(found: Palette, path: Path) -> bytes:
    from varcolor.image.formats import format_of
    from varcolor.image.write import content
    from varcolor.palette.files import SUFFIXES, palette_content
    from varcolor.palette.swatches import swatches

    if path.suffix.lower() in SUFFIXES:
        return palette_content(found, path.suffix)
    return content(swatches(found), format_of(path), name=str(path))[0]
