"""A classifier of torchvision in place of the pooling branch; torchvision itself is imitated."""

from __future__ import annotations

import sys
import types
from dataclasses import replace

import numpy as np
import pytest

import varcolor as vc
from varcolor.errors import InputError, MissingExtra
from varcolor.training.run import train


@pytest.fixture
def torchvision(monkeypatch, tmp_path):
    """A package with one tiny classifier, and the file of its weights."""
    torch = pytest.importorskip("torch")
    from torch import nn

    def get_model(name, weights=None):
        if name != "tiny":
            raise ValueError(name)
        pool = nn.AdaptiveAvgPool2d(1)
        return nn.Sequential(
            nn.Conv2d(3, 2, 3), nn.BatchNorm2d(2), pool, nn.Flatten(), nn.Linear(2, 1000)
        )

    models = types.ModuleType("torchvision.models")
    models.get_model = get_model
    package = types.ModuleType("torchvision")
    package.models = models
    monkeypatch.setitem(sys.modules, "torchvision", package)
    monkeypatch.setitem(sys.modules, "torchvision.models", models)
    torch.manual_seed(9)
    state = get_model("tiny").state_dict()
    torch.save(state, tmp_path / "tiny.pth")
    return state


@pytest.mark.parametrize("network", ["poster-regression", "poster-394"])
def test_it_is_used_and_not_trained(config, photos, torchvision, tmp_path, network):
    from safetensors.numpy import load_file

    task = "regression" if network.endswith("n") else "classification"
    options = {"network": network, "backbone_weights": str(tmp_path / "tiny.pth")}
    own = replace(config, task=task, options=options, network={"width": 2, "backbone": "tiny"})
    found = train(own, tmp_path / "run")
    made = load_file(found.weights)
    for key, value in torchvision.items():
        assert np.array_equal(made[f"backbone.{key}"], value.numpy()), key
    gray = vc.to_gray(photos / "00.png")
    assert vc.colorize(gray, None, prior=str(tmp_path / "run"), net_size=16).rgb.shape[2] == 3


def test_what_is_missing_is_said(config, torchvision, tmp_path, monkeypatch):
    options = {"network": "poster-regression"}
    own = replace(config, options=options, network={"width": 2, "backbone": "tiny"})
    with pytest.raises(InputError, match="go together"):
        train(own, tmp_path / "run")
    with pytest.raises(InputError, match="no model 'other'"):
        train(replace(own, network={"width": 2, "backbone": "other"}), tmp_path / "run2")
    monkeypatch.setitem(sys.modules, "torchvision.models", None)
    with pytest.raises(MissingExtra, match="needs torchvision"):
        train(own, tmp_path / "run3")
