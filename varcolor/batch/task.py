"""One photo's work: what goes in, what comes out, and what became of it. Paths and options only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol

from varcolor.batch.naming import OnExists
from varcolor.cues.sources import CueSources
from varcolor.typing import Progress, Shape

Status = Literal["done", "skipped", "failed"]
#: What a job says of a photo, as JSON has it.
Facts = dict[str, Any]


class Job(Protocol):
    """What is done with every photo: a frozen dataclass of options, which is pickled."""

    name: ClassVar[str]

    def targets(self, task: Task) -> tuple[Path, ...]:
        """Return the files that will be written, the picture first."""
        ...

    def run(self, task: Task, progress: Progress | None) -> Facts | None:
        """Do it; return ``outputs``, ``notes`` and other facts, or None if it was skipped."""
        ...

    def memory(self, shape: Shape) -> float:
        """Return the bytes that a photo of this height and width takes at most."""
        ...

    def to_dict(self) -> Facts:
        """Return the options, as JSON has them."""
        ...

    def moved(self, path: Callable[[Path], Path]) -> Job:
        """Return the same with every path of it mapped."""
        ...

    def on_threads(self, threads: int) -> Job:
        """Return the same for so many threads, unless it says how many."""
        ...


@dataclass(frozen=True, slots=True)
class Task:
    """One input."""

    input: Path
    output: Path
    """The picture that is written, or, for the codec, what all names begin with."""
    job: Job
    cues: CueSources = field(default_factory=CueSources)
    on_exists: OnExists = "error"
    reason: str = ""
    """Why it cannot be done at all; empty if it can."""
    skip: bool = False
    """Whether ``reason`` makes it skipped and not failed."""

    @property
    def key(self) -> str:
        """What a journal knows it by."""
        return str(self.input.absolute())

    def files(self) -> Iterator[Path]:
        """Yield the files that it reads, the photo first."""
        yield self.input
        yield from self.cues.files()

    def options(self) -> Facts:
        """Return job and options as JSON has them, for plans and journals."""
        return {"job": self.job.name, **self.job.to_dict()}

    def to_dict(self) -> Facts:
        """Return the whole as a plan is printed."""
        found: Facts = {"input": str(self.input)}
        if self.reason:
            return {
                **found,
                "status": "skipped" if self.skip else "failed",
                "reason": self.reason,
            }
        found["outputs"] = [str(path) for path in self.job.targets(self)]
        found |= {"status": "planned", "cues": self.cues.to_dict(), "on_exists": self.on_exists}
        return {**found, "options": self.options()}

    def moved(self, path: Callable[[Path], Path]) -> Task:
        """Return the task as another machine sees it, with every path mapped."""
        own = self.cues
        cues = replace(
            own,
            project=own.project and path(own.project),
            marked=own.marked and path(own.marked),
            overlay=own.overlay and path(own.overlay),
            strokes=tuple(map(path, own.strokes)),
            points=tuple(map(path, own.points)),
        )
        here, there, job = path(self.input), path(self.output), self.job.moved(path)
        return replace(self, input=here, output=there, job=job, cues=cues)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one input."""

    input: Path
    status: Status
    reason: str = ""
    """Why it was skipped or failed."""
    outputs: tuple[Path, ...] = ()
    """What was written, the picture first."""
    seconds: float = 0.0
    notes: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What the job says beside that: for ``colorize`` the method, the solver's status, ..."""
    worker: str = ""
    """Who did it."""
    fault: str = ""
    """`reasons.DISK` or `reasons.MEMORY` where that is why it failed; else empty."""
    earlier: bool = False
    """Whether it is from an earlier run, by the journal."""

    def to_dict(self) -> Facts:
        """Return it as JSON has it: a line of ``--json``, and a row of a journal."""
        found: Facts = {"input": str(self.input), "status": self.status}
        if self.reason:
            found["reason"] = self.reason
        if self.outputs:
            found["outputs"] = [str(path) for path in self.outputs]
        found |= {"seconds": round(self.seconds, 3), "notes": list(self.notes)}
        return {**found, **{k: v for k, v in self.facts.items() if k not in found}}
