"""What recolouring by palettes keeps: luma, contrast of edges, and the way back.

Twenty posters at full size, by both schemes, by a reference (the next poster of the list), by
transfer of its histogram, in the space lab, whose luma is a function of WCAG's relative luminance
(yuv's is not), and with the luma moved and matched.

- "grey levels off": share of pixels whose grey level in 8 bits is not the photo's;
- "luma contrast": change of the mean step of luma across edges (steps of at least 0.15 between
  pixels two apart, which letters have), in percent;
- "WCAG contrast": change of the mean contrast ratio (Y + 0.05) / (Y' + 0.05) of relative luminance
  across the same edges, in percent;
- "changed by": mean CIEDE2000 from the photo;
- the last row, "there and back": the most vivid of the main colours that have 5 % of the poster is
  turned by 120 degrees of hue, FROM=TO, and back, TO=FROM; "changed by" is what is left.

The mean over posters, with its standard error, and the worst.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import varcolor as vc
from benchmarks.palette.statistics import mean_and_error
from varcolor.image.color import yuv
from varcolor.image.luma import rounded_gray
from varcolor.metrics.colour import ciede2000_map
from varcolor.palette.extract import main_colors
from varcolor.palette.palette import Palette, from_oklab
from varcolor.typing import Array, FloatArray

COLUMNS = [
    "what",
    "n",
    "grey levels off",
    "luma contrast, %",
    "s.e. luma",
    "worst luma",
    "WCAG contrast, %",
    "s.e. WCAG",
    "worst WCAG",
    "changed by",
    "s.e. changed",
    "worst changed",
]
_STEP = 0.15
_QUICK: dict[str, Any] = {"on_miss": "ignore", "solver": "multigrid"}


def ways(path: Path, other: Path) -> dict[str, dict[str, Any]]:
    """Return the ways to recolour a poster: options by name."""
    return {
        "scheme 1920s": {"scheme": "1920s"},
        "scheme modern": {"scheme": "modern"},
        "reference": {"palette_from": other},
        "transfer": {"transfer": other},
        "1920s, space lab": {"scheme": "1920s", "space": "lab"},
        "modern, luma moved": {"scheme": "modern", "palette_luma": "move"},
        "modern, luma matched": {"scheme": "modern", "palette_luma": "match"},
    }


def grey(levels: Array) -> FloatArray:
    """Return the luma (H, W), 0..1, of 8-bit pixels."""
    return np.asarray(yuv.luma(levels / 255.0))


def steps(values: Array) -> list[Array]:
    """Return the differences of values (H, W) between pixels two apart, across and down."""
    return [values[:, 2:] - values[:, :-2], values[2:] - values[:-2]]


def wcag(levels: Array) -> list[Array]:
    """Return the contrast ratios between pixels two apart, 1 or more."""
    own = levels / 255.0
    linear = np.where(own <= 0.04045, own / 12.92, ((own + 0.055) / 1.055) ** 2.4)
    light = np.log(linear @ [0.2126, 0.7152, 0.0722] + 0.05)
    return [np.exp(np.abs(step)) for step in steps(light)]


def contrasts(photo: Array, result: Array) -> tuple[float, float]:
    """Return the change of luma contrast and of WCAG contrast at edges of the photo, in percent."""
    before, after = steps(grey(photo)), steps(grey(result))
    edge = [np.abs(step) >= _STEP for step in before]
    sums = np.zeros((2, 2))
    for at, old, new, first, second in zip(
        edge, before, after, wcag(photo), wcag(result), strict=True
    ):
        # A step that has turned round counts against the contrast.
        sums[0] += np.abs(old[at]).sum(), (new * np.sign(old))[at].sum()
        sums[1] += first[at].sum(), second[at].sum()
    luma, ratio = 100 * (sums[:, 1] / sums[:, 0] - 1)
    return float(luma), float(ratio)


def there_and_back(photo: vc.Picture) -> Array:
    """Return the pixels after FROM=TO and TO=FROM."""
    main = main_colors(photo)
    own = main.lab
    vivid = np.hypot(own[:, 1], own[:, 2]) * (main.shares >= 0.05)
    begin = int(np.argmax(vivid))
    turned = own[begin].copy()
    z = (turned[1] + 1j * turned[2]) * np.exp(2j * np.pi / 3)
    turned[1:] = z.real, z.imag
    first, second = main.hexes[begin], Palette.of(from_oklab(turned)[None]).hexes[0]
    there = vc.recolor(photo, None, palette=f"{begin + 1}={second}", **_QUICK).picture
    return vc.recolor(there, None, palette=f"{second}={first}", **_QUICK).rgb


def rows(paths: list[Path], target: Path | None = None) -> list[dict[str, Any]]:
    """Return one row a way; the results are also written into a folder."""
    found: dict[str, list[tuple[float, ...]]] = {}
    for path, other in zip(paths, [*paths[1:], paths[0]], strict=True):
        photo = vc.read(path)
        made = {
            name: vc.recolor(photo, None, **_QUICK, **options).rgb
            for name, options in ways(path, other).items()
        }
        made["there and back"] = there_and_back(photo)
        for name, result in made.items():
            found.setdefault(name, []).append(_measured(photo, result))
            if target is not None:
                target.mkdir(parents=True, exist_ok=True)
                Image.fromarray(result).save(target / f"{path.stem}.{name.replace(' ', '-')}.png")
        print(path.stem, flush=True)
    return [_row(name, np.array(values)) for name, values in found.items()]


def _measured(photo: vc.Picture, result: Array) -> tuple[float, ...]:
    before = np.asarray(photo.pixels)
    old, new = (rounded_gray(255 * yuv.gray_of_luma(grey(own))) for own in (before, result))
    changed = ciede2000_map(photo, result).mean()
    return (float((old != new).mean()), *contrasts(before, result), float(changed))


def _row(name: str, values: FloatArray) -> dict[str, Any]:
    row: dict[str, Any] = {"what": name, "n": len(values)}
    row["grey levels off"] = float(values[:, 0].mean())
    for column, (title, short) in enumerate(
        (("luma contrast, %", "luma"), ("WCAG contrast, %", "WCAG"), ("changed by", "changed")), 1
    ):
        mean, error = mean_and_error(values[:, column])
        worst = values[np.argmax(np.abs(values[:, column])), column]
        row |= {title: mean, f"s.e. {short}": error, f"worst {short}": float(worst)}
    return row


def sheet(paths: list[Path], target: Path) -> None:
    """Write a sheet a poster: the poster and its results, at full size."""
    for path in paths:
        results = sorted(target.glob(f"{path.stem}.*.png"))
        pictures = [Image.open(path).convert("RGB"), *(Image.open(own) for own in results)]
        width, height = pictures[0].size
        whole = Image.new("RGB", (width * len(pictures), height))
        for index, own in enumerate(pictures):
            whole.paste(own, (width * index, 0))
        whole.save(target / f"sheet-{path.stem}.png")
