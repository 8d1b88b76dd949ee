"""Detections kept on disk: COCO JSON under the hash of the photo's pixels and all that matters.

A detector is slow, its answer small. The name of a file is the SHA-256 of the photo's levels and
size, the provider's name, options and version (its weights' hash, its package's version): what has
changed is never taken for what it was. Nothing that is read can run code; a file that does not fit
the photo, or is damaged, is left alone and made anew.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from varcolor.errors import FileError, InputError
from varcolor.image.picture import Picture
from varcolor.image.publish import write_files
from varcolor.objects.base import Provider
from varcolor.objects.files.coco import from_coco, parsed, to_coco
from varcolor.objects.instance import Instance

_FORMAT = 1


def folder() -> Path:
    """Return where detections lie: ``VARCOLOR_OBJECTS`` or ``~/.cache/varcolor/objects``."""
    named = os.environ.get("VARCOLOR_OBJECTS")
    if named:
        return Path(named)
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "varcolor" / "objects"


def key_of(picture: Picture, provider: Provider) -> str:
    """Return the SHA-256 of all that a detection depends on."""
    digest = hashlib.sha256()
    own: Any = provider
    options = {f.name: getattr(own, f.name) for f in dataclasses.fields(own)}
    about = {
        "format": _FORMAT,
        "provider": provider.name,
        "options": options,
        "version": provider.version(),
        "shape": picture.pixels.shape,
        "dtype": str(picture.pixels.dtype),
    }
    digest.update(json.dumps(about, sort_keys=True, default=str).encode())
    digest.update(np.ascontiguousarray(picture.pixels).data)
    return digest.hexdigest()


def recall(picture: Picture, provider: Provider) -> list[Instance] | None:
    """Return the objects that were found before; None if there are none to be had."""
    path = folder() / f"{key_of(picture, provider)}.json"
    try:
        document = parsed(path.read_text(encoding="utf-8"))
        if document.get("annotations") == []:
            return []
        return from_coco(document, picture.shape)
    except (OSError, UnicodeDecodeError, InputError, AttributeError):
        return None


def keep(picture: Picture, provider: Provider, instances: list[Instance]) -> None:
    """Keep what was found; where that cannot be done, nothing happens."""
    path = folder() / f"{key_of(picture, provider)}.json"
    text = json.dumps(to_coco(instances, picture.shape))
    with contextlib.suppress(OSError, FileError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_files({path: text.encode()}, replace=True)
