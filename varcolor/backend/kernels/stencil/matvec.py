"""The matrix: products, residuals, and the vector updates of conjugate gradients."""

from __future__ import annotations

import numpy as np

from varcolor.backend.jit.kernel import A2, A3, ROW, fast_helper, kernel
from varcolor.backend.kernels.bfloat16 import abs_max, from_bits
from varcolor.typing import Array


@kernel(f"void({A3}, {A2}, {A2}, {ROW}, float32[::1])")
def product_row(w: Array, reaction: Array, u: Array, r: int, out: Array) -> None:
    """Write (A u) on row r of one channel to ``out`` (W,), as sums of differences.

    They round less than the diagonal times u minus the neighbours.
    """
    n = out.shape[0]
    right, left = w[0, r, 1 : n + 1], w[0, r, :n]
    lower_left, below, lower_right = w[1, r, 1 : n + 1], w[2, r, 1 : n + 1], w[3, r, 1 : n + 1]
    above, upper_left, upper_right = w[2, r - 1, 1 : n + 1], w[3, r - 1, :n], w[1, r - 1, 2 : n + 2]
    extra = reaction[r, 1 : n + 1]
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


@kernel(f"float64[:]({A3}, {A2}, {A2}, {A3}, {A3}, {ROW}, {ROW})")
def product(
    w: Array, reaction: Array, inverse: Array, u: Array, out: Array, top: int, bottom: int
) -> Array:
    """Write A u, zero at fixed pixels, to ``out``; return the channels' dot products with u."""
    n = w.shape[2] - 2
    row = np.empty(n, np.float32)
    dots = np.zeros(2)
    for r in range(top, bottom):
        free = inverse[r, 1 : n + 1]
        for k in range(2):
            product_row(w, reaction, u[k], r, row)
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


@kernel(f"float64[:]({A3}, {A3}, {A3}, {A3}, float32[::1], {ROW}, {ROW})")
def cg_update(e: Array, p: Array, r: Array, q: Array, scale: Array, top: int, bottom: int) -> Array:
    """Add ``scale[k] * p[k]`` to e and subtract ``scale[k] * q[k]`` from r; return r's squares."""
    squares = np.zeros(2)
    for k in range(2):
        s = scale[k]
        for row in range(top, bottom):
            to, step, left, image = e[k, row], p[k, row], r[k, row], q[k, row]
            total = np.float32(0)
            for c in range(to.shape[0]):
                to[c] += s * step[c]
                value = left[c] - s * image[c]
                left[c] = value
                total += value * value
            squares[k] += total
    return squares


@kernel(f"float64[:]({A3}, {A3}, {A2}, {ROW}, {ROW})")
def dot_and_max(z: Array, r: Array, slope: Array, top: int, bottom: int) -> Array:
    """Return the channels' dot products of z and r, and the largest value of slope |z|.

    ``slope`` is (C, 2); that is the largest of C numbers per pixel.
    """
    result, most = np.zeros(3), np.int32(0)
    for row in range(top, bottom):
        for k in range(2):
            here, left = z[k, row], r[k, row]
            part = np.float32(0)
            for c in range(here.shape[0]):
                part += here[c] * left[c]
            result[k] += part
        most = abs_max(most, slope, z[0, row], z[1, row])
    result[2] = from_bits(most)
    return result


@fast_helper
def directed_row(w: Array, reaction: Array, u: Array, r: int, out: Array) -> None:
    """Do what `product_row` does for directed weights ``w`` (8, H + 2, W + 2).

    Their planes lead to the neighbours in raster order.
    """
    n = out.shape[0]
    here, extra = u[r, 1 : n + 1], reaction[r, 1 : n + 1]
    for c in range(n):
        out[c] = extra[c] * here[c]
    for k in range(8):
        slot = k if k < 4 else k + 1
        weight = w[k, r, 1 : n + 1]
        there = u[r + slot // 3 - 1, slot % 3 : slot % 3 + n]
        for c in range(n):
            out[c] += weight[c] * (here[c] - there[c])


@kernel(f"float64[:]({A3}, {A2}, {A2}, {A3}, {A3}, {ROW}, {ROW})")
def directed_product(
    w: Array, reaction: Array, inverse: Array, u: Array, out: Array, top: int, bottom: int
) -> Array:
    """Do what `product` does for directed weights."""
    n = u.shape[2] - 2
    row = np.empty(n, np.float32)
    dots = np.zeros(2)
    for r in range(top, bottom):
        free = inverse[r, 1 : n + 1]
        for k in range(2):
            directed_row(w, reaction, u[k], r, row)
            here, to = u[k, r, 1 : n + 1], out[k, r, 1 : n + 1]
            total = np.float32(0)
            for c in range(n):
                value = row[c] if free[c] != 0 else np.float32(0)
                to[c] = value
                total += value * here[c]
            dots[k] += total
    return dots
