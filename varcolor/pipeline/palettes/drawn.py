"""A photo and a change of its colours, as a picture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from varcolor.backend.cpu import CpuBackend
from varcolor.image.color import oklab
from varcolor.image.luma import rounded_gray, row_blocks
from varcolor.image.picture import Picture
from varcolor.image.render import render
from varcolor.palette.kmeans import nearest
from varcolor.palette.palette import from_oklab, to_oklab
from varcolor.palette.plan import Plan
from varcolor.pipeline.inputs import Inputs
from varcolor.typing import Array, BoolArray, FloatArray


def drawn(
    inputs: Inputs,
    lab: Array,
    change: Array,
    keep: BoolArray,
    gray: FloatArray | None,
    threads: int | None,
) -> tuple[Picture, Array, float]:
    """Return the picture, its chroma (H, W, 2), and the share of pixels whose chroma is reduced.

    Parameters
    ----------
    inputs : Inputs
        The photo.
    lab : ndarray of float32, shape (3, H, W)
        The photo in Oklab.
    change : ndarray, shape (H, W, 2) or (H, W, 3)
        Of chroma and, if the luma moves, of lightness.
    keep : ndarray of bool, shape (H, W)
        Pixels that stay bit for bit.
    gray : ndarray, shape (H, W), optional
        The new grey levels, 0..1, if the luma moves and is not that of the new colours.
    threads : int, optional
        As in `render`.
    """
    from varcolor.backend.kernels.palette.oklab import to_srgb

    photo, space = inputs.photo, inputs.space
    moves = change.shape[2] > 2
    chroma = np.empty((*photo.shape, 2), np.float32)
    luma = np.empty_like(inputs.luma) if moves else inputs.luma
    less = np.empty(photo.shape, bool)
    change = np.ascontiguousarray(change, np.float32)
    matrices = oklab.unmix.astype(np.float32), oklab.from_cones.astype(np.float32)

    def draw(top: int, bottom: int) -> None:
        rgb = np.empty((bottom - top, photo.shape[1], 3), np.float32)
        to_srgb(lab, change, *matrices, rgb, less, top, bottom)
        moved, chroma[top:bottom] = space.split(rgb)
        if moves:
            luma[top:bottom] = moved if gray is None else space.luma_of_gray(gray[top:bottom])

    blocks = [(rows.start, rows.stop) for rows in row_blocks(*photo.shape)]
    CpuBackend(threads).team.run(draw, blocks)
    basis = _with_luma(photo, space.gray_of_luma(luma)) if moves else photo
    found = render(basis, luma, chroma, space, None if moves else keep, threads)
    if moves:
        found.picture.pixels[keep] = photo.pixels[keep]
    return found.picture, chroma, float(((found.reduced | less) & ~keep).mean())


def _with_luma(photo: Picture, gray: FloatArray) -> Picture:
    """Return the picture whose grey levels the result is to have (`render`)."""
    white = photo.maximum
    levels = gray if white == 1 else rounded_gray(gray * white)
    return replace(photo, pixels=np.clip(levels, 0, white).astype(photo.pixels.dtype))


def snapped(picture: Picture, plan: Plan, keep: BoolArray) -> Picture:
    """Return the picture with the nearest colour of the palette, at all pixels but locked ones."""
    white = picture.maximum
    colors = from_oklab(plan.target)
    own = colors if white == 1 else np.rint(colors * white)
    levels, pixels = own.astype(picture.pixels.dtype), picture.pixels.copy()
    for rows in row_blocks(*picture.shape):
        lab = to_oklab(picture.as_float(rows)).reshape(-1, 3)
        taken = levels[nearest(lab, plan.target)].reshape(pixels[rows].shape)
        pixels[rows] = np.where(keep[rows, :, None], pixels[rows], taken)
    return replace(picture, pixels=pixels)
