"""What is trained: a task builds a module, makes batches, returns losses and final weights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np

from varcolor.neural.header import Written
from varcolor.registry import Registry
from varcolor.training.config import Config
from varcolor.training.samples import Sample
from varcolor.training.sources import Entry


class Task(Protocol):
    """A task; its options are the fields of a frozen dataclass, from [options] of a configuration.

    A module may hold several networks; `parts` says which weights each step of the optimiser takes
    in turn.
    """

    name: ClassVar[str]

    def prepared(self, entries: Sequence[Entry], config: Config) -> Task:
        """Return the task with what it learns from all pictures before the first step."""
        ...

    def build(self, config: Config) -> Any:
        """Return the module (torch.nn.Module) with its first weights; the seed has been set."""
        ...

    def parts(self, module: Any) -> Mapping[str, Iterable[Any]]:
        """Return the weights of each part by its name; parts are trained in this order."""
        ...

    def batch(self, samples: Sequence[Sample], rng: np.random.Generator) -> Mapping[str, Any]:
        """Return arrays that a step learns from; this runs in the threads that decode."""
        ...

    def loss(
        self, module: Any, batch: Mapping[str, Any], step: int, part: str
    ) -> tuple[Any, Mapping[str, float]]:
        """Return the loss of a part, a tensor of one number, and figures for the log.

        ``batch`` has tensors in place of the arrays, on the module's device.
        """
        ...

    def score(self, module: Any, batch: Mapping[str, Any]) -> float:
        """Return how bad the module is on held-out pictures; the checkpoint of the least is kept.

        The module is in evaluation mode.
        """
        ...

    def weights(self, module: Any) -> Mapping[str, Any]:
        """Return the tensors that are used in the end, by the names of the network."""
        ...

    def written(self, config: Config) -> Written | None:
        """Return the network that `weights` belong to; None: it is not one of `load_network`."""
        ...


@dataclass(frozen=True, slots=True)
class OnePart:
    """What most tasks share: one network, one part."""

    def prepared(self, entries: Sequence[Entry], config: Config) -> Any:
        """Return the task itself: nothing is learnt before the first step."""
        return self

    def parts(self, module: Any) -> Mapping[str, Iterable[Any]]:
        """Return all weights that are trained, as one part."""
        return {"network": [p for p in module.parameters() if p.requires_grad]}

    def weights(self, module: Any) -> Mapping[str, Any]:
        """Return all tensors of the module."""
        return dict(module.state_dict())


TASKS: Registry[type[Task]] = Registry(
    "task",
    {
        "regression": "varcolor.training.tasks.regression:Regression",
        "classification": "varcolor.training.tasks.classification:Classification",
        "hints": "varcolor.training.tasks.hints:Hints",
        "adversarial": "varcolor.training.tasks.adversarial:Adversarial",
    },
    "training_tasks",
)


def task_of(config: Config) -> Task:
    """Return the task of a configuration, with its options.

    Raises
    ------
    InputError
        For unknown tasks and options.
    """
    from varcolor.training.config import made

    return made(TASKS[config.task], config.options, "options.")
