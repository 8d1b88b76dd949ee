"""Weight files on this machine: found, fetched when asked, added, checked.

They lie in one folder, ``VARCOLOR_WEIGHTS`` or ``~/.cache/varcolor/weights``, under the names that
their cards give. Nothing is fetched at import, nor by a command that was not told to.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from varcolor.errors import FileError
from varcolor.neural.cards import Card, read_card, shipped, text_of
from varcolor.registry import did_you_mean

#: Suffixes of files that are read.
SUFFIXES = (".pth", ".pt", ".safetensors", ".caffemodel")


def folder() -> Path:
    """Return where weight files lie."""
    named = os.environ.get("VARCOLOR_WEIGHTS")
    if named:
        return Path(named)
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "varcolor" / "weights"


def cards() -> tuple[Card, ...]:
    """Return all cards: those that come with varcolor, and those that a user added."""
    place = folder()
    own = (read_card(path, added=True) for path in sorted(place.glob("*.toml")))
    return (*shipped(), *(own if place.is_dir() else ()))


def card_of_hash(digest: str) -> Card | None:
    """Return the card of a file with this SHA-256."""
    return next((card for card in cards() if card.sha256 == digest), None)


def card_for(name: str) -> Card:
    """Return the card of this name, or of a network: of one that is here, else the first.

    Raises
    ------
    InputError
        If neither a card nor a network has this name.
    """
    from varcolor.errors import InputError

    found = cards()
    own = [card for card in found if card.name == name and name != card.network]
    own = own or [card for card in found if card.network == name]
    if not own:
        known = list(dict.fromkeys([*(c.network for c in found), *(c.name for c in found)]))
        raise InputError(
            f"unknown network {name!r}{did_you_mean(name, known)}; known: {', '.join(known)}"
        )
    here = [card for card in own if (folder() / card.file).is_file()]
    if here:
        return here[0]
    plain = _plain(folder(), own[0].network)
    if plain is not None:
        return replace(own[0], file=plain.name, sha256="", mask_cent=own[0].mask_cent, urls=())
    return own[0]


def find(card: Card, fetch: bool = False) -> Path:
    """Return a card's file.

    Raises
    ------
    FileError
        If it is not here; the message tells every way to get it.
    """
    path = folder() / card.file
    if path.is_file():
        return path
    if fetch:
        from varcolor.neural.fetching import fetch_card

        return fetch_card(card)
    raise FileError(_missing(card))


def given(path: Path, network: str) -> Path:
    """Return the file that a user named, or the one of this network in the folder that they named.

    Raises
    ------
    FileError
        If there is none.
    """
    if not path.is_dir():
        if not path.exists():
            raise FileError(f"{path}: no such file; it should hold weights of {network}")
        return path
    for card in cards():
        if card.network == network and (path / card.file).is_file():
            return path / card.file
    plain = _plain(path, network)
    if plain is None:
        names = [card.file for card in cards() if card.network == network]
        raise FileError(
            f"{path}: holds no weights of {network}: none of {', '.join(names)} or "
            f"{network}{'|'.join(SUFFIXES)}"
        )
    return plain


def _plain(place: Path, network: str) -> Path | None:
    """Return the file that has the network's own name."""
    named = (place / f"{network}{suffix}" for suffix in SUFFIXES)
    return next((path for path in named if path.is_file()), None)


def _missing(card: Card) -> str:
    """Say that a file is not here, and how to get it."""
    if not card.sha256:
        where = f"; get it from {' or '.join(card.urls)}" if card.urls else ""
        return (
            f"{card.network} needs weights, and {card.file} is not in {folder()}{where}, and name "
            "it by --weights FILE (its SHA-256 was never published, so it is not fetched)"
        )
    return (
        f"{card.network} needs weights, and {card.file} is not in {folder()}: run 'varcolor models "
        f"fetch {card.name}' (or give --fetch), which takes {size_of(card)} from "
        f"{' or '.join(card.urls)}; or name a file by --weights FILE; SHA-256 {card.sha256}"
    )


def wrong_hash(path: Path, digest: str, card: Card) -> str:
    """Say that a file is not what its card says."""
    return (
        f"{path}: is not {card.name}: its SHA-256 is {digest}, not {card.sha256}; it may be cut "
        f"off or another file: delete it and run 'varcolor models fetch {card.name}', or name it "
        "by --weights FILE if it is meant"
    )


def size_of(card: Card) -> str:
    """Return the size of a file in words."""
    return f"{card.size / 1e6:.0f} MB" if card.size else "some 130 MB"


@dataclass(frozen=True, slots=True)
class State:
    """A card and what is here of it."""

    card: Card
    path: Path
    here: bool
    problem: str = ""
    """What is wrong with the file, if it was looked at."""


def states(look: bool = False) -> Iterator[State]:
    """Yield the state of every card's file; with ``look``, each file is read and hashed."""
    from varcolor.neural.loading import sha256_of

    for card in cards():
        path = folder() / card.file
        here = path.is_file()
        problem = ""
        if look and here and card.sha256:
            digest = sha256_of(path)
            problem = "" if digest == card.sha256 else wrong_hash(path, digest, card)
        yield State(card, path, here, problem)


def _of_run(run: Path, card: Path | None) -> tuple[Path, Path | None]:
    """Return the weights of a run's folder, and their card beside them unless one was named."""
    from varcolor.neural.trained import file_of

    path = file_of(run)
    own = path.with_suffix(".toml")
    return path, own if card is None and own.is_file() else card


def add(path: Path, card_path: Path | None = None) -> tuple[Card, Path, tuple[str, ...]]:
    """Take a file into the folder of weights.

    Parameters
    ----------
    path : Path
        The file, or the folder of a run of ``varcolor train``; it is copied.
    card_path : Path, optional
        Its card; needed for files that no card knows. A card without ``sha256`` gets it.

    Returns
    -------
    Card, Path, tuple of str
        Its card, the file in the folder, and notes.

    Raises
    ------
    FileError
        If no card knows the file and none is given, the card says another hash, or the file holds
        no weights of the card's network.
    """
    from varcolor.errors import MissingExtra
    from varcolor.neural.loading import load_network, sha256_of

    if path.is_dir():
        path, card_path = _of_run(path, card_path)

    digest = sha256_of(path)
    card = card_of_hash(digest)
    own = None if card_path is None else read_card(card_path, added=True)
    if own is not None:
        if own.sha256 and own.sha256 != digest:
            raise FileError(wrong_hash(path, digest, own))
        taken = next((c for c in shipped() if c.name == own.name or c.file == own.file), None)
        if taken is not None and taken.sha256 and taken.sha256 != digest:
            raise FileError(f"{card_path}: the name {own.name!r} or file {own.file!r} is taken")
        card = replace(own, sha256=digest, size=path.stat().st_size)
    if card is None:
        raise FileError(
            f"{path}: no card knows a file with SHA-256 {digest}; give --card CARD.toml (see the "
            "folder models for examples)"
        )
    notes: tuple[str, ...] = ()
    try:
        load_network(card.network, path)
    except MissingExtra:
        notes = ("without PyTorch it was not looked at whether the file fits the network",)
    place = folder()
    try:
        place.mkdir(parents=True, exist_ok=True)
        target = place / card.file
        part = place / f".{card.file}.part"
        shutil.copyfile(path, part)
        part.replace(target)
        if card.added:
            text = place / f".{card.name}.toml.part"
            text.write_text(text_of(card), encoding="utf-8")
            text.replace(place / f"{card.name}.toml")
    except OSError as error:
        raise FileError(f"{place}: cannot be written ({error.strerror or error})") from None
    return card, target, notes
