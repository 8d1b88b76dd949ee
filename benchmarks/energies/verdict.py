"""Whether an energy earns the name `best`: 0.2 dB more than the default, in the mean."""

from __future__ import annotations

from benchmarks.energies.run import Row
from benchmarks.energies.settings import ALONE, GUESSED
from benchmarks.energies.tables import pair

#: What is asked for, in dB.
NEEDED = 0.2


def leader(found: dict[str, Row], guessed: bool) -> tuple[str, Row] | None:
    """Return the energy with the largest mean gain, of those with or without the prior."""
    rows = {
        name: row
        for name, row in found.items()
        if name not in (ALONE, GUESSED) and (", prior " in row["setting"]) == guessed
    }
    return max(rows.items(), key=lambda item: item[1]["gain"][0]) if rows else None


def verdict(found: dict[str, Row]) -> str:
    """Return the decision in words."""
    lines = []
    for guessed, base, kind in ((False, ALONE, "alone"), (True, GUESSED, "with the prior")):
        first = leader(found, guessed)
        if first is None:
            continue
        name, row = first
        enough = "enough" if row["gain"][0] >= NEEDED else "not enough"
        lines.append(
            f"Of the energies {kind}, {name} ({row['setting']}) does best: "
            f"{pair(row['gain'])} dB against `{base}`, {enough} for a method `best`, which asks "
            f"for {NEEDED} dB."
        )
    return " ".join(lines) or "Nothing to compare yet."
