"""Files of arrays in the format safetensors, read without its package.

Eight bytes say how long the header is (little-endian), the header is JSON, name -> dtype, shape and
the range of its bytes behind the header; ``__metadata__`` holds strings.

Reference: https://github.com/huggingface/safetensors, section "Format".
"""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np

from varcolor.errors import FileError
from varcolor.typing import Array

_KINDS = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I8": "|i1"}
#: Longest header that is read, in bytes.
_LONGEST = 1 << 20


def tensors_of(data: bytes, name: str) -> tuple[dict[str, Array], dict[str, str]]:
    """Return the arrays of a file, float16 as float32, and its strings.

    Parameters
    ----------
    data : bytes
        The whole file.
    name : str
        What it is called, for messages.

    Raises
    ------
    FileError
        If it is no such file, or is cut off.
    """
    try:
        length = int.from_bytes(data[:8], "little")
        if not 2 <= length <= min(_LONGEST, len(data) - 8):
            raise ValueError("its header has an impossible length")
        header = json.loads(data[8 : 8 + length])
        told = header.pop("__metadata__", {})
        body = memoryview(data)[8 + length :]
        arrays = {key: _array(body, entry) for key, entry in header.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise FileError(f"{name}: is no file of safetensors ({error})") from None
    return arrays, {str(key): str(value) for key, value in told.items()}


def _array(body: memoryview, entry: dict[str, Any]) -> Array:
    kind, shape = np.dtype(_KINDS[entry["dtype"]]), tuple(entry["shape"])
    begin, end = entry["data_offsets"]
    if not 0 <= begin <= end <= len(body) or end - begin != math.prod(shape) * kind.itemsize:
        raise ValueError("the range of an array does not fit")
    values = np.frombuffer(body[begin:end], kind).reshape(shape)
    return values.astype(np.float32) if kind.itemsize == 2 else values.copy()
