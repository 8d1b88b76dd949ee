"""``python -m benchmarks.files``: formats, depths, profiles and metadata, read and written.

The files are built by the tests' own builders (`tests.image.samples`) from known levels. "Read":
the largest error against these levels, in 1/255. "Written": the picture is written again, in its
own format or, where that is only read, as PNG, and read once more: the largest change. The second
table says what of the metadata is read, and what is still there after writing.
"""

from __future__ import annotations

import argparse
import importlib.util
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import varcolor as vc
from benchmarks.report import data_argument, write_result
from tests.image import samples
from tests.image.builders import Sample
from varcolor.image.formats import FORMATS

METADATA = ("EXIF", "dpi", "ICC profile", "alpha")


def error(picture: vc.Picture, levels: Any) -> float:
    """Return the largest error in 1/255."""
    white = 1.0 if levels.dtype.kind == "f" else float(np.iinfo(levels.dtype).max)
    found = picture.pixels / picture.maximum
    if found.ndim != levels.ndim:
        found = np.broadcast_to(found[..., None], levels.shape)
    return float(np.abs(found - levels / white).max()) * 255


def measured(sample: Sample, profile: str, folder: Path) -> dict[str, Any]:
    """Read and write one file."""
    row: dict[str, Any] = {"format": sample.format, "depth": sample.kind, "profile": profile}
    fmt = FORMATS[sample.format]
    source = folder / f"source{fmt.extensions[0]}"
    source.write_bytes(sample.build())
    try:
        picture = vc.read(source)
    except vc.InputError as refusal:
        return row | {"read as": f"refused: {str(refusal).split(': ', 1)[-1]}"}
    row["read as"] = f"{picture.pixels.dtype} {'grey' if picture.is_gray else 'RGB'}"
    row["alpha"] = "kept" if picture.alpha is not None else "lost" if sample.alpha else ""
    row["error of reading, 1/255"] = round(error(picture, sample.levels), 4)
    target = folder / f"target{fmt.extensions[0] if fmt.writable else '.png'}"
    notes = vc.write(picture, target)
    row["written as"] = target.suffix[1:]
    again = vc.read(target)
    row["error of writing, 1/255"] = round(error(again, picture.pixels), 4)
    row["said when written"] = "; ".join(notes)
    return row


def metadata(fmt: str, folder: Path) -> dict[str, Any]:
    """Return what of the metadata of a format is read, and is still there after writing."""
    row: dict[str, Any] = {"format": fmt}
    extension = FORMATS[fmt].extensions[0]
    alpha = FORMATS[fmt].alpha and fmt != "GIF"
    source, target = folder / f"meta{extension}", folder / f"again{extension}"
    source.write_bytes(samples.with_metadata(fmt, alpha))
    picture = vc.read(source)
    again = None
    if FORMATS[fmt].writable:
        vc.write(picture, target)
        again = vc.read(target)
    for name in METADATA:
        before, after = _has(picture, name), again is not None and _has(again, name)
        written = "only read" if again is None else "written" if after else "lost"
        row[name] = f"read, {written}" if before else "not in it, or not read"
    return row


def _has(picture: vc.Picture, name: str) -> bool:
    if name == "EXIF":
        exif = Image.Exif()
        if picture.meta.exif:
            exif.load(picture.meta.exif)
        return exif.get(0x010E) == "a letter"
    if name == "dpi":
        return picture.meta.dpi is not None and abs(picture.meta.dpi[0] - 300) < 1
    return picture.meta.profiled if name == "ICC profile" else picture.alpha is not None


def main() -> None:
    """Measure all files and write both tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.files", description=__doc__)
    data_argument(parser)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    files = [("", sample) for sample in samples.samples()]
    if importlib.util.find_spec("pillow_heif"):
        files += [("", sample) for sample in samples.heic_samples()]
    else:
        print("HEIC left out: pip install 'varcolor[heic]'")
    files += list(samples.profiled())
    order = list(FORMATS)
    files.sort(key=lambda pair: order.index(pair[1].format))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = [measured(sample, profile, folder) for profile, sample in files]
        kinds = [f for f in FORMATS if f not in ("PNM", "HEIC")]
        about = [metadata(fmt, folder) for fmt in kinds]
    columns = ["format", "depth", "profile", "read as", "alpha", "error of reading, 1/255"]
    columns += ["written as", "error of writing, 1/255"]
    write_result(arguments.out, "files", rows, columns)
    write_result(arguments.out, "files-metadata", about, list(about[0]))


if __name__ == "__main__":
    main()
