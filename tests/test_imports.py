"""`import varcolor` and `varcolor --help` stay light."""

import json
import subprocess
import sys

import numpy as np
import pytest

import varcolor as vc

HEAVY = (
    "torch",
    "cupy",
    "pyamg",
    "numba",
    "llvmlite",
    "scipy",
    "imagecodecs",
    "skimage",
    "dask",
)
PROBE = "import json, sys; print('\\n' + json.dumps(sorted(sys.modules)), file=sys.stderr)"


def modules_after(code: str) -> set[str]:
    run = subprocess.run(
        [sys.executable, "-c", f"{code}\n{PROBE}"], capture_output=True, text=True, check=True
    )
    return set(json.loads(run.stderr.strip().splitlines()[-1]))


@pytest.mark.parametrize(
    "code",
    [
        "import varcolor",
        "import varcolor; dir(varcolor)",
        "from varcolor.cli import run; assert run(['--help']) == 0",
        "from varcolor.cli import run; assert run(['colorize', '--help']) == 0",
        "from varcolor.cli import run; assert run(['demo', '--help']) == 0",
    ],
)
def test_nothing_heavy_is_imported(code):
    loaded = modules_after(code)
    assert not loaded & set(HEAVY)


@pytest.mark.parametrize("method", ["levin", "harmonic"])
def test_a_photo_is_coloured_without_compiler_and_scipy(method, rng, tmp_path):
    from varcolor.backend.jit import disk_cache as store
    from varcolor.backend.jit import precompile as warm

    if not store.writable():
        pytest.skip("compiled kernels cannot be kept here")
    warm.load("directed" if method == "levin" else "symmetric", lambda what: None)
    vc.write(rng.integers(0, 255, (40, 50), np.uint8), tmp_path / "photo.png")
    words = ["colorize", str(tmp_path / "photo.png"), "--cue", "3,4,#c03010", "--cue"]
    words += ["40,30,#2060c0", "--method", method, "--solver", "multigrid", "--quiet"]
    loaded = modules_after(f"from varcolor.cli import run; assert run({words!r}) == 0")
    assert not loaded & {"numba", "scipy", "pyamg", "skimage", "torch"}
    assert (tmp_path / "photo.colour.png").exists()


def test_help_does_not_need_numpy():
    assert "numpy" not in modules_after("from varcolor.cli import run; run(['--help'])")


def test_every_public_name_resolves():
    import varcolor

    for name in varcolor.__all__:
        assert getattr(varcolor, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'colourise'"):
        _ = varcolor.colourise
