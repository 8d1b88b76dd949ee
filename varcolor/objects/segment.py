"""The objects of a photo, whatever they come from: files, regions, detectors, arrays."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Any, TypeAlias, cast

import numpy as np

from varcolor.errors import InputError
from varcolor.image.picture import Picture, PictureLike, as_picture
from varcolor.objects import cache
from varcolor.objects.base import PROVIDERS, Provider
from varcolor.objects.files.arrays import of_array
from varcolor.objects.files.read import read_objects
from varcolor.objects.instance import Instance, check_fit
from varcolor.registry import did_you_mean
from varcolor.typing import Array

#: Where objects come from: the name of a provider or one with options, a file or folder, an array
#: of labels (H, W) or masks (N, H, W), or the objects themselves.
ObjectsLike: TypeAlias = "str | PathLike[str] | Provider | Sequence[Instance] | Array"


def segment(
    photo: PictureLike,
    objects: ObjectsLike = "slic",
    *,
    labels: Sequence[str] = (),
    keep: bool = True,
    **options: Any,
) -> list[Instance]:
    """Find the objects of a photo.

    Parameters
    ----------
    photo : Picture, path or ndarray
        Grey or colour.
    objects : str, path, Provider, ndarray or sequence of Instance
        ``"slic"``, ``"felzenszwalb"`` (regions), ``"maskrcnn"``, ``"rfdetr"`` (networks; extras);
        a file or folder of masks (`varcolor.objects.files.read.read_objects`); an array of labels
        (H, W) or masks (N, H, W).
    labels : sequence of str
        Only objects with these labels; default: all.
    keep : bool
        Whether the answers of slow providers are kept on disk, and taken from there.
    **options
        Those of the provider, e.g. ``threshold=0.5``.

    Returns
    -------
    list of Instance

    Raises
    ------
    InputError
        For unknown names, options and labels, and masks that do not fit the photo.
    FileError
        If a file cannot be read.
    MissingExtra
        If the provider needs a package that is not installed.
    """
    picture = as_picture(photo)
    found = _found(picture, objects, keep, options)
    check_fit(found, picture.shape)
    return _labelled(found, labels)


def names_file(text: str) -> bool:
    """Tell whether a string is a path, and no name of a provider."""
    return text not in PROVIDERS and (bool(Path(text).suffix) or "/" in text or Path(text).exists())


def _found(
    picture: Picture, objects: ObjectsLike, keep: bool, options: dict[str, Any]
) -> list[Instance]:
    if isinstance(objects, str) and not names_file(objects):
        return _provided(picture, _made(objects, options), keep)
    if isinstance(objects, str | PathLike):
        _no(options)
        name = Path(picture.meta.source).name
        return read_objects(Path(objects), picture.shape, name)
    if isinstance(objects, np.ndarray):
        _no(options)
        return of_array(objects, picture.shape)
    if hasattr(objects, "segment"):
        own: Any = objects
        return _provided(picture, dataclasses.replace(own, **options) if options else own, keep)
    _no(options)
    if not (isinstance(objects, Sequence) and all(isinstance(own, Instance) for own in objects)):
        raise InputError(f"objects of type {type(objects).__name__}: {_expected()}")
    return list(cast("Sequence[Instance]", objects))


def _made(name: str, options: dict[str, Any]) -> Provider:
    if name not in PROVIDERS:
        raise InputError(f"objects {name!r}{did_you_mean(name, PROVIDERS)}: {_expected()}")
    kind: Any = PROVIDERS[name]
    known = [own.name for own in dataclasses.fields(kind)]
    for own in options:
        if own not in known:
            raise InputError(
                f"{name} has no option {own!r}{did_you_mean(own, known)}; it has: "
                f"{', '.join(known)}"
            )
    made: Provider = kind(**options)
    return made


def _expected() -> str:
    return f"expected {', '.join(PROVIDERS)}, a file or folder of masks, or objects"


def _no(options: dict[str, Any]) -> None:
    if options:
        raise InputError(f"{next(iter(options))} is an option of what finds objects, not of masks")


def _provided(picture: Picture, provider: Provider, keep: bool) -> list[Instance]:
    if not (keep and provider.slow):
        return provider.segment(picture)
    found = cache.recall(picture, provider)
    if found is None:
        found = provider.segment(picture)
        cache.keep(picture, provider, found)
    return found


def _labelled(found: list[Instance], labels: Sequence[str]) -> list[Instance]:
    if not labels:
        return found
    known = list(dict.fromkeys(own.label for own in found))
    for label in labels:
        if label not in known:
            shown = ", ".join(known[:12]) or "none"
            raise InputError(
                f"no object is labelled {label!r}{did_you_mean(label, known)}; labels: {shown}"
            )
    return [own for own in found if own.label in labels]
