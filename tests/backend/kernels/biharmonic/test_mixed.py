"""Every kernel of the mixed solver against plain NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from varcolor.backend.kernels.biharmonic import mixed as kernels
from varcolor.solve.multigrid.levels import bordered

FORWARD = ((0, 1), (1, -1), (1, 0), (1, 1))
AROUND = tuple((a, b) for a in (-1, 0, 1) for b in (-1, 0, 1) if (a, b) != (0, 0))
SHAPES = [(9, 12), (1, 1), (1, 7), (8, 1), (2, 2), (3, 40)]
every_shape = pytest.mark.parametrize("shape", SHAPES)


def weights(shape, rng):
    """Return weights of edges inside the picture."""
    w = bordered(shape, 4)
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    for k, (dr, dc) in enumerate(FORWARD):
        there = (rows + dr < shape[0]) & (columns + dc >= 0) & (columns + dc < shape[1])
        w[k, 1:-1, 1:-1] = rng.uniform(0.1, 1, shape) * there
    return w


def directed(shape, rng):
    """Return weights that differ between the directions."""
    w = bordered(shape, 8)
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    for k, (dr, dc) in enumerate(AROUND):
        there = (rows + dr >= 0) & (rows + dr < shape[0]) & (columns + dc >= 0)
        w[k, 1:-1, 1:-1] = rng.uniform(0.1, 1, shape) * (there & (columns + dc < shape[1]))
    return w


KINDS = pytest.mark.parametrize("make", [weights, directed])


def picture(shape, planes, rng):
    field = bordered(shape, planes)
    field[:, 1:-1, 1:-1] = rng.normal(0, 1, (planes, *shape))
    return field


def laplacian(w, u):
    """Return L u of pictures (2, H + 2, W + 2), for weights of either kind."""
    out = np.zeros(u.shape)
    height, width = u.shape[1] - 2, u.shape[2] - 2
    for k, (dr, dc) in enumerate(FORWARD if len(w) == 4 else AROUND):
        here = (slice(None), slice(1, 1 + height), slice(1, 1 + width))
        there = (slice(None), slice(1 + dr, 1 + dr + height), slice(1 + dc, 1 + dc + width))
        flow = w[k, 1:-1, 1:-1] * (u[here].astype(float) - u[there])
        out[here] += flow
        if len(w) == 4:
            out[there] -= flow
    out[:, [0, -1]] = out[:, :, [0, -1]] = 0
    return out


@KINDS
@every_shape
def test_both_equations(shape, make, rng):
    w, x, y = make(shape, rng), picture(shape, 4, rng), picture(shape, 2, rng)
    free, soft, reaction, rest = (bordered(shape) for _ in range(4))
    free[1:-1, 1:-1] = rng.random(shape) < 0.7
    soft[1:-1, 1:-1] = (free[1:-1, 1:-1] == 0) * rng.random(shape)
    reaction[1:-1, 1:-1] = (free[1:-1, 1:-1] != 0) * rng.random(shape)
    rest[1:-1, 1:-1] = rng.normal(0, 1, shape)
    root = 0.5 + rng.random(free.shape).astype(np.float32)
    x[2:] *= free
    q, u, zero = picture(shape, 4, rng), picture(shape, 2, rng), bordered(shape)
    kernels.first_product(w, rest, free, soft, reaction, y, x, q, u, 1, shape[0] + 1)
    image = laplacian(w, y) + rest * y
    np.testing.assert_allclose(q[:2], (image + reaction * x[2:]) * free, atol=1e-5)
    np.testing.assert_allclose(u, x[2:] - soft * image, atol=1e-5)
    kernels.second_product(w, zero, root, u, x, q, 1, shape[0] + 1)
    np.testing.assert_allclose(q[2:], laplacian(w, u) - root * x[:2], atol=1e-5)


@KINDS
@every_shape
def test_rows_of_given_pixels(shape, make, rng):
    w, r, z = make(shape, rng), picture(shape, 4, rng), picture(shape, 4, rng)
    free = bordered(shape)
    free[1:-1, 1:-1] = rng.random(shape) < 0.8
    root = 0.5 + rng.random(free.shape).astype(np.float32)
    out = picture(shape, 2, rng)
    before = out.copy()
    kernels.fixed_rows(w, bordered(shape), root, free, r[2:], z[2:], out, 1, shape[0] + 1)
    given = (free == 0) & (np.pad(np.ones(shape), 1) > 0)
    wanted = np.where(given, (laplacian(w, z[2:]) - r[2:]) / root, before)
    np.testing.assert_allclose(out, wanted, atol=1e-5)


@every_shape
def test_sums_and_projections(shape, rng):
    rows = 1, shape[0] + 1
    r, z, out = picture(shape, 4, rng), picture(shape, 4, rng), bordered(shape, 2)
    root = 0.5 + rng.random(out.shape[1:]).astype(np.float32)
    kernels.add_scaled_y(r, z, root, out, *rows)
    np.testing.assert_allclose(out, r[2:] + root**2 * z[:2], atol=1e-5)
    basis, w = picture(shape, 12, rng), picture(shape, 4, rng)
    fields = basis.reshape(3, 2, 2, *basis.shape[1:]).astype(float)  # vector, v or u, channel
    own = w.reshape(2, 2, *w.shape[1:])
    wanted = np.einsum("jfchw,fchw->jc", fields, own)
    np.testing.assert_allclose(kernels.dots(basis, w, 3, *rows), wanted, atol=1e-4)
    np.testing.assert_allclose(kernels.dots(basis, w, 2, *rows), wanted[:2], atol=1e-4)
    shares = rng.normal(0, 1, (2, 2)).astype(np.float32)
    less = own - np.einsum("jc,jfchw->fchw", shares, fields[:2])
    squares = kernels.subtract(basis, w, shares, *rows)
    np.testing.assert_allclose(w.reshape(less.shape), less, atol=1e-5)
    np.testing.assert_allclose(squares, (less**2).sum(axis=(0, 2, 3)), rtol=1e-4)
