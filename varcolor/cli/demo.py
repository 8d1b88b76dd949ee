"""`varcolor demo`: the main job on three real photos, offline."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from cyclopts import Parameter

from varcolor.cli import OK, output
from varcolor.cli.naming import WRITES, OnExists, checked, first_free, place
from varcolor.errors import FileError, InputError, VarcolorError

if TYPE_CHECKING:
    from varcolor.cues.cues import Cues
    from varcolor.image.picture import Picture
    from varcolor.pipeline.result import Result
    from varcolor.typing import Array

#: Photos that the scikit-image package carries.
PHOTOS = ("chelsea", "coffee", "astronaut")
#: The default's results must be better than the grey pictures by this many dB.
REQUIRED_GAIN = 4.0
_KINDS = ("1-grey", "2-strokes", "3-coloured", "4-original")
_SHEET_SIDE = 300
_MARGIN = 10
_TITLE = 24


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """One photo of the demo and what became of it."""

    name: str
    original: Array
    gray: Array
    strokes: Array
    result: Result
    facts: dict[str, Any]


def demo(
    folder: Annotated[
        Path | None,
        WRITES,
        Parameter(help="Where to write [varcolor-demo, numbered if it exists]."),
    ] = None,
    /,
    *,
    method: Annotated[str, Parameter(help="Any method, or a sum (see varcolor methods).")] = "auto",
    space: Annotated[str, Parameter(help="Working space: yuv, lab or oklab.")] = "yuv",
    solver: Annotated[str, Parameter(help="Any solver that takes the method, or auto.")] = "auto",
    on_exists: Annotated[
        OnExists, WRITES, Parameter(help="For pictures that exist already.")
    ] = "error",
    json: Annotated[bool, Parameter(negative="", help="Print the figures as JSON.")] = False,
    quiet: Annotated[bool, Parameter(negative="", help="Print no notes and no progress.")] = False,
) -> int:
    """Colour three photos from strokes and compare with the originals.

    The photos come with scikit-image and the strokes with varcolor: nothing is downloaded. Writes,
    for each, the grey photo, the strokes over it, the result and the original, and one sheet.
    """
    from varcolor.image.formats import FORMATS
    from varcolor.image.picture import as_picture
    from varcolor.image.publish import sweep
    from varcolor.image.write import content

    folder = first_free(Path("varcolor-demo")) if folder is None else folder
    sweep([folder])
    names = ["sheet.png", *(f"{photo}-{kind}.png" for photo in PHOTOS for kind in _KINDS)]
    targets = [checked(folder / name, on_exists, ()) for name in names]
    shown = [_colour(name, method, space, solver, quiet) for name in PHOTOS]
    pictures = [sheet(shown)]
    for item in shown:
        pictures += [item.gray, item.strokes, item.result.rgb, item.original]
    files = {
        target: content(as_picture(pixels), FORMATS["PNG"])[0]
        for target, pixels in zip(targets, pictures, strict=True)
        if target is not None
    }
    placed = place(files, on_exists)
    output.note(() if placed is None else placed.notes, quiet)
    lines = [f"{'photo':<10} {'PSNR grey':>10} {'coloured':>9} {'dE2000':>7} {'seconds':>8}"]
    lines += [
        f"{f['photo']:<10} {f['psnr_grey']:>7.1f} dB {f['psnr']:>6.1f} dB {f['ciede2000']:>7.2f} "
        f"{f['seconds']:>8.2f}"
        for f in (item.facts for item in shown)
    ]
    written = 0 if placed is None else len(placed.paths)
    lines.append(f"wrote {written} pictures to {folder}; look at {folder / 'sheet.png'}")
    photos = [item.facts for item in shown]
    output.result({"folder": str(folder), "photos": photos}, "\n".join(lines), json)
    gains = {f["photo"]: f["psnr"] - f["psnr_grey"] for f in photos}
    poor = [name for name, gain in gains.items() if gain < REQUIRED_GAIN]
    if poor and (method, solver) == ("auto", "auto"):
        raise VarcolorError(
            f"{poor[0]}: the result is {gains[poor[0]]:.1f} dB better than the grey picture, less "
            f"than {REQUIRED_GAIN:g} dB: this installation does not work as it should"
        )
    output.note(
        [f"{name}: {method} gains {gains[name]:.1f} dB here; auto gains more" for name in poor],
        quiet,
    )
    return OK


def _colour(name: str, method: str, space: str, solver: str, quiet: bool) -> Shown:
    """Make a photo grey, colour it from the strokes that the package carries, and measure."""
    from varcolor.colorization import colorize
    from varcolor.cues.files import read_cues
    from varcolor.image.luma import to_gray
    from varcolor.image.read import read
    from varcolor.methods import make_method
    from varcolor.metrics.colour import ciede2000
    from varcolor.metrics.fidelity import psnr

    original = read(_photo_file(name))
    gray = to_gray(original, space)
    strokes = resources.files("varcolor.cli") / "demo_strokes" / f"{name}.json"
    with resources.as_file(strokes) as path:
        cues = read_cues(path, gray)
    bar = output.Bar(name, quiet)
    try:
        result = colorize(
            gray,
            cues,
            method=make_method(method, {}),
            space=space,
            solver=solver,
            progress=bar,
        )
    finally:
        bar.clear()
    facts = {
        "photo": name,
        "psnr_grey": psnr(original, gray),
        "psnr": psnr(original, result.picture),
        "ciede2000": ciede2000(original, result.picture),
        "seconds": result.seconds["total"],
        "cues": len(cues),
        "method": result.method,
        "solver": result.solver,
        "status": str(result.status),
    }
    return Shown(name, original.pixels, gray.pixels, _over_gray(gray, cues), result, facts)


def _photo_file(name: str) -> Path:
    try:
        path = Path(str(resources.files("skimage") / "data" / f"{name}.png"))
    except ModuleNotFoundError:
        raise InputError(
            "the demo's photos come with scikit-image: pip install scikit-image"
        ) from None
    if not path.exists():
        raise FileError(f"{path}: this scikit-image package does not carry the demo's photos")
    return path


def _over_gray(gray: Picture, cues: Cues) -> Array:
    """Return the strokes as painted, over the grey photo."""
    pixels: Array = np.repeat(gray.pixels[:, :, None], 3, axis=2)
    levels = np.clip(np.floor(cues.color * gray.maximum + 0.5), 0, gray.maximum)
    pixels[cues.at[:, 0], cues.at[:, 1]] = levels.astype(pixels.dtype)
    return pixels


def sheet(shown: list[Shown]) -> Array:
    """Return one picture with a row per photo: grey, strokes, coloured, original."""
    from PIL import Image, ImageDraw, ImageFont

    titles = ("grey", "strokes", "coloured", "original")
    rows = [[s.gray, s.strokes, s.result.rgb, s.original] for s in shown]
    thumbs = [[_thumbnail(p) for p in row] for row in rows]
    width = _MARGIN + len(titles) * (_SHEET_SIDE + _MARGIN)
    heights = [max(t.height for t in row) for row in thumbs]
    canvas = Image.new(
        "RGB", (width, _MARGIN + sum(h + _TITLE + _MARGIN for h in heights)), "white"
    )
    draw, font = ImageDraw.Draw(canvas), ImageFont.load_default(size=15)
    for y, item, row in zip(_tops(heights), shown, thumbs, strict=True):
        facts = item.facts
        for column, (title, thumb) in enumerate(zip(titles, row, strict=True)):
            x = _MARGIN + column * (_SHEET_SIDE + _MARGIN)
            label = {
                "strokes": f"strokes ({facts['cues'] / item.gray.size:.1%} of the pixels)",
                "coloured": f"coloured, {facts['psnr']:.1f} dB, dE2000 {facts['ciede2000']:.1f}",
            }.get(title, title)
            draw.text((x, y + 2), label, fill="black", font=font)
            canvas.paste(thumb, (x, y + _TITLE))
    return np.asarray(canvas)


def _tops(heights: list[int]) -> Iterator[int]:
    top = _MARGIN
    for height in heights:
        yield top
        top += height + _TITLE + _MARGIN


def _thumbnail(pixels: Array) -> Any:
    from PIL import Image

    image = Image.fromarray(pixels).convert("RGB")
    return image.resize(
        (_SHEET_SIDE, round(image.height * _SHEET_SIDE / image.width)), Image.Resampling.LANCZOS
    )
