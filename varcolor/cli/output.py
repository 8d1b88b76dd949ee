"""What the commands say: progress and notes on stderr, results on stdout."""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any, TextIO

from varcolor.batch.reasons import reason_of
from varcolor.errors import VarcolorError

_WIDTH = 30
_SECONDS_BETWEEN = 0.1
#: Progress where stderr is no terminal.
SECONDS_BETWEEN_LINES = 5.0
#: Options of this run that a configuration file has set, for the JSON.
_SETTINGS: ContextVar[Mapping[str, Any] | None] = ContextVar("settings", default=None)


def _on_terminal() -> bool:
    return sys.stderr.isatty()


@dataclass(slots=True, eq=False)
class Bar:
    """Progress on stderr: a bar on a terminal, elsewhere a line every few seconds.

    Jobs that end before the first line is due say nothing there. Use it as ``progress``, and
    `clear` it at the end.
    """

    label: str = ""
    quiet: bool = False
    """Whether nothing is shown at all."""
    on_terminal: bool = field(default_factory=_on_terminal)
    _state: tuple[str, float] = ("", 0.0)
    _last: float = 0.0
    _wide: int = 0
    """Length of the longest line so far, which the next ones must cover."""
    _ended: Event | None = None
    """Ends the thread that prints the lines: a long stage may report nothing for a while."""

    def __call__(
        self, stage: str, fraction: float, preview: Callable[[], Any] | None = None
    ) -> None:
        """Draw the bar, at most ten times a second."""
        if self.quiet:
            return
        self._state = stage, fraction
        if not self.on_terminal:
            if self._ended is None:
                self._ended = Event()
                Thread(target=self._tell, args=(self._ended,), daemon=True).start()
            return
        now = time.monotonic()
        if now - self._last < _SECONDS_BETWEEN and fraction < 1:
            return
        self._last = now
        full = round(_WIDTH * fraction)
        bar = "#" * full + "." * (_WIDTH - full)
        line = f"{self.label} [{bar}] {fraction:4.0%} {stage:<8}"
        print(f"\r{line:<{self._wide}}", end="", file=sys.stderr)
        self._wide = max(self._wide, len(line))

    def clear(self) -> None:
        """Take the bar off the screen, or print no more lines."""
        if self._ended is not None:
            self._ended.set()
            self._ended = None
        if self.on_terminal and not self.quiet:
            print("\r" + " " * self._wide + "\r", end="", file=sys.stderr)

    def _tell(self, ended: Event) -> None:
        while not ended.wait(SECONDS_BETWEEN_LINES):
            stage, fraction = self._state
            words = [*filter(None, [stage]), f"{100 * fraction:.0f} %"]
            print(f"{self.label}: {' '.join(words)}", file=sys.stderr, flush=True)


def note(messages: Iterable[str], quiet: bool = False) -> None:
    """Print notes on stderr."""
    if not quiet:
        for message in messages:
            print(f"note: {message}", file=sys.stderr)


def result(
    facts: Mapping[str, Any], line: str, as_json: bool, stream: TextIO | None = None
) -> None:
    """Print a result on stdout: one line for people, or JSON (infinity becomes null)."""
    print(json_of(facts) if as_json else line, file=stream, flush=True)


def json_of(facts: Mapping[str, Any]) -> str:
    """Return facts as one line of JSON, with the settings that a file has made."""
    settings = _SETTINGS.get()
    return json.dumps(
        _strict({**facts, "settings": settings} if settings else facts), allow_nan=False
    )


def complain(message: str) -> None:
    """Print what went wrong as one line on stderr."""
    print("varcolor: " + " ".join(message.split()), file=sys.stderr)


def tell_settings(file: str, settings: Mapping[str, Any], quiet: bool) -> None:
    """Say which options come from a configuration file, now and in the JSON of the results."""
    _SETTINGS.set(settings)
    if settings:
        told = ", ".join(f"{name}={value}" for name, value in settings.items())
        note([f"settings from {file}: {told}"], quiet)


@contextmanager
def failures_in_json(as_json: bool, stream: TextIO | None = None, **facts: Any) -> Iterator[None]:
    """Print a JSON object with status "failed" and the reason if the work fails."""
    try:
        yield
    except (VarcolorError, MemoryError, OSError) as error:
        if as_json:
            result({**facts, "status": "failed", "error": reason_of(error)}, "", True, stream)
        raise


def _strict(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _strict(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_strict(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
