"""Masks in NumPy's files: labels (H, W), or masks (N, H, W)."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np

from varcolor.errors import FileError, InputError
from varcolor.image.read import read_bytes
from varcolor.objects.files.coco import MOST
from varcolor.objects.instance import Instance, from_labels
from varcolor.typing import Array, Shape


def read_array(path: Path, shape: Shape) -> list[Instance]:
    """Return the objects of a .npy file.

    Raises
    ------
    FileError
        If it cannot be read, or holds more than numbers.
    InputError
        If it has another size than the photo, or no objects.
    """
    data = read_bytes(path)
    try:
        _check_header(data, shape)
        values = np.load(io.BytesIO(data), allow_pickle=False)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    except (OSError, ValueError, EOFError, MemoryError):
        raise FileError(f"{path}: is no array of numbers, or cut off") from None
    try:
        return of_array(values, shape)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def _check_header(data: bytes, shape: Shape) -> None:
    """Refuse arrays of another size before they are read."""
    file = io.BytesIO(data)
    version = np.lib.format.read_magic(file)
    read = {1: np.lib.format.read_array_header_1_0, 2: np.lib.format.read_array_header_2_0}
    if version[0] not in read:
        raise ValueError(f"version {version}")
    own, _, _ = read[version[0]](file)
    if len(own) not in (2, 3) or own[-2:] != shape:
        raise InputError(f"an array of shape {own}, but the photo is {shape[1]} x {shape[0]}")


def of_array(values: Array, shape: Shape) -> list[Instance]:
    """Return the objects of labels (H, W), 0 outside, or of masks (N, H, W).

    Raises
    ------
    InputError
        As in `read_array`.
    """
    if values.dtype.kind not in "bui" or values.ndim not in (2, 3):
        raise InputError(
            f"an array {values.shape} of {values.dtype}: expected whole numbers (H, W) or masks "
            "(N, H, W)"
        )
    if values.shape[-2:] != shape:
        raise InputError(
            f"is {values.shape[-1]} x {values.shape[-2]}, but the photo is {shape[1]} x {shape[0]}"
        )
    if values.ndim == 3:
        if len(values) > MOST:
            raise InputError(f"holds {len(values)} objects: {MOST} at most")
        return [Instance.of(np.asarray(one) != 0, 1.0, str(k)) for k, one in enumerate(values, 1)]
    found, numbers = np.unique(values, return_inverse=True)
    if (found < 0).any():
        raise InputError("labels must not be negative")
    ranks = np.cumsum(found != 0) * (found != 0)
    if not ranks.any():
        raise InputError("holds no object: every pixel is 0")
    if ranks.max() > MOST:
        raise InputError(f"holds {ranks.max()} labels: {MOST} at most")
    names = {int(rank): str(value) for rank, value in zip(ranks, found.tolist(), strict=True)}
    return from_labels(ranks.astype(np.int32)[numbers].reshape(shape), names)
