"""A marked copy whose brightness, contrast, gamma or tint differ from the photo's throughout."""

from __future__ import annotations

import numpy as np

from varcolor.typing import Array, FloatArray

_KNOTS = np.linspace(0, 255, 35)
_SAMPLES = 60_000
_STEPS = 12
_LUMA = np.array([0.299, 0.587, 0.114])
#: Chroma this far off the usual is paint, which says nothing about the tone.
_PAINT = 8.0
_STIFF = 3e-3
#: The usual chroma is found in bands of so many levels, if they have so many samples.
_BAND, _ENOUGH = 16, 50


def evened(before: Array, after: Array) -> tuple[Array, str]:
    """Return the photo with the tone of its copy, and a note; as it was if that explains little.

    Each channel of the copy is fitted by a smooth curve of the photo's, robustly: paint on less
    than half of the picture does not matter.

    Parameters
    ----------
    before, after : ndarray, shape (H, W, 3), float32
        Levels of the photo and of its copy, 0..255.
    """
    step = max(1, round(np.sqrt(before.shape[0] * before.shape[1] / _SAMPLES)))
    x = before[::step, ::step].reshape(-1, 3).astype(np.float64)
    y = after[::step, ::step].reshape(-1, 3).astype(np.float64)
    change = y - x
    tint = change - (change @ _LUMA)[:, None]
    usual = np.abs(tint - _usual_tint(x @ _LUMA, tint)).max(axis=1) <= _PAINT
    if usual.mean() < 0.3:
        return before, ""
    curves = []
    for k in range(3):
        inside = usual & (y[:, k] > 0.5) & (y[:, k] < 254.5)  # the others may be cut off there
        if not inside.any():
            return before, ""
        curves.append(np.clip(_curve(x[inside, k], y[inside, k]), 0, 255))
    fitted = np.stack([np.interp(x[:, k], _KNOTS, curves[k]) for k in range(3)], axis=1)
    off_before = np.median(np.abs(change).max(axis=1))
    off_after = np.median(np.abs(y - fitted).max(axis=1))
    if off_before < 1.5 or off_after > 0.5 * off_before:
        return before, ""
    table = np.linspace(0, 255, 4081)
    result = np.empty_like(before)
    index = np.rint(before * 16).astype(np.int16)
    for k in range(3):
        result[..., k] = np.interp(table, _KNOTS, curves[k]).astype(np.float32)[index[..., k]]
    return result, (
        f"the copy is of other brightness or tint than the photo (by {off_before:.0f} of 255 "
        "levels in the middle): evened out before marks are looked for"
    )


def _usual_tint(luma: FloatArray, tint: FloatArray) -> FloatArray:
    """Return the median change of chroma (N, 3) at a pixel's luma."""
    usual = np.tile(np.median(tint, axis=0), (len(tint), 1))
    part = (luma // _BAND).astype(int)
    for band in range(int(256 // _BAND)):
        here = part == band
        if here.sum() > _ENOUGH:
            usual[here] = np.median(tint[here], axis=0)
    return usual


def _curve(x: FloatArray, y: FloatArray) -> FloatArray:
    """Return the levels at the knots of a smooth curve, by least absolute deviations."""
    place = np.clip(x / _KNOTS[1], 0, len(_KNOTS) - 1 - 1e-9)
    low = place.astype(int)
    high = place - low
    count = len(_KNOTS)
    bend = np.diff(np.eye(count), 2, axis=0)
    curve = np.array(_KNOTS)
    for _ in range(_STEPS):
        off = np.abs(y - (curve[low] * (1 - high) + curve[low + 1] * high))
        w = 1 / np.maximum(off, 0.3)
        system = np.zeros((count, count))
        for rows, columns, product in (
            (low, low, (1 - high) ** 2),
            (low, low + 1, high * (1 - high)),
            (low + 1, low, high * (1 - high)),
            (low + 1, low + 1, high**2),
        ):
            flat = np.bincount(rows * count + columns, w * product, count * count)
            system += flat.reshape(count, count)
        right = np.bincount(low, w * (1 - high) * y, count)
        right += np.bincount(low + 1, w * high * y, count)
        stiff = _STIFF * w.sum() / count
        curve = np.linalg.solve(system + stiff * bend.T @ bend + 1e-9 * np.eye(count), right)
    return curve
