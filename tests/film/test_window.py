"""Several frames as one system: the answer of a direct solve, and what follows from the energy."""

from __future__ import annotations

import numpy as np
import pytest

from tests.film.clips import NOTHING, flows, moving, points, split, whole
from varcolor.film import frame as frame_module
from varcolor.film.frame import Frame
from varcolor.film.motion.links import Guide, links_between
from varcolor.film.reference import solve_directly, temporal_matrix
from varcolor.film.window import Window
from varcolor.methods import make_method
from varcolor.solve.solver import Goal

cv2 = pytest.importorskip("cv2", reason="OpenCV is missing: pip install 'varcolor[film]'")
SLOPE = 255 * np.array([[0, 1.14], [0.395, 0.581], [2.033, 0]], np.float32)
METHOD = make_method("harmonic", {})


def system(luma, keys, share=0.05, rest=1e-4):
    flow = flows(luma)
    guides = [Guide.of(own) for own in luma]
    links = [links_between(guides[t], guides[t + 1], flow[t], 1.0) for t in range(len(flow))]
    frames = [Frame.of(own, METHOD, key, share, rest) for own, key in zip(luma, keys, strict=True)]
    return Window(frames, [None, *links, None], (None, None)), flow


def solved(window, tolerance=0.1):
    count, (height, width) = len(window.frames), window.frames[0].shape
    u = np.zeros((count, 2, height + 2, width + 2), np.float32)
    status, error, _ = window.solve(u, Goal(tolerance, 200), SLOPE)
    return np.moveaxis(u[:, :, 1:-1, 1:-1], 1, -1), status, error


def levels(change):
    return np.einsum("ij,...j->...i", SLOPE, np.abs(change)).max()


def test_a_window_is_solved_as_exactly_as_it_says():
    luma, chroma = split(moving(5, (48, 64)))
    keys = [points(chroma[0], 60), NOTHING, NOTHING, points(chroma[3], 10), NOTHING]
    window, flow = system(luma, keys)
    u, status, error = solved(window)
    expected = solve_directly(luma, flow, keys, METHOD, 1.0, 0.05, 1e-4)
    assert status == "converged"
    assert levels(u - expected) <= error <= 0.1


def test_links_are_those_of_the_assembled_matrix():
    luma, _ = split(moving(2, (40, 44), (0.4, 0.7)))
    second = np.clip(luma[1] * 0.8 + 0.1, 0, 1)  # pumping
    (flow,) = flows([luma[0], second])
    matrix = temporal_matrix(luma[0], second, flow, 1.0)
    links = links_between(Guide.of(luma[0]), Guide.of(second), flow, 1.0)
    rng = np.random.default_rng(1)
    u = np.pad(rng.normal(size=(2, 40, 44)), ((0, 0), (1, 1), (1, 1))).astype(np.float32)
    there, back = np.zeros_like(u), np.zeros_like(u)
    links.to_first(u, there)
    links.to_second(u, back)
    flat = u[:, 1:-1, 1:-1].reshape(2, -1).T
    inner = [own[:, 1:-1, 1:-1].reshape(2, -1).T for own in (there, back)]
    np.testing.assert_allclose(inner[0], matrix @ flat, atol=2e-4)
    np.testing.assert_allclose(inner[1], matrix.T @ flat, atol=2e-4)
    plain = temporal_matrix(*luma, *flows(luma), 1.0)
    assert matrix.sum() > 0.7 * plain.sum()  # brightness does not break the links


def test_the_preconditioner_is_symmetric_and_positive():
    luma, chroma = split(moving(4, (48, 64)))
    window, _ = system(luma, [whole(chroma[0]), NOTHING, NOTHING, NOTHING])
    rng = np.random.default_rng(0)
    a, b = (rng.normal(size=(len(window.matrix.indptr) - 1, 2)) for _ in range(2))
    za, zb = np.zeros_like(a), np.zeros_like(a)
    window.cycle(a, za, za, SLOPE)
    window.cycle(b, zb, zb, SLOPE)
    left, right = float((za * b).sum()), float((zb * a).sum())
    assert left == pytest.approx(right, rel=1e-3, abs=1e-3 * abs(float((za * a).sum())))
    assert (za * a).sum() > 0


def test_time_reversed_gives_the_same():
    luma, chroma = split(moving(5, (48, 64)))
    keys = [whole(chroma[0]), *[NOTHING] * 4]
    u, _, _ = solved(system(luma, keys)[0])
    back, _, _ = solved(system(luma[::-1], keys[::-1])[0])
    assert levels(u - back[::-1]) <= 0.2


def test_frames_with_keys_weigh_in_full():
    luma, chroma = split(moving(1, (48, 64)))
    known = Frame.of(luma[0], METHOD, points(chroma[0], 5))
    other = Frame.of(luma[0], METHOD, NOTHING)
    np.testing.assert_allclose(other.planes, known.planes * frame_module.SHARE, rtol=1e-6)
    assert known.rest == 0
    assert other.rest == frame_module.REST
