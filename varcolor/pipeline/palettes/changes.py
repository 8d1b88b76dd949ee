"""Which change of colours is asked for."""

from __future__ import annotations

from dataclasses import dataclass

from varcolor.errors import InputError
from varcolor.image.picture import Picture, as_picture
from varcolor.options.recolor import RecolorOptions
from varcolor.palette.extract import main_colors
from varcolor.palette.files import read_palette
from varcolor.palette.histogram import color_cells
from varcolor.palette.palette import Palette
from varcolor.palette.plan import Plan, is_changes, parse_changes
from varcolor.palette.schemes import scheme_of
from varcolor.palette.transport import chroma_map
from varcolor.palette.wanted import ChromaTable, PlanShift, Wanted


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """What is wanted of every colour."""

    wanted: Wanted
    plan: Plan | None
    """None for a transfer of histograms."""


def change_of(photo: Picture, options: RecolorOptions) -> Change:
    """Return what is wanted of the photo's colours.

    Raises
    ------
    InputError
        If a colour is not in the photo, or a reference is grey.
    FileError
        If a file of a palette cannot be read.
    """
    if options.transfer is not None:
        other = _in_colour(as_picture(options.transfer, "the picture to transfer from"))
        return Change(ChromaTable.of(*chroma_map(color_cells(photo), color_cells(other))), None)
    plan = Plan.keeping(main_colors(photo, options.palette_colors))
    text = options.palette
    other_palette: Palette | None = None
    if options.palette_from is not None:
        reference = _in_colour(as_picture(options.palette_from, "the reference"))
        other_palette = main_colors(reference, options.palette_colors)
    elif options.scheme is not None:
        other_palette = scheme_of(options.scheme)
        other_palette.require_size(options.scheme)
    elif text is not None and not is_changes(text):
        other_palette = read_palette(text)
        other_palette.require_size(text)
    if other_palette is not None:
        plan = plan.matched(other_palette)
    if text is not None and is_changes(text):
        plan = plan.changed(parse_changes(text))
    drawn = plan if options.moves_luma else plan.at_own_lightness()
    return Change(PlanShift(drawn), plan)


def _in_colour(picture: Picture) -> Picture:
    if picture.is_gray:
        raise InputError(f"{picture.meta.source}: is grey; its colours are needed")
    return picture
