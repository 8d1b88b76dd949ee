"""Networks as rivals, and the suite of small steps of lightness."""

from __future__ import annotations

import sys

import numpy as np
import pytest

import varcolor as vc
from benchmarks.quality import lstep
from benchmarks.quality.__main__ import main
from benchmarks.quality.memory import peak_of
from benchmarks.quality.run import adapter
from varcolor.errors import FileError, InputError
from varcolor.image.color import lab


@pytest.fixture
def nowhere(tmp_path, monkeypatch):
    monkeypatch.setenv("VARCOLOR_WEIGHTS", str(tmp_path / "weights"))


@pytest.mark.parametrize("name", ["siggraph17", "eccv16", "siggraph17-fused", "eccv16-fused"])
def test_without_weights_one_line_says_what_is_missing(nowhere, name, monkeypatch, tmp_path):
    with pytest.raises(FileError, match="varcolor models fetch"):
        adapter(name)
    words = ["x", "--suite", "hints", "--methods", "harmonic", name, "--data", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", words)
    with pytest.raises(SystemExit) as stop:
        main()
    assert str(stop.value).startswith("benchmarks.quality: ")
    assert "\n" not in str(stop.value)


def test_networks_run_as_rivals(nowhere, monkeypatch, tmp_path):
    pytest.importorskip("torch")
    import importlib.util
    from pathlib import Path

    import torch

    spec = importlib.util.spec_from_file_location(
        "plain_networks", Path(__file__).parents[1] / "neural" / "plain.py"
    )
    plain = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(plain)
    (tmp_path / "weights").mkdir()
    torch.save(
        plain.state_of_shapes(plain.siggraph_shapes(), 1), tmp_path / "weights/siggraph17.pth"
    )
    gray = np.random.default_rng(0).uniform(0.2, 0.8, (48, 48))
    cues = vc.Cues.from_points(gray.shape, [(10, 20)], ["#a05030"])
    alone, fused = (adapter(name)(gray, cues) for name in ("siggraph17", "siggraph17-fused"))
    gaps = [
        np.abs(lab.split(rgb[20, 10])[1] - lab.split(cues.color[0].astype(float))[1]).max()
        for rgb in (alone, fused)
    ]
    assert gaps[1] < 1.5 < gaps[0]


def test_colorizers_in_onnx(tmp_path):
    pytest.importorskip("onnxruntime")
    onnx = pytest.importorskip("onnx")
    make = onnx.helper

    def model(path, channels, kernel):
        ports = [
            make.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1, count, 64, 64])
            for name, count in (("x", channels), ("y", kernel.shape[0]))
        ]
        weight = onnx.numpy_helper.from_array(kernel.astype(np.float32), "w")
        node = make.make_node("Conv", ["x", "w"], ["y"])
        graph = make.make_graph([node], "g", ports[:1], ports[1:], [weight])
        made = make.make_model(graph, opset_imports=[make.make_opsetid("", 13)], ir_version=8)
        onnx.save(made, path)

    gray = np.full((40, 60), 0.5)
    cues = vc.Cues.none(gray.shape)
    light = 100 * float(lab.luma_of_gray(np.array(0.5)))
    # a* = 110 k (L* - 50) / 100, b* = 0.
    model(tmp_path / "one.onnx", 1, np.array([3.0, 0.0]).reshape(2, 1, 1, 1))
    rgb = adapter(f"onnx:{tmp_path / 'one.onnx'},size=64")(gray, cues)
    np.testing.assert_allclose(lab.split(rgb)[1][20, 30], [3.3 * (light - 50), 0], atol=0.1)
    # Channels L, a, b, mask: the hints come back.
    model(tmp_path / "four.onnx", 4, np.eye(4)[1:3].reshape(2, 4, 1, 1))
    hinted = vc.Cues.from_mask(np.ones((40, 60), bool), np.full((40, 60, 3), (0.6, 0.45, 0.4)))
    rgb = adapter(f"onnx:{tmp_path / 'four.onnx'},size=64")(gray, hinted)
    expected = lab.split(np.array([0.6, 0.45, 0.4]))[1]
    np.testing.assert_allclose(lab.split(rgb)[1][20, 30], expected, atol=0.5)
    with pytest.raises(FileError, match="no such file"):
        adapter("onnx:none.onnx")
    with pytest.raises(InputError, match="unknown option"):
        adapter(f"onnx:{tmp_path / 'one.onnx'},width=3")
    (tmp_path / "bad.onnx").write_bytes(b"nothing")
    with pytest.raises(FileError, match="cannot read it"):
        adapter(f"onnx:{tmp_path / 'bad.onnx'}")


def test_small_steps_are_harder_than_large_ones():
    rows = lstep.run(None, ("harmonic", "nearest"), 0, 0)
    assert len(rows) == 2 * 3 * len(lstep.STEPS)
    cells = {(r["method"], r["step"]): r for r in lstep.summarise(rows)}
    large, small = cells["harmonic", 12.0], cells["harmonic", 0.5]
    assert large["filled"] > 0.99
    assert large["spilt"] < 0.02
    assert small["spilt"] > large["spilt"] + 0.2
    # The nearest stroke knows nothing of lightness.
    assert cells["nearest", 12.0]["spilt"] == pytest.approx(cells["nearest", 0.5]["spilt"])
    assert "| harmonic | synthetic | 100 / 0 |" in lstep.markdown(lstep.summarise(rows))


def test_the_scene_has_the_step_that_it_says():
    for scene in lstep.scenes(None, 0, 0):
        light = 100 * lab.luma_of_gray(scene.gray)
        if scene.texture == "flat":
            gap = light[scene.disc].mean() - light[~scene.disc].mean()
            assert gap == pytest.approx(scene.step, abs=1e-6)
        assert len(scene.cues) > 100


def test_memory_is_told_where_the_system_tells():
    size, megabytes = peak_of(lambda: np.ones(30_000_000).sum())
    assert size == 30_000_000
    assert megabytes is None or 150 < megabytes < 800
