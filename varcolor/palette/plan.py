"""What becomes of every main colour of a picture: kept, moved to another, or locked."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np

from varcolor.cues.parse import parse_color
from varcolor.errors import InputError
from varcolor.palette.matching import matched
from varcolor.palette.palette import Palette, from_oklab, to_oklab
from varcolor.typing import BoolArray, FloatArray

KEEP, LOCK = "keep", "lock"
#: Distance in Oklab up to which FROM is a main colour, and up to which pixels are like it at all.
_SAME, _LIKE = 0.06, 0.15
#: What lightness counts there: a recoloured part has another than the colour it was given.
_PALE = 0.25
#: How much of its chroma it may have lost.
_PALEST = 0.4


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """The picture's colours in Oklab, and what they become."""

    source: FloatArray
    """(K, 3): main colours."""
    target: FloatArray
    """(K, 3): what they become; the same where they are kept."""
    locked: BoolArray
    """(K,): their pixels stay bit for bit."""
    shares: FloatArray
    """(K,): shares of the picture."""

    @classmethod
    def keeping(cls, palette: Palette) -> Plan:
        """Return the plan that changes nothing."""
        lab = palette.lab
        return cls(lab, lab.copy(), np.zeros(len(lab), bool), palette.shares)

    def matched(self, other: Palette) -> Plan:
        """Return the plan where every colour becomes its like in another palette (`matching`)."""
        index = matched(self.source, self.shares, other.lab, other.shares)
        return replace(self, target=other.lab[index])

    def changed(self, changes: tuple[tuple[str, str], ...]) -> Plan:
        """Return the plan with changes FROM=TO; later ones win.

        Raises
        ------
        InputError
            If FROM is neither a number of a main colour nor like any.
        """
        plan = self
        for begin, end in changes:
            plan, index = plan._with(begin)
            target, locked = plan.target.copy(), plan.locked.copy()
            locked[index] = end == LOCK
            own = end in (KEEP, LOCK)
            target[index] = plan.source[index] if own else to_oklab(np.array(parse_color(end)))
            plan = replace(plan, target=target, locked=locked)
        return plan

    def _with(self, begin: str) -> tuple[Plan, int]:
        """Return a plan that has this colour, and its index."""
        if re.fullmatch(r"\d{1,2}", begin):
            if not 1 <= int(begin) <= len(self.source):
                raise InputError(
                    f"{begin}=…: the main colours are 1 to {len(self.source)} (varcolor palette "
                    "PHOTO shows them)"
                )
            return self, int(begin) - 1
        lab = to_oklab(np.array(parse_color(begin)))
        gap = np.sqrt((((self.source - lab) * (_PALE, 1.0, 1.0)) ** 2).sum(axis=1))
        # What was given this colour before may be paler: sRGB has less chroma at some lumas.
        along = self.source[:, 1:] @ lab[1:] / max(float(lab[1:] @ lab[1:]), 1e-12)
        rest = self.source[:, 1:] - np.clip(along, _PALEST, 1.0)[:, None] * lab[1:]
        paler = np.hypot(np.hypot(rest[:, 0], rest[:, 1]), _PALE * (self.source[:, 0] - lab[0]))
        alike = np.minimum(gap, paler) <= _SAME
        index = int(np.argmin(np.where(alike, gap, np.inf) if alike.any() else gap))
        if alike[index]:
            return self, index
        if gap[index] > _LIKE:
            like = Palette.of(from_oklab(self.source[index : index + 1])).hexes[0]
            raise InputError(
                f"{begin}=…: no main colour is like {begin}; the nearest is {like} (varcolor "
                "palette PHOTO shows them; --palette-colors finds more)"
            )
        return Plan(
            np.vstack([self.source, lab]),
            np.vstack([self.target, lab]),
            np.append(self.locked, False),
            np.append(self.shares, 0.0),
        ), len(self.source)

    def at_own_lightness(self) -> Plan:
        """Return the plan for pixels that keep their lightness.

        The chroma of what becomes darker than its new colour falls in proportion, as in shadow.
        """
        part = np.minimum(1, self.source[:, 0] / np.maximum(self.target[:, 0], 1e-6))
        target = self.target.copy()
        target[:, 1:] *= part[:, None]
        return replace(self, target=target)

    @property
    def changes(self) -> bool:
        """Whether any colour becomes another."""
        return bool((np.abs(self.target - self.source).max(axis=1) > 1e-9).any())


def parse_changes(text: str) -> tuple[tuple[str, str], ...]:
    """Return the pairs of ``FROM=TO FROM=TO …``; TO may be keep or lock.

    Raises
    ------
    InputError
        For text that is no list of pairs, and unknown colours.
    """
    words = re.split(r"[\s,;]+(?![^()]*\))", text.strip())
    pairs = []
    for word in filter(None, words):
        begin, equals, end = (part.strip() for part in word.partition("="))
        if not (begin and equals and end):
            raise InputError(f"palette {word!r}: write FROM=TO, e.g. #c08040=teal or 2=lock")
        for part in (begin, end):
            if part not in (KEEP, LOCK) and not (part is begin and re.fullmatch(r"\d{1,2}", part)):
                parse_color(part)
        if begin in (KEEP, LOCK):
            raise InputError(f"palette {word!r}: {begin} stands after the =, a colour before it")
        pairs.append((begin, end))
    if not pairs:
        raise InputError("palette: names no change; write FROM=TO, e.g. #c08040=teal")
    return tuple(pairs)


def is_changes(text: str) -> bool:
    """Tell whether a text is a list of changes, and no file."""
    return "=" in text


def described(plan: Plan) -> list[dict[str, object]]:
    """Return the entries of a plan in words, for reports."""
    own, new = (Palette.of(from_oklab(lab)).hexes for lab in (plan.source, plan.target))
    entries: list[dict[str, object]] = []
    rows: zip[tuple[str, str, bool, float]] = zip(
        own, new, plan.locked.tolist(), plan.shares.tolist(), strict=True
    )
    for begin, end, locked, share in rows:
        what = "locked" if locked else "kept" if begin == end else "moved"
        entries.append({"from": begin, "to": end, "share": round(share, 4), "what": what})
    return entries
