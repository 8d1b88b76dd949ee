"""Weight files from where their cards say: mirrors in turn, resumed, hashed before they get a name.

A file grows as ``.NAME.part`` beside its place; whatever stops the transfer, the next one goes on
from there where the server lets it. Only a file with the card's SHA-256 gets its name.
"""

from __future__ import annotations

import hashlib
import http
import http.client
import urllib.error
import urllib.request
from pathlib import Path

from varcolor.errors import FileError
from varcolor.neural.cards import Card
from varcolor.typing import Progress

_CHUNK = 1 << 18
_SECONDS = 30.0
#: Largest file of a card that does not say its size.
_LARGEST = 2 << 30


def fetch_card(card: Card, progress: Progress | None = None) -> Path:
    """Fetch a card's file; return where it is.

    Raises
    ------
    FileError
        If no mirror has it whole and right; the message says what each one gave.
    """
    from varcolor.neural.weights import folder

    place = folder()
    target, part = place / card.file, place / f".{card.file}.part"
    if not card.sha256 or not card.urls:
        raise FileError(
            f"{card.name}: its SHA-256 was never published, so it is not fetched; get it from "
            f"{' or '.join(card.urls) or card.source}, and run 'varcolor models add FILE --card "
            "CARD.toml'"
        )
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"{place}: cannot be written ({error.strerror or error})") from None
    reasons = []
    for url in card.urls:
        reason = _fetch(url, part, card, progress)
        if reason is None:
            part.replace(target)
            return target
        reasons.append(f"{url}: {reason}")
    raise FileError(
        f"{card.name} cannot be fetched ({'; '.join(reasons)}); get {card.file}, SHA-256 "
        f"{card.sha256}, by other means, and run 'varcolor models add FILE' or use --weights FILE"
    )


def _fetch(url: str, part: Path, card: Card, progress: Progress | None) -> str | None:
    """Bring the part to its end from one mirror; return why that failed, or None."""
    begin = part.stat().st_size if part.exists() else 0
    limit = card.size or _LARGEST
    if begin < limit or not card.size:
        try:
            _transfer(url, part, begin, limit, card, progress)
        except urllib.error.HTTPError as error:
            if error.code != http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                return f"the server says {error.code} {error.reason}"
        except urllib.error.URLError as error:
            return f"no connection ({error.reason})"
        except (OSError, http.client.HTTPException) as error:
            return f"broken off ({error or type(error).__name__}); the next try goes on from there"
    found = part.stat().st_size
    if card.size and found < card.size:
        return f"cut off after {found} of {card.size} bytes; the next try goes on from there"
    digest = _sha256(part)
    if digest == card.sha256:
        return None
    part.unlink()
    return f"another file: SHA-256 {digest}"


def _transfer(
    url: str, part: Path, begin: int, limit: int, card: Card, progress: Progress | None
) -> None:
    request = urllib.request.Request(url, headers={"User-Agent": "varcolor"})
    if begin:
        request.add_header("Range", f"bytes={begin}-")
    with urllib.request.urlopen(request, timeout=_SECONDS) as answer:
        resumed = answer.status == http.HTTPStatus.PARTIAL_CONTENT
        done = begin if resumed else 0
        with part.open("ab" if resumed else "wb") as file:
            while data := answer.read(_CHUNK):
                done += len(data)
                if done > limit:
                    raise OSError(f"more than {limit} bytes")
                file.write(data)
                if progress is not None:
                    progress(card.file, done / card.size if card.size else 0.0)


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while data := file.read(1 << 22):
            digest.update(data)
    return digest.hexdigest()
