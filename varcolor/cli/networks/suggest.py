"""`varcolor suggest`: colours for a pixel, and the pixel to click next."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from varcolor.cli import OK, output
from varcolor.cli.naming import WRITES
from varcolor.cli.options import CueOptions, NetworkParameters, Whole, network_from
from varcolor.errors import InputError

_DEFAULT_CUES, _DEFAULT_NETWORK = CueOptions(), NetworkParameters()


def suggest(
    photo: Annotated[Path, Parameter(help="The photo.")],
    /,
    *,
    at: Annotated[
        str | None, Parameter(help="The pixel, X,Y (column, row) [with a network: where to ask].")
    ] = None,
    count: Annotated[int, Whole, Parameter(help="Colours at most, 1 to 64.")] = 8,
    network: Annotated[
        str | None,
        Parameter(help="siggraph17 or eccv16 [none: from the photo's own colours]."),
    ] = None,
    entropy: Annotated[
        Path | None,
        WRITES,
        Parameter(help="Write where the network is unsure, as a grey picture, to this file."),
    ] = None,
    seed: Annotated[int, Whole, Parameter(help="Of the samples.")] = 0,
    cues: CueOptions = _DEFAULT_CUES,
    net: NetworkParameters = _DEFAULT_NETWORK,
    json: Annotated[bool, Parameter(negative="", help="Print JSON.")] = False,
    quiet: Annotated[bool, Parameter(negative="", help="Print no notes.")] = False,
) -> int:
    """Suggest colours for a pixel, the most probable first; or tell which pixel to click next."""
    from varcolor.image.read import read
    from varcolor.neural import suggest as work
    from varcolor.neural.using import NetworkOptions

    choice = network_from(net)
    if network is None:
        choice.require_network()
        if at is None or entropy is not None:
            raise InputError("--at X,Y is needed; what is unsure is known with a --network only")
    picture = read(photo)
    known = cues.sources().read(picture)
    options = NetworkOptions(**choice.network())
    facts: dict[str, Any] = {"input": str(photo)}
    lines: list[str] = []
    notes: list[str] = []
    if network is not None and (at is None or entropy is not None):
        bits = work.entropy_map(picture, known, network=network, options=options)
        row, column = work.click_next(picture, known, bits)
        facts["next"] = [column, row]
        lines.append(f"next: {column},{row}")
        if entropy is not None:
            facts["entropy"] = str(_written(entropy, bits, photo))
            notes.append(f"{entropy}: 0 to {bits.max():.2f} bits as black to white")
    if at is not None:
        place = _pixel(at)
        found = work.suggest(
            picture, known, at=place, count=count, network=network, options=options, seed=seed
        )
        if not found:
            notes.append("no colours are known yet: give some, or a --network")
        facts["at"] = [place[1], place[0]]
        facts["colors"] = [{**asdict(own), "color": own.hex} for own in found]
        lines += [f"{own.hex}  {own.probability:6.1%}" for own in found]
    output.note(notes, quiet)
    output.result(facts, "\n".join(lines), json)
    return OK


def _pixel(text: str) -> tuple[int, int]:
    """Return row and column of ``X,Y``."""
    parts = text.split(",")
    try:
        column, row = (int(part) for part in parts)
    except ValueError:
        raise InputError(f"--at {text}: write X,Y (column and row, whole numbers)") from None
    return row, column


def _written(path: Path, bits: Any, photo: Path) -> Path:
    import numpy as np

    from varcolor.cli.naming import checked, place
    from varcolor.image.formats import format_of
    from varcolor.image.picture import Picture
    from varcolor.image.write import content

    kind = format_of(path)
    target = checked(path, "error", [photo])
    assert target is not None
    levels = np.rint(255 * bits / max(float(bits.max()), 1e-12)).astype(np.uint8)
    placed = place({target: content(Picture(levels), kind, name=str(target))[0]}, "error")
    assert placed is not None
    return placed.paths[0]
