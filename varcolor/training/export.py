"""The weights that are used in the end, as safetensors, with a card."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

from varcolor.image.publish import write_files
from varcolor.neural.cards import Card, text_of
from varcolor.training import checkpoint
from varcolor.training.loop import Trainer


def write(folder: Path, trainer: Trainer, best: Path | None) -> Path:
    """Write the averaged weights of the best checkpoint, or of the last step, and their card.

    Parameters
    ----------
    folder : Path
        Where they go: NAME.safetensors and NAME.toml.
    trainer : Trainer
        At its end.
    best : Path, optional
        Checkpoint of the least score; None, or if there is none: the last step.
    """
    name = trainer.config.name
    step = trainer.progress.step
    if best is not None and best.exists():
        assert trainer.optimisers is not None and trainer.mean is not None
        step = checkpoint.load(best, trainer.module, trainer.mean, {}).step
    with trainer.averaged() as module:
        data = trainer.task.content(module, trainer.config)
    written = trainer.task.written(trainer.config)
    path = folder / f"{name}.safetensors"
    files = {path: data}
    if written is not None:
        card = _card(trainer, data, path.name, step, written.network)
        files[folder / f"{name}.toml"] = text_of(card).encode()
    write_files(files)
    return path


def _card(trainer: Trainer, data: bytes, file: str, step: int, network: str) -> Card:
    own = trainer.config
    places = ", ".join(Path(place).name for place in own.data.places)
    score: Any = trainer.progress.best
    card = Card(
        name=own.name,
        network=network,
        file=file,
        licence="as its maker says; the pictures' terms apply",
        source="varcolor train",
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
        training=(
            f"{len(trainer.batches.entries)} pictures of {places}, {step} steps of "
            f"{own.loop.batch} at {own.data.size} pixels"
        ),
        limits=f"score on held-out pictures {score:.4g}; says nothing of other kinds of pictures",
    )
    form = getattr(trainer.task, "form", None)
    if form is not None and form().hints:
        card = replace(card, mask_cent=form().conventions.mask_cent)
    return card
