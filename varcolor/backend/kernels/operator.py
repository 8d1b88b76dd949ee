"""The matrix: products, residuals, and the vector updates of conjugate gradients."""

from __future__ import annotations

import numpy as np

from varcolor.backend.kernels.jit import A2, A3, ROW, inlined, kernel
from varcolor.typing import Array


@inlined
def product_row(w: Array, excess: Array, u: Array, r: int, out: Array) -> None:
    """Write (A u) on row r of one channel to ``out`` (W,), as sums of differences.

    They round less than the diagonal times u minus the neighbours.
    """
    n = out.shape[0]
    right, left = w[0, r, 1 : n + 1], w[0, r, :n]
    lower_left, below, lower_right = w[1, r, 1 : n + 1], w[2, r, 1 : n + 1], w[3, r, 1 : n + 1]
    above, upper_left, upper_right = w[2, r - 1, 1 : n + 1], w[3, r - 1, :n], w[1, r - 1, 2 : n + 2]
    extra = excess[r, 1 : n + 1]
    u_here, u_right, u_left = u[r, 1 : n + 1], u[r, 2 : n + 2], u[r, :n]
    u_ll, u_below, u_lr = u[r + 1, :n], u[r + 1, 1 : n + 1], u[r + 1, 2 : n + 2]
    u_ul, u_above, u_ur = u[r - 1, :n], u[r - 1, 1 : n + 1], u[r - 1, 2 : n + 2]
    for c in range(n):
        v = u_here[c]
        out[c] = (
            extra[c] * v
            + right[c] * (v - u_right[c])
            + left[c] * (v - u_left[c])
            + lower_left[c] * (v - u_ll[c])
            + below[c] * (v - u_below[c])
            + lower_right[c] * (v - u_lr[c])
            + above[c] * (v - u_above[c])
            + upper_left[c] * (v - u_ul[c])
            + upper_right[c] * (v - u_ur[c])
        )


@kernel(f"void({A3}, {A2}, {A2}, {A3}, {A3}, {A3}, {ROW}, {ROW})")
def residual(
    w: Array, excess: Array, inverse: Array, b: Array, u: Array, out: Array, top: int, bottom: int
) -> None:
    """Write b - A u, zero at given pixels, to ``out``."""
    n = w.shape[2] - 2
    row = np.empty(n, np.float32)
    for r in range(top, bottom):
        free = inverse[r, 1 : n + 1]
        for k in range(2):
            product_row(w, excess, u[k], r, row)
            from_, to = b[k, r, 1 : n + 1], out[k, r, 1 : n + 1]
            for c in range(n):
                to[c] = from_[c] - row[c] if free[c] != 0 else np.float32(0)


@kernel(f"float64[:]({A3}, {A2}, {A2}, {A3}, {A3}, {ROW}, {ROW})")
def product(
    w: Array, excess: Array, inverse: Array, u: Array, out: Array, top: int, bottom: int
) -> Array:
    """Write A u, zero at given pixels, to ``out``; return the channels' dot products with u."""
    n = w.shape[2] - 2
    row = np.empty(n, np.float32)
    dots = np.zeros(2)
    for r in range(top, bottom):
        free = inverse[r, 1 : n + 1]
        for k in range(2):
            product_row(w, excess, u[k], r, row)
            here, to = u[k, r, 1 : n + 1], out[k, r, 1 : n + 1]
            total = np.float32(0)
            for c in range(n):
                value = row[c] if free[c] != 0 else np.float32(0)
                to[c] = value
                total += value * here[c]
            dots[k] += total
    return dots


@kernel(f"float64[:]({A3}, {A3}, {ROW}, {ROW})")
def dot(a: Array, b: Array, top: int, bottom: int) -> Array:
    """Return the dot products of both channels."""
    dots = np.zeros(2)
    for k in range(2):
        for r in range(top, bottom):
            x, y = a[k, r], b[k, r]
            total = np.float32(0)
            for c in range(x.shape[0]):
                total += x[c] * y[c]
            dots[k] += total
    return dots


@kernel(f"void({A3}, {A3}, float32[::1], {ROW}, {ROW})")
def add_scaled(a: Array, b: Array, scale: Array, top: int, bottom: int) -> None:
    """Add ``scale[k] * b[k]`` to ``a[k]``."""
    for k in range(2):
        s = scale[k]
        for r in range(top, bottom):
            x, y = a[k, r], b[k, r]
            for c in range(x.shape[0]):
                x[c] += s * y[c]


@kernel(f"void({A3}, {A3}, float32[::1], {ROW}, {ROW})")
def scale_and_add(a: Array, b: Array, scale: Array, top: int, bottom: int) -> None:
    """Replace ``a[k]`` by ``scale[k] * a[k] + b[k]``."""
    for k in range(2):
        s = scale[k]
        for r in range(top, bottom):
            x, y = a[k, r], b[k, r]
            for c in range(x.shape[0]):
                x[c] = s * x[c] + y[c]


@kernel(f"float64({A3}, float32[:,::1], {ROW}, {ROW})")
def largest(z: Array, jacobian: Array, top: int, bottom: int) -> float:
    """Return the largest absolute entry of ``jacobian`` (3, 2) times the channels of z."""
    most = np.float32(0)
    for r in range(top, bottom):
        x, y = z[0, r], z[1, r]
        for i in range(3):
            a, b = jacobian[i, 0], jacobian[i, 1]
            here = np.float32(0)
            for c in range(x.shape[0]):
                here = max(here, abs(a * x[c] + b * y[c]))
            most = max(most, here)
    return float(most)


@kernel(f"float64[:]({A3}, {A2}, {A2}, {A3}, {A3}, {ROW}, {ROW})")
def directed_product(
    w: Array, excess: Array, inverse: Array, u: Array, out: Array, top: int, bottom: int
) -> Array:
    """Do what `product` does for directed weights ``w`` (8, H + 2, W + 2).

    Their planes lead to the neighbours in raster order.
    """
    n = u.shape[2] - 2
    row = np.empty(n, np.float32)
    dots = np.zeros(2)
    for r in range(top, bottom):
        free, extra = inverse[r, 1 : n + 1], excess[r, 1 : n + 1]
        for i in range(2):
            here = u[i, r, 1 : n + 1]
            for c in range(n):
                row[c] = extra[c] * here[c]
            for k in range(8):
                slot = k if k < 4 else k + 1
                weight = w[k, r, 1 : n + 1]
                there = u[i, r + slot // 3 - 1, slot % 3 : slot % 3 + n]
                for c in range(n):
                    row[c] += weight[c] * (here[c] - there[c])
            to = out[i, r, 1 : n + 1]
            total = np.float32(0)
            for c in range(n):
                value = row[c] if free[c] != 0 else np.float32(0)
                to[c] = value
                total += value * here[c]
            dots[i] += total
    return dots
