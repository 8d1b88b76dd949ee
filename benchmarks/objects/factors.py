"""How far borders should separate: every ``--cut`` against none, with masks of DAVIS's objects.

Hints protocol at 256 x 256 on the first frames, paired: the masks that people drew, SLIC's regions,
and what three clicks inside and three outside find. The bleeding metric is that of `cuts`, at the
border of the mask that was drawn.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import varcolor as vc
from benchmarks.objects.clicks import drawn
from benchmarks.objects.cuts import bleeding, near_borders
from benchmarks.quality.protocols import case_of, squashed
from varcolor.errors import InputError
from varcolor.objects.clicks import Clicks
from varcolor.objects.instance import Instance
from varcolor.typing import BoolArray

COUNTS = (2, 5, 10, 20, 50)
CUTS = (0.5, 0.75, 1.0)
_SIZE, _SIDE = 256, 6


def rows(folder: Path, seeds: int, first: int, method: str) -> Iterator[dict[str, Any]]:
    """Yield a row per clip, seed, number of hints, kind of objects and cut."""
    for clip in sorted(folder.iterdir()):
        if not (clip / "mask_00000.png").is_file():
            continue
        truth = squashed(clip / "00000.jpg", _SIZE)
        mask = squashed(clip / "mask_00000.png", _SIZE).max(axis=2) > 127
        border = near_borders([Instance.of(mask)], truth.shape)
        for seed in range(first, first + seeds):
            for count in COUNTS:
                rng = np.random.default_rng([seed, count, *clip.name.encode()])
                places = np.clip(rng.normal(_SIZE / 2, _SIZE / 4, (count, 2)), 0, _SIZE - _SIDE)
                case = case_of(clip.name, truth, [(int(r), int(c), _SIDE) for r, c in places])
                for kind, objects in _objects(case.gray, mask, rng).items():
                    for cut in CUTS if objects else (0.0,):
                        result = vc.colorize(case.gray, case.cues, method, space="lab", prior=None,
                                             objects=objects, cut=cut)  # fmt: skip
                        shown = np.clip(np.rint(255 * result.rgb), 0, 255)
                        mse = ((shown - truth) ** 2).mean()
                        yield {"clip": clip.name, "seed": seed, "hints": count, "kind": kind,
                               "cut": cut, "psnr": float(10 * np.log10(255**2 / max(mse, 1e-9))),
                               "bleeding": bleeding(shown, truth, border)}  # fmt: skip


def _objects(
    gray: Any, mask: BoolArray, rng: np.random.Generator
) -> dict[str, list[Instance] | None]:
    found: dict[str, list[Instance] | None] = {"none": None, "drawn": [Instance.of(mask)]}
    found["slic"] = vc.segment(gray, "slic")
    try:
        found["clicks"] = [Clicks(gray).object(drawn(mask, rng), drawn(~mask, rng))]
    except InputError:  # one pixel with both signs
        found["clicks"] = None
    return found


def summary(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a row per number of hints and kind: gains in PSNR, and bleeding, for every cut."""
    plain = {_case(row): row for row in found if row["kind"] == "none"}
    result = []
    for count in (*COUNTS, "all"):
        for kind in ("drawn", "slic", "clicks"):
            line: dict[str, Any] = {"hints": count, "objects": kind}
            for cut in CUTS:
                own = [row for row in found if row["kind"] == kind and row["cut"] == cut]
                own = [row for row in own if count in (row["hints"], "all")]
                pairs = [(row, plain[_case(row)]) for row in own]
                gain = np.array([a["psnr"] - b["psnr"] for a, b in pairs])
                part = np.array([a["bleeding"] / b["bleeding"] for a, b in pairs])
                line["n"] = len(own)
                line[f"cut {cut:g} (dB)"] = _mean(gain, "+")
                line[f"bleeding {cut:g}"] = _mean(part, "")
            result.append(line)
    return result


def _case(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["clip"], row["seed"], row["hints"]


def _mean(values: Any, sign: str) -> str:
    return f"{values.mean():{sign}.2f} ± {values.std(ddof=1) / len(values) ** 0.5:.2f}"
