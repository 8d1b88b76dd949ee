"""TIFF's photometric interpretations and sample formats, brought to grey, RGB or CMYK."""

from __future__ import annotations

from typing import Any

import numpy as np

from varcolor.image.decode.cielab import from_lab
from varcolor.image.decode.raw import Raw, Unsupported, widen
from varcolor.image.profile.icc import Kind
from varcolor.typing import Array

#: What the pixels of each photometric interpretation are; YCbCr has become RGB by now.
_KINDS: dict[int, Kind] = {
    **dict.fromkeys((0, 1), "gray"),
    **dict.fromkeys((2, 3, 6, 8, 9, 10), "rgb"),
    5: "cmyk",
}
_WHITE_IS_ZERO, _PALETTE = 0, 3
_LABS = {8: "CIELab", 9: "ICCLab", 10: "ITULab"}
_PROFILE = 34675


def to_colors(page: Any, pixels: Array) -> Raw:
    """Return decoded samples as colours, channels last, with at most one alpha channel.

    Raises
    ------
    Unsupported
        If the interpretation or the sample format is not read.
    ValueError
        If it does not fit the samples.
    """
    photometric = int(page.photometric)
    if photometric not in _KINDS:
        raise Unsupported(f"TIFF pictures of kind {page.photometric.name}")
    kind = _KINDS[photometric]
    notes: list[str] = []
    if page.planarconfig == 2 and pixels.ndim == 3:
        pixels = np.moveaxis(pixels, 0, -1)
    colors = 1 if photometric == _PALETTE else {"gray": 1, "rgb": 3, "cmyk": 4}[kind]
    if (pixels.shape[2] if pixels.ndim == 3 else 1) < colors:
        raise ValueError(f"it holds too few channels for {page.photometric.name}")
    pixels, alpha = _channels(page, pixels, colors, notes)
    if photometric in _LABS:
        pixels = from_lab(pixels, photometric, page.bitspersample, notes)
        notes.append(f"{_LABS[photometric]} picture: converted to sRGB")
    elif photometric == _PALETTE:
        pixels = _painted(page, pixels, notes)
        kind = "gray" if pixels.ndim == 2 else "rgb"
    else:
        pixels = _levels(page, pixels, notes)
        if photometric == _WHITE_IS_ZERO:
            pixels = (1 if pixels.dtype.kind == "f" else np.iinfo(pixels.dtype).max) - pixels
    if kind == "cmyk" and pixels.dtype.kind == "f":
        raise Unsupported("CMYK of floats")
    if alpha is not None:
        pixels = _with_alpha(page, pixels, alpha, notes)
    icc = None
    if kind == "cmyk" and _PROFILE not in page.tags:
        pixels, kind = _plain_cmyk(pixels), "rgb"
        notes.append("CMYK without a profile: converted to RGB by the plain formula")
    return Raw(pixels, kind, icc=icc, notes=notes)


def _channels(
    page: Any, pixels: Array, colors: int, notes: list[str]
) -> tuple[Array, Array | None]:
    """Split off alpha and leave out what is neither colour nor alpha."""
    if pixels.ndim == 2:
        return pixels, None
    extras = [int(e) for e in page.extrasamples]
    keep_alpha = bool(extras) and extras[0] in (1, 2) and pixels.shape[2] > colors
    if pixels.shape[2] > colors + keep_alpha:
        notes.append(f"{pixels.shape[2] - colors - keep_alpha} extra channels are left out")
    alpha = pixels[:, :, colors] if keep_alpha else None
    return (pixels[:, :, 0] if colors == 1 else pixels[:, :, :colors]), alpha


def _levels(page: Any, pixels: Array, notes: list[str]) -> Array:
    """Return samples of any type as uint8, uint16, float32 or float64."""
    bits = page.bitspersample
    if pixels.dtype.kind == "f":
        return _floats(pixels, notes)
    if pixels.dtype == np.bool_ or bits == 1:
        notes.append("1-bit picture: read as 8-bit grey")
        return pixels.astype(np.uint8) * np.uint8(255)
    if isinstance(bits, tuple):
        notes.append(f"{'/'.join(map(str, bits))}-bit picture: read as 8-bit")
        return pixels  # scaled by the decoder
    if pixels.dtype.kind == "i":
        if pixels.min() < 0:
            raise Unsupported("TIFF with signed samples below 0")
        bits -= 1
        notes.append(f"signed {bits + 1}-bit picture: 0 to {(1 << bits) - 1} are black to white")
    elif pixels.dtype.kind != "u":
        raise Unsupported(f"TIFF with samples of the type {pixels.dtype}")
    if bits in (8, 16):
        return pixels
    if bits > 32:
        pixels, bits = (pixels >> np.array(bits - 32, pixels.dtype)), 32
    if page.bitspersample not in (2, 4) and pixels.dtype.kind == "u":
        notes.append(f"{page.bitspersample}-bit picture: read as {8 if bits <= 8 else 16}-bit")
    return widen(pixels, bits)


def _floats(pixels: Array, notes: list[str]) -> Array:
    """Return floats as they are, or cut to 0..1 where a little stands out (highlights)."""
    if pixels.dtype.itemsize < 4:
        pixels = pixels.astype(np.float32)
    elif pixels.dtype.itemsize > 8:
        pixels = pixels.astype(np.float64)
    low, high = float(pixels.min()), float(pixels.max())
    if not (np.isfinite(low) and np.isfinite(high)) or (low >= 0 and high <= 1):
        return pixels
    if low < -1 or high > 2:
        return pixels  # of another scale: refused with the range, not guessed
    share = float(np.mean((pixels < 0) | (pixels > 1)))
    notes.append(
        f"float pixels of {low:.3g} to {high:.3g}: cut to 0 … 1 ({100 * share:.2g} % of the values)"
    )
    return np.clip(pixels, 0, 1)


def _painted(page: Any, pixels: Array, notes: list[str]) -> Array:
    """Return palette indices as colours; 8 bits where the palette has no more, grey if it is."""
    if page.colormap is None:
        raise ValueError("its palette is missing")
    table = np.moveaxis(np.asarray(page.colormap), 0, -1)
    if table.max() < 256:  # as some programs write it
        table = table.astype(np.uint8)
    elif (table % 257 == 0).all() or (table % 256 == 0).all():
        table = (table >> 8).astype(np.uint8)
    if (table[:, 0] == table[:, 1]).all() and (table[:, 1] == table[:, 2]).all():
        table = table[:, 0]
    notes.append(f"palette picture: read as {'grey' if table.ndim == 1 else 'RGB'}")
    if int(pixels.max()) >= len(table):
        raise ValueError("it holds indices that its palette lacks")
    return np.asarray(table[pixels.astype(np.uint8 if len(table) <= 256 else np.uint16)])


def _with_alpha(page: Any, pixels: Array, alpha: Array, notes: list[str]) -> Array:
    """Return colours and alpha together; premultiplied colours are divided."""
    white: Any = 1.0 if pixels.dtype.kind == "f" else np.iinfo(pixels.dtype).max
    alpha = _levels(page, alpha, [])
    if alpha.dtype != pixels.dtype:
        top = 1.0 if alpha.dtype.kind == "f" else float(np.iinfo(alpha.dtype).max)
        scaled = alpha * (white / top)
        alpha = (scaled if white == 1.0 else np.floor(scaled + 0.5)).astype(pixels.dtype)
    both = np.concatenate([pixels if pixels.ndim == 3 else pixels[..., None], alpha[..., None]], 2)
    if int(page.extrasamples[0]) != 1:
        return both
    notes.append("alpha was premultiplied; the colours were divided by it")
    return _unassociate(both)


def _unassociate(pixels: Array) -> Array:
    """Divide premultiplied colours by their alpha (last channel)."""
    white = 1.0 if pixels.dtype.kind == "f" else float(np.iinfo(pixels.dtype).max)
    alpha = pixels[..., -1:].astype(np.float64)
    colors = pixels[..., :-1] * (white / np.where(alpha > 0, alpha, white))
    colors = np.minimum(colors if white == 1 else np.floor(colors + 0.5), white)
    return np.concatenate([colors.astype(pixels.dtype), pixels[..., -1:]], axis=-1)


def _plain_cmyk(pixels: Array) -> Array:
    """Convert CMYK (H, W, 4) or with alpha (H, W, 5) by the plain formula."""
    white = np.float64(np.iinfo(pixels.dtype).max)
    ink = pixels[..., :4].astype(np.float64) / white
    rgb = np.floor((1 - ink[..., :3]) * (1 - ink[..., 3:]) * white + 0.5).astype(pixels.dtype)
    return np.concatenate([rgb, pixels[..., 4:]], axis=-1)
