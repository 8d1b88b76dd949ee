"""How kernels are called: signatures, and the piece of code that takes NumPy's arrays apart.

Numba's machine code wants every array as its address, size, shape and strides. A small function
that reads them from the array objects is put in front of each kernel, in LLVM's language, so that
a call from Python hands over one address per array.

The layout of array objects is that of ``PyArrayObject_fields`` in NumPy's C headers, which every
extension module is compiled against.
"""

from __future__ import annotations

import ctypes
import operator
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from varcolor.typing import Array

#: Addresses of an array object's data, shape and strides, behind what all objects have.
_DATA, _SHAPE, _STRIDES = (object.__basicsize__ + offset for offset in (0, 16, 24))
#: Scalars: in LLVM's language, for ctypes, and what converts to them.
_SCALARS: dict[str, tuple[str, Any, Callable[[Any], Any]]] = {
    "int64": ("i64", ctypes.c_int64, operator.index),
    "float64": ("double", ctypes.c_double, float),
    "float32": ("float", ctypes.c_float, float),
    "boolean": ("i8", ctypes.c_uint8, bool),
}
_TYPE = re.compile(r"(\w+)(?:\[([:,1]+)\])?")


@dataclass(frozen=True, slots=True)
class Argument:
    """Type of an argument or a result."""

    kind: str
    """As Numba and NumPy call it: ``"float32"``, ``"void"``."""
    dims: int = 0
    """Number of dimensions of an array, 0 for a scalar."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of an array's entries."""
        return np.dtype("bool" if self.kind == "boolean" else self.kind)

    def converter(self) -> Callable[[Any], Any]:
        """Return what converts a Python object to what ctypes hands over.

        It raises a TypeError for an object of another type.
        """
        if not self.dims:
            return _SCALARS[self.kind][2]
        dtype, dims = self.dtype, self.dims

        def address(array: Any) -> int:
            if (
                not isinstance(array, np.ndarray)
                or array.dtype != dtype
                or array.ndim != dims
                or not array.flags.carray
            ):
                raise TypeError(
                    f"expected a contiguous, writeable {dtype} array of {dims} dimensions, not "
                    f"{getattr(array, 'dtype', type(array).__name__)} of shape {np.shape(array)}"
                )
            return id(array)

        return address


@dataclass(frozen=True, slots=True)
class Signature:
    """Types of a kernel's arguments and of what it returns."""

    result: Argument
    takes: tuple[Argument, ...]

    @classmethod
    def parse(cls, text: str) -> Signature:
        """Return the signature that Numba's notation stands for: ``void(float32[::1], int64)``."""
        result, *takes = (
            Argument(kind, dims.count(",") + 1 if dims else 0) for kind, dims in _TYPE.findall(text)
        )
        return cls(result, tuple(takes))

    def prototype(self) -> Any:
        """Return the type of `front`'s function for ctypes, which unlocks the interpreter."""
        takes = (ctypes.c_void_p if a.dims else _SCALARS[a.kind][1] for a in self.takes)
        return ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, *takes)

    def words(self) -> int:
        """Return the size of a result in words of 8 bytes: an array comes as Numba's structure."""
        return 5 + 2 * self.result.dims if self.result.dims else 1

    def flat(self) -> list[str]:
        """Return LLVM's types of the kernel's own parameters."""
        types = ["ptr", "ptr"]  # where results and errors go
        for a in self.takes:
            array = ["ptr", "ptr", "i64", "i64", "ptr"] + 2 * a.dims * ["i64"]
            types += array if a.dims else [_SCALARS[a.kind][0]]
        return types

    def front(self, symbol: str, name: str) -> str:
        """Return the function ``name`` that calls the kernel ``symbol``, in LLVM's language."""
        lines, given = ["  %error = alloca ptr", "  %none = alloca ptr"], ["ptr %result"]
        own = ["ptr %none" if self.result.kind == "void" else "ptr %result", "ptr %error"]
        for i, a in enumerate(self.takes):
            if not a.dims:
                given.append(f"{_SCALARS[a.kind][0]} %a{i}")
                own.append(given[-1])
                continue
            given.append(f"ptr %a{i}")
            for part, offset in (("data", _DATA), ("shape", _SHAPE), ("strides", _STRIDES)):
                lines.append(f"  %{part}at{i} = getelementptr i8, ptr %a{i}, i64 {offset}")
                lines.append(f"  %{part}{i} = load ptr, ptr %{part}at{i}")
            for part in ("shape", "strides"):
                for k in range(a.dims):
                    place = f"%{part}{i}at{k}"
                    lines.append(f"  {place} = getelementptr i64, ptr %{part}{i}, i64 {k}")
                    lines.append(f"  %{part}{i}n{k} = load i64, ptr {place}")
            size = f"%shape{i}n0"
            for k in range(1, a.dims):
                lines.append(f"  %size{i}n{k} = mul i64 {size}, %shape{i}n{k}")
                size = f"%size{i}n{k}"
            own += ["ptr null", "ptr null", f"i64 {size}", f"i64 {a.dtype.itemsize}"]
            own.append(f"ptr %data{i}")
            own += [f"i64 %{part}{i}n{k}" for part in ("shape", "strides") for k in range(a.dims)]
        return "\n".join(
            [
                f'declare i32 @"{symbol}"({", ".join(self.flat())})',
                f"define i32 @{name}({', '.join(given)}) {{",
                *lines,
                f'  %status = call i32 @"{symbol}"({", ".join(own)})',
                "  ret i32 %status",
                "}",
            ]
        )

    def number(self, words: Any) -> int | float:
        """Return the number that a kernel has written to a buffer of `words`."""
        kind = "d" if self.result.kind == "float64" else "q"
        value: int | float = struct.unpack(kind, struct.pack("q", words[0]))[0]
        return value

    def array(self, words: Any) -> Array:
        """Return a copy of the array that a kernel has described in a buffer of `words`."""
        data = ctypes.string_at(words[4], words[2] * words[3])
        shape = words[5 : 5 + self.result.dims]
        return np.frombuffer(bytearray(data), self.result.dtype).reshape(shape)
