"""What a training made is used at once: as prior, as decoder, added to the models, measured."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

import varcolor as vc
from varcolor.cli import run as cli
from varcolor.errors import FileError, InputError
from varcolor.training.run import train

NETWORKS = {
    "colornet-v2": ("regression", {"network": "colornet-v2"}, {"width": 4, "depth": 2}),
    "poster-394": ("classification", {"network": "poster-394"}, {"width": 4, "pooled": 4}),
    "eccv16": ("classification", {"network": "eccv16"}, {"width": 2}),
    "ideepcolor": ("hints", {"warmup": 1}, {"width": 2}),
    "cgan": ("adversarial", {"width": 2, "levels": 1}, {"width": 4, "depth": 3}),
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory, photos):
    """Every kind of network, trained for two steps."""
    pytest.importorskip("torch").set_num_threads(1)
    from varcolor.training.config import Config, DataOptions, LoopOptions

    folder = tmp_path_factory.mktemp("runs")
    data = DataOptions(places=(str(photos),), size=16, held_out=0.3)
    loop = LoopOptions(steps=2, batch=2, every=2, look=2, ema=0.5)
    for name, (task, options, network) in NETWORKS.items():
        own = Config(name=name, task=task, options=options, network=network, data=data, loop=loop)
        train(own, folder / name)
    return folder


@pytest.fixture
def gray(photos):
    return vc.to_gray(photos / "05.png")


@pytest.mark.parametrize("name", NETWORKS)
def test_as_prior(runs, gray, name):
    cues = vc.Cues.from_points(gray.shape, [(3, 4)], ["#c03010"])
    result = vc.colorize(gray, cues, prior=str(runs / name), net_size=32)
    assert result.rgb.shape == (*gray.shape, 3)
    again = vc.colorize(gray, cues, prior=runs / name / f"{name}.safetensors", net_size=32)
    assert np.array_equal(again.rgb, result.rgb)


def test_the_prior_is_the_networks_answer(runs, gray):
    """Trusted very much, it is what comes out."""
    from varcolor.neural import load_network

    file = runs / "poster-394" / "poster-394.safetensors"
    net = load_network("poster-394", file)
    assert net.bins.shape[1] == 2
    assert len(net.bins) == net.form.settings["bins"]
    result = vc.colorize(gray, None, prior=str(file), confidence=1e5, net_size=32, space="lab")
    from varcolor.image.color import lab

    light = 100 * lab.luma_of_gray(gray.as_float())
    expected = net.chroma(light)
    assert np.abs(result.chroma - expected).max() < 0.5


@pytest.mark.parametrize("decoder", ["", "-alone"])
def test_as_decoder(runs, photos, decoder):
    ir = vc.encode(photos / "02.png", "grid")
    run = str(runs / "ideepcolor")
    if decoder:
        from varcolor.neural.using import NetworkOptions

        found = vc.decode(ir, decoder="trained-alone", network=NetworkOptions(weights=run))
    else:
        found = vc.decode(ir, decoder=run)
    assert found.shape == (24, 32, 3)


def test_on_the_command_line(runs, photos, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("VARCOLOR_WEIGHTS", str(tmp_path / "weights"))
    monkeypatch.chdir(tmp_path)
    vc.write(vc.to_gray(photos / "01.png"), tmp_path / "g.png")
    run = str(runs / "colornet-v2")
    assert cli(["colorize", "g.png", "--prior", run, "-o", "one.png", "--quiet"]) == 0
    assert cli(["models", "add", run, "--quiet"]) == 0
    assert cli(["colorize", "g.png", "--prior", "colornet-v2", "-o", "two.png", "--quiet"]) == 0
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()
    assert cli(["encode", str(photos / "03.png"), "-o", "small", "-m", "grid", "--quiet"]) == 0
    words = ["decode", "small", "-o", "back", "--decoder", str(runs / "ideepcolor"), "--quiet"]
    assert cli(words) == 0
    capsys.readouterr()
    assert cli(["colorize", "g.png", "--prior", "colornet-v3", "-o", "x.png"]) == 2
    assert "unknown prior" in capsys.readouterr().err


def test_evaluate(runs, photos, tmp_path, capsys):
    run = str(runs / "ideepcolor")
    words = ["evaluate", run, "--json", "--quiet", "--size", "32", "--csv", str(tmp_path / "e.csv")]
    assert cli([*words, "--sheet", str(tmp_path / "e.png")]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert 0 < facts["pictures"] < 8
    mean = facts["mean"]
    assert facts["gain_over_grey"] == pytest.approx(mean["psnr"] - mean["psnr_grey"])
    assert len((tmp_path / "e.csv").read_text().splitlines()) == facts["pictures"] + 1
    assert vc.read(tmp_path / "e.png").shape[1] == 3 * 32 + 4 * 6
    assert cli(["evaluate", run, "--sheet", str(tmp_path / "e.png")]) == 2
    assert cli(["evaluate", run, "--data", str(photos), "--hints", "3", "--most", "2"]) == 0
    capsys.readouterr()
    assert cli(["evaluate", str(runs / "cgan"), "--hints", "3"]) == 2
    assert "takes no hints" in capsys.readouterr().err


def test_the_score_of_the_truth(runs, photos, monkeypatch):
    """A network that answers with the true chroma is scored as perfect up to 8 bits."""
    from varcolor.training import evaluation

    monkeypatch.setattr(evaluation, "answer", lambda net, sample, hints, number: sample.ab)
    found = evaluation.evaluate(runs / "cgan", size=32)
    assert found.mean("psnr")[0] > 50 or found.facts()["mean"]["ab_error"] == 0
    assert found.used_bins[0] == found.used_bins[1]


def test_what_is_no_run(tmp_path, gray, runs):
    (tmp_path / "a.safetensors").write_bytes(b"\x10" * 40)
    with pytest.raises(FileError, match="was not made by varcolor train"):
        vc.colorize(gray, None, prior=str(tmp_path / "a.safetensors"))
    with pytest.raises(FileError, match="no such file"):
        vc.colorize(gray, None, prior=str(tmp_path / "b.safetensors"))
    with pytest.raises(InputError, match="name a run"):
        vc.colorize(gray, None, prior="trained")
    with pytest.raises(FileError, match="not of eccv16"):
        vc.colorize(
            gray, None, prior="eccv16", weights=runs / "cgan" / "cgan.safetensors", net_size=32
        )


def test_bins_are_printed_and_kept(config, photos, tmp_path, capsys, runs):
    from varcolor.training.config import text_of

    own = replace(config, task="classification", options={"network": "poster-394"}, network={})
    (tmp_path / "own.toml").write_text(text_of(own))
    assert cli(["train", str(tmp_path / "own.toml"), "--bins"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "a,b,share,weight"
    rows = np.array([[float(v) for v in line.split(",")] for line in lines[1:]])
    assert rows[:, 2].sum() == pytest.approx(1)
    assert rows[:, 2] @ rows[:, 3] == pytest.approx(1)
    assert (runs / "poster-394" / "bins.csv").read_text().startswith("a,b,share,weight")
    assert not (tmp_path / "small").exists()
    (tmp_path / "other.toml").write_text(text_of(config))
    assert cli(["train", str(tmp_path / "other.toml"), "--bins"]) == 2
