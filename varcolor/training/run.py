"""A training from configuration to files: the weights with their card, log and curve."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from varcolor.errors import FileError, InputError
from varcolor.image.publish import sweep, write_files
from varcolor.neural.runtime import import_torch
from varcolor.training import checkpoint, export
from varcolor.training.checkpoint import Progress
from varcolor.training.config import Config, DataOptions, read_config, text_of
from varcolor.training.log import Log
from varcolor.training.loop import BEST, LAST, Trainer
from varcolor.training.sources import Entry, parted
from varcolor.training.task import silent, task_of

CONFIG, BINS, CACHE = "config.toml", "bins.csv", "cache"


@dataclass(frozen=True, slots=True)
class Trained:
    """What a training has made."""

    folder: Path
    weights: Path
    reason: str
    """Why it ended: finished, minutes or interrupted."""
    progress: Progress
    pictures: int
    held_out: int
    passed_over: int
    """Pictures that could not be used."""
    first_loss: float
    """Mean loss over the first steps that were written down."""
    last_loss: float

    def facts(self) -> dict[str, Any]:
        """Return it for JSON."""
        own = {"folder": str(self.folder), "weights": str(self.weights), "reason": self.reason}
        own |= {"pictures": self.pictures, "held_out": self.held_out}  # type: ignore[dict-item]
        own |= {"passed_over": self.passed_over}  # type: ignore[dict-item]
        losses = {"first_loss": self.first_loss, "last_loss": self.last_loss}
        return {**own, **losses, **self.progress.facts()}


def configured(path: Path | str) -> Config:
    """Return the configuration of a file, or of a name that comes with varcolor.

    Raises
    ------
    FileError
        If there is none.
    """
    from varcolor.neural.cards import shipped_folder

    file = Path(path)
    own = shipped_folder() / "training" / f"{path}.toml"
    if not file.exists() and file.name == str(path) and own.is_file():
        file = own
    if not file.exists():
        names = sorted(p.stem for p in own.parent.glob("*.toml"))
        raise FileError(f"{path}: no such configuration; with varcolor come {', '.join(names)}")
    return read_config(file)


def train(
    config: Config,
    folder: Path,
    resume: bool = False,
    tell: Callable[[str, float], None] = silent,
) -> Trained:
    """Train into a folder.

    Parameters
    ----------
    config : Config
        What is trained on what.
    folder : Path
        Where everything is written; a new one, or with ``resume`` one of the same training.
    resume : bool
        Whether to go on from its last checkpoint.
    tell : callable
        Told what is done, and the fraction.

    Returns
    -------
    Trained

    Raises
    ------
    FileError
        If pictures or checkpoints cannot be read, or files not be written.
    NotFinite
        If a loss is no number.
    """
    torch = import_torch()
    before = torch.get_num_threads()
    if config.loop.threads:
        torch.set_num_threads(config.loop.threads)
    try:
        return _train(config, folder, resume, tell)
    finally:
        torch.set_num_threads(before)


def _train(
    config: Config, folder: Path, resume: bool, tell: Callable[[str, float], None]
) -> Trained:
    last = folder / LAST
    if resume and not last.exists():
        raise FileError(f"{last}: there is no checkpoint to go on from; train without --resume")
    if not resume and (last.exists() or (folder / CONFIG).exists()):
        raise FileError(
            f"{folder}: holds a training already: go on with --resume, or name another by --out"
        )
    training, held_out = parted(config.data)
    task = task_of(config)
    config = replace(config, data=_absolute(config.data, folder if task.keeps_samples else None))
    task = task.prepared(training, config, tell)
    table = getattr(task, "table", None)
    batches = task.batches(training, config)
    tell("held-out pictures", 0.0)
    checks = batches.held_out(held_out, config.loop.look)
    if not resume:
        files = {folder / CONFIG: text_of(config).encode()}
        if table is not None:
            files[folder / BINS] = table.text().encode()
        write_files(files, replace=False)
    sweep([folder])
    progress = Progress(fingerprint=fingerprint(config, training))
    step = checkpoint.progress_of(last).step if resume else 0
    log = Log.of(folder, step)
    trainer = Trainer(config, task, batches, checks, folder, log, progress, tell)
    trainer.start(resume)
    if trainer.progress.step >= config.loop.steps:
        raise InputError(
            f"{folder}: all of its {config.loop.steps} steps are done; more by loop.steps"
        )
    reason = trainer.run()
    losses = [value for _, value in log.values("loss")]
    count = max(1, len(losses) // 20)
    weights = export.write(folder, trainer, folder / BEST if held_out else None)
    return Trained(
        folder,
        weights,
        reason,
        trainer.progress,
        len(training),
        len(held_out),
        len(batches.unusable),
        sum(losses[:count]) / count,
        sum(losses[-count:]) / count,
    )


def _absolute(data: DataOptions, samples: Path | None) -> DataOptions:
    """Return the options with places that are the same from every folder.

    ``samples`` is the folder in which samples are kept unless another is named; None: the task
    keeps none.
    """
    if data.cache and samples is None:
        raise InputError("data.cache: only the task learned keeps samples")
    cache = "" if samples is None else str(Path(data.cache or samples / CACHE).absolute())
    return replace(
        data,
        places=_all_absolute(data.places),
        held_out_places=_all_absolute(data.held_out_places),
        cache=cache,
    )


def _all_absolute(places: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(os.path.abspath(place) for place in places)  # noqa: PTH100


def bins_of(config: Config) -> Any:
    """Return the bins (`varcolor.training.bins.Table`) that a configuration would train with.

    Raises
    ------
    InputError
        If its task has none.
    """
    task = task_of(config)
    if not hasattr(task, "table"):
        raise InputError(f"the task {config.task!r} has no bins; classification has")
    return task.prepared(parted(config.data)[0], config, silent).table  # type: ignore[attr-defined]


def fingerprint(config: Config, entries: tuple[Entry, ...]) -> str:
    """Return a hash of what the weights after a step depend on.

    Left out: when it ends, where it runs, with how many threads it decodes, and where the folders
    of the pictures lie.
    """
    loop = asdict(config.loop)
    for name in ("minutes", "device", "threads", "every", "look"):
        del loop[name]
    if config.loop.schedule not in ("cosine", "cooling"):
        del loop["steps"]
    data = asdict(config.data)
    del data["places"], data["held_out_places"], data["workers"], data["cache"]
    own = (config.task, dict(config.options), dict(config.network), data, asdict(config.augment))
    digest = hashlib.sha256(repr((own, loop)).encode())
    for entry in entries:
        digest.update(entry.key.encode("utf-8", "surrogateescape") + b"\0")
    return digest.hexdigest()[:16]
