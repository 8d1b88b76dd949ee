"""Pictures of other libraries as plain arrays, without importing any of them.

Taken are NumPy arrays, Pillow images, PyTorch tensors on any device, xarray's DataArrays, and all
that has ``__array__`` or speaks DLPack.
"""

from __future__ import annotations

import os
from typing import Any, Protocol, TypeAlias, TypeGuard

import numpy as np

from varcolor.errors import InputError
from varcolor.typing import Array, PathLike

_EXPECTED = "give a path, a Picture (varcolor.read), or an array (H, W) or (H, W, 2 | 3 | 4)"
#: Names of xarray dimensions that are channels.
_CHANNELS = ("band", "bands", "channel", "channels", "c", "C", "rgb", "color", "colour")
#: Pillow's modes whose values are levels of grey or sRGB, with or without alpha.
_PLAIN_MODES = ("1", "L", "LA", "RGB", "RGBA", "F", "I", "I;16", "I;16L", "I;16B", "I;16N")


class SupportsArray(Protocol):
    """What NumPy can make an array of, like a tensor of PyTorch or a Pillow image."""

    def __array__(self) -> Array: ...


Foreign: TypeAlias = "Array | PathLike | SupportsArray"


def is_path(value: object) -> TypeGuard[PathLike]:
    """Tell whether a value names a file."""
    return isinstance(value, str | os.PathLike)


def is_image(value: object) -> TypeGuard[Array]:
    """Tell whether a value can be made an array of."""
    return isinstance(value, np.ndarray) or (
        not isinstance(value, type)
        and any(hasattr(value, name) for name in ("__array__", "__dlpack__"))
    )


def as_array(image: Any, source: str) -> Array:
    """Return the array of a picture in memory, channels last.

    Channels come first in PyTorch's tensors, (C, H, W) or (1, C, H, W), and in DataArrays whose
    first dimension says so: they are moved to the end if there are 1 to 4 of them, and a tensor's
    last dimension could not be channels, too. NumPy's arrays are taken as they are.

    Raises
    ------
    InputError
        If there is no picture in it.
    """
    if isinstance(image, np.ndarray):
        return image
    try:
        if hasattr(image, "getbands") and hasattr(image, "convert"):
            return np.asarray(_plain(image))
        if hasattr(image, "detach") and hasattr(image, "cpu"):
            return _channels_last(_of_tensor(image))
        array = _of_anything(image)
        dims = getattr(image, "dims", None)
        if isinstance(dims, tuple) and array.ndim == 3 and dims[0] in _CHANNELS:
            array = np.moveaxis(array, 0, -1)
    except InputError:
        raise
    except Exception as error:
        what = type(image).__name__
        raise InputError(f"{source}: {what} makes no array ({error}); {_EXPECTED}") from None
    if array.dtype == object or (array.ndim == 0 and not is_image(image)):
        what = "None" if image is None else type(image).__name__
        raise InputError(f"{source}: {what} is no picture; {_EXPECTED}")
    return array


def _plain(image: Any) -> Any:
    """Return a Pillow image of grey levels or sRGB."""
    if image.mode in _PLAIN_MODES:
        return image
    clear = image.mode in ("PA", "La", "RGBa") or "transparency" in image.info
    return image.convert("RGBA" if clear else "RGB")


def _of_tensor(tensor: Any) -> Array:
    """Return the array of a tensor, wherever it lies and however it is differentiated."""
    tensor = tensor.detach().cpu()
    if "bfloat16" in str(tensor.dtype):  # NumPy has none
        tensor = tensor.float()
    return np.asarray(tensor.numpy())


def _of_anything(image: Any) -> Array:
    """Return the array of what is neither an image nor a tensor."""
    if hasattr(image, "__cuda_array_interface__") and hasattr(image, "get"):
        return np.asarray(image.get())  # CuPy never copies from the device by itself
    if hasattr(image, "__array__") or not hasattr(image, "__dlpack__"):
        return np.asarray(image)
    return np.from_dlpack(image)


def _channels_last(array: Array) -> Array:
    while array.ndim > 3 and array.shape[0] == 1:
        array = array[0]
    if array.ndim == 3 and array.shape[0] in (1, 2, 3, 4) and array.shape[2] not in (1, 2, 3, 4):
        array = np.moveaxis(array, 0, -1)
    return array
