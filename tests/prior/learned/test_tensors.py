"""The reader of safetensors against the package, and files that are broken."""

import json

import numpy as np
import pytest

from varcolor.errors import FileError
from varcolor.prior.learned.tensors import tensors_of

ARRAYS = {
    "a": np.arange(6, dtype=np.float32).reshape(2, 3),
    "half": np.array([0.5, -2], np.float16),
    "double": np.array([[1e-300]]),
    "none": np.zeros((0, 4), np.float32),
    "whole": np.array([-3, 7], np.int8),
}


def packed(arrays, **changed):
    """Write a file without the package."""
    kinds = {"float32": "F32", "float16": "F16", "float64": "F64", "int8": "I8"}
    header, body = {"__metadata__": {"how": "by hand"}}, b""
    for name, values in arrays.items():
        ends = [len(body), len(body) + values.nbytes]
        kind = kinds[values.dtype.name]
        header[name] = {"dtype": kind, "shape": list(values.shape), "data_offsets": ends}
        body += values.tobytes()
    header.get("a", {}).update(changed)
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + body


def test_arrays_come_back():
    found, told = tensors_of(packed(ARRAYS), "x")
    assert told == {"how": "by hand"}
    assert found.keys() == ARRAYS.keys()
    for name, values in ARRAYS.items():
        np.testing.assert_array_equal(found[name], values)
    assert found["half"].dtype == np.float32
    assert all(values.flags.writeable for values in found.values())


def test_files_of_the_package():
    safetensors = pytest.importorskip("safetensors.numpy")
    found, _ = tensors_of(safetensors.save(ARRAYS), "x")
    for name, values in ARRAYS.items():
        np.testing.assert_array_equal(found[name], values)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"1234",
        (1 << 60).to_bytes(8, "little") + b"{}",
        (2).to_bytes(8, "little") + b"[]",
        (3).to_bytes(8, "little") + b"{x}",
        packed(ARRAYS)[:-20],
        packed(ARRAYS, dtype="BF17"),
        packed(ARRAYS, shape=[3, 3]),
        packed(ARRAYS, shape="no"),
        packed(ARRAYS, data_offsets=[-4, 20]),
        packed(ARRAYS, data_offsets=[0, 1 << 40]),
        packed(ARRAYS, data_offsets=[0]),
    ],
)
def test_broken_files(data):
    with pytest.raises(FileError, match=r"photo\.x: is no file of safetensors"):
        tensors_of(data, "photo.x")
