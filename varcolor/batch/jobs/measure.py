"""Measure how close one result is to its reference, and draw where it is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from varcolor.batch.naming import place
from varcolor.errors import FileError, InputError

if TYPE_CHECKING:
    from varcolor.batch.task import Facts, Task
    from varcolor.metrics.metric import Metric
    from varcolor.typing import Progress, Shape

#: Bytes a pixel that a pair and the planes of its metrics take at most.
_BYTES = 500.0


@dataclass(frozen=True, slots=True)
class Measure:
    """One result against one reference; the task's input is the result."""

    name: ClassVar[str] = "metrics"
    reference: Path
    metrics: tuple[str, ...]
    index: int = 0
    """Place of the result in the report."""
    label: tuple[str, str] = ("", "")
    """What reference and result are called."""
    weights: Path | None = None
    """Weights of the metric lpips."""
    map: bool = False
    """Whether the error map is written to the task's output."""
    sheet: bool = False
    """Whether pictures for a contact sheet are made."""

    def targets(self, task: Task) -> tuple[Path, ...]:
        """Return the error map, if there is one."""
        return (task.output,) if self.map else ()

    def run(self, task: Task, progress: Progress | None) -> Facts | None:
        """Read both, measure; the facts hold ``values`` in the order of the metrics."""
        from varcolor.image.formats import FORMATS
        from varcolor.image.picture import as_picture
        from varcolor.image.read import read
        from varcolor.image.write import content
        from varcolor.metrics.pair import make_pair
        from varcolor.metrics.pictures import heatmap, thumbs

        pair = make_pair(read(self.reference), read(task.input))
        values: list[Any] = []
        notes: list[str] = []
        undefined: list[str] = []
        for metric in metrics_of(self.metrics, self.weights):
            try:
                values.append(metric.of(pair))
            except FileError:
                raise
            except InputError as error:
                values.append(None)
                undefined.append(metric.name)
                notes.append(f"{self.label[1]}: {error}")
        facts: Facts = {"index": self.index, "values": values, "undefined": undefined}
        facts["as_asked"] = True
        if self.map:
            data = content(as_picture(heatmap(pair.difference)), FORMATS["PNG"])[0]
            placed = place({task.output: data}, task.on_exists)
            if placed is not None:
                notes += placed.notes
                facts["outputs"] = [str(path) for path in placed.paths]
                facts["as_asked"] = not placed.notes
        if self.sheet:
            mean = pair.difference.mean()
            label = f"{self.label[0]}  |  {self.label[1]}  |  mean dE {mean:.2f}"
            facts["thumbs"] = thumbs(label, pair.reference, pair.result, pair.difference)
        facts["notes"] = notes
        return facts

    def memory(self, shape: Shape) -> float:
        """Return the bytes that a pair of this height and width takes at most."""
        return _BYTES * shape[0] * shape[1]

    def to_dict(self) -> Facts:
        """Return what is measured."""
        return {"reference": str(self.reference), "metrics": list(self.metrics)}

    def moved(self, path: Callable[[Path], Path]) -> Self:
        """Return the same with the reference elsewhere."""
        weights = self.weights and path(self.weights)
        return replace(self, reference=path(self.reference), weights=weights)

    def on_threads(self, threads: int) -> Self:
        """Return the same: metrics use one thread."""
        return self


def metrics_of(names: tuple[str, ...], weights: Path | None) -> list[Metric]:
    """Return metrics by their names."""
    from varcolor.metrics import METRICS
    from varcolor.metrics.learned import Lpips

    return [Lpips(weights).metric() if name == "lpips" else METRICS[name] for name in names]
