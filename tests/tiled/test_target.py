"""Results of pictures in parts: nothing is overwritten that must not be, and one run makes one."""

from __future__ import annotations

import multiprocessing

import numpy as np
import pytest

import varcolor as vc
from tests.tiled.test_tiled import scene, small_tiles  # noqa: F401
from varcolor.tiled import colorize as tiled
from varcolor.tiled.target import write_tiles

OPTIONS = vc.SolveOptions(method="harmonic", threads=1, on_miss="ignore")


def test_the_photo_is_never_replaced(scene, tmp_path):  # noqa: F811
    path, _, cues = scene
    (tmp_path / "link.tif").symlink_to(path)
    before = path.read_bytes()
    for name in (path.name, "link.tif"):
        with pytest.raises(vc.InputError, match="is the photo; name another output"):
            vc.colorize_tiled(path, cues, tmp_path / name, OPTIONS)
    assert path.read_bytes() == before
    assert not list(tmp_path.glob(".*"))


def test_what_is_there_stays_unless_it_may_be_replaced(scene, tmp_path):  # noqa: F811
    path, _, cues = scene
    out = tmp_path / "out.tif"
    out.write_bytes(b"mine")
    with pytest.raises(vc.FileError, match="exists already"):
        vc.colorize_tiled(path, cues, out, OPTIONS, replace=False)
    assert out.read_bytes() == b"mine"
    vc.colorize_tiled(path, cues, out, OPTIONS)
    assert vc.read(out).shape == (400, 400)


def test_a_name_that_was_free_when_the_work_began(scene, tmp_path, monkeypatch):  # noqa: F811
    path, _, cues = scene
    out = tmp_path / "out.tif"

    def written(*given):
        out.write_bytes(b"mine")
        write_tiles(*given)

    monkeypatch.setattr(tiled, "write_tiles", written)
    with pytest.raises(vc.FileError, match="exists already"):
        vc.colorize_tiled(path, cues, out, OPTIONS, replace=False)
    assert out.read_bytes() == b"mine"
    out.unlink()  # what had been found is still there
    monkeypatch.setattr(tiled, "write_tiles", write_tiles)
    swept = []
    vc.colorize_tiled(path, cues, out, OPTIONS, progress=lambda stage, _: swept.append(stage))
    assert "sweep 1" not in swept and vc.read(out).shape == (400, 400)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["gray.tif", "out.tif"]


def test_only_arrays_take_an_arrays_place(scene, tmp_path):  # noqa: F811
    zarr = pytest.importorskip("zarr")
    path, gray, cues = scene
    out = tmp_path / "out.zarr"
    out.mkdir()
    (out / "letters.txt").write_text("mine")
    with pytest.raises(vc.FileError, match="is no zarr array"):
        vc.colorize_tiled(path, cues, out, OPTIONS)
    assert (out / "letters.txt").read_text() == "mine"
    (out / "letters.txt").unlink()
    out.rmdir()
    zarr.create_array(store=str(out), data=np.zeros((5, 5, 3), np.uint8))
    vc.colorize_tiled(path, cues, out, OPTIONS)
    assert (vc.to_gray(zarr.open_array(str(out), mode="r")[:]) == gray).all()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["gray.tif", "out.zarr"]


def _held(target, ready, done):
    with tiled._folder(target):
        ready.set()
        done.wait(60)


def test_two_runs_do_not_make_the_same(scene, tmp_path):  # noqa: F811
    path, _, cues = scene
    context = multiprocessing.get_context("spawn")
    ready, done = context.Event(), context.Event()
    other = context.Process(target=_held, args=(tmp_path / "out.tif", ready, done))
    other.start()
    try:
        assert ready.wait(60)
        with pytest.raises(vc.FileError, match="another run is making it"):
            vc.colorize_tiled(path, cues, tmp_path / "out.tif", OPTIONS)
    finally:
        done.set()
        other.join(60)
    vc.colorize_tiled(path, cues, tmp_path / "out.tif", OPTIONS)
    assert not list(tmp_path.glob(".*"))
