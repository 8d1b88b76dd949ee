"""The first import of SciPy, by several threads at once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import varcolor

#: Two threads; the second one comes while the first one's import of the package is under way.
CODE = """
import threading, time, numpy.linalg
{setup}

wrong = []

def second():
    try:
        {call}
    except BaseException as error:
        wrong.append(repr(error))

threads = [threading.Thread(target=second) for _ in range(2)]
for thread in threads:
    thread.start()
    time.sleep(0.3)
for thread in threads:
    thread.join()
print(wrong)
"""
BLAS = """
from varcolor.backend.blas import single_thread

def use():
    with single_thread():
        import scipy.ndimage
"""
NOTHING = """
import importlib
names = iter(["linalg", "ndimage"])

def use():
    importlib.import_module(f"scipy.{next(names)}")
"""
ALONE = NOTHING.replace(
    "def use():",
    "from varcolor.backend.imports import import_scipy\n\ndef use():\n    import_scipy()",
)


def told(tmp_path: Path, setup: str) -> str:
    """Return what is wrong where SciPy's package takes a second, and it and a part need each other."""
    package = tmp_path / "scipy"
    package.mkdir()
    (package / "__init__.py").write_text(
        "import time\ntime.sleep(1)\nfrom scipy.part import tool\n"
    )
    (package / "part.py").write_text("import scipy\ntool = 1\n")
    for name in ("linalg", "ndimage"):
        (package / f"{name}.py").write_text("import scipy.part\n")
    paths = os.pathsep.join([str(tmp_path), str(Path(varcolor.__file__).parents[1])])
    done = subprocess.run(
        [sys.executable, "-c", CODE.format(setup=setup, call="use()")],
        env=os.environ | {"PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize("setup", [ALONE, BLAS])
def test_threads_that_need_it_first_wait_for_it(setup, tmp_path):
    assert told(tmp_path, setup) == "[]\n"


def test_python_alone_gives_one_of_them_half_of_it(tmp_path):
    """Else the above would show nothing."""
    assert "partially initialized module" in told(tmp_path, NOTHING)
