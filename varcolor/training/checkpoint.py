"""Checkpoints: all that the next step depends on, as safetensors, written in one step."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from varcolor.errors import FileError
from varcolor.image.publish import write_files
from varcolor.neural.header import metadata_of

_KEY = "training"
_MODULE, _MEAN, _OPTIMISER = "module:", "mean:", "optimiser:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a training is."""

    step: int = 0
    """Steps that are done."""
    seconds: float = 0.0
    """Time that they took."""
    best: float = float("inf")
    """The least score on held-out pictures."""
    best_step: int = -1
    fingerprint: str = ""
    """Of what the result depends on: with another configuration it is not resumed."""

    def facts(self) -> dict[str, Any]:
        """Return it for JSON."""
        best = None if self.best == float("inf") else self.best
        own = {"step": self.step, "seconds": self.seconds, "best": best}
        return {**own, "best_step": self.best_step, "fingerprint": self.fingerprint}


def content(
    module: Any, mean: Mapping[str, Any], optimisers: Mapping[str, Any], progress: Progress
) -> bytes:
    """Return a checkpoint as safetensors: module, moving averages, moments and step counts."""
    from safetensors.torch import save

    tensors = {f"{_MODULE}{key}": value for key, value in module.state_dict().items()}
    tensors |= {f"{_MEAN}{key}": value for key, value in mean.items()}
    for part, optimiser in optimisers.items():
        for number, state in optimiser.state_dict()["state"].items():
            for name, value in state.items():
                tensors[f"{_OPTIMISER}{part}:{number}:{name}"] = value
    plain = {key: value.detach().cpu().contiguous().clone() for key, value in tensors.items()}
    return bytes(save(plain, metadata={_KEY: json.dumps(progress.facts())}))


def progress_of(path: Path) -> Progress:
    """Return how far the training of a checkpoint is.

    Raises
    ------
    FileError
        If it is no checkpoint.
    """
    try:
        facts = json.loads(metadata_of(path)[_KEY])
        facts["best"] = float("inf") if facts["best"] is None else facts["best"]
        return Progress(**facts)
    except (KeyError, ValueError, TypeError):
        raise FileError(f"{path}: is no checkpoint of varcolor train, or damaged") from None


def load(path: Path, module: Any, mean: dict[str, Any], optimisers: Mapping[str, Any]) -> Progress:
    """Bring module, moving averages and optimisers to where a checkpoint was.

    Raises
    ------
    FileError
        If it is no checkpoint of this module.
    """
    from safetensors.torch import load_file

    progress = progress_of(path)
    try:
        tensors = load_file(path)
        own = {k[len(_MODULE) :]: v for k, v in tensors.items() if k.startswith(_MODULE)}
        module.load_state_dict(own)
        for key, value in mean.items():
            value.copy_(tensors[f"{_MEAN}{key}"])
        for part, optimiser in optimisers.items():
            state: dict[int, dict[str, Any]] = {}
            begin = f"{_OPTIMISER}{part}:"
            for key, value in tensors.items():
                if key.startswith(begin):
                    number, _, name = key[len(begin) :].partition(":")
                    state.setdefault(int(number), {})[name] = value
            whole = optimiser.state_dict()
            optimiser.load_state_dict({**whole, "state": state})
    except FileError:
        raise
    except Exception:  # the reader's errors are not public; torch raises RuntimeError on shapes
        raise FileError(f"{path}: is no checkpoint of this network, or damaged") from None
    return progress


def write(path: Path, data: bytes) -> None:
    """Write a file whole, in the place of the one before."""
    write_files({path: data})
