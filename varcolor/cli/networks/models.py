"""`varcolor models`: weight files of networks: listed, fetched when asked, added, checked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from varcolor.cli import FILES, OK, output
from varcolor.errors import InputError

if TYPE_CHECKING:
    from varcolor.neural.weights import State

Action = Literal["list", "fetch", "add", "check", "path"]


def models(
    action: Annotated[
        Action, Parameter(help="list, fetch NAME, add FILE, check, or path (of the folder).")
    ] = "list",
    target: Annotated[
        str | None, Parameter(help="Name of a model or network to fetch, or the file to add.")
    ] = None,
    /,
    *,
    card: Annotated[
        Path | None, Parameter(help="add: the card of a file that no card knows (TOML).")
    ] = None,
    json: Annotated[bool, Parameter(negative="", help="Print JSON.")] = False,
    quiet: Annotated[bool, Parameter(negative="", help="Print no notes and no progress.")] = False,
) -> int:
    """List the weight files of networks, fetch one, add one of your own, or check them."""
    if action in ("fetch", "add") and target is None:
        raise InputError(f"models {action}: name {'a model' if action == 'fetch' else 'a file'}")
    if action not in ("fetch", "add") and target is not None:
        raise InputError(f"models {action} takes no name, but {target!r} was given")
    if card is not None and action != "add":
        raise InputError("--card goes with models add")
    if action == "path":
        from varcolor.neural.weights import folder

        output.result({"path": str(folder())}, str(folder()), json)
        return OK
    if action == "fetch":
        return _fetch(str(target), json, quiet)
    if action == "add":
        return _add(Path(str(target)), card, json, quiet)
    return _list(json, look=action == "check")


def _list(json: bool, look: bool) -> int:
    from varcolor.neural.weights import folder, states

    found = list(states(look))
    facts = {"path": str(folder()), "models": [_facts(state) for state in found]}
    lines = [_line(state, look) for state in found]
    output.result(facts, "\n".join([*lines, f"folder: {folder()}"]), json)
    bad = [state.problem for state in found if state.problem]
    for problem in bad:
        output.complain(problem)
    return FILES if bad else OK


def _line(state: State, look: bool) -> str:
    word = "here" if state.here else "not here"
    if look and state.here:
        word = "damaged" if state.problem else ("right" if state.card.sha256 else "here, no hash")
    own = state.card
    return f"{own.name:<22} {word:<13} {own.network:<13} {own.licence}"


def _facts(state: State) -> dict[str, Any]:
    import dataclasses

    return {
        **dataclasses.asdict(state.card),
        "path": str(state.path),
        "here": state.here,
        "problem": state.problem,
    }


def _fetch(name: str, json: bool, quiet: bool) -> int:
    from varcolor.neural.fetching import fetch_card
    from varcolor.neural.weights import card_for, folder

    card = card_for(name)
    path = folder() / card.file
    if path.is_file():
        from varcolor.errors import FileError
        from varcolor.neural.loading import sha256_of
        from varcolor.neural.weights import wrong_hash

        digest = sha256_of(path)
        if card.sha256 and digest != card.sha256:
            raise FileError(wrong_hash(path, digest, card))
        output.note([f"{card.name} is here already"], quiet)
    else:
        bar = output.Bar(card.name, quiet)
        try:
            path = fetch_card(card, bar)
        finally:
            bar.clear()
    output.result({"name": card.name, "path": str(path), "sha256": card.sha256}, str(path), json)
    return OK


def _add(path: Path, card: Path | None, json: bool, quiet: bool) -> int:
    from varcolor.neural.weights import add

    own, target, notes = add(path, card)
    output.note(notes, quiet)
    output.result({"name": own.name, "path": str(target), "sha256": own.sha256}, str(target), json)
    return OK
