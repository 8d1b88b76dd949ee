"""Where compiled kernels are kept from run to run.

A file holds the code of one kernel. Its name tells what the code was made from (`sources`), by
what, and for which processor, so that no file ever has to be replaced. It begins with a line of
JSON: a digest of the rest, the file's name, the sizes of the pieces of code that follow and the
functions that they call. Only folders and files that nobody else can write to are read
(`private_folder`).
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

import llvmlite
import llvmlite.binding as llvm

from varcolor.backend.jit import isolation
from varcolor.backend.jit.object_code import Code
from varcolor.backend.jit.private_folder import Private, owned, private, user
from varcolor.backend.jit.sources import texts
from varcolor.errors import CacheWarning

#: Bytes that a folder may hold; what was not used for longest goes first.
_ROOM = 64 << 20
_DAY = 86400.0
_LOST = (
    "compiled code cannot be kept, so every start takes up to a minute longer: no folder can be "
    "written to by you alone; set the environment variable NUMBA_CACHE_DIR to a folder of your own"
)
#: Modules that have no say in what the code is.
_APART = (__name__, isolation.__name__)
#: Names of files that are ours, whole or partly written.
_OURS = re.compile(r"[\w.]+-[0-9a-f]{32}\.code(\.[0-9a-f]{8}\.part)?")
#: Whether the user is still to be told that nothing can be kept.
_tell = iter((True,))


def load(kernel: str) -> Code | None:
    """Return the code of the kernel ``"package.module.function"`` if it was kept and is whole."""
    for folder, name in _places(kernel):
        data = folder.read(name)
        code = None if data is None else _unpacked(name, data)
        if code is not None:
            folder.touch(name, time.time() - _DAY)
            return code
    return None


def save(kernel: str, code: Code) -> bool:
    """Keep the code of a kernel; tell whether there was a place for it."""
    if _file_name(kernel) is None:
        return False
    for folder, name in _places(kernel, make=True):
        with suppress(OSError):
            folder.write(name, _packed(name, code))
            prune(folder)
            return True
    if next(_tell, False):
        warnings.warn(_LOST, CacheWarning, stacklevel=2)
    return False


def exists(kernel: str) -> bool:
    """Tell whether the code of a kernel was kept."""
    return any(folder.holds(name) for folder, name in _places(kernel))


def writable() -> bool:
    """Tell whether code can be kept, by keeping some that nobody runs."""
    return save(f"{__package__}.nothing", Code((), ()))


def folders() -> Iterator[Path]:
    """Yield where code may lie: where the user wants it or at home, then among temporary files.

    What depends on the current folder does not count, nor does somebody else's home.
    """
    wanted = os.environ.get("NUMBA_CACHE_DIR")
    if wanted:
        places = [Path(wanted)]
    else:
        home = Path("~").expanduser()
        places = [home / ".cache" / "varcolor"] if owned(home) else []
    names = ("TMPDIR", "TEMP", "TMP")
    temporary = next(filter(None, map(os.environ.get, names)), "/tmp")
    places.append(Path(temporary) / f"varcolor-{user()}")
    yield from (place for place in places if place.is_absolute())


def _places(kernel: str, make: bool = False) -> Iterator[tuple[Private, str]]:
    """Yield the folders that may be trusted, and the name of a kernel's file there."""
    name = _file_name(kernel)
    for path in folders() if name is not None else ():
        with private(path, make) as folder:
            if folder is not None and name is not None:
                yield folder, name


def _packed(name: str, code: Code) -> bytes:
    facts = {"file": name, "sizes": [len(part) for part in code.objects], "needs": code.needs}
    content = json.dumps(facts).encode() + b"\n" + b"".join(code.objects)
    return hashlib.sha256(content).hexdigest().encode() + b" " + content


def _unpacked(name: str, data: bytes) -> Code | None:
    """Return the code in a file of this name; None if it is damaged or another file's."""
    mark, _, content = data.partition(b" ")
    if hashlib.sha256(content).hexdigest().encode() != mark:
        return None
    try:
        line, _, rest = content.partition(b"\n")
        facts = json.loads(line)
        if facts["file"] != name:
            return None
        sizes, needs = facts["sizes"], facts["needs"]
        if sum(sizes) != len(rest):
            return None
        ends = [sum(sizes[: k + 1]) for k in range(len(sizes))]
        objects = tuple(rest[end - size : end] for size, end in zip(sizes, ends, strict=True))
        return Code(objects, tuple(map(str, needs)))
    except (ValueError, TypeError, KeyError):
        return None


def prune(folder: Private, room: int = _ROOM) -> None:
    """Remove what has not been used for longest until the rest has room, and broken attempts."""
    now, left = time.time(), room
    for used, size, name in sorted(folder.files(), reverse=True):
        match = _OURS.fullmatch(name)
        if match is None:
            continue
        left -= size
        if left < 0 or (match[1] and used < now - _DAY):
            folder.remove(name)


def _file_name(kernel: str) -> str | None:
    """Return the name of a kernel's file; None without a source to tell its versions apart."""
    digest = _digest(kernel.rpartition(".")[0])
    return None if digest is None else f"{kernel}-{digest}.code"


@cache
def _digest(module: str) -> str | None:
    """Return a digest of all that the code of a module's kernels depends on."""
    needed = texts(module, apart=_APART)
    if not needed:
        return None
    parts = [_machine(), *(f"{name}\n{text}".encode() for name, text in sorted(needed.items()))]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:32]


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
