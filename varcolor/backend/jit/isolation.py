"""Compile in a process that imports nothing from the current folder, which may be anybody's.

A Python process that is started as usual looks for modules in the current folder first, and Numba
reads its settings from a file there.
"""

from __future__ import annotations

import importlib.util
import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import subprocess

#: What a process needs that compiles kernels, beside Python's own modules.
_NEEDED = ("numpy", "llvmlite", "numba")
_ROOT = Path(__file__).parents[3]
_SETTINGS = "numba.core.config"
_FILE = ".numba_config.yaml"


def start(module: str, function: str, argument: str) -> subprocess.Popen[bytes]:
    """Start a process that calls a function of a module of this package with a text.

    It finds nothing but Python's own modules, this very package and what that needs to compile;
    neither the current folder nor the user's settings for Python have a say.

    Raises
    ------
    OSError
        If no process can be started.
    """
    import subprocess

    code = f"import sys; sys.path += sys.argv[2:]; import {module} as m; m.{function}(sys.argv[1])"
    command = [sys.executable, "-I", "-S", "-c", code, argument, *map(str, _folders())]
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet, cwd=_ROOT)


def _folders() -> list[Path]:
    """Return where this package and those that it needs are."""
    found = [_ROOT]
    for name in _NEEDED:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.origin is not None:
            found.append(Path(spec.origin).absolute().parents[1])
    return list(dict.fromkeys(found))


def import_numba() -> Any:
    """Import Numba; if this is the first time, without a file of settings in the current folder."""
    if _SETTINGS in sys.modules:
        import numba

        return numba
    finder = _Finder()
    sys.meta_path.insert(0, finder)
    try:
        import numba
    finally:
        sys.meta_path.remove(finder)
    return numba


class _Finder(MetaPathFinder):
    """Finds the module of Numba's settings."""

    def find_spec(self, name: str, path: Any, target: Any = None) -> ModuleSpec | None:
        """Return how to load it; None for all others."""
        spec = PathFinder.find_spec(name, path) if name == _SETTINGS else None
        if spec is None or not isinstance(spec.loader, SourceFileLoader):
            return None
        spec.loader = _Loader(name, spec.loader.path)
        return spec


class _Loader(SourceFileLoader):
    """Loads it with an empty name instead of that of the file."""

    def get_code(self, fullname: str) -> Any:
        """Return what to run."""
        text = self.get_data(self.path).decode()
        return compile(text.replace(repr(_FILE), "''"), self.path, "exec")
