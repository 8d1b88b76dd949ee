"""What must not be coloured: what lies behind a cut, and an object that enters late.

Run ``python -m benchmarks.film.cases --data DIR``. At a sixth and a half of 854 x 480, one key of
300 true points on frame 0, s.e. over clips. *Cut*: 15 frames of a clip, then 15 of the next one,
coloured by ``varcolor film`` from a folder of frames, which finds the cut itself; colour behind it
is the largest difference between the R, G and B of a pixel there. *Late object*: from frame 12 on,
a disc with the picture of the next clip comes in from the right; how much of it is reported as
reached by no key, how much of what is not it, in frames 16 to 29, and how much colour it is given
(mean of the larger of the differences R - G, B - G), beside what it truly has.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.film import measures, ways
from benchmarks.film.clips import NAMES, Clip, clip_of, points, read_clip
from benchmarks.report import data_argument, data_folder, write_result

FRAMES, CUT, ENTERS, FROM = 30, 15, 12, 16
#: Pixels of the full size that the disc moves in a frame.
_PACE = 12
COLUMNS = [
    "clip",
    "case",
    "size",
    "cuts found at",
    "colour before",
    "colour behind",
    "object reported",
    "rest reported",
    "object's colour",
    "its true colour",
]


def cut(first: Clip, second: Clip) -> dict[str, Any]:
    """Measure a film of two clips with a key in the first one."""
    import varcolor as vc
    from varcolor.film.colorize import colorize_film
    from varcolor.options import FilmOptions

    rgb = np.concatenate([first.rgb[:CUT], second.rgb[:CUT]])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("in", "keys"):
            (folder / part).mkdir()
        for t, frame in enumerate(rgb):
            vc.write(vc.to_gray(frame), folder / "in" / f"f_{t:03d}.png")
        key = points(first, 0, 300, 0)
        chroma = ways.picture(first, 0, key)
        painted = measures.rendered(clip_of("", first.rgb[:1]), chroma[None])[0]
        vc.write(painted, folder / "keys" / "000.png")
        result = colorize_film(
            folder / "in", folder / "keys", folder / "out", FilmOptions(threads=1)
        )
        made = np.array(
            [vc.read(folder / "out" / f"f_{t:03d}.png").pixels for t in range(len(rgb))]
        )
    spread = np.ptp(made.astype(int), axis=-1).max(axis=(1, 2))
    return {
        "clip": f"{first.name}, {second.name}",
        "case": "cut at 15",
        "size": f"{first.luma.shape[2]} x {first.luma.shape[1]}",
        "cuts found at": " ".join(str(shot.first) for shot in result.shots[1:]),
        "colour before": int(spread[:CUT].min()),
        "colour behind": int(spread[CUT:].max()),
    }


def with_object(clip: Clip, other: Clip, scale: int) -> tuple[Clip, Any]:
    """Return a clip with a disc that enters, and where it is, (T, H, W)."""
    height, width = clip.luma.shape[1:]
    radius = height // 5
    rows, columns = np.mgrid[:height, :width]
    rgb, where = clip.rgb.copy(), np.zeros(clip.luma.shape, bool)
    for t in range(ENTERS, clip.count):
        middle = width + radius - _PACE * (t - ENTERS + 1) // scale
        inside = (rows - height / 2) ** 2 + (columns - middle) ** 2 < radius**2
        at = rows[inside], (columns[inside] - middle + width // 2) % width
        rgb[t][inside] = other.rgb[0][at]
        where[t] = inside
    return clip_of(clip.name, rgb), where


def late(clip: Clip, other: Clip, scale: int) -> dict[str, Any]:
    """Measure a clip with an object that enters."""
    own, where = with_object(clip, other, scale)
    chroma, reached, _ = ways.solved(own, {0: points(own, 0, 300, 0)})
    within, rest = where.copy(), ~where
    within[:FROM] = rest[:FROM] = False
    return {
        "clip": clip.name,
        "case": "late object",
        "size": f"{clip.luma.shape[2]} x {clip.luma.shape[1]}",
        "object reported": float(1 - reached[within].mean()),
        "rest reported": float(1 - reached[rest].mean()),
        "object's colour": _colour(measures.rendered(own, chroma)[within]),
        "its true colour": _colour(own.rgb[within]),
    }


def _colour(rgb: Any) -> float:
    levels = rgb.astype(int)
    return float(np.abs(levels[:, [0, 2]] - levels[:, 1:2]).max(axis=1).mean())


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    data_argument(parser)
    parser.add_argument("--scales", type=int, nargs="*", default=[6, 2])
    arguments = parser.parse_args()
    folder = data_folder(arguments) / "video"
    rows: list[dict[str, Any]] = []
    for scale in arguments.scales:
        clips = [read_clip(folder / name, FRAMES, scale) for name in NAMES]
        pairs = list(zip(clips, clips[1:] + clips[:1], strict=True))
        if scale == arguments.scales[0]:
            rows += [cut(*pair) for pair in pairs]
        found = [late(*pair, scale) for pair in pairs]
        mean = {"clip": "mean", "case": found[0]["case"], "size": found[0]["size"]}
        for name in COLUMNS[6:]:
            values = np.array([row[name] for row in found])
            error = values.std(ddof=1) / len(values) ** 0.5
            mean |= {name: float(values.mean()), f"{name}, s.e.": float(error)}
        rows += [*found, mean]
    write_result(arguments.out, "film-cases", rows, COLUMNS)


if __name__ == "__main__":
    main()
