"""Two objects that differ little in lightness, one stroke each: how much is filled, and spilt.

A disc on a ground of the same texture is lighter by 12, 6, 3, 1 or 0.5 L*; a stroke of its own
colour lies in each. ``filled`` is the share of the disc that is nearer to the disc's colour, and
``spilt`` the share of the ground that is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import varcolor as vc
from benchmarks.harness import clocked
from benchmarks.quality.protocols import picture_files, squashed
from benchmarks.quality.run import adapter
from varcolor.image.color import lab
from varcolor.typing import BoolArray, FloatArray

STEPS = (12.0, 6.0, 3.0, 1.0, 0.5)
FOLDER = "kodak"
#: a*, b* of the disc and of the ground.
DISC, GROUND = np.array([35.0, 20.0]), np.array([-15.0, -25.0])
_SIDE, _MIDDLE, _SYNTHETIC = 128, 55.0, ("flat", "noise", "stripes")
#: Standard deviation of a texture, in L*.
_ROUGH = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A disc on a ground."""

    texture: str
    step: float
    gray: FloatArray
    disc: BoolArray
    cues: vc.Cues


def scenes(data: Path | None, pictures: int, seed: int) -> Iterator[Scene]:
    """Yield all textures with all steps; real ones where there are pictures."""
    textures = [(name, _synthetic(name, seed)) for name in _SYNTHETIC]
    if data is not None:
        files = picture_files(data / FOLDER, pictures, seed)
        textures += [(file.name, _real(squashed(file, 256))) for file in files]
    row, column = np.indices((_SIDE, _SIDE))
    disc = (row - _SIDE / 2) ** 2 + (column - _SIDE / 2) ** 2 < (_SIDE * 0.3) ** 2
    for name, texture in textures:
        for step in STEPS:
            light = np.clip(_MIDDLE + texture + np.where(disc, step / 2, -step / 2), 0, 100)
            gray = np.asarray(lab.gray_of_luma(light / 100))
            yield Scene(name, step, gray, disc, _strokes(light / 100))


def _synthetic(name: str, seed: int) -> FloatArray:
    from scipy.ndimage import gaussian_filter

    if name == "flat":
        return np.zeros((_SIDE, _SIDE))
    if name == "stripes":
        return np.broadcast_to(_ROUGH * np.sin(np.arange(_SIDE) * 0.9), (_SIDE, _SIDE)).copy()
    noise = gaussian_filter(np.random.default_rng(seed).normal(size=(_SIDE, _SIDE)), 1.0)
    return np.asarray(_ROUGH * noise / noise.std())


def _real(picture: Any) -> FloatArray:
    """Return the fine part of a picture's lightness, of the usual roughness."""
    from scipy.ndimage import gaussian_filter

    light = 100 * lab.luma(picture[64 : 64 + _SIDE, 64 : 64 + _SIDE] / 255.0)
    fine = light - gaussian_filter(light, 6.0)
    return np.asarray(_ROUGH * fine / max(float(fine.std()), 1e-6))


def _strokes(luma: FloatArray) -> vc.Cues:
    """Return a stroke through the disc's middle and one along the upper border."""
    mask = np.zeros(luma.shape, bool)
    chroma = np.zeros((*luma.shape, 2))
    half = _SIDE // 2
    for rows, columns, colour in (
        (slice(half - 1, half + 2), slice(half - 20, half + 20), DISC),
        (slice(6, 9), slice(16, _SIDE - 16), GROUND),
    ):
        mask[rows, columns], chroma[rows, columns] = True, colour
    return vc.Cues.from_mask(mask, lab.merge(luma, chroma))


def measure(scene: Scene, name: str) -> dict[str, Any]:
    """Return the shares that a method fills and spills."""
    colour = adapter(name)
    seconds, rgb = clocked(lambda: colour(scene.gray, scene.cues))
    ab = lab.split(np.clip(rgb, 0, 1))[1]
    like = ((ab - DISC) ** 2).sum(axis=2) < ((ab - GROUND) ** 2).sum(axis=2)
    return {
        "texture": scene.texture,
        "step": scene.step,
        "method": name,
        "filled": float(like[scene.disc].mean()),
        "spilt": float(like[~scene.disc].mean()),
        "seconds": round(seconds, 3),
    }


def run(
    data: Path | None, methods: Sequence[str], pictures: int, seed: int
) -> list[dict[str, Any]]:
    """Return a row for every scene and method."""
    found = list(scenes(data, pictures, seed))
    return [measure(scene, name) for name in methods for scene in found]


def summarise(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return means over textures of one kind: method, kind, step, filled, spilt."""
    result = []
    groups: dict[tuple[str, str, float], list[dict[str, Any]]] = {}
    for row in rows:
        kind = "synthetic" if row["texture"] in _SYNTHETIC else "real"
        groups.setdefault((row["method"], kind, row["step"]), []).append(row)
    for (method, kind, step), own in groups.items():
        means = {k: float(np.mean([row[k] for row in own])) for k in ("filled", "spilt")}
        result.append({"method": method, "textures": kind, "step": step, **means})
    return result


def markdown(summary: Sequence[dict[str, Any]]) -> str:
    """Return a table: filled / spilt in percent, by step."""
    head = " | ".join(f"{step:g} L*" for step in STEPS)
    lines = [f"| method | textures | {head} |", "|---|---|" + "---|" * len(STEPS)]
    cells = {(r["method"], r["textures"], r["step"]): r for r in summary}
    for method, kind in dict.fromkeys((r["method"], r["textures"]) for r in summary):
        own = [cells[method, kind, step] for step in STEPS]
        shares = " | ".join(f"{100 * c['filled']:.0f} / {100 * c['spilt']:.0f}" for c in own)
        lines.append(f"| {method} | {kind} | {shares} |")
    return "\n".join(lines)
