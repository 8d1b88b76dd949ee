"""A device that is none: its kernels are the ``.cu`` files, compiled by a C++ compiler.

Its arrays are those of array-api-strict on a device of their own: they refuse NumPy's arrays and
scalars, cannot be converted unnoticed, and have nothing but what the array-API standard has.
"""

from __future__ import annotations

import ctypes
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from varcolor.backend.launch import DeviceBackend, files, source

SHIM = Path(__file__).parent / "shim.hpp"
_KERNEL = re.compile(r"^KERNEL (\w+)\(([^)]*)\) \{$(.*?)^\}$", re.MULTILINE | re.DOTALL)
_TYPES = {
    "float": np.float32,
    "double": np.float64,
    "int": np.int32,
    "long long": np.int64,
    "index_t": np.int64,
    "bool": np.bool_,
    "unsigned char": np.uint8,
}


def kernels(file: str) -> dict[str, tuple[list[str], bool]]:
    """Return the types of the parameters of a file's kernels, and whether they have barriers."""
    found = {}
    for name, parameters, body in _KERNEL.findall(source(file)):
        types = [re.sub(r"\w+$", "", p.strip()).strip() for p in parameters.split(",")]
        found[name] = types, "__syncthreads" in body
    return found


def wrapper(name: str, types: list[str], barriers: bool) -> str:
    parameters = "".join(f", {kind} a{i}" for i, kind in enumerate(types))
    arguments = ", ".join(f"a{i}" for i in range(len(types)))
    return (
        f'extern "C" void run_{name}(int gx, int gy, int bx, int by{parameters}) {{\n'
        f"  shim::run({int(barriers)}, {{(unsigned)gx, (unsigned)gy, 1}}, "
        f"{{(unsigned)bx, (unsigned)by, 1}}, [&] {{ {name}({arguments}); }});\n}}\n"
    )


def compile_kernels(folder: Path) -> ctypes.CDLL:
    """Compile all kernels with g++, if it is not done; or skip the test, saying why."""
    made = folder / "kernels.so"
    if made.exists():
        return ctypes.CDLL(str(made))
    compiler = shutil.which("g++")
    if compiler is None:
        pytest.skip("no g++: the CUDA kernels are not compared with those of the CPU")
    text = f'#include "{SHIM}"\n'
    for file in files():
        text += (
            f"namespace {file.replace('/', '_')}_ {{\n{source(file).replace('#pragma once', '')}\n"
        )
        text += "".join(wrapper(name, *facts) for name, facts in kernels(file).items())
        text += "}\n"
        for macro in ("TILE", "PITCH", "TINY", "KERNEL", "COLUMN", "ROW", "THREAD", "THREADS"):
            text += f"#undef {macro}\n"
    (folder / "kernels.cpp").write_text(text)
    command = [compiler, "-O2", "-std=c++17", "-shared", "-fPIC", "-ffp-contract=off"]
    command += ["-Wall", "-Wextra", "-Werror", "-Wno-unknown-pragmas", "-Wno-unused-function"]
    command += ["-Wno-maybe-uninitialized", "-U_FORTIFY_SOURCE"]
    command += [str(folder / "kernels.cpp"), "-o", str(folder / "kernels.part")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return ctypes.CDLL(str((folder / "kernels.part").replace(made)))


class Emulated(DeviceBackend):
    """A device whose kernels run on the host."""

    label = "emulated"

    def __init__(self, library: ctypes.CDLL, wanted: bool = False) -> None:
        import array_api_strict

        super().__init__(wanted)

        self.xp = array_api_strict
        self.launched: list[str] = []
        self.limit = 1e18
        self._device = array_api_strict.Device("device1")
        self._library = library
        self._kernels = {name: facts for file in files() for name, facts in kernels(file).items()}

    def asarray(self, host: Any) -> Any:
        assert isinstance(host, np.ndarray), type(host)
        return self._own(np.array(host, order="C"))

    def to_numpy(self, array: Any) -> Any:
        assert array.device == self._device
        return np.array(array._array)

    def zeros(self, shape: tuple[int, ...], dtype: type = np.float32) -> Any:
        return self._own(np.zeros(shape, dtype))

    def _own(self, host: Any) -> Any:
        self.limit -= host.nbytes
        if self.limit < 0:
            raise MemoryError("the device is full")
        return self.xp.asarray(host, device=self._device)

    def available(self) -> float:
        return self.limit

    def launch(
        self,
        file: str,
        kernel: str,
        blocks: tuple[int, int],
        threads: tuple[int, int],
        *arguments: Any,
    ) -> None:
        types, _ = kernels(file)[kernel] if kernel not in self._kernels else self._kernels[kernel]
        assert kernel in source(file)
        assert len(types) == len(arguments), (kernel, types, len(arguments))
        values = [
            _argument(f"{kernel}, parameter {i}", kind, argument, self._device)
            for i, (kind, argument) in enumerate(zip(types, arguments, strict=True))
        ]
        self.launched.append(kernel)
        function = getattr(self._library, f"run_{kernel}")
        function(*(ctypes.c_int(n) for n in (*blocks, *threads)), *values)


def _argument(what: str, kind: str, value: Any, device: Any) -> Any:
    """Return an argument for ctypes; its type must be the parameter's, as on a GPU."""
    dtype = np.dtype(_TYPES[kind.replace("const", "").replace("*", "").strip()])
    if kind.endswith("*"):
        assert value.device == device, what
        host = value._array
        assert host.dtype == dtype, (what, host.dtype, kind)
        assert host.flags.c_contiguous, what
        return ctypes.c_void_p(host.ctypes.data)
    assert isinstance(value, np.generic), (what, type(value))
    assert value.dtype == dtype, (what, value.dtype, kind)
    return np.ctypeslib.as_ctypes_type(dtype)(value.item())
