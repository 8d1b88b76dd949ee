"""Colour one photo with its cues: what `varcolor colorize` and `recolor` do, in a plan."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from varcolor.batch.encoded import encoded
from varcolor.batch.naming import place
from varcolor.errors import CueError
from varcolor.options import RecolorOptions, SolveOptions

if TYPE_CHECKING:
    from varcolor.batch.task import Facts, Task
    from varcolor.image.picture import Picture
    from varcolor.pipeline.result import Result
    from varcolor.typing import Progress, Shape

#: Options that may name files.
_NAMED = ("prior", "confidence", "start", "palette", "palette_from", "scheme", "transfer")
Options = TypeVar("Options", bound=SolveOptions)


@dataclass(frozen=True, slots=True)
class Colorize:
    """Grey photos and cues to coloured photos."""

    name: ClassVar[str] = "colorize"
    options: SolveOptions
    quality: int | None = None
    """As for `varcolor.write`."""

    def targets(self, task: Task) -> tuple[Path, ...]:
        """Return the picture's file."""
        return (task.output,)

    def run(self, task: Task, progress: Progress | None) -> Facts | None:
        """Read, solve, write.

        Raises
        ------
        VarcolorError
            As `varcolor.read`, `varcolor.colorize` and `varcolor.write`.
        """
        from varcolor.image.formats import format_of, require_size
        from varcolor.image.read import read

        picture = read(task.input)
        require_size(picture.shape, format_of(task.output), task.output)
        with warnings.catch_warnings(record=True) as doubts:
            warnings.simplefilter("always")
            known = task.cues.read(picture)
        options = replace(
            self.options.read(), on_miss="raise" if self.options.on_miss == "raise" else "ignore"
        )
        try:
            result = self._function()(picture, known, options=options, progress=progress)
        except CueError as error:
            text = str(error)
            told = text if str(task.input) in text else f"{task.input}: {text}"
            raise CueError(told) from None
        path, data, left_out = encoded(result.picture, task.output, self.quality)
        renamed = path != task.output
        placed = place({path: data}, "number" if renamed else task.on_exists)
        if placed is None:
            return None
        said = [str(doubt.message) for doubt in doubts]
        notes = [*filter(None, [result.choice]), *result.notes, *left_out, *placed.notes]
        facts = facts_of(len(known), result) | self._more(picture, result)
        met = facts["solved"] == "converged" or self.options.on_miss == "ignore"
        return {
            **facts,
            "outputs": [str(path) for path in placed.paths],
            "notes": list(dict.fromkeys([*said, *notes])),
            "as_asked": met and not (renamed or placed.notes),
        }

    def memory(self, shape: Shape) -> float:
        """Return the most that the solver takes which these options choose."""
        from varcolor.methods.base import summary_of
        from varcolor.pipeline.run import PRIOR_BYTES
        from varcolor.solve.selection import candidates, needs

        asked, method = self.options.solver, self.options.make_method()
        if hasattr(method, "answer"):  # a network alone: nothing is solved
            return 0.0
        expects = (method.prior if self.options.prior is None else self.options.prior) != "none"
        problem = summary_of(method, shape[0] * shape[1], PRIOR_BYTES if expects else 0.0)
        names = candidates(problem) if asked == "auto" else (asked,)
        return needs(names[0], problem) if isinstance(names[0], str) else 0.0

    def to_dict(self) -> Facts:
        """Return what differs from the defaults."""
        own = self.options.to_dict()
        return own if self.quality is None else {**own, "quality": self.quality}

    def moved(self, path: Callable[[Path], Path]) -> Self:
        """Return the same with the prior's pictures elsewhere."""
        named: dict[str, Any] = {
            name: str(path(Path(value)))
            for name in _NAMED
            if isinstance(value := getattr(self.options, name, None), str | Path)
            and Path(value) in set(self.options.files())
        }
        return replace(self, options=replace(self.options, **named)) if named else self

    def on_threads(self, threads: int) -> Self:
        """Return the same for so many threads of the solver."""
        if self.options.threads is not None:
            return self
        return replace(self, options=replace(self.options, threads=threads))

    def _more(self, picture: Picture, result: Result) -> Facts:
        """Return further facts of a result."""
        return {}

    def _function(self) -> Callable[..., Result]:
        from varcolor.colorization import colorize

        return colorize


@dataclass(frozen=True, slots=True)
class Recolor(Colorize):
    """Colour photos and strokes to photos in other colours."""

    name: ClassVar[str] = "recolor"
    options: RecolorOptions

    def _more(self, picture: Picture, result: Result) -> Facts:
        from varcolor.pipeline.palettes.analysis import color_analysis

        return {"colors": color_analysis(picture, result.picture)}

    def _function(self) -> Callable[..., Result]:
        from varcolor.colorization import recolor

        return recolor


def facts_of(cues: int, result: Result) -> dict[str, Any]:
    """Return what ``--json`` and journals say of a result."""
    return {
        "cues": cues,
        "method": result.method,
        "choice": result.choice,
        "space": result.space,
        "solver": result.solver,
        "backend": result.backend,
        "solved": str(result.status),
        "steps": result.steps,
        "error": result.error if isfinite(result.error) else None,
        "gap": result.gap,
        **({"palette": list(result.palette)} if result.palette else {}),
    }
