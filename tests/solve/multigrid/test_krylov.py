"""The search for non-symmetric matrices where its directions stand still."""

from __future__ import annotations

import numpy as np

from varcolor.solve.multigrid.krylov import PreconditionedKrylov


class Turn:
    """Two pixels that turn into each other, and a cycle that knows nothing; no border."""

    symmetric = False
    matrix = np.array([[0.0, -1.0], [1.0, 0.0]], np.float32)
    wanted = np.array([[[1.0, 2.0]], [[-3.0, 0.5]]], np.float32)

    def cycle(self, r, z, work, slope):
        z[:] = r
        return self.dot(r, z), float(np.abs(z).max())

    def ratio_history(self):
        return None

    def error_indicator(self, z, ratio_history, slope):
        return float(np.abs(z).max())

    def approximate(self, r, z, work):
        z[:] = r

    def nested(self, r, z):
        return False

    def apply(self, u, out):
        out[:] = u @ self.matrix.T
        return self.dot(u, out)

    def dot(self, a, b):
        return (a.astype(float) * b).sum(axis=(1, 2))

    def add(self, a, b, scale):
        a += scale[:, None, None].astype(np.float32) * b

    def products(self, images, count, q):
        return np.array([self.dot(images[i], q) for i in range(count)]).reshape(count, 2)

    def orthogonalise(self, p, images, z, q, r, shares, new):
        step, image = z.copy(), q.copy()
        for i, share in enumerate(shares):
            self.add(step, p[i], -share)
            self.add(image, images[i], -share)
        p[new], images[new] = step, image
        return np.array([self.dot(image, image), self.dot(image, r), self.dot(r, r)])

    def cg_update(self, u, p, r, q, scale):
        self.add(u, p, scale)
        self.add(r, q, -scale)
        return self.dot(r, r)

    def residual(self, target, u, r):
        r[:] = (self.wanted - u) @ self.matrix.T
        return np.abs(r).max(axis=(1, 2))


def test_a_residual_at_right_angles_to_its_image_is_no_end():
    matrix = Turn()
    search = PreconditionedKrylov(
        matrix, None, np.zeros((2, 1, 2), np.float32), np.eye(2, dtype=np.float32)
    )
    for _ in range(4):
        search.step()
    np.testing.assert_allclose(search.u, matrix.wanted, atol=1e-5)


class Skew(Turn):
    """Six pixels and a matrix that is far from symmetric."""

    matrix = np.eye(6, dtype=np.float32) + np.triu(np.full((6, 6), 1.5, np.float32), 1)
    wanted = np.arange(12, dtype=np.float32).reshape(2, 1, 6) / 6 - 1


def left(long, monkeypatch, steps):
    """Return how wrong a search is that keeps more directions after ``long`` steps."""
    monkeypatch.setattr("varcolor.solve.multigrid.krylov._LONG", long)
    start = np.zeros((2, 1, 6), np.float32)
    search = PreconditionedKrylov(Skew(), None, start, np.eye(2, dtype=np.float32))
    for _ in range(steps):
        search.step()
    assert search.widened is (long < steps)
    return np.abs(search.u - Skew.wanted).max()


def test_more_directions_get_there_where_one_does_not(monkeypatch):
    assert left(99, monkeypatch, 10) > 0.1
    assert left(0, monkeypatch, 6) < 1e-3
    assert left(2, monkeypatch, 9) < 1e-3
