"""What the commands say: progress and notes on stderr, results on stdout."""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

_WIDTH = 30
_SECONDS_BETWEEN = 0.1


def _on_terminal() -> bool:
    return sys.stderr.isatty()


@dataclass(slots=True)
class Bar:
    """A progress bar on a terminal's stderr; silent anywhere else. Use it as ``progress``."""

    label: str = ""
    shown: bool = field(default_factory=_on_terminal)
    _last: float = 0.0

    def __call__(
        self, stage: str, fraction: float, preview: Callable[[], Any] | None = None
    ) -> None:
        """Draw the bar, at most ten times a second."""
        now = time.monotonic()
        if not self.shown or (now - self._last < _SECONDS_BETWEEN and fraction < 1):
            return
        self._last = now
        full = round(_WIDTH * fraction)
        bar = "#" * full + "." * (_WIDTH - full)
        print(f"\r{self.label} [{bar}] {fraction:4.0%} {stage:<8}", end="", file=sys.stderr)

    def clear(self) -> None:
        """Take the bar off the screen."""
        if self.shown:
            print("\r" + " " * (len(self.label) + _WIDTH + 20) + "\r", end="", file=sys.stderr)


def note(messages: Iterable[str], quiet: bool = False) -> None:
    """Print notes on stderr."""
    if not quiet:
        for message in messages:
            print(f"note: {message}", file=sys.stderr)


def result(facts: Mapping[str, Any], line: str, as_json: bool) -> None:
    """Print a result on stdout: one line for people, or JSON (infinity becomes null)."""
    print(json.dumps(_strict(facts), allow_nan=False) if as_json else line)


def _strict(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _strict(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_strict(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
