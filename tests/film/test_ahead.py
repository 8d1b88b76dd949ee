"""What is made one step ahead: the order, the threads, and what goes wrong in them."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from tests.film.clips import moving, points, split
from varcolor.backend.cpu import CpuBackend
from varcolor.film.ahead import ahead
from varcolor.film.marches import march_all
from varcolor.film.shot import Shot
from varcolor.methods import make_method
from varcolor.solve.solver import Goal

cv2 = pytest.importorskip("cv2", reason="OpenCV is missing: pip install 'varcolor[film]'")
SLOPE = 255 * np.array([[0, 1.14], [0.395, 0.581], [2.033, 0]], np.float32)


@pytest.mark.parametrize("threads", [1, 2])
def test_results_come_in_order_and_never_far_ahead(threads):
    begun, seen = [], []

    def make(place):
        begun.append(place)
        return place, threading.get_ident()

    with ahead(make, range(5), threads) as results:
        for place, who in results:
            seen.append(place)
            assert (who == threading.get_ident()) == (threads == 1)
            assert len(begun) <= len(seen) + 1
    assert seen == begun == list(range(5))


@pytest.mark.parametrize("threads", [1, 2])
def test_what_fails_ahead_is_raised_at_its_turn(threads):
    def make(place):
        if place == 2:
            raise OSError("no such frame")
        return place

    seen = []
    with pytest.raises(OSError, match="no such frame"), ahead(make, range(4), threads) as results:
        for place in results:
            seen.append(place)
    assert seen == [0, 1]


def test_nothing_is_at_work_after_a_stop():
    at_work = []

    def make(place):
        at_work.append(place)
        at_work.remove(place)
        return place

    with pytest.raises(KeyboardInterrupt), ahead(make, range(100), 2) as results:
        for place in results:
            if place == 3:
                raise KeyboardInterrupt
    assert not at_work


def test_threads_change_no_value(tmp_path):
    luma, chroma = split(moving(6, (130, 120)))
    keys = {1: points(chroma[1], 60), 4: points(chroma[4], 60)}
    found = []
    for threads in (1, 2):
        folder = tmp_path / str(threads)
        folder.mkdir()
        backend = CpuBackend(threads)
        method = make_method("harmonic", {})
        shot = Shot(6, (130, 120), lambda t: luma[t], keys, method, folder, backend=backend)
        march_all(shot, Goal(0.1, 100), SLOPE, lambda part: None)
        found.append([shot.read(kind, t) for t in range(6) for kind in ("chroma", "reach")])
        shot.close()
    for one, two in zip(*found, strict=True):
        np.testing.assert_array_equal(one, two)
