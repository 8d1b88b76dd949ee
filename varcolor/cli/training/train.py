"""`varcolor train`: train a colorization network on your own pictures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from varcolor.cli import INTERRUPTED, OK, output
from varcolor.cli.naming import WRITES
from varcolor.cli.options import Repeated
from varcolor.errors import InputError

if TYPE_CHECKING:
    from varcolor.training.config import Config
    from varcolor.training.run import Trained


def train(
    config: Annotated[
        str, Parameter(help="Configuration (TOML), or the name of one that comes with varcolor.")
    ],
    /,
    *,
    data: Annotated[
        tuple[str, ...],
        Repeated,
        Parameter(help="Pictures: a folder, a zip file, or a list; repeatable [data.places]."),
    ] = (),
    out: Annotated[
        Path | None, WRITES, Parameter(help="Folder for everything [the configuration's name].")
    ] = None,
    resume: Annotated[
        bool, WRITES, Parameter(negative="", help="Go on from the folder's last checkpoint.")
    ] = False,
    minutes: Annotated[
        float | None, Parameter(help="Stop after so long; --resume goes on later.")
    ] = None,
    bins: Annotated[
        bool,
        Parameter(
            negative="", help="Count the pictures' colour bins, print them as CSV, and stop."
        ),
    ] = False,
    set_: Annotated[
        tuple[str, ...],
        Repeated,
        Parameter(name="--set", help="Another value, e.g. loop.steps=2000; repeatable."),
    ] = (),
    json: Annotated[bool, Parameter(negative="", help="Print the figures as JSON.")] = False,
    quiet: Annotated[bool, Parameter(negative="", help="Print no notes and no progress.")] = False,
) -> int:
    """Train a network: the weights with their card, checkpoints, log and curve.

    Ctrl-C ends it after the step and writes a checkpoint; the same command with --resume goes on
    and comes, on the CPU, to the weights of an uninterrupted training.
    """
    from varcolor.training.run import bins_of, configured
    from varcolor.training.run import train as run

    own = changed(configured(config), set_)
    if data:
        own = replace(own, data=replace(own.data, places=data))
    if minutes is not None:
        own = replace(own, loop=replace(own.loop, minutes=minutes))
    if bins:
        table = bins_of(own)
        facts = {"count": len(table.bins), "bins": table.bins.tolist()}
        facts |= {"shares": table.shares.tolist(), "weights": table.weights.tolist()}
        output.result(facts, table.text().rstrip(), json)
        return OK
    folder = Path(own.name) if out is None else out
    bar = output.Bar(own.name, quiet)
    try:
        found = run(own, folder, resume, bar)
    finally:
        bar.clear()
    output.note(_notes(found), quiet)
    output.result(found.facts(), _line(found), json)
    if found.reason == "interrupted":
        output.complain(
            f"interrupted after step {found.progress.step}; go on by the same command with --resume"
        )
        return INTERRUPTED
    return OK


def changed(config: Config, settings: tuple[str, ...]) -> Config:
    """Return a configuration with other values, each as ``section.name=VALUE``, VALUE as in TOML.

    Raises
    ------
    InputError
        If one is not of this form, or its name or value is none of the configuration's.
    """
    import tomllib

    from varcolor.training.config import Config, made, text_of

    tree = tomllib.loads(text_of(config))
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals:
            raise InputError(f"--set {setting!r}: expected NAME=VALUE, e.g. loop.steps=2000")
        try:
            parsed = tomllib.loads(f"value = {value}")["value"]
        except tomllib.TOMLDecodeError:
            parsed = value
        *sections, last = name.strip().split(".")
        place = tree
        for section in sections:
            place = place.setdefault(section, {})
            if not isinstance(place, dict):
                raise InputError(f"--set {setting!r}: {section} is no section")
        place[last] = parsed
    return made(Config, tree)


def _notes(found: Trained) -> list[str]:
    if not found.passed_over:
        return []
    return [f"{found.passed_over} pictures were passed over: near-grey, broken or too small"]


def _line(found: Trained) -> str:
    own = found.progress
    best = f", best score {own.best:.4g} at step {own.best_step}" if own.best_step >= 0 else ""
    return (
        f"{found.weights}: {own.step} steps in {own.seconds / 60:.1f} minutes on {found.pictures} "
        f"pictures, loss {found.first_loss:.4g} -> {found.last_loss:.4g}{best}"
    )
