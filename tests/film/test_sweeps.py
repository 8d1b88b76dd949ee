"""Windows that are swept: the answer of the whole shot as one system."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from tests.film.clips import NOTHING, moving, points, split
from varcolor.film.marches import march_all
from varcolor.film.reference import solve_directly
from varcolor.film.shot import Shot
from varcolor.film.sweeps import Sweeps, fitting
from varcolor.methods import make_method
from varcolor.solve.solver import Goal

cv2 = pytest.importorskip("cv2", reason="OpenCV is missing: pip install 'varcolor[film]'")
SLOPE = 255 * np.array([[0, 1.14], [0.395, 0.581], [2.033, 0]], np.float32)
METHOD = make_method("harmonic", {})


def swept(folder, luma, keys, window, sweeps, tolerance=0.5):
    """Chroma (T, H, W, 2) of a shot, and its sweeps."""
    folder.mkdir()
    count, height, width = luma.shape
    shot = Shot(count, (height, width), lambda t: luma[t], keys, METHOD, folder)
    goal = Goal(tolerance, 300)
    march_all(shot, goal, SLOPE, lambda part: None)
    how = Sweeps(shot, goal, SLOPE, window, sweeps, lambda part: None)
    status, error = how.run()
    found = np.array([shot.read("chroma", t) for t in range(count)])
    shot.close()
    return found, status, error, how


def levels(change):
    return np.einsum("ij,...j->...i", SLOPE, np.abs(change)).max()


def test_sweeps_come_to_the_answer_of_one_window(tmp_path):
    luma, chroma = split(moving(5, (30, 32)))
    keys = {0: points(chroma[0], 40)}
    whole, status, error, _ = swept(tmp_path / "a", luma, keys, 5, 1, 0.05)
    assert status == "converged"
    assert error <= 0.05
    few, *_ = swept(tmp_path / "b", luma, keys, 3, 1)
    many, status, error, how = swept(tmp_path / "c", luma, keys, 3, 30)
    assert status == "converged"
    assert levels(many - whole) <= error + 0.05
    assert how.changes[-1] < how.changes[0]
    assert levels(many - whole) <= levels(few - whole)


def test_too_few_sweeps_are_told(tmp_path):
    luma, chroma = split(moving(7, (36, 40)))
    _, status, error, _ = swept(tmp_path / "a", luma, {0: points(chroma[0], 40)}, 3, 1, 1e-3)
    assert status == "step limit"
    assert error > 1e-3


def test_windows_end_at_keys_and_overlap():
    how = Sweeps.__new__(Sweeps)
    how.length = 4
    assert how._windows(1, 5) == [(1, 5)]
    windows = how._windows(1, 12)
    assert windows[0][0] == 1
    assert windows[-1][1] == 12
    assert all(b[0] < a[1] and b[0] > a[0] for a, b in itertools.pairwise(windows))


def test_time_reversed_gives_the_same(tmp_path):
    luma, chroma = split(moving(6, (36, 40)))
    key = points(chroma[0], 40)
    there, _, error, _ = swept(tmp_path / "a", luma, {0: key}, 6, 1, 0.05)
    back, _, _, _ = swept(tmp_path / "b", luma[::-1], {5: key}, 6, 1, 0.05)
    assert levels(there - back[::-1]) <= 2 * error + 0.1


def test_marches_do_not_prefer_a_direction_of_time(tmp_path):
    luma, chroma = split(moving(6, (36, 40)))
    key = points(chroma[0], 40)
    found = []
    for name, own, at in (("a", luma, 0), ("b", luma[::-1], 5)):
        (tmp_path / name).mkdir()
        shot = Shot(6, (36, 40), lambda t, own=own: own[t], {at: key}, METHOD, tmp_path / name)
        march_all(shot, Goal(0.05, 100), SLOPE, lambda part: None)
        found.append(np.array([shot.read("chroma", t) for t in range(6)]))
        shot.close()
    assert levels(found[0] - found[1][::-1]) <= 0.5


@pytest.mark.parametrize("tolerance", [0.5, 0.05])
@pytest.mark.parametrize("windows", [0, 5])
def test_a_still_film_is_the_picture_and_does_not_flicker(tmp_path, tolerance, windows):
    luma, chroma = split(np.repeat(moving(1, (48, 64)), 5, axis=0))
    key = points(chroma[0], 40)
    shot = Shot(5, (48, 64), lambda t: luma[t], {0: key}, METHOD, tmp_path)
    goal = Goal(tolerance, 300)
    march_all(shot, goal, SLOPE, lambda part: None)
    if windows:
        Sweeps(shot, goal, SLOPE, windows, 1, lambda part: None).run()
    found = np.array([shot.read("chroma", t) for t in range(5)])
    shot.close()
    nothing, flow = [NOTHING] * 4, [None] * 4
    picture = solve_directly(luma, flow, [key, *nothing], METHOD, 1.0, 0.1, 3e-6)[0]
    assert levels(found - picture) <= tolerance
    assert levels(found[1:] - found[:-1]) <= tolerance / 2


def test_windows_of_large_frames_are_shorter():
    assert fitting(16, (100, 100)) == 16
    assert 2 <= fitting(16, (480, 854)) < 16
    assert fitting(16, (4000, 6000)) == 2
