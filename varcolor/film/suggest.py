"""Which frames to paint next: those of which keys reach least."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from varcolor.film.result import FilmResult

#: Less of a frame is not worth a key, and frames nearer than this to one that was named already.
_WORTH, _APART = 0.005, 12


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A frame to paint."""

    frame: int
    """Its place in the film."""
    unreached: float
    """Part of it that no key reaches."""
    bare: bool
    """Whether its shot has no key at all."""


def suggested(result: FilmResult, most: int = 5) -> list[Suggestion]:
    """Return frames to paint, the most useful first.

    Of a shot without keys that is its middle frame; of others the frames with the largest area
    that no key reaches, `_APART` frames from one another.

    Parameters
    ----------
    result : FilmResult
        Of the film with the keys that there are.
    most : int
        How many frames at most.
    """
    found = []
    for shot in result.shots:
        if not shot.keys:
            found.append(Suggestion(shot.first + shot.frames // 2, 1.0, True))
            continue
        parts = dict(enumerate(result.unreached[shot.first : shot.first + shot.frames]))
        while parts:
            place = max(parts, key=lambda t: (parts[t], -t))
            if parts[place] < _WORTH:
                break
            found.append(Suggestion(shot.first + place, parts[place], False))
            parts = {t: part for t, part in parts.items() if abs(t - place) >= _APART}
    return sorted(found, key=lambda own: (-own.unreached, own.frame))[:most]
