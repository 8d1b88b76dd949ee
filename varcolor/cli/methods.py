"""`varcolor methods`: what methods, solvers, priors and codecs are good for, and their options."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from varcolor.cli import OK, output
from varcolor.errors import InputError
from varcolor.registry import did_you_mean

if TYPE_CHECKING:
    from varcolor.describe import Entry

_HEADS = {
    "methods": "Methods (--method NAME; options: --set NAME=VALUE, in Python arguments of the "
    "class). A weighted sum of any but levin is written bilaplacian:0.3+gtv:1.",
    "solvers": "Solvers (--solver NAME, auto chooses; options: in Python).",
    "priors": "Expected colours made of the cues (--prior NAME; options: in Python).",
    "codecs": "Codecs (varcolor encode --method NAME; options: its own, or --set NAME=VALUE).",
}


def methods(
    name: Annotated[
        str | None, Parameter(help="A method, solver, prior or codec [all of them].")
    ] = None,
    /,
    *,
    json: Annotated[bool, Parameter(negative="", help="Print JSON.")] = False,
) -> int:
    """List methods, solvers, priors and codecs: what each is good for, and all its options."""
    import dataclasses
    import shutil

    from varcolor.describe import lines_of

    found = _entries(name)
    facts = {kind: [dataclasses.asdict(e) for e in entries] for kind, entries in found.items()}
    width = min(100, shutil.get_terminal_size().columns)
    parts = [
        "\n".join([_HEADS[kind], *(line for e in entries for line in lines_of(e, width))])
        for kind, entries in found.items()
    ]
    output.result(facts, "\n\n".join(parts), json)
    return OK


def _entries(name: str | None) -> Mapping[str, list[Entry]]:
    """Return the entries of every kind, or those of this name.

    Raises
    ------
    InputError
        If nothing has this name.
    """
    from varcolor.describe import entry_of
    from varcolor.ir.codecs import CODECS
    from varcolor.methods import METHODS
    from varcolor.prior.base import PRIORS
    from varcolor.solve.selection import SOLVERS

    kinds: dict[str, Any] = {
        "methods": METHODS,
        "solvers": SOLVERS,
        "priors": PRIORS,
        "codecs": CODECS,
    }
    known = [own for registry in kinds.values() for own in registry]
    if name is not None and name not in known:
        raise InputError(
            f"unknown method {name!r}{did_you_mean(name, known)}; all: {', '.join(known)}"
        )
    found = {
        kind: [entry_of(own, registry[own]) for own in registry if name in (None, own)]
        for kind, registry in kinds.items()
    }
    return {kind: entries for kind, entries in found.items() if entries}
