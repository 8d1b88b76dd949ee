"""Objects to a file: a map of labels, COCO JSON, or an array."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from varcolor.errors import InputError
from varcolor.image.formats import format_of
from varcolor.image.picture import Picture
from varcolor.image.write import content
from varcolor.objects.files.coco import to_coco
from varcolor.objects.instance import Instance, label_map
from varcolor.typing import Shape


def objects_content(
    instances: Sequence[Instance], shape: Shape, path: Path, photo: str = ""
) -> bytes:
    """Return what a file of this name holds: .json, .npy, or a map of labels in grey levels.

    A map has one label a pixel: where objects overlap, that of the smallest one.

    Raises
    ------
    InputError
        If the format is lossy, or has too few levels.
    """
    suffix = path.suffix.lower()
    if suffix == ".json":
        return json.dumps(to_coco(instances, shape, photo)).encode()
    labels = label_map(instances, shape)
    if suffix == ".npy":
        file = io.BytesIO()
        np.save(file, labels.astype(np.uint16 if len(instances) < 1 << 16 else np.int32))
        return file.getvalue()
    fmt = format_of(path)
    if not fmt.lossless or (fmt.depth < 16 and len(instances) > 255):
        raise InputError(
            f"{path}: {len(instances)} masks need a lossless format with levels for all: "
            "PNG, TIFF, COCO .json or .npy"
        )
    levels = labels.astype(np.uint8 if len(instances) < 256 else np.uint16)
    return content(Picture(levels), fmt, name=str(path))[0]
