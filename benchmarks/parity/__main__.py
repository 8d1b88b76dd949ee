"""``python -m benchmarks.parity``: Levin's pictures against plain loops; the luma law."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np

import varcolor as vc
from benchmarks.energies.settings import summary_of
from benchmarks.parity.levin_loop import YIQ, levin_loop
from benchmarks.report import data_argument, data_folder, write_result
from varcolor.image.color import SPACES
from varcolor.solve.selection import SOLVERS

LEVIN_PAIRS = {
    "baby": ("original_2004/example.bmp", "original_2004/example_marked.bmp"),
    "baby, other marks": (
        "original_2004/example.bmp",
        "original_2004/example_marked_recursionsheep_variant.bmp",
    ),
    "scribbles 1": ("scribbles/1_bw.bmp", "scribbles/1_marked.bmp"),
    "scribbles 2": ("scribbles/2_bw.bmp", "scribbles/2_marked.bmp"),
    "scribbles 6": ("scribbles/6_bw.bmp", "scribbles/6_marked.bmp"),
}
PICTURES = {".png", ".jpg", ".bmp"}


def levin_row(name: str, folder: Path, solver: str) -> dict[str, Any]:
    """Compare varcolor's `levin` with the loops on one pair."""
    gray_file, marked_file = (folder / "levin" / f for f in LEVIN_PAIRS[name])
    photo, marked = vc.read(gray_file), vc.read(marked_file)
    cues = vc.Cues.from_marked(photo, marked, every_difference=True)
    result = vc.colorize(photo, cues, method="levin", space="yuv", solver=solver)
    gray, drawn = (_rgb(p) for p in (photo, marked))
    wanted = levin_loop(gray, drawn)
    luma = wanted[..., 0]
    found = SPACES["yuv"].merge(luma, result.chroma.astype(float)) @ YIQ.T
    chroma = SPACES["yuv"].split(cues.color.astype(float))[1]
    met = result.chroma[cues.at[:, 0], cues.at[:, 1]]
    return {
        "picture": name,
        "pixels": luma.size,
        "cues": len(cues),
        "solver": solver,
        "status": str(result.status),
        "steps": result.steps,
        "largest YIQ difference": float(np.abs(found - wanted).max()),
        "proven error / 255": result.error,
        "largest cue error": float(np.abs(met - chroma).max()),
        "seconds": result.seconds["total"],
    }


def _rgb(picture: vc.Picture) -> Any:
    values = picture.as_float()
    return np.repeat(values[..., None], 3, axis=2) if picture.is_gray else values


def luma_row(space: str, depth: int, files: list[Path]) -> dict[str, Any]:
    """Colour every picture from 200 of its own pixels' colours; count broken greys."""
    rng = np.random.default_rng(0)
    broken = pixels = 0
    worst_cue = 0.0
    for file in files:
        pixels_rgb = vc.read(file).pixels
        if pixels_rgb.ndim == 2:
            pixels_rgb = np.repeat(pixels_rgb[..., None], 3, axis=2)
        step = -(-max(pixels_rgb.shape) // 160)  # bounds the time; every picture is used
        photo = np.ascontiguousarray(pixels_rgb[::step, ::step])
        if depth == 16:
            noise = rng.integers(0, 257, photo.shape)
            photo = (photo.astype(np.uint32) * 256 + noise).clip(0, 65535).astype(np.uint16)
        gray = vc.to_gray(photo, space)
        points = np.column_stack(
            [rng.integers(0, photo.shape[1], 200), rng.integers(0, photo.shape[0], 200)]
        )
        # Stronger than the photo's own colours, so that the gamut's border is met as well.
        own = photo[points[:, 1], points[:, 0]] / np.iinfo(photo.dtype).max
        neutral = own.mean(axis=1, keepdims=True)
        cues = vc.Cues.from_points(gray, points, neutral + 2.0 * (own - neutral))
        result = vc.colorize(gray, cues, method="harmonic", space=space, solver="direct")
        broken += int((vc.to_gray(result.rgb, space) != gray).sum())
        pixels += gray.size
        wanted = SPACES[space].split(cues.color.astype(float))[1]
        met = result.chroma[cues.at[:, 0], cues.at[:, 1]]
        scale = np.maximum(np.abs(wanted), 1e-3)
        worst_cue = max(worst_cue, float((np.abs(met - wanted) / scale).max()))
    return {
        "space": space,
        "bits": depth,
        "pictures": len(files),
        "pixels": pixels,
        "pixels with another grey": broken,
        "largest relative cue error": worst_cue,
    }


def main() -> None:
    """Run both comparisons."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.parity", description=__doc__)
    data_argument(parser)
    parser.add_argument("--part", choices=("all", "levin", "law"), default="all")
    parser.add_argument("--per-folder", type=int, default=0, help="pictures a folder [all]")
    arguments = parser.parse_args()
    data = data_folder(arguments)
    if arguments.part in ("all", "levin"):
        solvers = [n for n in SOLVERS if not SOLVERS[n]().supports(summary_of(vc.Levin()))]
        rows = [levin_row(name, data, solver) for name in LEVIN_PAIRS for solver in solvers]
        write_result(arguments.out, "levin-parity", rows, list(rows[0]))
    if arguments.part in ("all", "law"):
        law(arguments, data)


def law(arguments: argparse.Namespace, data: Path) -> None:
    """Check the luma law on every picture."""
    folders: dict[Path, list[Path]] = {}
    for file in sorted(data.rglob("*")):
        if file.suffix.lower() in PICTURES:
            folders.setdefault(file.parent, []).append(file)
    files = [f for group in folders.values() for f in group[: arguments.per_folder or None]]
    laws = [luma_row(s, d, files) for s in ("yuv", "lab", "oklab") for d in (8, 16)]
    write_result(arguments.out, "luma-law", laws, list(laws[0]))
    if any(row["pixels with another grey"] for row in laws):
        raise SystemExit("the luma law is broken")


if __name__ == "__main__":
    main()
