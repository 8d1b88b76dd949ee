"""Strokes on a transparent picture of their own."""

from __future__ import annotations

import numpy as np

from varcolor.cues.sizes import enlarged, reduced_mask, same_picture, size
from varcolor.errors import CueError
from varcolor.image.picture import Picture
from varcolor.typing import Array, BoolArray

#: Overlay pixels count as painted from this opacity on: the soft rim of a brush is left out.
OPAQUE = 0.995
#: A stroke without such pixels counts where it has this part of its largest opacity,
_CORE = 0.97
#: if that is at least so much.
_LEAST = 0.05


def painted(overlay: Picture) -> tuple[BoolArray, tuple[str, ...]]:
    """Return where an overlay is painted, and notes.

    Raises
    ------
    CueError
        If the overlay has no transparency, or is half-transparent everywhere.
    """
    name = overlay.meta.source
    if overlay.alpha is None:
        raise CueError(
            f"{name}: has no transparent pixels; an overlay is transparent where nothing is "
            "painted (for a marked copy of the photo use --marked / Cues.from_marked)"
        )
    opacity = overlay.alpha.astype(np.float32) / np.float32(overlay.maximum)
    mask: BoolArray = opacity >= OPAQUE
    if not mask.any() and (opacity.max() < _LEAST or opacity.min() > _LEAST):
        raise CueError(
            f"{name}: no pixel is opaque: paint with full opacity, on a layer that is transparent "
            "elsewhere"
        )
    soft = (opacity >= _LEAST) & ~mask
    if not soft.any():
        return mask, ()
    from scipy import ndimage

    square = np.ones((3, 3), bool)
    label, count = ndimage.label(mask | soft, square)
    most = ndimage.maximum(opacity, label, np.arange(count + 1))
    faint = most < OPAQUE
    faint[0] = False
    core = faint[label] & (opacity >= _CORE * most[label])
    if not core.any():
        return mask, ()
    return mask | core, (
        f"{int(faint.sum())} strokes of half-transparent paint: their most opaque pixels count, "
        "as if they were opaque",
    )


def strokes_of(overlay: Picture, photo: Picture | None) -> tuple[BoolArray, Array, tuple[str, ...]]:
    """Return where an overlay is painted (H, W), its colours (H, W, 3), and notes.

    With a ``photo`` of another size of the same picture, scaled to that.

    Raises
    ------
    CueError
        If the overlay has no transparency or no stroke, or cannot be scaled to the photo.
    """
    levels = overlay.as_float()
    levels = np.repeat(levels[:, :, None], 3, axis=2) if overlay.is_gray else levels
    mask, notes = painted(overlay)
    if photo is None or photo.shape == overlay.shape:
        return mask, levels, notes
    if not same_picture(photo.shape, overlay.shape):
        raise CueError(
            f"{overlay.meta.source}: is {size(overlay.shape)}, but {photo.meta.source} is "
            f"{size(photo.shape)}: not the same picture at another size (was one of them "
            "cropped?); paint on a layer over the photo itself"
        )
    if overlay.shape > photo.shape:
        mask, levels = reduced_mask(mask, levels, photo.shape)
    else:
        mask, levels = (enlarged(x, photo.shape) for x in (mask, levels))
    text = f"made for a {size(overlay.shape)} picture: scaled to the photo's"
    return mask, levels, (f"{text} {size(photo.shape)}", *notes)
