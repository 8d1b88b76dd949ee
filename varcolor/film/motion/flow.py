"""Dense flow between neighbouring frames, where it holds in both directions.

Flow is that of dense inverse search on frames whose brightness is made alike: gain and offset that
bring median and quartiles of both together. A pixel is *steady* if following the flow there and
back ends near it:

    |f(r) + b(r + f(r))|^2 < 0.01 (|f|^2 + |b|^2) + 0.5

References: T. Kroeger et al., "Fast optical flow using dense inverse search", ECCV 2016; N.
Sundaram, T. Brox, K. Keutzer, "Dense point trajectories by GPU-accelerated large displacement
optical flow", ECCV 2010, for the check.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from varcolor.errors import MissingExtra
from varcolor.typing import Array, BoolArray, FloatArray

#: The check's parts of the squared lengths, and of a pixel's square.
_PART, _LEAST = 0.01, 0.5
#: Quantiles by which brightness is compared.
_QUANTILES = (0.25, 0.5, 0.75)
#: Least and largest gain that is believed.
_GAINS = (0.5, 2.0)


@dataclass(frozen=True, slots=True, eq=False)
class Flow:
    """Flow between a frame and the next one."""

    forward: Array
    """(H, W, 2) float32: columns and rows from a pixel of the first frame to its place in the
    second."""
    backward: Array
    """The same from the second frame to the first."""
    steady: BoolArray
    """(H, W): pixels of the first frame that pass the check."""
    steady_back: BoolArray
    """(H, W): the same of the second frame."""
    gain: float
    """Contrast of the second frame as a multiple of the first one's."""
    offset: float
    """What is left between the frames then: Y_second = gain Y_first + offset."""

    @property
    def reversed(self) -> Flow:
        """The same for the time reversed."""
        return Flow(
            self.backward,
            self.forward,
            self.steady_back,
            self.steady,
            1 / self.gain,
            -self.offset / self.gain,
        )


def opencv() -> Any:
    """Return the module cv2.

    Raises
    ------
    MissingExtra
        If it is not installed.
    """
    try:
        import cv2
    except ImportError:
        raise MissingExtra("films need OpenCV: pip install 'varcolor[film]'") from None
    return cv2


def flow_between(first: FloatArray, second: FloatArray, fast: bool = False) -> Flow:
    """Return the flow between two frames.

    Parameters
    ----------
    first, second : ndarray, shape (H, W)
        Luma, 0..1.
    fast : bool
        Coarser flow, in a quarter of the time.

    Returns
    -------
    Flow
        That of the swapped frames is its `Flow.reversed`.
    """
    cv2 = opencv()
    gain, offset = brightness(first, second)
    root = np.sqrt(gain)  # both are changed by half, so that neither direction is preferred
    one = _bytes(first * root + offset / (2 * root))
    two = _bytes(second / root - offset / (2 * root))
    there, back = _search(cv2, one, two, fast), _search(cv2, two, one, fast)
    steady, steady_back = _checked(cv2, there, back), _checked(cv2, back, there)
    return Flow(there, back, steady, steady_back, gain, offset)


def brightness(first: FloatArray, second: FloatArray) -> tuple[float, float]:
    """Return gain and offset such that ``second`` is about gain ``first`` + offset."""
    step = slice(None, None, 3)
    a, b = (np.quantile(frame[step, step], _QUANTILES) for frame in (first, second))
    spread = (float(a[2] - a[0]), float(b[2] - b[0]))
    gain = spread[1] / spread[0] if min(spread) > 0.02 else 1.0
    gain = min(max(gain, _GAINS[0]), _GAINS[1])
    return gain, float(b[1] - gain * a[1])


def _bytes(frame: FloatArray) -> Array:
    levels = np.clip(frame * 255 + 0.5, 0, 255).astype(np.uint8)
    return np.ascontiguousarray(levels)


def _search(cv2: Any, first: Array, second: Array, fast: bool) -> Array:
    preset = cv2.DISOPTICAL_FLOW_PRESET_FAST if fast else cv2.DISOPTICAL_FLOW_PRESET_MEDIUM
    if min(first.shape) < 32:  # its patches do not fit into coarser frames
        return np.zeros((*first.shape, 2), np.float32)
    found = cv2.DISOpticalFlow_create(preset).calc(first, second, None)
    return np.ascontiguousarray(found, np.float32)


def _checked(cv2: Any, there: Array, back: Array) -> BoolArray:
    height, width = there.shape[:2]
    x = np.arange(width, dtype=np.float32) + there[..., 0]
    y = np.arange(height, dtype=np.float32)[:, None] + there[..., 1]
    found = cv2.remap(back, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    limit = _PART * (_squared(there) + _squared(found)) + _LEAST
    inside = (x > -0.5) & (y > -0.5) & (x < width - 0.5) & (y < height - 0.5)
    return np.asarray(inside & (_squared(there + found) < limit))


def _squared(flow: Array) -> Array:
    """Return the squared lengths (H, W) of a flow (H, W, 2)."""
    return np.asarray(flow[..., 0] ** 2 + flow[..., 1] ** 2)
