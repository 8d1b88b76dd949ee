"""What long work says on its way: stages, how far it is, and what each stage took."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from varcolor.typing import Progress


class Stages:
    """The stages of one run, timed and reported.

    Parameters
    ----------
    progress : Progress, optional
        Who is told; see `varcolor.typing.Progress`.
    """

    def __init__(self, progress: Progress | None = None) -> None:
        self.seconds: dict[str, float] = {}
        self._progress = progress
        self._done = 0.0
        self._began = time.perf_counter()

    @contextmanager
    def stage(self, name: str, until: float) -> Iterator[None]:
        """Time a stage and report its end, at this fraction of the whole."""
        self.report(name, self._done)
        begin = time.perf_counter()
        yield
        self.took(name, time.perf_counter() - begin)
        self.report(name, until)

    def took(self, name: str, seconds: float) -> None:
        """Add to the time of a stage."""
        self.seconds[name] = self.seconds.get(name, 0.0) + seconds

    def report(self, stage: str, fraction: float, preview: Any = None) -> None:
        """Tell how far the work is; the fraction that is told never falls."""
        self._done = max(self._done, min(fraction, 1.0))
        if self._progress is not None:
            self._progress(stage, self._done, preview)

    def announce(self, what: str) -> None:
        """Tell what is about to take long."""
        self.report(what, 0.0)

    def finished(self) -> dict[str, float]:
        """Return the seconds of all stages, and ``total``."""
        return self.seconds | {"total": time.perf_counter() - self._began}
