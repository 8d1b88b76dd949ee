"""Run-length encoding of masks, as COCO has it.

Pixels in columns, from top to bottom and left to right; the lengths of runs, of zeros first. As
text, a length (from the third on its difference to the one before the last) is written in groups of
five bits, low ones first: characters 48 + group, + 32 where more follow; the last group's bit 16 is
the sign.

Reference: T.-Y. Lin et al., "Microsoft COCO: common objects in context", ECCV 2014, and the format
documented with its annotations.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from varcolor.errors import InputError
from varcolor.typing import BoolArray, Shape

#: Groups of five bits that a length may have.
_LONGEST = 12


def runs_of(mask: BoolArray) -> list[int]:
    """Return the lengths of runs of a mask (H, W)."""
    flat = np.asarray(mask, bool).ravel(order="F")
    changes = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    ends = np.concatenate([[0], changes, [flat.size]])
    lengths = np.diff(ends).tolist()
    return [0, *lengths] if flat.size and flat[0] else lengths


def mask_of(runs: Sequence[int], shape: Shape) -> BoolArray:
    """Return the mask (H, W) of runs.

    Raises
    ------
    InputError
        If they are no lengths, or do not fill the picture.
    """
    if not all(type(n) is int and n >= 0 for n in runs):
        raise InputError("broken RLE: lengths of runs must be whole numbers, 0 or more")
    total = sum(runs)
    if total != shape[0] * shape[1]:
        raise InputError(
            f"broken RLE: its runs are {total} pixels, but the picture has "
            f"{shape[0] * shape[1]} ({shape[1]} x {shape[0]})"
        )
    values = np.arange(len(runs)) % 2 == 1
    flat = np.repeat(values, np.asarray(runs, np.int64))
    return np.ascontiguousarray(flat.reshape(shape[::-1]).T)


def text_of(runs: Sequence[int]) -> str:
    """Return runs as text."""
    out = []
    for k, length in enumerate(runs):
        value = length - runs[k - 2] if k > 2 else length
        while True:
            group, value = value & 0x1F, value >> 5
            more = value != (-1 if group & 0x10 else 0)
            out.append(chr(48 + group + (32 if more else 0)))
            if not more:
                break
    return "".join(out)


def runs_from(text: str) -> list[int]:
    """Return the runs of text.

    Raises
    ------
    InputError
        If it is none, or cut off.
    """
    runs: list[int] = []
    value = place = 0
    for character in text:
        group = ord(character) - 48
        if not 0 <= group < 64 or place >= _LONGEST:
            raise InputError(f"broken RLE: {character!r} after {len(runs)} runs")
        value |= (group & 0x1F) << (5 * place)
        place += 1
        if group & 0x20:
            continue
        if group & 0x10:
            value -= 1 << (5 * place)
        if len(runs) > 2:
            value += runs[-2]
        runs.append(value)
        value = place = 0
    if place:
        raise InputError("broken RLE: cut off in the middle of a run")
    return runs
