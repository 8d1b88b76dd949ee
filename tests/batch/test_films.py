"""Folders of films: on a cluster as here, gone on with after a kill, coloured anew for new keys."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import varcolor as vc
from tests.film.clips import bytes_of, moving
from tests.film.files.videos import video
from varcolor.cli import run

pytest.importorskip("cv2", reason="OpenCV is missing: pip install 'varcolor[film]'")
pytest.importorskip("av", reason="PyAV is missing: pip install 'varcolor[film]'")
pytestmark = [
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals"),
]
NAMES = "abc"


@pytest.fixture
def films(tmp_path: Path) -> Path:
    """Three films, and finished first frames as their keys."""
    (tmp_path / "films").mkdir()
    for number, name in enumerate(NAMES):
        clip = moving(4 + number, (48, 64))
        video(tmp_path / "films" / f"{name}.mkv", clip)
        (tmp_path / "keys" / name).mkdir(parents=True)
        vc.write(bytes_of(clip)[0], tmp_path / "keys" / name / "0000.png")
    return tmp_path


def words(root: Path, out: str, *more: str) -> list[str]:
    given = ["film", str(root / "films"), "--keys", str(root / "keys"), "-o", str(root / out)]
    return [*given, "--threads", "1", "--quiet", *more]


def rows(root: Path, out: str) -> list[dict[str, object]]:
    text = (root / out / "varcolor-journal.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]


def pixels(path: Path) -> list[bytes]:
    import av

    with av.open(str(path)) as file:
        return [f.to_ndarray(format="rgb24").tobytes() for f in file.decode(video=0)]


def test_a_cluster_makes_the_same_films_and_rows(films: Path) -> None:
    distributed = pytest.importorskip("distributed")
    assert run(words(films, "here")) == 0
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as own:
        assert run(words(films, "there", "--scheduler", own.scheduler_address)) == 0
    for number, name in enumerate(NAMES):
        here, there = (films / out / f"{name}.colour.mkv" for out in ("here", "there"))
        assert len(pixels(here)) == 4 + number
        assert pixels(here) == pixels(there)
    done = [
        [row for row in rows(films, out) if row.get("status") == "done"]
        for out in ("here", "there")
    ]
    assert len(done[0]) == len(done[1]) == len(NAMES)
    assert {row["frames"] for row in done[1]} == {4, 5, 6}


def test_a_killed_run_is_gone_on_with(films: Path) -> None:
    command = [sys.executable, "-m", "varcolor", *words(films, "out")]
    process = subprocess.Popen(command, start_new_session=True)
    first, end = films / "out" / "a.colour.mkv", time.monotonic() + 120
    while not first.exists():
        assert time.monotonic() < end and process.poll() is None
        time.sleep(0.002)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    before = first.stat().st_mtime_ns
    done = {row["input"] for row in rows(films, "out") if row.get("status") == "done"}
    assert run(words(films, "out")) == 0
    assert all((films / "out" / f"{name}.colour.mkv").exists() for name in NAMES)
    assert not done or first.stat().st_mtime_ns == before
    assert not list((films / "out").glob(".*varcolor-film"))


def test_new_keys_colour_a_film_anew(films: Path) -> None:
    assert run(words(films, "out")) == 0
    old = {name: (films / "out" / f"{name}.colour.mkv").stat().st_mtime_ns for name in NAMES}
    assert run(words(films, "out")) == 0
    vc.write(bytes_of(moving(5, (48, 64)))[4][..., ::-1].copy(), films / "keys" / "b" / "0004.png")
    assert run(words(films, "out")) == 0
    new = {name: (films / "out" / f"{name}.colour.mkv").stat().st_mtime_ns for name in NAMES}
    assert [name for name in NAMES if new[name] != old[name]] == ["b"]


def test_what_is_for_folders_is_not_for_one_film(
    films: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["film", str(films / "films" / "a.mkv"), "--keys", str(films / "keys" / "a")]
    assert run([*given, "--local", "2"]) == 2
    assert "are for folders of videos" in capsys.readouterr().err
