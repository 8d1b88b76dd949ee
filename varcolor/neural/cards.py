"""Cards of weight files: what each holds, where it comes from, under which licence.

One TOML file a weight file, in the folder ``models`` of the repository and inside the package; more
of them beside the files that a user adds.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

from varcolor.errors import FileError

_SHIPPED = Path(__file__).parent / "cards", Path(__file__).parents[2] / "models"
#: Cards are numbered, in the order of preference; other files there are no weights to fetch.
_CARDS = "[0-9]*.toml"
#: Networks that find objects (`varcolor.neural.detectors`).
DETECTORS = ("maskrcnn", "rfdetr")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,99}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What is known of a weight file."""

    name: str
    """Under which it is listed and asked for."""
    network: str
    """siggraph17, eccv16 or global-hints; or a detector, maskrcnn or rfdetr."""
    file: str
    """Its file name."""
    licence: str
    source: str
    """Who made it, and where that is said."""
    urls: tuple[str, ...] = ()
    """Where it can be fetched, in the order of trial."""
    sha256: str = ""
    """Empty: nobody has published it; such a file is not fetched."""
    size: int = 0
    """Bytes; 0: not known."""
    mask_cent: float | None = None
    """What is subtracted from the mask of hints; None: it takes none."""
    training: str = ""
    """Data that it was trained on."""
    citation: str = ""
    limits: str = ""
    """What it cannot do."""
    added: bool = False
    """Whether a user added it."""


def shipped_folder() -> Path:
    """Return the folder of the cards that come with varcolor."""
    return next(folder for folder in _SHIPPED if folder.is_dir())


@cache
def shipped() -> tuple[Card, ...]:
    """Return the cards that come with varcolor; the preferred one of a network first."""
    return tuple(read_card(path) for path in sorted(shipped_folder().glob(_CARDS)))


def read_card(path: Path, added: bool = False) -> Card:
    """Read a card.

    Raises
    ------
    FileError
        If it cannot be read, or a field is missing, unknown or of the wrong kind.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FileError(f"{path}: cannot be read ({error.strerror or error})") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FileError(f"{path}: is no card in TOML ({error})") from None
    return card_of(data, path, added)


def card_of(data: dict[str, Any], path: Path, added: bool = False) -> Card:
    """Return a card of parsed TOML; errors as in `read_card`."""
    known = {f.name for f in fields(Card)} - {"added"}
    if unknown := sorted(set(data) - known):
        raise FileError(f"{path}: the card has the unknown field {unknown[0]!r}")
    needed = ("name", "network", "file", "licence", "source")
    if missing := [key for key in needed if not data.get(key)]:
        raise FileError(f"{path}: the card has no {missing[0]!r}")
    kinds: dict[str, Any] = {"urls": list, "size": int, "mask_cent": (int, float)}
    for key, value in data.items():
        if isinstance(value, bool) or not isinstance(value, kinds.get(key, str)):
            raise FileError(f"{path}: the card's {key!r} has a value of the wrong kind")
    urls = data.get("urls", [])
    if not all(isinstance(url, str) and url.startswith(("https://", "http://")) for url in urls):
        raise FileError(f"{path}: the card's urls must begin with https:// or http://")
    from varcolor.neural.networks import NETWORKS

    networks = (*NETWORKS, *DETECTORS)
    if data["network"] not in networks:
        raise FileError(
            f"{path}: the card's network {data['network']!r} is none of {', '.join(networks)}"
        )
    for key in ("name", "file"):
        if not _NAME.fullmatch(data[key]):
            raise FileError(f"{path}: the card's {key} {data[key]!r} is no plain name")
    digest = data.get("sha256", "")
    if digest and not re.fullmatch(r"[0-9a-f]{64}", digest):
        raise FileError(f"{path}: the card's sha256 is no SHA-256 in hexadecimal")
    if data.get("mask_cent", 0) not in (0, 0.5):
        raise FileError(f"{path}: the card's mask_cent must be 0 or 0.5")
    return Card(**{**data, "urls": tuple(urls), "added": added})


def text_of(card: Card) -> str:
    """Return a card as TOML."""
    lines = []
    for own in fields(Card):
        value = getattr(card, own.name)
        if own.name == "added" or value in ("", (), None):
            continue
        lines.append(f"{own.name} = {toml_of(value)}")
    return "\n".join(lines) + "\n"


def toml_of(value: Any) -> str:
    """Return a value as TOML."""
    import json

    if isinstance(value, tuple | list):
        return "[" + ", ".join(toml_of(part) for part in value) + "]"
    return json.dumps(value)  # strings and numbers of JSON are those of TOML
