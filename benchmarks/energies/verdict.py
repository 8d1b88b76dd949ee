"""Whether an energy earns the name `best`: 0.2 dB more than the default, in the mean."""

from __future__ import annotations

from benchmarks.energies.run import Row
from benchmarks.energies.settings import ALONE, GUESSED
from benchmarks.energies.tables import pair

#: What is asked for, in dB.
NEEDED = 0.2


def leader(found: dict[str, Row], guessed: bool) -> tuple[str, Row] | None:
    """Return the energy with the largest mean gain, of those with or without the prior.

    The base itself, at other strengths of the prior, does not count.
    """
    rows = {
        name: row
        for name, row in found.items()
        if name not in (ALONE, GUESSED, f"{ALONE}, with the prior")
        and (", prior " in row["setting"]) == guessed
    }
    return max(rows.items(), key=lambda item: item[1]["gain"][0]) if rows else None


def verdict(found: dict[str, Row]) -> str:
    """Return the decision in words."""
    lines, earned = [], False
    for guessed, base, kind in ((False, ALONE, "alone"), (True, GUESSED, "with the prior")):
        first = leader(found, guessed)
        if first is None:
            continue
        name, row = first
        enough = row["gain"][0] >= NEEDED
        earned |= enough
        lines.append(
            f"Of the energies {kind}, {name} ({row['setting']}) does best beside `{base}`: "
            f"{pair(row['gain'])} dB against it, {'enough' if enough else 'not enough'} for a "
            f"method `best`, which asks for {NEEDED} dB."
        )
    auto = found.get(GUESSED, {})
    over = auto.get("gain over harmonic")
    if over and not earned:
        lines.append(
            f"So there is no such method: `{GUESSED}`, which is `{ALONE}` with the prior, is the "
            f"best recipe, {pair(over)} dB above `{ALONE}` on these "
            f"{auto['pictures']} pictures."
        )
    return " ".join(lines) or "Nothing to compare yet."
