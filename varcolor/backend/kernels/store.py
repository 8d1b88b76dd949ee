"""Where compiled kernels are kept from run to run.

A file holds the code of one kernel. Its name tells what the code was made from (the sources of the
kernel's module and of those that it imports), by what, and for which processor, so that no file
ever has to be renewed.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pickle
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

import llvmlite
import llvmlite.binding as llvm

from varcolor.backend.kernels.machine import Code

_SOURCES = Path(__file__).parent
_MARK = hashlib.sha256().digest_size


def load(kernel: str) -> Code | None:
    """Return the code of the kernel ``"module.function"`` if it was kept and is whole."""
    for folder in _folders(kernel):
        with suppress(OSError):
            data = (folder / _file_name(kernel)).read_bytes()
            if hashlib.sha256(data[_MARK:]).digest() == data[:_MARK]:
                return Code(*pickle.loads(data[_MARK:]))
    return None


def save(kernel: str, code: Code) -> bool:
    """Keep the code of a kernel; tell whether there was a place for it."""
    content = pickle.dumps((code.objects, code.needs))
    for folder in _folders(kernel):
        target = folder / _file_name(kernel)
        partial = target.with_suffix(f".{os.getpid()}.part")
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            partial.write_bytes(hashlib.sha256(content).digest() + content)
            partial.replace(target)
            return True
    return False


def exists(kernel: str) -> bool:
    """Tell whether the code of a kernel was kept."""
    return any((folder / _file_name(kernel)).exists() for folder in _folders(kernel))


def writable() -> bool:
    """Tell whether code can be kept, by keeping some that nobody runs."""
    return save(f"{__name__.rpartition('.')[2]}.nothing", Code((), ()))


def _folders(kernel: str) -> Iterator[Path]:
    """Yield where code may lie: where the user wants Numba's, with the sources, at home.

    Nowhere, if there is no source to tell one version of the kernel from another.
    """
    if not _source(kernel.partition(".")[0]).exists():
        return
    if os.environ.get("NUMBA_CACHE_DIR"):
        yield Path(os.environ["NUMBA_CACHE_DIR"])
        return
    yield _SOURCES / "__pycache__"
    with suppress(RuntimeError):  # no home
        yield Path.home() / ".cache" / "varcolor"


def _file_name(kernel: str) -> str:
    module = kernel.partition(".")[0]
    return f"{kernel}-{_digest(module)}.code"


def _source(module: str) -> Path:
    return _SOURCES / f"{module}.py"


@cache
def _digest(module: str) -> str:
    """Return a digest of all that the code of a module's kernels depends on."""
    parts = [_machine(), *(text.encode() for text in _texts(module).values())]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:32]


def _texts(module: str, known: dict[str, str] | None = None) -> dict[str, str]:
    """Return the sources of a module of kernels and of those that it imports, by name."""
    texts = {} if known is None else known
    path = _source(module)
    if module not in texts and path.exists():
        texts[module] = path.read_text()
        for other in re.findall(r"from varcolor\.backend\.kernels\.(\w+) import", texts[module]):
            _texts(other, texts)
    return texts


@cache
def _machine() -> bytes:
    """Return what tells processors and compilers apart."""
    numba = importlib.util.find_spec("numba")
    assert numba is not None and numba.origin is not None
    facts = [
        sys.version,
        llvmlite.__version__,
        Path(numba.origin).with_name("_version.py").read_text(),
        llvm.get_host_cpu_name(),
        llvm.get_host_cpu_features().flatten(),
        *(f"{k}={v}" for k, v in sorted(os.environ.items()) if k.startswith("NUMBA_OPT")),
    ]
    return "\0".join(facts).encode()
