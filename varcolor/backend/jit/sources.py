"""What the code of a kernel is made from: its module and all that this one imports of varcolor."""

from __future__ import annotations

import ast
import importlib.util
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

_ROOT = __name__.partition(".")[0]
#: An import, over several lines if it has brackets. To parse whole modules takes longer than to
#: load their machine code.
_IMPORT = re.compile(r"^[ \t]*((?:from|import)\b(?:[^\n(]*\([^)]*\)|(?:[^\n\\]|\\\n)*))", re.M)


def texts(module: str, apart: tuple[str, ...] = ()) -> dict[str, str]:
    """Return the sources of a module and of those that it imports, however deep, by full name.

    Only modules of this package count, but for those that stand ``apart``. It is empty if there is
    no source to tell one version of the module from another.
    """
    found: dict[str, str] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name in found or name in apart or (text := _text(name)) is None:
            continue
        found[name] = text
        waiting += _imported(name)
    return found


@cache
def _file(module: str) -> Path | None:
    """Return the source file of a module of this package, None if there is none."""
    if module.partition(".")[0] != _ROOT:
        return None
    try:
        spec = importlib.util.find_spec(module)
    except (ImportError, ValueError):
        return None
    if spec is None or spec.origin is None or not spec.has_location:
        return None
    path = Path(spec.origin)
    return path if path.suffix == ".py" else None


def _is_package(module: str) -> bool:
    path = _file(module)
    return path is not None and path.name == "__init__.py"


@cache
def _text(module: str) -> str | None:
    path = _file(module)
    try:
        return None if path is None else path.read_text(encoding="utf-8")
    except OSError:
        return None


@cache
def _imported(module: str) -> tuple[str, ...]:
    """Return the modules that one imports, wherever in its text."""
    package = module if _is_package(module) else module.rpartition(".")[0]
    return tuple(dict.fromkeys(imports(_text(module) or "", package)))


def imports(text: str, package: str) -> Iterator[str]:
    """Yield the full names of all modules that a module in a package imports, and of some more."""
    for statement in _statements(text):
        if isinstance(statement, ast.Import):
            yield from (each.name for each in statement.names)
        elif isinstance(statement, ast.ImportFrom):
            base = statement.module or ""
            if statement.level:
                parts = package.split(".")[: 1 - statement.level or None]
                base = ".".join([*parts, base]) if base else ".".join(parts)
            yield base
            if _is_package(base):
                yield from (f"{base}.{each.name}" for each in statement.names)


def _statements(text: str) -> list[ast.AST]:
    """Return what in a module may be an import."""
    try:
        found = [ast.parse(match[1]).body for match in _IMPORT.finditer(text)]
    except SyntaxError:  # words of a docstring, or brackets in a comment: look closer
        return list(ast.walk(ast.parse(text)))
    return [statement for body in found for statement in body]
