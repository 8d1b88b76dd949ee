"""Frames of a film in any order, without a browser."""

from __future__ import annotations

import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import varcolor as vc
from tests.film.clips import bytes_of, grays, moving
from tests.film.files.videos import video
from varcolor.app.shot.film import Film
from varcolor.app.shot.reel import Reel
from varcolor.film.files.source import looks_like_frames
from varcolor.film.files.video import VideoFile

pytest.importorskip("cv2", reason="OpenCV is missing: pip install 'varcolor[film]'")
pytest.importorskip("av", reason="PyAV is missing: pip install 'varcolor[film]'")
CLIP = (9, (48, 64))


def complete(path: Path) -> Reel:
    reel = Reel(path)
    end = time.monotonic() + 60
    while not reel.complete:
        assert time.monotonic() < end
        time.sleep(0.01)
    return reel


@pytest.mark.parametrize("codec", ["ffv1", "libx264"])
def test_frames_of_a_video_are_found_by_their_times(tmp_path: Path, codec: str) -> None:
    times = [0, 40, 100, 110, 300, 340, 380, 500, 540]
    video(tmp_path / "a.mkv", moving(*CLIP), codec, times=times)
    reel = complete(tmp_path / "a.mkv")
    straight = [own.gray for own in VideoFile(tmp_path / "a.mkv").frames()]
    assert reel.count == len(straight) == 9
    for place in (8, 0, 5, 4, 8):
        np.testing.assert_array_equal(reel.picture(place).pixels, straight[place])
    assert reel.thumbnail(3) != reel.thumbnail(4)
    with pytest.raises(vc.InputError, match="no frame 9"):
        reel.picture(9)
    reel.close()


def test_frames_of_a_folder_keep_numbers_and_depth(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    deep = [gray.astype(np.uint16) * 257 + 3 for gray in grays(moving(*CLIP))]
    for t, gray in enumerate(deep):
        vc.write(gray, tmp_path / "in" / f"f_{2 * t + 7:03d}.png")
    film = Film(tmp_path / "in")
    assert film.facts()["count"] == 9
    assert [film.reel.number(t) for t in (0, 8)] == [7, 23]
    assert film.reel.place(9) == 1
    assert film.reel.place(8) is None
    np.testing.assert_array_equal(film.reel.picture(4).pixels, deep[4])
    assert film.keys() == []
    film.close()
    assert not looks_like_frames(tmp_path / "in")  # every second number


def test_what_looks_like_frames(tmp_path: Path) -> None:
    for t in range(9):
        vc.write(bytes_of(moving(1, (8, 8)))[0], tmp_path / f"f_{t:03d}.png")
    assert looks_like_frames(tmp_path)
    vc.write(bytes_of(moving(1, (8, 8)))[0], tmp_path / "portrait.png")
    assert not looks_like_frames(tmp_path)


def test_a_rate_is_known(tmp_path: Path) -> None:
    video(tmp_path / "a.mkv", moving(*CLIP))
    assert Fraction(VideoFile(tmp_path / "a.mkv").rate).limit_denominator(100) > 0
