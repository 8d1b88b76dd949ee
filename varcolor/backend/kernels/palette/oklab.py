"""Linear light to Oklab, and Oklab to sRGB with the chroma that sRGB has at a lightness.

In single precision: within 2e-6 of `varcolor.image.color.Oklab` there, and within 0.1 of a level
of 8 bits of `varcolor.image.gamut.reduce_chroma` back.

Cube roots are found from the exponent's third by two steps of Halley's method.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from varcolor.backend.jit.kernel import A3, ROW, helper, kernel
from varcolor.typing import Array

_M3 = "float32[:,::1]"
_ONE, _ZERO, _TWO = np.float32(1), np.float32(0), np.float32(2)
_TINY, _NOTHING = np.float32(1e-18), np.float32(5e-8)
#: What linear light may be below 0, of the largest channel, and above 1: what rounding makes of
#: colours on the border of sRGB.
_BELOW, _ABOVE = np.float32(-3e-6), np.float32(1 + 5e-6)
#: Halvings that find how much of the chroma exists.
_HALVINGS = 16


@helper
def cube_root(x: Any) -> Any:
    """Return the real cube root, float32."""
    size = max(abs(x), _TINY)  # cubes of smaller roots would underflow
    y = np.int32(np.float32(size).view(np.int32) // np.int32(3) + np.int32(709921077)).view(
        np.float32
    )
    for _ in range(2):
        cube = y * y * y
        y = y * (cube + _TWO * size) / (_TWO * cube + size)
    return y if x >= _ZERO else -y


@helper
def encoded(x: Any) -> Any:
    """Return the sRGB value, 0..1, of linear light, float32."""
    x = min(max(x, _ZERO), _ONE)
    root = np.sqrt(np.sqrt(cube_root(max(x, np.float32(0.0031308)))))  # the twelfth
    square = root * root
    curve = np.float32(1.055) * square * square * root - np.float32(0.055)
    return curve if x > np.float32(0.0031308) else np.float32(12.92) * x


@kernel(f"void({A3}, {_M3}, {_M3}, {A3}, {ROW}, {ROW})")
def to_oklab(linear: Array, cones: Array, mix: Array, lab: Array, top: int, bottom: int) -> None:
    """Write rows ``top`` to ``bottom`` of ``lab`` (3, H, W).

    ``linear`` (rows, W, 3) is the linear light of these rows alone; ``cones`` and ``mix`` (3, 3)
    are the matrices of Oklab. Rows are counted from 0.
    """
    n = lab.shape[2]
    roots = np.empty((3, n), np.float32)
    for r in range(top, bottom):
        own = linear[r - top]
        for k in range(3):
            root, x, y, z = roots[k], cones[k, 0], cones[k, 1], cones[k, 2]
            for c in range(n):
                root[c] = cube_root(x * own[c, 0] + y * own[c, 1] + z * own[c, 2])
        for k in range(3):
            to, x, y, z = lab[k, r], mix[k, 0], mix[k, 1], mix[k, 2]
            for c in range(n):
                to[c] = x * roots[0, c] + y * roots[1, c] + z * roots[2, c]


@kernel(f"void({A3}, {A3}, {_M3}, {_M3}, {A3}, boolean[:,::1], {ROW}, {ROW})")
def to_srgb(
    lab: Array,
    change: Array,
    unmix: Array,
    cones: Array,
    rgb: Array,
    reduced: Array,
    top: int,
    bottom: int,
) -> None:
    """Write sRGB (rows, W, 3) of ``lab`` (3, H, W) plus ``change``, and where chroma was reduced.

    ``change`` (H, W, 2 or 3) is that of chroma and, if there is a third channel, of lightness,
    which then stays in 0..1. ``unmix`` and ``cones`` (3, 3) are the inverse matrices of Oklab;
    ``rgb`` holds rows ``top`` to ``bottom`` alone. Rows are counted from 0.
    """
    n = lab.shape[2]
    own = np.empty((3, n), np.float32)
    light, a, b = own[0], own[1], own[2]
    for r in range(top, bottom):
        moved = change[r]
        for c in range(n):
            light[c] = lab[0, r, c]
            a[c], b[c] = lab[1, r, c] + moved[c, 0], lab[2, r, c] + moved[c, 1]
        if change.shape[2] > 2:
            for c in range(n):
                light[c] = min(max(light[c] + moved[c, 2], _ZERO), _ONE)
        to, less = rgb[r - top], reduced[r]
        for c in range(n):
            p = unmix[0, 1] * a[c] + unmix[0, 2] * b[c]
            q = unmix[1, 1] * a[c] + unmix[1, 2] * b[c]
            s = unmix[2, 1] * a[c] + unmix[2, 2] * b[c]
            u, v, w = light[c] + p, light[c] + q, light[c] + s
            u, v, w = u * u * u, v * v * v, w * w * w
            red = cones[0, 0] * u + cones[0, 1] * v + cones[0, 2] * w
            green = cones[1, 0] * u + cones[1, 1] * v + cones[1, 2] * w
            blue = cones[2, 0] * u + cones[2, 1] * v + cones[2, 2] * w
            low, high = min(red, green, blue), max(red, green, blue)
            less[c] = low < _BELOW * high - _NOTHING or high > _ABOVE
            to[c, 0], to[c, 1], to[c, 2] = red, green, blue
        for c in range(n):
            if less[c]:
                begin, end = _ZERO, _ONE
                p = unmix[0, 1] * a[c] + unmix[0, 2] * b[c]
                q = unmix[1, 1] * a[c] + unmix[1, 2] * b[c]
                s = unmix[2, 1] * a[c] + unmix[2, 2] * b[c]
                for _ in range(_HALVINGS + 1):
                    part = (begin + end) * np.float32(0.5)
                    u, v, w = light[c] + part * p, light[c] + part * q, light[c] + part * s
                    u, v, w = u * u * u, v * v * v, w * w * w
                    red = cones[0, 0] * u + cones[0, 1] * v + cones[0, 2] * w
                    green = cones[1, 0] * u + cones[1, 1] * v + cones[1, 2] * w
                    blue = cones[2, 0] * u + cones[2, 1] * v + cones[2, 2] * w
                    low, high = min(red, green, blue), max(red, green, blue)
                    if low < _BELOW * high - _NOTHING or high > _ABOVE:
                        end = part
                    else:
                        begin = part
                        to[c, 0], to[c, 1], to[c, 2] = red, green, blue
                if begin == _ZERO:
                    grey = light[c] * light[c] * light[c]
                    to[c, 0], to[c, 1], to[c, 2] = grey, grey, grey
        for c in range(n):
            to[c, 0], to[c, 1], to[c, 2] = encoded(to[c, 0]), encoded(to[c, 1]), encoded(to[c, 2])
