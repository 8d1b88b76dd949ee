"""COCO JSON: polygons, and run-length encoding compressed or not; read and written.

A polygon's corners are x, y in pixels, the upper left corner of the picture 0, 0; a pixel belongs
to it if its centre does. Several polygons of an annotation are one object.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from varcolor.errors import InputError
from varcolor.objects.files.rle import mask_of, runs_from, runs_of, text_of
from varcolor.objects.instance import Instance
from varcolor.typing import BoolArray, Shape

#: Objects of one photo, at most.
MOST = 10_000


def from_coco(data: Any, shape: Shape, photo: str = "") -> list[Instance]:
    """Return the objects of a photo from a COCO document.

    Parameters
    ----------
    data : dict or list
        The document: ``images``, ``annotations`` and ``categories``, or a list of results.
    shape : (int, int)
        The photo's.
    photo : str
        Its file name: where the document is about several pictures, the one of this name counts.

    Raises
    ------
    InputError
        If it does not follow the format, or is about other pictures.
    """
    if isinstance(data, list):
        data = {"annotations": data}
    if not isinstance(data, dict) or not isinstance(data.get("annotations"), list):
        raise InputError("is no COCO document: it has no list 'annotations'")
    annotations = data["annotations"]
    if not all(isinstance(one, dict) for one in annotations):
        raise InputError("is no COCO document: an annotation is no object")
    image = _image(data.get("images"), shape, photo)
    if image is not None:
        annotations = [one for one in annotations if one.get("image_id") == image]
    elif len(ids := {str(one.get("image_id")) for one in annotations}) > 1:
        raise InputError(
            f"is about {len(ids)} pictures and has no 'images' that tell which is {photo!r}"
        )
    if not annotations:
        raise InputError("holds no object of this photo")
    if len(annotations) > MOST:
        raise InputError(f"holds {len(annotations)} objects: {MOST} at most")
    names = _names(data.get("categories"))
    return [_instance(one, k, shape, names) for k, one in enumerate(annotations, 1)]


def _image(images: Any, shape: Shape, photo: str) -> Any:
    """Return the number of the photo among the pictures of a document; None if there are none."""
    if not images:
        return None
    if not isinstance(images, list) or not all(isinstance(one, dict) for one in images):
        raise InputError("is no COCO document: 'images' is no list of objects")
    stem = Path(photo).stem
    own = [one for one in images if Path(str(one.get("file_name", ""))).stem == stem]
    if len(images) == 1:
        own = images
    if not own:
        first = ", ".join(str(one.get("file_name")) for one in images[:3])
        raise InputError(f"is about other pictures ({first}, …), not about {photo!r}")
    size = own[0].get("height"), own[0].get("width")
    if size not in ((None, None), shape):
        raise InputError(
            f"is about a picture of {size[1]} x {size[0]}, but the photo is {shape[1]} x {shape[0]}"
        )
    return own[0].get("id")


def _names(categories: Any) -> dict[Any, str] | None:
    if categories is None:
        return None
    try:
        return {one["id"]: str(one["name"]) for one in categories}
    except (TypeError, KeyError):
        raise InputError("is no COCO document: 'categories' need id and name") from None


def _instance(
    one: dict[str, Any], number: int, shape: Shape, names: dict[Any, str] | None
) -> Instance:
    kind = one.get("category_id", "")
    if names is not None and kind != "" and kind not in names:
        known = ", ".join(map(str, list(names)[:8]))
        raise InputError(f"object {number}: unknown label {kind!r}; its categories are {known}")
    label = str(kind) if names is None or kind == "" else names[kind]
    score = one.get("score", 1.0)
    if isinstance(score, bool) or not isinstance(score, int | float):
        raise InputError(f"object {number}: a score {score!r} that is no number")
    try:
        return Instance.of(_mask(one.get("segmentation"), shape), float(score), label)
    except InputError as error:
        raise InputError(f"object {number}: {error}") from None


def _mask(segmentation: Any, shape: Shape) -> BoolArray:
    if isinstance(segmentation, dict):
        size, counts = segmentation.get("size"), segmentation.get("counts")
        if not isinstance(size, list) or tuple(size) != shape:
            raise InputError(f"a mask of size {size} for a photo of {list(shape)} (height, width)")
        if isinstance(counts, str):
            counts = runs_from(counts)
        if not isinstance(counts, list):
            raise InputError("broken RLE: it has no 'counts'")
        return mask_of(counts, shape)
    if not isinstance(segmentation, list) or not segmentation:
        raise InputError("has no polygons and no RLE")
    result = np.zeros(shape, bool)
    for polygon in segmentation:
        _fill(result, polygon)
    return result


def _fill(mask: BoolArray, polygon: Any) -> None:
    """Add a polygon, x, y, x, y, …, to a mask."""
    from skimage.draw import polygon as inside

    numbers = isinstance(polygon, list) and all(
        isinstance(v, int | float) and abs(v) < 1e7 for v in polygon
    )
    if not numbers or len(polygon) < 6 or len(polygon) % 2:
        raise InputError("a polygon needs at least three corners, x and y in turn")
    corners = np.asarray(polygon, np.float64).reshape(-1, 2) - 0.5
    rows, columns = inside(corners[:, 1], corners[:, 0], mask.shape)
    mask[rows, columns] = True


def to_coco(instances: Sequence[Instance], shape: Shape, photo: str = "") -> dict[str, Any]:
    """Return a COCO document of objects, masks as compressed run-length encoding."""
    names = list(dict.fromkeys(own.label for own in instances))
    annotations = []
    for number, own in enumerate(instances, 1):
        left, top, right, bottom = own.box
        annotations.append(
            {
                "id": number,
                "image_id": 1,
                "category_id": names.index(own.label) + 1,
                "score": round(float(own.score), 6),
                "area": own.area,
                "bbox": [left, top, right - left, bottom - top],
                "iscrowd": 0,
                "segmentation": {"size": list(shape), "counts": text_of(runs_of(own.full))},
            }
        )
    return {
        "images": [{"id": 1, "file_name": photo, "width": shape[1], "height": shape[0]}],
        "categories": [{"id": k, "name": name} for k, name in enumerate(names, 1)],
        "annotations": annotations,
    }


def parsed(text: str) -> Any:
    """Return the document of JSON text.

    Raises
    ------
    InputError
        If it is no JSON.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"is no JSON ({error})") from None
