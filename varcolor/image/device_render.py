"""`varcolor.image.render` on a device: only the finished levels come down."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from varcolor.backend.device import Device, DeviceArray
from varcolor.image.color import Space
from varcolor.image.gamut import reduce_chroma
from varcolor.image.luma import gray_levels, rounded_gray, row_blocks
from varcolor.image.picture import Picture
from varcolor.image.render import Rendering, nearest_with_luma
from varcolor.typing import Array, BoolArray, FloatArray


def device_render(
    device: Device,
    photo: Picture,
    luma: FloatArray,
    chroma: DeviceArray,
    space: Space,
    keep: BoolArray | None = None,
) -> Rendering:
    """Do what `varcolor.image.render.render` does, for chroma (H, W, 2) on a device.

    Levels that break the luma law are few: they are repaired on the host.

    Raises
    ------
    MemoryError
        If the device's memory does not suffice.
    """
    white, xp = photo.maximum, device.xp
    pixels = np.empty((*photo.shape, 3), photo.pixels.dtype)
    reduced, repaired = np.zeros(photo.shape, bool), 0
    for rows in row_blocks(*photo.shape):
        values = xp.asarray(chroma[rows, :, :], dtype=xp.float64)
        rgb, less = reduce_chroma(space, device.put(luma[rows]), values)
        reduced[rows] = device.get(less)
        stored = photo.pixels[rows]
        if white == 1:
            pixels[rows] = device.get(xp.clip(rgb, 0.0, 1.0))
        else:
            target = stored if photo.is_gray else gray_levels(stored, space)
            pixels[rows], count = _quantise(device, rgb * float(white), target, space)
            repaired += count
        if keep is not None:
            kept = keep[rows]
            pixels[rows][kept] = stored[kept][:, None] if photo.is_gray else stored[kept]
            reduced[rows] &= ~kept
    return Rendering(replace(photo, pixels=pixels), reduced, repaired)


def _quantise(device: Device, exact: DeviceArray, target: Array, space: Space) -> tuple[Array, int]:
    """Round colours given in levels so that their grey levels are ``target``."""
    xp, white = device.xp, float(np.iinfo(target.dtype).max)
    levels = xp.clip(xp.floor(exact + 0.5), 0.0, white)
    gray = rounded_gray(space.gray_of_luma(space.luma(levels / white)) * white)
    wrong = gray != device.put(target.astype(np.float64))
    result, at = device.get(levels).astype(target.dtype), device.get(wrong)
    if at.any():
        result[at] = nearest_with_luma(result[at], device.get(exact[wrong]), target[at], space)
    return result, int(np.count_nonzero(at))
