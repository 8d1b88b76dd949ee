"""`varcolor segment`: the objects of a photo, written as masks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from varcolor.cli import OK, output
from varcolor.cli.naming import WRITES, OnExists, checked, place
from varcolor.cli.options import Repeated
from varcolor.errors import InputError

if TYPE_CHECKING:
    from varcolor.image.picture import Picture
    from varcolor.objects.instance import Instance


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class ClickOptions:
    """Points that lie in the object, or outside of it."""

    inside: Annotated[
        tuple[str, ...],
        Repeated,
        Parameter(help="A pixel of the object, X,Y (column, row); repeatable."),
    ] = ()
    outside: Annotated[
        tuple[str, ...],
        Repeated,
        Parameter(help="A pixel that is not of the object, X,Y; repeatable."),
    ] = ()


_CLICKS = ClickOptions()


def segment(
    photo: Annotated[Path, Parameter(help="The photo; grey or colour.")],
    /,
    *,
    objects: Annotated[
        str,
        Parameter(
            help="slic, felzenszwalb, maskrcnn, rfdetr, or a file or folder of masks (to convert, "
            "or to look at them)."
        ),
    ] = "slic",
    clicks: ClickOptions = _CLICKS,
    label: Annotated[
        tuple[str, ...], Repeated, Parameter(help="Only objects of this label; repeatable.")
    ] = (),
    set_: Annotated[
        tuple[str, ...],
        Repeated,
        Parameter(
            name="--set",
            help="Option of what finds objects as NAME=VALUE, e.g. threshold=0.5; repeatable.",
        ),
    ] = (),
    out: Annotated[
        Path | None,
        WRITES,
        Parameter(
            name=["--out", "-o"],
            help="File of the masks: a map of labels (.png, .tif), COCO .json, or .npy "
            "[PHOTO.objects.png].",
        ),
    ] = None,
    boxes: Annotated[
        Path | None,
        WRITES,
        Parameter(help="Write the photo with masks, boxes, labels and scores to this picture."),
    ] = None,
    on_exists: Annotated[
        OnExists, WRITES, Parameter(help="What to do if an output exists already.")
    ] = "error",
    json: Annotated[bool, Parameter(negative="", help="Print JSON.")] = False,
    quiet: Annotated[bool, Parameter(negative="", help="Print no notes and no progress.")] = False,
) -> int:
    """Find the objects of a photo, and write their masks for --objects of other commands."""
    from varcolor.image.read import read
    from varcolor.objects.files.write import objects_content
    from varcolor.objects.segment import segment as find

    picture = read(photo)
    target = checked(out or photo.with_name(f"{photo.stem}.objects.png"), on_exists, [photo])
    shown = None
    if boxes is not None:
        taken = [photo, *([target] if target else [])]
        shown = checked(boxes, on_exists, taken)
    if target is None:
        output.note([f"{photo}: the output exists already, skipped"], quiet)
        return OK
    if clicks.inside or clicks.outside:
        found = [_clicked(picture, clicks)]
    else:
        found = find(picture, objects, labels=label, **_settings(objects, set_))
    if not found:
        raise InputError(f"{photo}: no objects were found by {objects}: nothing is written")
    files = {target: objects_content(found, picture.shape, target, photo.name)}
    if shown is not None:
        files[shown] = _drawn(picture, found, shown)
    placed = place(files, on_exists)
    if placed is None:
        output.note([f"{photo}: the output exists already, skipped"], quiet)
        return OK
    output.note([*placed.notes], quiet)
    facts = {
        "input": str(photo),
        "outputs": [str(path) for path in placed.paths],
        "objects": [_facts(own) for own in found],
    }
    output.result(facts, "\n".join([*map(str, placed.paths), f"{len(found)} objects"]), json)
    return OK


def _facts(own: Instance) -> dict[str, Any]:
    return {"label": own.label, "score": own.score, "box": list(own.box), "area": own.area}


def _clicked(picture: Picture, clicks: ClickOptions) -> Instance:
    from varcolor.objects.clicks import Clicks

    if not clicks.inside:
        raise InputError("--outside alone: name a pixel of the object, too, by --inside X,Y")
    inside, outside = map(_points, (clicks.inside, clicks.outside))
    return Clicks(picture).object(inside, outside)


def _points(texts: tuple[str, ...]) -> list[tuple[float, float]]:
    found = []
    for text in texts:
        try:
            x, y = (float(part) for part in text.split(","))
        except ValueError:
            raise InputError(f"{text}: write X,Y (column and row)") from None
        found.append((x, y))
    return found


def _settings(objects: str, settings: tuple[str, ...]) -> dict[str, Any]:
    """Return options given as ``NAME=VALUE``, in the types of their defaults."""
    import dataclasses

    from varcolor.objects.base import PROVIDERS
    from varcolor.objects.segment import names_file

    found: dict[str, Any] = {}
    if not settings or names_file(objects):
        for text in settings:
            raise InputError(f"--set {text}: masks from files have no options")
        return found
    kind: Any = PROVIDERS[objects]
    defaults = {own.name: own.default for own in dataclasses.fields(kind)}
    for text in settings:
        key, equals, value = text.partition("=")
        key = key.strip().replace("-", "_")
        if not equals:
            raise InputError(f"--set {text}: write NAME=VALUE")
        convert: type = type(defaults.get(key, ""))
        try:
            found[key] = convert(value.strip())
        except ValueError:
            raise InputError(f"--set {text}: expected {convert.__name__}") from None
    return found


def _drawn(picture: Picture, found: list[Instance], path: Path) -> bytes:
    from varcolor.image.formats import format_of
    from varcolor.image.write import content
    from varcolor.objects.boxes import boxes_picture

    return content(boxes_picture(picture, found), format_of(path), name=str(path))[0]
