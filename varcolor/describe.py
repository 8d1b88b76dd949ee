"""What a registry's entries are and take, from the docstrings and fields of their dataclasses.

The first paragraph of a class says what it is good for; the string below a field, what it does.
Both are read from the sources, so that nothing is written twice.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import textwrap
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any


@dataclasses.dataclass(frozen=True, slots=True)
class Option:
    """One field of a dataclass."""

    name: str
    default: Any
    help: str


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a registry."""

    name: str
    purpose: str
    options: tuple[Option, ...]


def entry_of(name: str, kind: Any) -> Entry:
    """Return what the docstrings of a class say.

    Parameters
    ----------
    name : str
        Its name in the registry.
    kind : type
        A dataclass; fields without a docstring are no options of the user's.
    """
    told = _field_docs(kind)
    fields = dataclasses.fields(kind) if dataclasses.is_dataclass(kind) else ()
    options = tuple(Option(f.name, _default(f), told[f.name]) for f in fields if f.name in told)
    return Entry(name, _joined((inspect.getdoc(kind) or "").partition("\n\n")[0]), options)


def lines_of(entry: Entry, width: int) -> Iterator[str]:
    """Yield an entry as lines for people."""
    yield from _hanging(f"{entry.name}: ", entry.purpose, 2, width)
    for option in entry.options:
        default = "" if option.default is None else f"={_text(option.default)}"
        yield from _hanging(f"{option.name}{default}: ", option.help, 6, width)


def _hanging(head: str, text: str, indent: int, width: int) -> Iterable[str]:
    first, rest = " " * indent, " " * (indent + 4)
    return textwrap.wrap(
        head + text, width, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False
    )


def _field_docs(kind: type) -> dict[str, str]:
    """Return the strings below the fields of a class and its bases."""
    told: dict[str, str] = {}
    for own in reversed(kind.__mro__):
        if "__annotations__" not in vars(own) or not dataclasses.is_dataclass(own):
            continue
        try:
            source = textwrap.dedent(inspect.getsource(own))
        except (OSError, TypeError):  # a program without sources
            continue
        body = next(node for node in ast.parse(source).body if isinstance(node, ast.ClassDef)).body
        for field, text in pairwise(body):
            if not (isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)):
                continue
            if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant):
                told[field.target.id] = _joined(str(text.value.value))
    return told


def _default(field: dataclasses.Field[Any]) -> Any:
    if field.default is not dataclasses.MISSING:
        return field.default
    factory = field.default_factory
    return factory() if factory is not dataclasses.MISSING else None


def _joined(text: str) -> str:
    return " ".join(text.split()).replace("``", "").replace("`", "")


def _text(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
