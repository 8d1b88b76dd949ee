"""A training to its end, resumed, interrupted, and with everything that may go wrong."""

from __future__ import annotations

import errno
import os
import signal
from dataclasses import replace

import numpy as np
import pytest

from varcolor.cli import run as cli
from varcolor.errors import FileError, VarcolorError
from varcolor.training.config import text_of
from varcolor.training.loop import LAST, NotFinite
from varcolor.training.run import train


def tensors(path):
    from safetensors.numpy import load_file

    return load_file(path)


def same(first, second):
    one, two = tensors(first), tensors(second)
    assert one.keys() == two.keys()
    return all(np.array_equal(one[key], two[key]) for key in one)


@pytest.fixture
def whole(config, tmp_path):
    return train(config, tmp_path / "whole")


def test_it_trains_and_writes_everything(whole):
    assert whole.reason == "finished"
    assert whole.progress.step == 12
    names = {path.name for path in whole.folder.iterdir()}
    files = {"small.safetensors", "small.toml", "config.toml", "log.csv", "curve.png"}
    assert names >= files | {"last.safetensors", "best.safetensors"}
    assert not any(name.startswith(".varcolor-") for name in names)
    from PIL import Image

    with Image.open(whole.folder / "curve.png") as curve:
        assert np.ptp(np.asarray(curve), axis=(0, 1)).min() > 100


def test_the_loss_falls(config, with_loop, tmp_path):
    found = train(with_loop(config, steps=120, every=60, ema=0.9), tmp_path / "long")
    assert found.last_loss < 0.6 * found.first_loss


def test_again_is_the_same(config, whole, tmp_path):
    assert same(train(config, tmp_path / "again").weights, whole.weights)


@pytest.mark.parametrize("at", [3, 7])
def test_resumed_is_the_same_as_uninterrupted(config, whole, tmp_path, monkeypatch, at):
    """Interrupted in the middle of a stretch between checkpoints; weights equal to the bit."""
    from varcolor.training.loop import Trainer

    step = Trainer._step

    def interrupted(self, number, arrays):
        if number == at - 1:
            os.kill(os.getpid(), signal.SIGINT)
        return step(self, number, arrays)

    monkeypatch.setattr(Trainer, "_step", interrupted)
    half = train(config, tmp_path / "half")
    assert (half.reason, half.progress.step) == ("interrupted", at)
    monkeypatch.undo()
    rest = train(config, tmp_path / "half", resume=True)
    assert rest.reason == "finished"
    assert same(rest.folder / LAST, whole.folder / LAST)
    assert same(rest.weights, whole.weights)


def test_the_seed_matters(config, with_loop, whole, tmp_path):
    other = train(with_loop(config, seed=1), tmp_path / "other")
    assert not same(other.weights, whole.weights)


def test_interruptions_on_the_command_line_say_how_to_go_on(config, tmp_path, monkeypatch, capsys):
    from varcolor.training.loop import Trainer

    step = Trainer._step

    def interrupted(self, number, arrays):
        os.kill(os.getpid(), signal.SIGINT)
        return step(self, number, arrays)

    monkeypatch.setattr(Trainer, "_step", interrupted)
    file = tmp_path / "small.toml"
    file.write_text(text_of(config))
    assert cli(["train", str(file), "--out", str(tmp_path / "run"), "--quiet"]) == 130
    assert "--resume" in capsys.readouterr().err
    assert (tmp_path / "run" / LAST).exists()
    assert cli(["train", str(file), "--out", str(tmp_path / "run"), "--quiet"]) == 3
    assert "go on with --resume" in capsys.readouterr().err


def test_minutes_end_it(config, with_loop, tmp_path):
    found = train(with_loop(config, minutes=1e-9), tmp_path / "run")
    assert (found.reason, found.progress.step) == ("minutes", 1)


def test_another_configuration_is_not_resumed(config, with_loop, whole):
    with pytest.raises(VarcolorError, match="another configuration"):
        train(with_loop(config, rate=1e-2, steps=20), whole.folder, resume=True)


def test_nan_stops_with_the_step_and_the_last_good_checkpoint(config, tmp_path, monkeypatch):
    from varcolor.training.tasks.regression import Regression

    loss = Regression.loss

    def poisoned(self, module, batch, step, part):
        value, figures = loss(self, module, batch, step, part)
        return (value * float("nan") if step == 6 else value), figures

    monkeypatch.setattr(Regression, "loss", poisoned)
    with pytest.raises(NotFinite, match=r"step 7: the loss .* nan; the last good .* of step 4"):
        train(config, tmp_path / "run")
    assert all(np.isfinite(v).all() for v in tensors(tmp_path / "run" / LAST).values())


def test_a_full_disk_leaves_the_checkpoint_before(config, tmp_path, monkeypatch):
    from varcolor.image import publish
    from varcolor.training import checkpoint

    fill = publish._Part.fill

    def fill_full(self, data):
        if self.path.name == LAST and self.path.exists():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fill(self, data)

    monkeypatch.setattr(publish._Part, "fill", fill_full)
    with pytest.raises(FileError, match=r"last\.safetensors: cannot be written \(No space left"):
        train(config, tmp_path / "run")
    monkeypatch.undo()
    assert checkpoint.progress_of(tmp_path / "run" / LAST).step == 4
    assert train(config, tmp_path / "run", resume=True).reason == "finished"


def test_a_corrupt_picture_is_passed_over(config, photos, tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for path in photos.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "broken.png").write_bytes((photos / "00.png").read_bytes()[:60])
    data = replace(config.data, places=(str(folder),), held_out=0.0)
    found = train(replace(config, data=data), tmp_path / "run")
    assert (found.pictures, found.passed_over) == (13, 1)


@pytest.mark.parametrize("content", [None, "text"])
def test_an_empty_folder_is_refused(config, tmp_path, content):
    folder = tmp_path / "none"
    folder.mkdir()
    if content:
        (folder / "readme.txt").write_text(content)
    data = replace(config.data, places=(str(folder),))
    with pytest.raises(FileError, match="no pictures there"):
        train(replace(config, data=data), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_only_grey_pictures_are_refused(config, tmp_path):
    import varcolor as vc

    folder = tmp_path / "grey"
    folder.mkdir()
    for k in range(3):
        gray = np.full((20, 20, 3), 40 * k, np.uint8)
        gray[3:6] += 20
        vc.write(gray, folder / f"{k}.png")
    data = replace(config.data, places=(str(folder),), held_out=0.0)
    with pytest.raises(FileError, match=r"no picture of 3 can be used.*near-grey"):
        train(replace(config, data=data), tmp_path / "run")
