"""The file of a solved picture: in the format of its name, or a PNG where that one refuses it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from varcolor.errors import FileError

if TYPE_CHECKING:
    from varcolor.image.picture import Picture


def encoded(picture: Picture, target: Path, quality: int | None) -> tuple[Path, bytes, list[str]]:
    """Return name, content and notes of the file of a picture.

    Parameters
    ----------
    picture : Picture
        The result of a solve.
    target : Path
        Its file; the extension chooses the format. One that its format refuses becomes a PNG.
    quality : int, optional
        As for `varcolor.write`.
    """
    from varcolor.image.formats import FORMATS, format_of
    from varcolor.image.write import content

    fmt = format_of(target)
    try:
        return target, *content(picture, fmt, quality, str(target))
    except FileError as error:
        if fmt.name == "PNG" or not FORMATS["PNG"].holds(picture.shape):
            raise
        data, notes = content(picture, FORMATS["PNG"], name=str(target))
        return target.with_suffix(".png"), data, [f"{error}: saved as PNG instead", *notes]
