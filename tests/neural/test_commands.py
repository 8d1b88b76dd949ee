"""Commands with and without networks: one clear line, nothing half-written, no torch unasked."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

import varcolor as vc
from varcolor.cli import run

PROBE = "import sys; print('torch' in sys.modules)"


def _after(code, **environment):
    import os

    found = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )
    return found.stdout.split(), found.stderr


@pytest.fixture
def photo(tmp_path):
    rng = np.random.default_rng(0)
    vc.write(rng.integers(40, 200, (32, 48), np.uint8), tmp_path / "photo.png")
    return str(tmp_path / "photo.png")


@pytest.mark.parametrize(
    "words",
    [
        ["--help"],
        ["models"],
        ["models", "path"],
        ["models", "--help"],
        ["suggest", "--help"],
        ["methods"],
        ["colorize", "PHOTO", "--cue", "3,4,#c03010", "--quiet"],
        ["suggest", "PHOTO", "--at", "3,4", "--cue", "3,4,#c03010"],
        ["encode", "PHOTO", "--quiet"],
    ],
    ids=" ".join,
)
def test_torch_stays_out(words, photo, nowhere):
    words = [photo if word == "PHOTO" else word for word in words]
    code = f"from varcolor.cli import run; code = run({words!r}); {PROBE}; assert code == 0"
    said, errors = _after(code)
    assert said[-1] == "False", errors


def test_import_leaves_torch_out():
    for name in ("varcolor", "varcolor.neural", "varcolor.neural.prior", "varcolor.neural.suggest"):
        assert _after(f"import {name}; {PROBE}")[0] == ["False"]


def _refused(words, capsys, code, says):
    assert run(words) == code
    lines = capsys.readouterr().err.splitlines()
    told = [line for line in lines if line.startswith("varcolor:")]
    assert len(told) == 1
    assert says in told[0]


def test_without_torch_one_line_says_what_to_install(photo, nowhere, monkeypatch, capsys, tmp_path):
    monkeypatch.setitem(sys.modules, "torch", None)
    (tmp_path / "w.pth").write_bytes(b"x")
    words = ["colorize", photo, "--prior", "siggraph17", "--weights", str(tmp_path / "w.pth")]
    _refused(words, capsys, 2, "pip install 'varcolor[neural]'")
    assert not (tmp_path / "photo.colour.png").exists()


def test_refusals_write_nothing(photo, nowhere, weights, capsys, tmp_path):
    _refused(["colorize", photo, "--prior", "siggraph17"], capsys, 3, "varcolor models fetch")
    _refused(["colorize", photo, "--method", "eccv16"], capsys, 3, "--weights FILE")
    words = ["colorize", photo, "--prior", "siggraph17", "--weights", str(weights / "eccv16.pth")]
    _refused(words, capsys, 3, "model1.0.weight")
    words = ["colorize", photo, "--prior", "siggraph17", "--weights", str(weights)]
    import torch

    if not torch.cuda.is_available():
        _refused([*words, "--device", "cuda"], capsys, 3, "no CUDA device")
    _refused(["colorize", photo, "--weights", str(weights)], capsys, 2, "goes with a network")
    _refused(["suggest", photo], capsys, 2, "--at X,Y is needed")
    _refused(["suggest", photo, "--at", "99,99", "--cue", "1,1,red"], capsys, 2, "outside")
    _refused(["models", "fetch"], capsys, 2, "name a model")
    _refused(["models", "fetch", "siggraf17"], capsys, 2, "did you mean 'siggraph17'")
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == ["photo.png"]


@pytest.mark.parametrize(
    "words",
    [
        ["--prior", "siggraph17"],
        ["--prior", "eccv16", "--cue", "3,4,#c03010"],
        ["--method", "siggraph17", "--cue", "3,4,#c03010"],
        ["--method", "eccv16"],
        ["--method", "harmonic", "--start", "siggraph17", "--cue", "3,4,#c03010"],
        ["--prior", "global-hints"],
    ],
    ids=" ".join,
)
def test_networks_colour_by_command_line(words, photo, nowhere, weights, capsys):
    own = ["--weights", str(weights), "--net-size", "32", "--json", "--on-exists", "overwrite"]
    assert run(["colorize", photo, *words, *own]) == 0
    facts = json.loads(capsys.readouterr().out)
    result = vc.read(facts["output"]).pixels
    np.testing.assert_array_equal(vc.to_gray(result), vc.read(photo).pixels)
    assert np.ptp(result.astype(int), axis=2).max() > 3


def test_a_folder_of_weights_may_be_named_by_the_environment(photo, weights, monkeypatch, capsys):
    monkeypatch.setenv("VARCOLOR_WEIGHTS", str(weights))
    assert run(["colorize", photo, "--prior", "siggraph17", "--net-size", "32", "--quiet"]) == 0


def test_suggest_by_command_line(photo, nowhere, weights, capsys, tmp_path):
    own = ["--network", "siggraph17", "--weights", str(weights), "--net-size", "32", "--json"]
    assert run(["suggest", photo, "--at", "5,6", "--count", "4", *own]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["at"] == [5, 6]
    assert len(facts["colors"]) == 4
    assert sum(c["probability"] for c in facts["colors"]) == pytest.approx(1)
    assert run(["suggest", photo, "--entropy", str(tmp_path / "e.png"), *own]) == 0
    column, row = json.loads(capsys.readouterr().out)["next"]
    assert 0 <= column < 48 and 0 <= row < 32
    assert vc.read(tmp_path / "e.png").shape == (32, 48)
