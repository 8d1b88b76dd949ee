"""Named things (methods, solvers, spaces, …) that are imported when they are first used.

A registry is a literal table ``name -> "module:attribute"``. Installed packages add to it through
the entry-point group of the kind (`Registry.group`: ``varcolor.methods``, …);
``VARCOLOR_NO_PLUGINS=1`` switches that off.
"""

from __future__ import annotations

import difflib
import importlib
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Generic, TypeVar

from varcolor.errors import InputError

T = TypeVar("T")


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return `` (did you mean 'x'?)`` for a misspelt name, else an empty string."""
    close = difflib.get_close_matches(name.lower(), list(known), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""


class Registry(Generic[T]):
    """A table of lazily imported objects of one kind.

    Parameters
    ----------
    kind : str
        What the entries are, in the singular ("method"): used in messages.
    entries : mapping
        ``name -> "module:attribute"``.
    group : str, optional
        Name of the entry-point group after ``varcolor.``; default: the kind with an ``s``.
    """

    def __init__(self, kind: str, entries: Mapping[str, str], group: str = "") -> None:
        self.kind = kind
        self.group = f"varcolor.{group or kind + 's'}"
        self._entries = dict(entries)
        self._loaded: dict[str, T] = {}
        self._found: tuple[list[str], dict[str, str]] | None = None
        """Plug-ins, and where they were looked for: it takes milliseconds."""

    def _plugins(self) -> dict[str, str]:
        if os.environ.get("VARCOLOR_NO_PLUGINS") == "1":
            return {}
        if self._found is None or self._found[0] != sys.path:
            from importlib.metadata import entry_points

            found = {p.name: p.value for p in entry_points(group=self.group)}
            self._found = list(sys.path), found
        return self._found[1]

    def names(self) -> tuple[str, ...]:
        """All names, built-in ones first."""
        return tuple(dict.fromkeys((*self._entries, *self._plugins())))

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def __contains__(self, name: object) -> bool:
        return name in self._entries or name in self._plugins()

    def __getitem__(self, name: str) -> T:
        """Import (once) and return the entry.

        Raises
        ------
        InputError
            If there is no such name; the message suggests the nearest one.
        """
        if name not in self._loaded:
            target = self._entries.get(name) or self._plugins().get(name)
            if target is None:
                known = self.names()
                raise InputError(
                    f"unknown {self.kind} {name!r}{did_you_mean(name, known)}; "
                    f"known: {', '.join(known)}"
                )
            module, _, attribute = target.partition(":")
            self._loaded[name] = getattr(importlib.import_module(module), attribute)
        return self._loaded[name]
