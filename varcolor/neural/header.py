"""What a file that varcolor trained says of itself: its network and the settings of that.

It stands in the metadata of the safetensors file, under the key ``varcolor``, as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_KEY = "varcolor"
#: Headers of safetensors files are no longer.
_LONGEST = 100_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A trained network, apart from its numbers."""

    network: str
    settings: Mapping[str, Any]
    temperature: float | None = None
    """T of the annealed mean that it was made for."""

    def metadata(self) -> dict[str, str]:
        """Return it as metadata of a safetensors file."""
        facts: dict[str, Any] = {"network": self.network, "settings": dict(self.settings)}
        if self.temperature is not None:
            facts["temperature"] = self.temperature
        return {_KEY: json.dumps(facts)}


def metadata_of(path: Path) -> dict[str, Any]:
    """Return the metadata of a safetensors file; empty if there are none or it is no such file."""
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if not 2 <= length <= min(_LONGEST, path.stat().st_size - 8):
                return {}
            found = json.loads(file.read(length)).get("__metadata__", {})
    except (OSError, ValueError, RecursionError, AttributeError):
        return {}
    return found if isinstance(found, dict) else {}


def written(path: Path) -> Written | None:
    """Return what a file says of itself, or None if it was not trained by varcolor."""
    if path.suffix.lower() != ".safetensors":
        return None
    try:
        facts = json.loads(metadata_of(path)[_KEY])
        warm = facts.get("temperature")
        return Written(
            network=str(facts["network"]),
            settings=dict(facts["settings"]),
            temperature=None if warm is None else float(warm),
        )
    except (KeyError, ValueError, TypeError, AttributeError, RecursionError):
        return None
