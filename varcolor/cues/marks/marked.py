"""Marks on a copy of a photo, told from what soft brushes, JPEG and editors do to the copy.

The published rule (Levin, Lischinski and Weiss 2004) marks every pixel that differs. It is the
whole answer for a copy that is the photo bit for bit but for hard-edged paint. What is done beyond
it, and only where the copy shows a reason:

1. a copy of other brightness, contrast, gamma or tint is evened out (`varcolor.cues.marks.tone`);
2. differences of one or two levels without chroma, which decoders make, are no paint; lossy copies
   have larger ones, whose size is measured;
3. rims of soft strokes are left out (`varcolor.cues.marks.rims`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from varcolor.cues.marks.lossy import below_full
from varcolor.cues.marks.mixture import Slack
from varcolor.cues.marks.rims import rims
from varcolor.cues.marks.tone import evened
from varcolor.cues.sizes import enlarged, part_of, resized, same_picture, size
from varcolor.errors import CueError
from varcolor.image.picture import Picture
from varcolor.typing import Array, BoolArray, FloatArray

#: Levin's rule: marked where the sum over RGB of |marked - grey|, 0..1 each, is above this.
MARK_THRESHOLD = 0.01
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
#: Decoders differ by so many levels, without chroma.
_DECODERS, _NO_CHROMA = 2.6, 1.1
#: Fewer of such pixels are taken as meant.
_FEW = 3
_BETTER = (
    "save it as PNG, or paint on a transparent layer of its own and give that as "
    "overlay (--overlay)"
)
#: A copy is lossy if this share of its pixels is off by little, and incoherently so.
_LOSSY, _LITTLE, _INCOHERENT = 0.15, 16.0, 0.35
#: Noise that is larger than this is not told from neutral paint.
_LOUDEST = 48.0
#: Smallest mark of a lossy copy, in pixels, if there are larger ones.
_SPECK = 12
#: A copy that is marked nearly everywhere is one of wide soft brushes if no more of it is kept.
_RIMS_EXPLAIN = 0.2


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """What is painted on a marked copy."""

    mask: BoolArray
    """(H, W): the pixels that are cues."""
    levels: Array
    """(H, W, 3) float32: their colours, 0..255."""
    notes: tuple[str, ...]
    """What was left out, in words."""
    warnings: tuple[str, ...]
    """What looks like a mistake, and what to do."""


def find_marks(photo: Picture, marked: Picture, every_difference: bool = False) -> Marks:
    """Return the marks of a copy, at the photo's size.

    Raises
    ------
    CueError
        If the copy is no copy of the photo at another size.
    """
    before, after = levels_of(photo), levels_of(marked)
    seen, faded = _opacity(photo, marked)
    if photo.shape == marked.shape:
        return _marks(before, after, seen, faded, every_difference)
    nearly = max(photo.shape) < 1.1 * max(marked.shape)  # cut by a little, or reduced?
    if not same_picture(photo.shape, marked.shape) or (nearly and part_of(photo, marked)):
        raise CueError(_other_size(photo, marked))
    note = (
        f"is {size(marked.shape)}, a copy of the photo at another size: its marks are scaled to "
        f"{size(photo.shape)}; paint on a copy of the photo's own size for exact ones"
    )
    if marked.shape > photo.shape:
        after = resized(after, photo.shape)
        seen, faded = enlarged(seen, photo.shape), None
        found = _marks(before, after, seen, faded, every_difference)
    else:
        before = resized(before, marked.shape, after)
        found = _marks(before, after, seen, faded, every_difference)
        mask, levels = (enlarged(x, photo.shape) for x in (found.mask, found.levels))
        found = replace(found, mask=mask, levels=levels)
    return replace(found, notes=(note, *found.notes))


def _other_size(photo: Picture, marked: Picture) -> str:
    """Return why a copy of another size cannot be used, and what to do."""
    name, source = marked.meta.source, photo.meta.source
    text = f"{name}: is {size(marked.shape)}, but {source} is {size(photo.shape)}: "
    if same_picture(photo.shape, marked.shape[::-1]) or photo.shape == marked.shape[::-1]:
        return text + "the marked copy must have the photo's size, and seems to be turned"
    place = part_of(photo, marked)
    if place is None:
        return (
            text + "the marked copy must have the photo's size, uncropped; sizes in another "
            "proportion mean that it was cropped, stretched or is of another photo"
        )
    (row, column), (height, width) = place, marked.shape
    return (
        text + "the marked copy must have the photo's size, but was cropped: it shows columns "
        f"{column} to {column + width - 1} and rows {row} to {row + height - 1} of the photo; crop "
        "the photo alike, or paint on an uncropped copy"
    )


def _marks(
    before: Array,
    after: Array,
    seen: BoolArray,
    faded: BoolArray | None,
    every_difference: bool,
) -> Marks:
    notes: list[str] = []
    warnings: list[str] = []
    mask = seen & (_difference(before, after) > 255 * MARK_THRESHOLD)
    if every_difference:
        return Marks(mask, after, (), _too_many(mask))
    if mask.mean() > 0.5:
        before, text = evened(before, after)
        warnings += [f"{text}; {_BETTER}"] if text else []
        mask = seen & (_difference(before, after) > 255 * MARK_THRESHOLD)
    luma, chroma = _parts(before, after)
    noise = _noise(luma, chroma)
    if noise is None:
        different = int(mask.sum())
        mask = _without_decoder_noise(mask, luma, chroma, notes)
        slack, noisy = Slack(), different > 1.5 * mask.sum()
    else:
        mask = _above_noise(luma, chroma, noise) & seen
        loud = min(noise[0] / 60, 0.2)
        slack, noisy = Slack(1.5 + noise[0] / 2, 0.2, max(loud, 0.01)), True
        warnings.append(
            f"the copy is lossy (JPEG) or was filtered: differences below {noise[0]:.0f} of 255 "
            f"levels of brightness and {noise[1]:.0f} of colour are taken as its noise; {_BETTER}"
        )
    painted = int(mask.sum())
    doubts = _too_many(mask)
    if mask.any():
        rim = rims(before, after, mask, slack)
        if noisy and rim.any():
            rim &= below_full(chroma, mask)
        if faded is not None and (mask & ~rim & ~faded).any():
            rim |= mask & faded
        mask &= ~rim
        left_out = painted - int(mask.sum())
        if left_out:
            notes.append(
                f"{left_out} of {painted} painted pixels are half-mixed rims of strokes (soft or "
                "antialiased brush): left out"
            )
    if mask.mean() > _RIMS_EXPLAIN * painted / mask.size:
        warnings += doubts
    return Marks(mask, after, tuple(notes), tuple(warnings))


def levels_of(picture: Picture) -> Array:
    """Return sRGB levels, (H, W, 3) float32 in 0..255."""
    levels = picture.pixels.astype(np.float32)
    if picture.maximum != 255:
        levels *= np.float32(255 / picture.maximum)
    return np.repeat(levels[:, :, None], 3, axis=2) if picture.is_gray else levels


def _difference(before: Array, after: Array) -> Array:
    total: Array = np.abs(after[..., 0] - before[..., 0])
    for k in (1, 2):
        total += np.abs(after[..., k] - before[..., k])
    return total


def _opacity(photo: Picture, marked: Picture) -> tuple[BoolArray, BoolArray | None]:
    """Return where the copy shows anything, and where it is more transparent than the photo."""
    if marked.alpha is None:
        return np.ones(marked.shape, bool), None
    alpha: FloatArray = marked.alpha / np.float32(marked.maximum)
    if photo.alpha is None or photo.shape != marked.shape:
        return marked.alpha > 0, alpha < 0.99
    return marked.alpha > 0, alpha < photo.alpha / np.float32(photo.maximum) - 0.01


def _parts(before: Array, after: Array) -> tuple[Array, Array]:
    """Return the differences (H, W) of luma, with sign, and of chroma."""
    change = [after[..., k] - before[..., k] for k in range(3)]
    luma = sum(w * c for w, c in zip(_LUMA, change, strict=True))
    chroma = np.abs(change[0] - luma)
    for c in change[1:]:
        np.maximum(chroma, np.abs(c - luma), out=chroma)
    return luma, chroma


def _noise(luma: Array, chroma: Array) -> tuple[float, float] | None:
    """Return the largest noise of luma and chroma of a lossy copy, None for a lossless one."""
    from scipy.ndimage import uniform_filter

    little = (np.abs(luma) > 0.6) & (np.abs(luma) <= _LITTLE) & (chroma <= _LITTLE)
    if little.mean() < _LOSSY:
        return None
    rough = np.abs(luma - uniform_filter(luma, 3))[little].mean()
    if rough < _INCOHERENT * np.abs(luma[little]).mean():
        return None
    most_chroma = max(3.0, 9 * float(np.median(chroma)))
    plain = np.abs(luma[chroma <= most_chroma])
    most_luma = max(_DECODERS, 2 * float(np.percentile(plain, 95)))
    return min(most_luma, _LOUDEST), min(most_chroma, _LOUDEST)


def _without_decoder_noise(
    mask: BoolArray, luma: Array, chroma: Array, notes: list[str]
) -> BoolArray:
    """Return the marks without differences that another decoder makes."""
    faint = mask & (np.abs(luma) <= _DECODERS) & (chroma <= _NO_CHROMA)
    count = int(faint.sum())
    if count < _FEW:
        return mask
    notes.append(
        f"{count} pixels differ by one or two levels without colour (another program's decoder, or "
        "the last trace of a soft brush): left out"
    )
    return mask & ~faint


def _above_noise(luma: Array, chroma: Array, noise: tuple[float, float]) -> BoolArray:
    """Return what stands out of the noise, without specks."""
    from scipy import ndimage

    coloured = chroma > noise[1]
    neutral = ndimage.binary_opening(
        (np.abs(luma) > 1.5 * noise[0]) & ~coloured, np.ones((3, 3), bool)
    )
    mask: BoolArray = coloured | neutral
    label, count = ndimage.label(mask, np.ones((3, 3), bool))
    if not count:
        return mask
    where = label[mask]
    strong = (chroma > max(2 * noise[1], 10)) | (np.abs(luma) > 2 * noise[0])
    size = np.bincount(where, minlength=count + 1)
    keep = np.bincount(where[strong[mask]], minlength=count + 1) > 0
    if (size[1:] > _SPECK).any():
        keep &= size > _SPECK
    mask[mask] = keep[where]
    return mask


def _too_many(mask: BoolArray) -> tuple[str, ...]:
    share = mask.mean()
    if share <= 0.5:
        return ()
    return (
        f"{share:.0%} of the pixels count as marked: the copy differs from the photo almost "
        f"everywhere (a lossy copy, a filter, a colour picture, another photo); {_BETTER}",
    )
