"""Code that any array library runs: nothing but what the array-API standard has."""

from __future__ import annotations

import numpy as np
import pytest

import varcolor as vc
from varcolor.backend.base import namespace
from varcolor.image.color import SPACES
from varcolor.image.gamut import reduce_chroma
from varcolor.image.luma import luma_of
from varcolor.image.picture import as_picture
from varcolor.image.render import render
from varcolor.solve.multigrid.krylov import PreconditionedKrylov


def test_the_library_of_an_array(device):
    assert namespace(np.zeros(2)) is namespace([1.0]) is namespace(1.0) is np
    assert namespace(device.zeros((2, 2))) is device.xp


@pytest.mark.parametrize("name", list(SPACES))
def test_colour(device, name, rng):
    space = SPACES[name]
    rgb = rng.uniform(-0.2, 1.2, (40, 7, 3))
    luma, chroma = space.split(rgb)
    there = device.asarray(rgb)
    for found, wanted in zip(space.split(there), (luma, chroma), strict=True):
        np.testing.assert_allclose(device.to_numpy(found), wanted, atol=1e-12)
    back = space.merge(device.asarray(luma), device.asarray(chroma))
    np.testing.assert_allclose(device.to_numpy(back), rgb, atol=1e-6)
    for function in (space.luma_of_gray, space.gray_of_luma):
        np.testing.assert_allclose(
            device.to_numpy(function(device.asarray(luma))), function(luma), atol=1e-12
        )
    rgb2, reduced = reduce_chroma(space, luma, 3 * chroma)
    found, less = reduce_chroma(space, device.asarray(luma), device.asarray(3 * chroma))
    np.testing.assert_array_equal(device.to_numpy(less), reduced)
    np.testing.assert_allclose(device.to_numpy(found), rgb2, atol=1e-9)


@pytest.mark.parametrize("name", list(SPACES))
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("gray", [True, False])
def test_rendering(device, name, dtype, gray, cat, rng):
    """Saved levels are those of the host, and so is the luma law."""
    white = 1 if dtype == np.float32 else np.iinfo(dtype).max
    space, image = SPACES[name], (cat / 255 * white).astype(dtype)
    photo = as_picture(vc.to_gray(image, name) if gray else image)
    luma = luma_of(photo, space)
    chroma = (space.split(cat / 255)[1] * rng.uniform(0, 2.5, (60, 80, 1))).astype(np.float32)
    keep = rng.random((60, 80)) < 0.1
    wanted = render(photo, luma, chroma, space, keep)
    found = render(photo, luma, device.asarray(chroma), space, keep, backend=device)
    assert found.picture.pixels.dtype == dtype
    np.testing.assert_array_equal(found.reduced, wanted.reduced)
    if dtype == np.float32:
        np.testing.assert_allclose(found.picture.pixels, wanted.picture.pixels, atol=1e-6)
    else:
        same = (found.picture.pixels == wanted.picture.pixels).mean()
        assert same > 0.9999
        one, other = (vc.to_gray(r.picture, name).pixels for r in (found, wanted))
        np.testing.assert_array_equal(one[~keep], other[~keep])
        assert abs(found.repaired - wanted.repaired) <= 1


class Plain:
    """A dense matrix for the search, on host or device, with the crudest approximate inverse."""

    symmetric = True

    def __init__(self, matrix, put, get):
        self.matrix, self.scale = put(matrix), put(1 / np.diag(matrix)[:, None])
        self.get = get
        self.weights = None

    def cycle(self, r, z, work, slope):
        z[...] = self.scale * r
        return self.dot(r, z), 1.0

    def nested(self, r, z):
        return False

    def apply(self, u, out):
        out[...] = self.matrix @ u
        return self.dot(u, out)

    def dot(self, a, b):
        return self.get(namespace(a).sum(a * b, axis=0))

    def add(self, a, b, scale):
        a += b * float(scale[0])

    def scale_and_add(self, a, scale, b):
        a[:, 0] = a[:, 0] * float(scale[0]) + b[:, 0]
        a[:, 1] = a[:, 1] * float(scale[1]) + b[:, 1]

    def cg_update(self, u, p, r, q, scale):
        for k in range(2):
            u[:, k] = u[:, k] + float(scale[k]) * p[:, k]
            r[:, k] = r[:, k] - float(scale[k]) * q[:, k]
        return self.dot(r, r)

    def residual(self, target, u, r):
        r[...] = target - self.matrix @ u
        return self.get(namespace(r).max(namespace(r).abs(r), axis=0))


def test_conjugate_gradients(emulated, rng):
    """The search does not know where its arrays are."""
    square = rng.normal(size=(12, 12))
    matrix, b = square @ square.T + np.eye(12), rng.normal(size=(12, 2))
    found = []
    for put, get in ((np.array, np.array), (emulated.asarray, emulated.to_numpy)):
        search = PreconditionedKrylov(
            Plain(matrix, put, get), put(b), put(np.zeros((12, 2))), put(np.eye(2))
        )
        for _ in range(12):
            search.step()
        found.append(get(search.u))
    np.testing.assert_allclose(found[0], np.linalg.solve(matrix, b), rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(found[1], found[0], rtol=1e-9)
