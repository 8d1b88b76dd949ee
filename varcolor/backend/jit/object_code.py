"""Machine code: made by Numba, run without it.

Numba takes most of a second to import, its machine code a millisecond to load. What a kernel needs
at run time is Numba's allocator of arrays, an extension module that works by itself.
"""

from __future__ import annotations

import ctypes
import importlib.util
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from typing import Any

import llvmlite.binding as llvm

from varcolor.backend.jit.calling_convention import Signature
from varcolor.typing import Array

_ALLOCATOR = "numba.core.runtime._nrt_python"
_FRONT = "front"
#: All that can go wrong in a kernel.
_NO_MEMORY = "a kernel could not get memory for its rows"


@dataclass(frozen=True, slots=True)
class Code:
    """Object code of a kernel."""

    objects: tuple[bytes, ...]
    """Of the function `_FRONT` and of the kernel that it calls."""
    needs: tuple[str, ...]
    """Names of the functions outside that are called."""


def compiled(dispatcher: Any, signature: Signature) -> Code:
    """Return the code that Numba has made for a function with one signature."""
    (result,) = dispatcher.overloads.values()
    library, symbol = result.library, result.fndesc.llvm_func_name
    module = llvm.parse_assembly(library.get_llvm_str())
    parameters = [str(argument.type) for argument in module.get_function(symbol).arguments]
    if parameters != signature.flat():
        raise RuntimeError(f"{symbol}: this version of Numba calls functions in another way")
    front = llvm.parse_assembly(signature.front(symbol, _FRONT))
    _, _, (body, _) = library.serialize_using_object_code()
    outside = (function.name for function in module.functions if function.is_declaration)
    needs = tuple(name for name in outside if not name.startswith("llvm."))
    return Code((target().emit_object(front), body), needs)


class Loaded:
    """Code in memory, to be called with what `Argument.converter` returns."""

    def __init__(self, code: Code, signature: Signature) -> None:
        release = _allocator()
        self.call: Callable[..., Any]
        self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), target())
        missing = [name for name in code.needs if not llvm.address_of_symbol(name)]
        if missing:  # LLVM would end the process
            raise RuntimeError(f"a kernel calls {missing[0]}, which is not there")
        for part in code.objects:
            self._engine.add_object_file(llvm.ObjectFileRef.from_data(part))
        self._engine.finalize_object()
        function = signature.prototype()(self._engine.get_function_address(_FRONT))
        words = ctypes.c_int64 * signature.words()

        def nothing(*arguments: Any) -> None:
            if function(None, *arguments):
                raise MemoryError(_NO_MEMORY)

        def number(*arguments: Any) -> int | float:
            result = words()
            if function(result, *arguments):
                raise MemoryError(_NO_MEMORY)
            return signature.number(result)

        def array(*arguments: Any) -> Array:
            result = words()
            if function(result, *arguments):
                raise MemoryError(_NO_MEMORY)
            value = signature.array(result)
            release(result[0])
            return value

        if signature.result.kind == "void":
            self.call = nothing
        else:
            self.call = array if signature.result.dims else number


@cache
def target() -> Any:
    """Return LLVM's generator of code for this processor."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.Target.from_default_triple().create_target_machine(opt=3, jit=True)


@cache
def _allocator() -> Callable[[int], None]:
    """Make Numba's allocator known to LLVM; return what frees an array that it has made."""
    module = sys.modules.get(_ALLOCATOR)
    if module is None:
        numba = importlib.util.find_spec("numba")
        assert numba is not None and numba.origin is not None
        *folders, name = _ALLOCATOR.split(".")[1:]
        stem = Path(numba.origin).parent.joinpath(*folders, name)
        file = next(path for end in EXTENSION_SUFFIXES if (path := Path(f"{stem}{end}")).exists())
        spec = importlib.util.spec_from_file_location(_ALLOCATOR, file)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        sys.modules[_ALLOCATOR] = module
    for name, address in module.c_helpers.items():
        llvm.add_symbol(name if name.startswith("_") else f"NRT_{name}", address)
    return ctypes.CFUNCTYPE(None, ctypes.c_void_p)(module.c_helpers["MemInfo_release"])
