from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

_HERE = Path(__file__).parent
_NAMES = ("siggraph17", "eccv16", "global-hints")


def _load(name: str):
    spec = importlib.util.spec_from_file_location(f"neural_{name}", _HERE / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def plain():
    pytest.importorskip("torch").set_num_threads(1)
    return _load("plain")


@pytest.fixture(scope="session")
def states(plain):
    """Random state_dicts of the official keys and shapes."""
    found = {
        "siggraph17": plain.state_of_shapes(plain.siggraph_shapes(), 1),
        "eccv16": plain.state_of_shapes(plain.eccv_shapes(), 2),
        "global-hints": plain.state_of_shapes(plain.global_shapes(), 3),
    }
    found["global-hints"]["model1.0.weight"] *= 0.01  # its lightness is not scaled
    found["eccv16"]["model_out.weight"] *= 20  # centres of bins lie in -1 to 1
    return found


@pytest.fixture(scope="session")
def weights(states, tmp_path_factory):
    """A folder with NETWORK.pth for each."""
    import torch

    folder = tmp_path_factory.mktemp("weights")
    for name, state in states.items():
        torch.save(state, folder / f"{name}.pth")
    return folder


@pytest.fixture(scope="session")
def networks(weights):
    """Loaded once."""
    from varcolor.neural import load_network

    return {name: load_network(name, weights / f"{name}.pth") for name in _NAMES}


@pytest.fixture
def nowhere(tmp_path, monkeypatch):
    """An empty folder of weights."""
    monkeypatch.setenv("VARCOLOR_WEIGHTS", str(tmp_path / "weights"))
    return tmp_path / "weights"


@pytest.fixture
def light():
    """L* of an oblong picture."""
    return np.random.default_rng(4).uniform(0, 100, (24, 40))
