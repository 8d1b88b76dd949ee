"""Every kernel of the mixed solver against plain NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from varcolor.backend.kernels import mixed as kernels
from varcolor.solve.grids import bordered

FORWARD = ((0, 1), (1, -1), (1, 0), (1, 1))
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


def picture(shape, planes, rng):
    field = bordered(shape, planes)
    field[:, 1:-1, 1:-1] = rng.normal(0, 1, (planes, *shape))
    return field


def laplacian(w, u):
    """Return L u of pictures (2, H + 2, W + 2)."""
    out = np.zeros(u.shape)
    height, width = u.shape[1] - 2, u.shape[2] - 2
    for k, (dr, dc) in enumerate(FORWARD):
        here = (slice(None), slice(1, 1 + height), slice(1, 1 + width))
        there = (slice(None), slice(1 + dr, 1 + dr + height), slice(1 + dc, 1 + dc + width))
        flow = w[k, 1:-1, 1:-1] * (u[here].astype(float) - u[there])
        out[here] += flow
        out[there] -= flow
    out[:, [0, -1]] = out[:, :, [0, -1]] = 0
    return out


@every_shape
def test_both_equations(shape, rng):
    w, x = weights(shape, rng), picture(shape, 4, rng)
    free, soft, pull = (bordered(shape) for _ in range(3))
    free[1:-1, 1:-1] = rng.random(shape) < 0.7
    soft[1:-1, 1:-1] = (free[1:-1, 1:-1] == 0) * rng.random(shape)
    pull[1:-1, 1:-1] = (free[1:-1, 1:-1] != 0) * rng.random(shape)
    x[2:] *= free
    q, u, zero = picture(shape, 4, rng), picture(shape, 2, rng), bordered(shape)
    kernels.first_product(w, zero, free, soft, pull, x, q, u, 1, shape[0] + 1)
    image = laplacian(w, x[:2])
    np.testing.assert_allclose(q[:2], (image + pull * x[2:]) * free, atol=1e-5)
    np.testing.assert_allclose(u, x[2:] - soft * image, atol=1e-5)
    kernels.second_product(w, zero, u, x, q, 1, shape[0] + 1)
    np.testing.assert_allclose(q[2:], laplacian(w, u) - x[:2], atol=1e-5)


@every_shape
def test_rows_of_given_pixels(shape, rng):
    w, r, z = weights(shape, rng), picture(shape, 4, rng), picture(shape, 4, rng)
    free = bordered(shape)
    free[1:-1, 1:-1] = rng.random(shape) < 0.8
    out = picture(shape, 2, rng)
    before = out.copy()
    kernels.given_rows(w, bordered(shape), free, r[2:], z[2:], out, 1, shape[0] + 1)
    given = (free == 0) & (np.pad(np.ones(shape), 1) > 0)
    wanted = np.where(given, laplacian(w, z[2:]) - r[2:], before)
    np.testing.assert_allclose(out, wanted, atol=1e-5)


@every_shape
def test_sums_and_projections(shape, rng):
    rows = 1, shape[0] + 1
    r, z, out = picture(shape, 4, rng), picture(shape, 4, rng), bordered(shape, 2)
    kernels.add_halves(r, z, out, *rows)
    np.testing.assert_array_equal(out, r[2:] + z[:2])
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
