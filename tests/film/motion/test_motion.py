"""Flow in both directions of time; cuts, beside flicker and dust."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import varcolor as vc
from tests.film.clips import bytes_of, flows, moving, split
from varcolor.film.motion.cuts import CutFinder, read_shots

cv2 = pytest.importorskip("cv2", reason="OpenCV is missing: pip install 'varcolor[film]'")


def test_flow_of_swapped_frames_is_reversed():
    luma, _ = split(moving(2, (48, 64)))
    (flow,) = flows(luma)
    (other,) = flows(luma[::-1])
    for own in dataclasses.fields(flow):
        a, b = getattr(other, own.name), getattr(flow.reversed, own.name)
        np.testing.assert_allclose(a, b, atol=1e-12)


def test_cuts_are_found_and_flicker_is_none():
    rng = np.random.default_rng(3)
    finder = CutFinder()
    for t, frame in enumerate([*moving(6, (96, 128)), *moving(6, (96, 128))[:, ::-1, ::-1] ** 2]):
        luma = vc.to_gray(bytes_of(frame[None])[0]) / 255
        luma = luma * (0.8 + 0.1 * (t % 3)) + 0.02 * (t % 2)
        luma.flat[rng.choice(luma.size, 40)] = 1.0  # dust
        finder.add(luma)
    assert finder.cuts() == [0, 6]


def test_files_of_shots_say_what_is_wrong(tmp_path):
    path = tmp_path / "shots.txt"
    path.write_text("0\n12 # second\n")
    assert read_shots(path, 20) == [0, 12]
    path.write_text("0\nx\n")
    with pytest.raises(vc.InputError, match="line 2"):
        read_shots(path, 20)
