"""Measures of coloured films: per frame, and from frame to frame.

Warp error: root mean square of O_(t+1) warped to t less O_t in RGB 0..255, where the true film's
flow passes its check (W.-S. Lai et al., "Learning blind video temporal consistency", ECCV 2018).
CDC, colour distribution consistency: mean Jensen-Shannon divergence between the histograms of each
RGB channel of frames 1, 2 and 4 apart (Y. Liu et al., "Temporally consistent video colorization
with deep feature propagation and self-regularization learning", 2021).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.film.clips import SPACE, Clip
from varcolor.film.motion.flow import Flow
from varcolor.image.color import lab
from varcolor.metrics.colour import delta_e


def rendered(clip: Clip, chroma: Any) -> Any:
    """Return RGB (T, H, W, 3) uint8 of a chroma, at the true luma."""
    frames = [SPACE.merge(luma, own) for luma, own in zip(clip.luma, chroma, strict=True)]
    return np.array([np.round(np.clip(f, 0, 1) * 255).astype(np.uint8) for f in frames])


def psnr(true: Any, found: Any) -> Any:
    """Return the PSNR of every frame."""
    squares = ((true.astype(np.float64) - found) ** 2).mean(axis=(1, 2, 3))
    return 10 * np.log10(255**2 / np.maximum(squares, 1e-9))


def ciede2000(true: Any, found: Any) -> Any:
    """Return the mean CIEDE2000 of every frame."""

    def of(frame: Any) -> Any:
        lightness, ab = lab.split(frame[::2, ::2] / 255.0)
        return np.dstack([100 * lightness, ab])

    return np.array([delta_e(of(a), of(b)).mean() for a, b in zip(true, found, strict=True)])


def warp_error(frames: Any, flows: list[Flow]) -> float:
    """Return the warp error, in levels of 255."""
    import cv2

    height, width = frames.shape[1:3]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    total, count = 0.0, 0
    for t, flow in enumerate(flows):
        to = x + flow.forward[..., 0], y + flow.forward[..., 1]
        warped = cv2.remap(frames[t + 1].astype(np.float32), *to, cv2.INTER_LINEAR)
        gap = (warped - frames[t])[flow.steady]
        total, count = total + float((gap**2).sum()), count + gap.size
    return float(np.sqrt(total / max(count, 1)))


def cdc(frames: Any) -> float:
    """Return the colour distribution consistency; smaller is steadier."""
    parts = np.array(
        [
            [np.bincount(f[..., k].ravel(), minlength=256) / f[..., k].size for k in range(3)]
            for f in frames
        ]
    )
    found = []
    for step in (1, 2, 4):
        a, b = parts[:-step], parts[step:]
        middle = (a + b) / 2
        found.append(float(np.mean((_divergence(a, middle) + _divergence(b, middle)) / 2)))
    return float(np.mean(found))


def _divergence(a: Any, b: Any) -> Any:
    ratio = np.where(a > 0, a / np.where(b > 0, b, 1), 1)
    return (a * np.log(ratio)).sum(axis=-1)
