"""Compiled code is kept where nobody else can write, and only such code is run."""

import os
import stat
import subprocess
import sys
import time
import warnings
from pathlib import Path

import pytest

from varcolor.backend.jit import disk_cache as store
from varcolor.backend.jit import private_folder as folders
from varcolor.backend.jit.object_code import Code
from varcolor.backend.jit.private_folder import private
from varcolor.backend.jit.sources import imports, texts
from varcolor.errors import CacheWarning

KERNEL = "varcolor.backend.kernels.stencil.matvec.dot"
CODE = Code((b"first\n", b"", b"second part"), ("a", "b.c"))

posix = pytest.mark.skipif(not hasattr(os, "geteuid"), reason="no owners of files here")
root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away"
)


@pytest.fixture
def places(tmp_path, monkeypatch):
    """The folder of the user's wish, not made yet, and the one among temporary files."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "wish"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(store, "_tell", iter((True,)))
    return tmp_path / "wish", tmp_path / f"varcolor-{folders.user()}"


def only_file(folder):
    (file,) = folder.iterdir()
    return file


def test_what_was_kept_comes_back(places):
    assert store.load(KERNEL) is None and not store.exists(KERNEL)
    assert store.save(KERNEL, CODE)
    assert store.load(KERNEL) == CODE and store.exists(KERNEL)
    assert not places[1].exists()
    file = only_file(places[0])
    assert file.name.startswith(KERNEL)
    if os.name == "posix":
        assert stat.S_IMODE(places[0].stat().st_mode) == 0o700
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("at", [0, 30, 64, 65, 80, -1])
def test_damage_anywhere_is_seen_and_mended(at, places):
    store.save(KERNEL, CODE)
    file = only_file(places[0])
    data = bytearray(file.read_bytes())
    data[at] ^= 1
    file.write_bytes(data)
    assert store.load(KERNEL) is None
    assert store.save(KERNEL, CODE) and store.load(KERNEL) == CODE


@pytest.mark.parametrize("data", [b"", b" ", b"\n", b"{}", b"x" * 200, bytes(1000)])
def test_other_content_is_no_code(data, places):
    store.save(KERNEL, CODE)
    only_file(places[0]).write_bytes(data)
    assert store.load(KERNEL) is None
    name = only_file(places[0]).name
    assert store._unpacked(name, _marked(data)) is None
    assert store._unpacked("another.code", store._packed(name, CODE)) is None


def _marked(content):
    import hashlib

    return hashlib.sha256(content).hexdigest().encode() + b" " + content


@pytest.mark.parametrize(
    "line",
    [
        b'{"file": "k", "sizes": [4], "needs": []}',
        b'{"file": "k", "sizes": ["3"], "needs": []}',
        b'{"file": "k", "sizes": 3, "needs": []}',
        b'{"file": "k", "sizes": [3]}',
        b'{"sizes": [3], "needs": []}',
        b'["k"]',
        b"3",
        b'{"file": "k", "sizes": [3], "needs": 5}',
    ],
)
def test_headers_that_lie(line):
    assert store._unpacked("k", _marked(line + b"\nabc")) is None


def test_a_file_is_never_unpickled(places):
    import pickle

    ran = []

    class Trap:
        def __reduce__(self):
            return ran.append, (1,)

    store.save(KERNEL, CODE)
    file = only_file(places[0])
    for data in (pickle.dumps(Trap()), _marked(pickle.dumps(Trap()))):
        file.write_bytes(data)
        assert store.load(KERNEL) is None
    assert not ran
    package = Path(store.__file__).parents[2]
    for source in package.rglob("*.py"):
        text = source.read_text(encoding="utf-8")
        assert "import pickle" not in text and "allow_pickle=True" not in text
        assert "cache=True" not in text  # Numba's own files


def give_folder_away(folder):
    os.chown(folder, 65534, 65534)


def give_file_away(folder):
    os.chown(only_file(folder), 65534, 65534)


def open_folder(folder):
    folder.chmod(0o777)


def open_folder_to_group(folder):
    folder.chmod(0o770)


def open_file(folder):
    only_file(folder).chmod(0o666)


def open_file_to_group(folder):
    only_file(folder).chmod(0o620)


def link_folder(folder):
    folder.rename(folder.with_name("elsewhere"))
    folder.symlink_to("elsewhere")


def link_file(folder):
    file = only_file(folder)
    file.rename(folder.parent / "elsewhere")
    file.symlink_to(folder.parent / "elsewhere")


def make_fifo(folder):
    file = only_file(folder)
    file.unlink()
    os.mkfifo(file)


def make_folder_of_file(folder):
    file = only_file(folder)
    file.unlink()
    file.mkdir()


@posix
@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(give_folder_away, marks=root),
        pytest.param(give_file_away, marks=root),
        open_folder,
        open_folder_to_group,
        open_file,
        open_file_to_group,
        link_folder,
        link_file,
        make_fifo,
        make_folder_of_file,
    ],
)
def test_what_others_could_have_written_is_not_read(spoil, places):
    store.save(KERNEL, CODE)
    spoil(places[0])
    assert store.load(KERNEL) is None and not store.exists(KERNEL)
    assert store.save(KERNEL, CODE)  # in its place, or in the other folder
    assert store.load(KERNEL) == CODE


@posix
def test_files_of_whoever_this_process_is_not(places, monkeypatch):
    store.save(KERNEL, CODE)
    monkeypatch.setattr(folders.os, "geteuid", lambda: 12345)
    assert store.load(KERNEL) is None
    with pytest.warns(CacheWarning):
        assert not store.save(KERNEL, CODE)


@posix
def test_a_folder_among_temporary_files_is_the_users_own(places, tmp_path):
    places[0].write_text("no folder")
    other = tmp_path / "other"
    other.mkdir(mode=0o700)
    places[1].symlink_to(other)  # planted
    with pytest.warns(CacheWarning):
        assert not store.save(KERNEL, CODE)
    assert not list(other.iterdir())
    places[1].unlink()
    assert store.save(KERNEL, CODE) and store.load(KERNEL) == CODE
    assert stat.S_IMODE(places[1].stat().st_mode) == 0o700
    only_file(places[1])


def test_where_code_is_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    last = tmp_path / "tmp" / f"varcolor-{folders.user()}"
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    assert list(store.folders()) == [tmp_path / ".cache" / "varcolor", last]
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "own"))
    assert list(store.folders()) == [tmp_path / "own", last]
    # What depends on the current folder may be anybody's.
    for name in ("cache", "./cache", "../cache"):
        monkeypatch.setenv("NUMBA_CACHE_DIR", name)
        assert list(store.folders()) == [last]
    monkeypatch.setenv("TMPDIR", ".")
    assert list(store.folders()) == []


@root
def test_root_leaves_a_users_home_alone(tmp_path, monkeypatch):
    home = tmp_path / "home"
    home.mkdir()
    os.chown(home, 65534, 65534)
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert store.save(KERNEL, CODE)
    assert not list(home.iterdir())


def test_one_note_when_nothing_can_be_kept(places):
    for place in places:
        place.write_text("no folder")
    with pytest.warns(CacheWarning, match="NUMBA_CACHE_DIR"):
        assert not store.save(KERNEL, CODE)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not store.save(KERNEL, CODE)
        assert not store.writable()


NOWHERE = """
import numpy as np
from varcolor.backend.kernels.stencil.matvec import dot, scale_and_add
scale_and_add.load()
a = np.ones((2, 4, 4), np.float32)
print(dot(a, a, 0, 2).tolist())
"""


@pytest.mark.parametrize("shown", ["default", "always"])
def test_without_a_place_all_works_but_slower(shown, tmp_path):
    (tmp_path / "file").touch()
    names = ("NUMBA_CACHE_DIR", "HOME", "TMPDIR", "TEMP", "TMP")
    env = os.environ | dict.fromkeys(names, str(tmp_path / "file"))
    command = [sys.executable, "-W", shown, "-c", NOWHERE]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    assert done.stdout == "[8.0, 8.0]\n"
    assert done.stderr.count("CacheWarning") == 1


def test_a_planted_pickle_is_not_run(tmp_path):
    import pickle

    class Trap:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "RUN"),)

    cache = tmp_path / "cache"
    cache.mkdir(mode=0o700)
    (cache / store._file_name(KERNEL)).write_bytes(_marked(pickle.dumps(Trap())))
    env = os.environ | {"NUMBA_CACHE_DIR": str(cache)}
    code = NOWHERE.replace("scale_and_add.load()", "")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[8.0, 8.0]\n" and not (tmp_path / "RUN").exists()
    assert b'"sizes"' in only_file(cache).read_bytes()[:400]  # replaced


def test_the_command_line_calls_it_a_note(capsys):
    from varcolor.cli import _show_warning

    _show_warning(CacheWarning("kept nowhere"), CacheWarning, "file", 1)
    _show_warning(UserWarning("else"), UserWarning, "file", 1)
    assert capsys.readouterr().err == "note: kept nowhere\nwarning: else\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_leaves_nothing_behind(places, monkeypatch):
    def full(name, *_, **__):
        os.close(os_open(places[0] / name, os.O_CREAT | os.O_WRONLY))  # as if it had been made
        return os_open("/dev/full", os.O_WRONLY)

    store.save(KERNEL, CODE)
    os_open = os.open
    with private(places[0]) as folder:
        monkeypatch.setattr(folders.os, "open", full)
        with pytest.raises(OSError, match="space"):
            folder.write("more", b"x" * 100_000)
        monkeypatch.undo()
    assert len(list(places[0].iterdir())) == 1


def test_folders_do_not_grow_without_end(tmp_path):
    now, mark = time.time(), "0" * 32
    ages = {f"varcolor.a.k{i}-{mark}.code": 86400 * i for i in range(10)}
    ages[f"varcolor.a.k0-{mark}.code.01234567.part"] = 2 * 86400  # given up
    ages[f"varcolor.a.k1-{mark}.code.01234567.part"] = 0  # being written
    ages["operator.k.nbi"] = 10**7  # somebody else's
    tmp_path.chmod(0o700)
    for name, age in ages.items():
        (tmp_path / name).write_bytes(bytes(1000))
        os.utime(tmp_path / name, (now - age, now - age))
    with private(tmp_path) as folder:
        store.prune(folder, 5000)
    left = {path.name for path in tmp_path.iterdir()}
    kept = {f"varcolor.a.k{i}-{mark}.code" for i in range(3)}
    assert kept | {"operator.k.nbi", f"varcolor.a.k1-{mark}.code.01234567.part"} <= left
    assert sum(name.startswith("varcolor") for name in left) <= 5


def test_use_is_noted_so_that_it_is_not_removed(places):
    store.save(KERNEL, CODE)
    file = only_file(places[0])
    os.utime(file, (1e9, 1e9))
    store.load(KERNEL)
    assert file.stat().st_mtime > time.time() - 3600


@pytest.mark.parametrize("words", ["from a.docstring import nothing", "import of words"])
@pytest.mark.parametrize("comment", ["", "# (a comment)", "# : ("])
def test_imports_are_found_wherever_and_however_they_stand(words, comment):
    text = f'''"""What it does:
{words}"""
import a.b, a.c as d
from a.e import (
    f,  {comment}
    g,
)
from . import missing
from .near import x
from ..up import y
def inside():
    from a.late import z \\
        as w
    import a.later
'''
    found = set(imports(text, "p.q")) - {"a.docstring"}
    assert found == {"a.b", "a.c", "a.e", "p.q", "p.q.near", "p.up", "a.late", "a.later"}


def test_helpers_count_however_deep_they_are(tmp_path, monkeypatch):
    package = tmp_path / "sub"
    (package / "deep").mkdir(parents=True)
    files = {
        "__init__.py": "",
        "kernel.py": "from varcolor.sub import helper\nfrom .deep import again",
        "helper.py": "from varcolor.sub.deep.last import one",
        "deep/__init__.py": "from varcolor.sub.deep.again import again",
        "deep/again.py": "import numpy\nagain = numpy",
        "deep/last.py": "one = 1",
        "other.py": "",
    }
    for name, text in files.items():
        (package / name).write_text(text)
    import varcolor

    monkeypatch.setattr(varcolor, "__path__", [*varcolor.__path__, str(tmp_path)])
    found = set(texts("varcolor.sub.kernel"))
    names = ("kernel", "helper", "deep", "deep.again", "deep.last")
    assert found == {"varcolor.sub", *(f"varcolor.sub.{name}" for name in names)}
    assert texts("varcolor.sub.missing") == {} == texts("numpy")
    assert store._file_name("varcolor.sub.kernel.f").startswith("varcolor.sub.kernel.f-")


#: Modules that a process might look for, and files that tell Python or Numba what to do.
NAMES = """varcolor numpy numba llvmlite ctypes struct typing re json signal threading subprocess encodings
    sitecustomize usercustomize yaml importlib scipy site""".split()

COMPILE = """
from varcolor.backend.jit import isolation
from varcolor.backend.jit import precompile as warm
from varcolor.backend.kernels.stencil.matvec import add_scaled, dot
warm.kernels = lambda kind: [dot, add_scaled]
warm.cores.usable = lambda: 2
start, children = isolation.start, []
isolation.start = lambda *a: children.append(start(*a)) or children[-1]
warm.load("directed", print)
print(len(children))
import numba
print(numba.config.DISABLE_JIT, numba.config.OPT)
"""


def hostile(folder):
    """Fill a folder with code that leaves a trace when it is run."""
    trace = folder / "RUN"
    for name in NAMES:
        code = f"open({str(trace)!r}, 'a').write({name!r})\n"
        (folder / f"{name}.py").write_text(code)
    (folder / "varcolor.py").rename(folder / "__init__.py")
    (folder / "varcolor").mkdir()
    (folder / "__init__.py").rename(folder / "varcolor" / "__init__.py")
    (folder / "evil.pth").write_text(f"import os; open({str(trace)!r}, 'a')")
    (folder / ".numba_config.yaml").write_text("disable_jit: 1\nopt: 0\n")
    return trace


def test_nothing_of_the_current_folder_is_run(tmp_path):
    trace = hostile(tmp_path)
    cache = tmp_path / "cache"
    env = os.environ | {"NUMBA_CACHE_DIR": str(cache)}
    env.pop("PYTHONPATH", None)
    done = subprocess.run(
        [sys.executable, "-P", "-W", "error", "-c", COMPILE],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[1:3] == ["1", "0 _OptLevel(3)"]
    assert not trace.exists()
    assert any(cache.iterdir())


@pytest.mark.parametrize("variable", ["PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP"])
def test_the_second_process_knows_its_own_way(variable, tmp_path, monkeypatch):
    from varcolor.backend.jit import isolation

    trace = hostile(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(variable, str(tmp_path))
    run = "importlib.import_module"
    for module in ("varcolor.backend.kernels.stencil.matvec", "numba", "llvmlite.binding"):
        assert isolation.start(isolation.__name__, run, module).wait() == 0
    assert isolation.start(isolation.__name__, run, "pytest_is_not_needed").wait() != 0
    assert not trace.exists()
