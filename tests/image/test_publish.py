"""Files appear complete or not at all, and over others only when asked."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import varcolor as vc
from varcolor.errors import FileError
from varcolor.image import publish
from varcolor.image.publish import Taken, sweep, write_files

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX files")
STEPS = ("open", "fsync", "link", "replace", "close", "fchmod")


def names(folder):
    return sorted(p.name for p in folder.iterdir())


def without_links(*_, **__):
    raise OSError(95, "Operation not supported")


@pytest.fixture(params=["links", "no links"])
def file_system(request, monkeypatch):
    if request.param == "no links":
        monkeypatch.setattr(publish.os, "link", without_links)


def test_a_name_in_use_is_refused(tmp_path, file_system):
    file = tmp_path / "a"
    write_files({file: b"one"}, replace=False)
    with pytest.raises(Taken, match="exists already"):
        write_files({file: b"two"}, replace=False)
    assert (file.read_bytes(), names(tmp_path)) == (b"one", ["a"])
    write_files({file: b"three"})
    assert (file.read_bytes(), names(tmp_path)) == (b"three", ["a"])


@posix
def test_even_a_link_that_leads_nowhere_is_in_use(tmp_path, file_system):
    (tmp_path / "a").symlink_to("nowhere")
    for replace in (False, True):
        with pytest.raises(Taken):
            write_files({tmp_path / "a": b"x"}, replace=replace)
    assert names(tmp_path) == ["a"]


def test_one_of_many_writers_wins(tmp_path, file_system):
    for turn in range(20):
        file, start = tmp_path / f"{turn}", threading.Barrier(8)
        won = []

        def work(number, file=file, start=start, won=won):
            start.wait()
            try:
                write_files({file: bytes([number]) * 5000}, replace=False)
                won.append(number)
            except Taken:
                pass

        threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(won) == 1
        assert file.read_bytes() == bytes(won) * 5000
    assert len(names(tmp_path)) == 20


def test_a_name_taken_at_the_last_moment(tmp_path, monkeypatch, file_system):
    real = os.fsync

    def meanwhile(descriptor):
        real(descriptor)
        (tmp_path / "b").write_bytes(b"another's")

    monkeypatch.setattr(publish.os, "fsync", meanwhile)
    with pytest.raises(Taken, match="b: exists already"):
        write_files({tmp_path / "a": b"mine", tmp_path / "b": b"mine"}, replace=False)
    assert names(tmp_path) == ["b"]
    assert (tmp_path / "b").read_bytes() == b"another's"


@pytest.mark.parametrize("replace", [False, True])
@pytest.mark.parametrize("fault", [OSError(28, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("step", STEPS)
def test_a_fault_at_any_step_leaves_all_as_it_was(tmp_path, monkeypatch, step, fault, replace):
    """Each call of each system function fails once, before and after it has done its work."""
    files = {tmp_path / name: name.encode() * 100 for name in ("a", "b", "c")}
    if replace:
        for path in files:
            path.write_bytes(b"old")
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    real = getattr(os, step, None)
    if real is None:
        pytest.skip("no such call here")
    faults = 0
    for number in range(12):
        for after in (False, True):
            calls = 0

            def call(*values, real=real, number=number, after=after, **named):
                nonlocal calls
                calls += 1
                if calls != number + 1:
                    return real(*values, **named)
                if after:
                    real(*values, **named)
                raise fault

            with monkeypatch.context() as patch:
                patch.setattr(publish.os, step, call)
                if step == "replace":
                    patch.setattr(publish.Path, "replace", call)
                try:
                    write_files(files, replace=replace)
                    done = True
                except (FileError, KeyboardInterrupt):
                    done, faults = False, faults + 1
            if done:  # the fault was harmless, or there was none any more
                assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {
                    p.name: data for p, data in files.items()
                }
                for path in files:
                    path.write_bytes(b"old") if replace else path.unlink()
            else:
                assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before
    assert faults or step in ("replace", "close", "fchmod", "link")


@posix
def test_only_regular_files_are_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "null").symlink_to("/dev/null")
    (tmp_path / "to-pipe").symlink_to("pipe")
    (tmp_path / "to-folder").symlink_to("folder")
    before = names(tmp_path)
    for name in before:
        with pytest.raises(FileError, match=name):
            write_files({tmp_path / name: b"x"})
        with pytest.raises(FileError, match=name):
            write_files({tmp_path / name: b"x"}, replace=False)
    with pytest.raises(FileError, match="is a device"):
        write_files({tmp_path / "null": b"x"})
    assert names(tmp_path) == before
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


@posix
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644, 0o755, 0o400 | 0o200])
def test_mode_and_links_are_kept(tmp_path, mode):
    (tmp_path / "r").mkdir()
    file, link = tmp_path / "r" / "a.png", tmp_path / "l.png"
    file.write_bytes(b"old")
    file.chmod(mode)
    link.symlink_to("r/a.png")
    vc.write(np.zeros((2, 2), np.uint8), link)
    assert link.is_symlink()
    assert vc.read(file).shape == (2, 2)
    assert stat.S_IMODE(file.stat().st_mode) == mode
    assert names(tmp_path / "r") == ["a.png"]


@posix
def test_new_files_get_the_usual_mode(tmp_path):
    old = os.umask(0o027)
    try:
        write_files({tmp_path / "a": b"x"})
        write_files({tmp_path / "b": b"x"}, replace=False)
    finally:
        os.umask(old)
    assert {stat.S_IMODE(p.stat().st_mode) for p in tmp_path.iterdir()} == {0o640}


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="needs root")
def test_the_owner_is_kept(tmp_path):
    write_files({tmp_path / "a": b"x"})
    os.chown(tmp_path / "a", 1234, 4321)
    write_files({tmp_path / "a": b"y"})
    assert ((tmp_path / "a").stat().st_uid, (tmp_path / "a").stat().st_gid) == (1234, 4321)


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write all")
def test_write_protected_files_are_not_replaced(tmp_path):
    (tmp_path / "a").write_bytes(b"x")
    (tmp_path / "a").chmod(0o444)
    with pytest.raises(Taken, match="write-protected"):
        write_files({tmp_path / "a": b"y"})


def test_write_without_replace(tmp_path):
    gray = np.zeros((2, 2), np.uint8)
    vc.write(gray, tmp_path / "a.png", replace=False)
    with pytest.raises(FileError, match="exists already"):
        vc.write(gray, tmp_path / "a.png", replace=False)


@posix
def test_what_killed_processes_left_is_swept(tmp_path):
    code = (
        "import os, pathlib\n"
        "from varcolor.image import publish\n"
        "publish._private(pathlib.Path('.')).write_bytes(b'half')\n"
        "os._exit(1)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=False)
    (dead,) = names(tmp_path)
    living = publish._private(tmp_path)
    elsewhere = tmp_path / living.name.replace(publish._machine(), "00000000")
    old = tmp_path / ".varcolor-1-00000001-abc.part"
    others = [tmp_path / n for n in (".varcolor-x.part", ".varcolor-notes", "a.part")]
    for path in (living, elsewhere, old, *others):
        path.write_bytes(b"half")
    (tmp_path / ".varcolor-1-00000001-abd.part").mkdir()
    os.utime(old, (time.time() - 90_000,) * 2)
    os.utime(living, (time.time() - 90_000,) * 2)
    left = set(names(tmp_path))
    sweep([tmp_path, tmp_path / "nowhere"])
    assert left - set(names(tmp_path)) == {dead, old.name}
