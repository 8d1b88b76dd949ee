"""`import varcolor` and `varcolor --help` stay light."""

import json
import subprocess
import sys

import pytest

HEAVY = ("torch", "cupy", "pyamg", "numba", "scipy.sparse", "imagecodecs", "skimage", "dask")
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


def test_help_does_not_need_numpy():
    assert "numpy" not in modules_after("from varcolor.cli import run; run(['--help'])")


def test_every_public_name_resolves():
    import varcolor

    for name in varcolor.__all__:
        assert getattr(varcolor, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'colourise'"):
        _ = varcolor.colourise
