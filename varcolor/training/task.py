"""What is trained: a task builds a module, makes batches, returns losses and final weights."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np

from varcolor.neural.header import Written
from varcolor.registry import Registry
from varcolor.training.batches import Batches, Drawn
from varcolor.training.config import Config
from varcolor.training.samples import Sample
from varcolor.training.sources import Entry


def silent(stage: str, fraction: float) -> None:
    """Tell nobody how far something is."""


class Task(Protocol):
    """A task; its options are the fields of a frozen dataclass, from [options] of a configuration.

    A module may hold several networks; `parts` says which weights each step of the optimiser takes
    in turn.
    """

    name: ClassVar[str]
    keeps_samples: ClassVar[bool]
    """Whether it keeps samples in ``data.cache``."""

    def prepared(
        self, entries: Sequence[Entry], config: Config, tell: Callable[[str, float], None]
    ) -> Task:
        """Return the task with what it learns from all pictures before the first step.

        ``tell`` is told how far it is.
        """
        ...

    def build(self, config: Config) -> Any:
        """Return the module (torch.nn.Module) with its first weights; the seed has been set."""
        ...

    def parts(self, module: Any) -> Mapping[str, Iterable[Any]]:
        """Return the weights of each part by its name; parts are trained in this order.

        Weights, or groups of them as optimisers of PyTorch take them: ``factor`` multiplies the
        learning rate of a group.
        """
        ...

    def batches(self, entries: Sequence[Entry], config: Config) -> Drawn:
        """Return what batches are drawn from."""
        ...

    def loss(
        self, module: Any, batch: Mapping[str, Any], step: int, part: str
    ) -> tuple[Any, Mapping[str, float]]:
        """Return the loss of a part, a tensor of one number, and figures for the log.

        ``batch`` has tensors in place of the arrays, on the module's device.
        """
        ...

    def look(self, module: Any, batch: Mapping[str, Any]) -> Mapping[str, float]:
        """Return figures of held-out pictures for the log.

        ``held_out`` among them says how bad the module is: the checkpoint of the least is kept.
        The module is in evaluation mode.
        """
        ...

    def content(self, module: Any, config: Config) -> bytes:
        """Return the file of the weights that are used in the end."""
        ...

    def written(self, config: Config) -> Written | None:
        """Return the network that `weights` belong to; None: it is not one of `load_network`."""
        ...


class Part(Protocol):
    """What `OnePart` asks of its heirs."""

    def batch(self, samples: Sequence[Sample], rng: np.random.Generator) -> Mapping[str, Any]:
        """Return arrays that a step learns from; this runs in the threads that decode."""
        ...

    def score(self, module: Any, batch: Mapping[str, Any]) -> float:
        """Return how bad the module is on held-out pictures."""
        ...

    def weights(self, module: Any) -> Mapping[str, Any]:
        """Return the tensors that are used in the end, by the names of the network."""
        ...

    def written(self, config: Config) -> Written | None:
        """Return the network that `weights` belong to; None: it is not one of `load_network`."""
        ...


@dataclass(frozen=True, slots=True)
class OnePart:
    """What most tasks share: one network, one part, samples of `varcolor.training.samples`."""

    keeps_samples: ClassVar[bool] = False

    def prepared(
        self,
        entries: Sequence[Entry],
        config: Config,
        tell: Callable[[str, float], None] = silent,
    ) -> Any:
        """Return the task itself: nothing is learnt before the first step."""
        return self

    def parts(self, module: Any) -> Mapping[str, Iterable[Any]]:
        """Return all weights that are trained, as one part."""
        return {"network": [p for p in module.parameters() if p.requires_grad]}

    def weights(self, module: Any) -> Mapping[str, Any]:
        """Return all tensors of the module."""
        return dict(module.state_dict())

    def batches(self: Part, entries: Sequence[Entry], config: Config) -> Drawn:
        """Return batches of augmented pictures."""
        return Batches(entries, config, self.batch)

    def look(self: Part, module: Any, batch: Mapping[str, Any]) -> Mapping[str, float]:
        """Return the score alone."""
        return {"held_out": self.score(module, batch)}

    def content(self: Part, module: Any, config: Config) -> bytes:
        """Return the weights as safetensors, which says which network they belong to."""
        from safetensors.torch import save

        tensors = {
            k: v.detach().cpu().contiguous().clone() for k, v in self.weights(module).items()
        }
        written = self.written(config)
        return bytes(save(tensors, metadata={} if written is None else written.metadata()))


TASKS: Registry[type[Task]] = Registry(
    "task",
    {
        "regression": "varcolor.training.tasks.regression:Regression",
        "classification": "varcolor.training.tasks.classification:Classification",
        "hints": "varcolor.training.tasks.hints:Hints",
        "adversarial": "varcolor.training.tasks.adversarial:Adversarial",
        "learned": "varcolor.training.tasks.learned:LearnedTask",
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
