"""NVIDIA's run-time compiler, from the package nvidia-cuda-nvrtc: it needs neither GPU nor driver."""

from __future__ import annotations

import ctypes
from importlib import metadata

import pytest


class Compiler:
    """Compiles CUDA C++ to PTX."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(str(_library()))

    def ptx(self, source: str, name: str, architecture: str) -> tuple[str, str]:
        """Return the PTX, empty if it failed, and the compiler's messages."""
        program, call = ctypes.c_void_p(), self._library
        text = ctypes.c_char_p(source.encode())
        call.nvrtcCreateProgram(
            ctypes.byref(program), text, ctypes.c_char_p(name.encode()), 0, None, None
        )
        words = [f"--gpu-architecture={architecture}", "--std=c++17"]
        options = (ctypes.c_char_p * len(words))(*(word.encode() for word in words))
        status = call.nvrtcCompileProgram(program, len(words), options)
        log = self._text(program, "ProgramLog")
        ptx = self._text(program, "PTX") if status == 0 else ""
        call.nvrtcDestroyProgram(ctypes.byref(program))
        return ptx, log

    def _text(self, program: ctypes.c_void_p, what: str) -> str:
        size = ctypes.c_size_t()
        getattr(self._library, f"nvrtcGet{what}Size")(program, ctypes.byref(size))
        text = ctypes.create_string_buffer(size.value)
        getattr(self._library, f"nvrtcGet{what}")(program, text)
        return text.value.decode()


def _library() -> object:
    """Return the path of the compiler, or skip the test, saying why."""
    for package in ("nvidia-cuda-nvrtc", "nvidia-cuda-nvrtc-cu12"):
        try:
            found = metadata.files(package) or []
        except metadata.PackageNotFoundError:
            continue
        for file in found:
            if file.name.startswith(("libnvrtc.so", "nvrtc64_")):
                return file.locate()
    pytest.skip("no nvidia-cuda-nvrtc (extra `nvrtc`): the kernels are not compiled for GPUs")
