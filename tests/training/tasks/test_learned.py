"""The task learned: its samples, its weights again after an interruption, and its file in use."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

import varcolor as vc
from varcolor.errors import FileError, InputError
from varcolor.training.config import AugmentOptions, Config, DataOptions, LoopOptions
from varcolor.training.run import configured, train
from varcolor.training.schedule import rate_at
from varcolor.training.sources import entries_of, parted
from varcolor.training.tasks import kept_samples, learned

torch = pytest.importorskip("torch")

KINDS = (
    learned.Kind(0.6, 256, 1, 32, (0, 1, 4), 32),
    learned.Kind(0.4, 160, 2, 16, (0, 2), 16),
)


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """Seven pictures in colour of two sizes, a grey one and a broken one."""
    folder = tmp_path_factory.mktemp("archive")
    row, column = np.mgrid[0:300, 0:320] / 40
    for k in range(7):
        level = 0.5 + 0.4 * np.sin(row * (1 + k / 5)) * np.cos(column + k)
        rgb = np.stack([level, 0.7 * level + 0.1, 1 - level], axis=2)
        step = 1 if k < 3 else 3
        vc.write(np.rint(255 * rgb[::step, ::step]).astype(np.uint8), folder / f"{k}.png")
    vc.write(np.rint(255 * np.repeat(row[:, :, None] / 8, 3, 2)).astype(np.uint8), folder / "g.png")
    (folder / "z.png").write_bytes((folder / "0.png").read_bytes()[:90])
    return folder


@pytest.fixture
def config(archive, tmp_path, monkeypatch):
    """A small network and small batches."""
    monkeypatch.setattr(learned, "KINDS", KINDS)
    monkeypatch.setattr(learned, "_COUNTS", (0, 2))
    monkeypatch.setattr(learned, "_PLACES", 64)
    torch.set_num_threads(1)
    loop = replace(configured("learned").loop, steps=6, every=2, look=2, warmup=2, batch=2)
    return Config(
        name="own",
        task="learned",
        network={"widths": [8, 12], "down": [1, 1], "up": [1]},
        data=DataOptions(
            places=(str(archive),),
            held_out_places=(str(archive / "2.png"),),
            cache=str(tmp_path / "samples"),
        ),
        loop=replace(loop, threads=1),
    )


def test_samples_are_made_once(config, tmp_path, monkeypatch):
    entries, held_out = parted(config.data)
    assert [entry.key for entry in held_out] == ["2.png"]
    folder = tmp_path / "samples"
    own = kept_samples.kept_samples(entries, folder, 2.5, lambda *_: None)
    assert sum(len(array) for array in own.arrays.values()) == 6
    assert {len(own.places[side]) for side in (256, 160)} == {len(a) for a in own.arrays.values()}
    assert {key.rpartition("/")[2] for key in own.unusable} == {"g.png", "z.png"}
    monkeypatch.setattr(kept_samples, "sample_of", None)
    again = kept_samples.kept_samples(entries, folder, 2.5, lambda *_: None)
    np.testing.assert_array_equal(again.arrays[256], own.arrays[256])
    with pytest.raises(FileError, match="other pictures; name another by data.cache"):
        kept_samples.kept_samples(entries[1:], folder, 2.5, lambda *_: None)
    (folder / "index.json").write_text("{")
    with pytest.raises(FileError, match="damaged"):
        kept_samples.kept_samples(entries, folder, 2.5, lambda *_: None)


def test_a_part_is_cut_and_mirrored_with_its_position(config, archive, tmp_path):
    entries = entries_of([archive])
    own = kept_samples.kept_samples(entries, tmp_path / "s", 2.5, lambda *_: None)
    share = own.shares(256, {})
    assert share.sum() == pytest.approx(1)
    assert own.shares(256, {archive.name: 3.0}) == pytest.approx(share)
    parts, at = own.drawn(np.random.default_rng(0), 256, share, 20, 32)
    light = own.arrays[256][:, 17].astype(np.float32)
    for part, (rows, columns) in zip(parts, at, strict=True):
        place = np.rint(128 * np.stack([rows, columns]) + 63.5).astype(int)
        mirrored = columns[0, 0] > columns[0, 1]
        if mirrored:  # the position is that of the mirrored picture
            place[1] = 127 - np.rint(63.5 - 128 * columns).astype(int)
        differences = np.abs(light[:, place[0], place[1]] - part[17]).max(axis=(1, 2))
        other = np.abs(light[:, place[0], 127 - place[1]] - part[17]).max(axis=(1, 2))
        assert min(differences.min(), other.min()) == 0


def test_resumed_is_the_same_as_uninterrupted(config, tmp_path, monkeypatch):
    from varcolor.training.loop import LAST, Trainer

    whole = train(config, tmp_path / "whole")
    step = Trainer._step

    def interrupted(self, number, arrays):
        self.stop = number == 2
        return step(self, number, arrays)

    monkeypatch.setattr(Trainer, "_step", interrupted)
    half = train(config, tmp_path / "half")
    assert (half.reason, half.progress.step) == ("interrupted", 3)
    monkeypatch.undo()
    monkeypatch.setattr(learned, "KINDS", KINDS)
    monkeypatch.setattr(learned, "_COUNTS", (0, 2))
    monkeypatch.setattr(learned, "_PLACES", 64)
    rest = train(config, tmp_path / "half", resume=True)
    assert rest.weights.read_bytes() == whole.weights.read_bytes()
    assert (rest.folder / LAST).stat().st_size == (whole.folder / LAST).stat().st_size
    log = (rest.folder / "log.csv").read_text()
    assert "psnr_2" in log
    assert "held_out" in log
    assert json.loads((tmp_path / "samples" / "index.json").read_text())["unusable"]


def test_the_file_is_what_torch_computes_and_the_prior_takes_it(config, tmp_path, archive, capsys):
    from varcolor.cli import run as cli
    from varcolor.neural.learned.going_on import build, going_on
    from varcolor.prior.learned.network import read_network
    from varcolor.prior.learned.planes import PLANES
    from varcolor.prior.learned.prior import Learned

    found = train(config, tmp_path / "run")
    network = read_network(found.weights)
    module = build(**config.network)
    going_on(module, str(found.weights))
    rng = np.random.default_rng(0)
    planes, position = rng.random((16, 24, PLANES)), rng.normal(size=(16, 24, 2))
    sides = (
        torch.tensor(x.transpose(2, 0, 1)[None], dtype=torch.float32) for x in (planes, position)
    )
    module.train()  # the normalisations stay as they are
    with torch.no_grad():
        wanted = module.net(*sides)[0].numpy().transpose(1, 2, 0)
    np.testing.assert_allclose(network.maps(planes, position), wanted, atol=1e-4)

    gray = vc.read(archive / "0.png").as_float()[..., 1]
    cues = vc.Cues.from_points(gray.shape, [(50, 40)], [(0.8, 0.3, 0.2)])
    by_file = vc.colorize(gray, cues, prior=Learned(weights=str(found.weights)))
    by_run = vc.colorize(gray, cues, prior=str(found.folder))
    named = vc.colorize(gray, cues, prior="learned", weights=str(found.weights))
    np.testing.assert_array_equal(by_run.rgb, by_file.rgb)
    np.testing.assert_array_equal(named.rgb, by_file.rgb)
    assert np.abs(by_file.chroma - vc.colorize(gray, cues, prior="learned").chroma).max() > 0
    photo, target = tmp_path / "gray.png", tmp_path / "out.png"
    vc.write(np.rint(255 * gray).astype(np.uint8), photo)
    arguments = ["colorize", str(photo), "--prior", str(found.folder), "-o", str(target), "--quiet"]
    assert cli(arguments) == 0
    assert target.exists()
    assert cli(["evaluate", str(found.folder), "--quiet"]) == 2
    assert "is a network of the prior learned" in capsys.readouterr().err
    with pytest.raises(FileError, match=r"none\.safetensors: cannot be read"):
        vc.colorize(gray, cues, prior=Learned(weights=str(tmp_path / "none.safetensors")))


def test_it_goes_on_from_a_file(config, tmp_path):
    first = train(config, tmp_path / "first")
    own = replace(config, options={"start": str(first.weights)})
    slow = replace(own, loop=replace(own.loop, rate=1e-12))
    again = train(slow, tmp_path / "again")
    from varcolor.prior.learned.network import read_network

    one, two = (read_network(found.weights).weights for found in (first, again))
    for name, values in one.items():
        np.testing.assert_allclose(two[name], values, rtol=2e-3, atol=1e-6)
    with pytest.raises(FileError, match="is of another network"):
        train(replace(own, network={"widths": [8, 8], "down": [1, 1], "up": [1]}), tmp_path / "x")


def test_what_does_not_go_together_is_refused(config, tmp_path):
    with pytest.raises(InputError, match="does not go with the task learned"):
        train(replace(config, augment=AugmentOptions(gamma=0.2)), tmp_path / "a")
    with pytest.raises(InputError, match="expected as many numbers of blocks"):
        train(replace(config, network={"widths": [8]}), tmp_path / "b")
    with pytest.raises(InputError, match="only the task learned keeps samples"):
        other = replace(config, task="regression", options={"network": "colornet-l"}, network={})
        train(other, tmp_path / "c")


def test_the_rate_is_constant_then_falls():
    own = LoopOptions(steps=100, rate=1.0, schedule="cooling", cooling=0.4)
    assert [rate_at(step, own) for step in (0, 59)] == [1.0, 1.0]
    assert rate_at(80, own) == pytest.approx(0.5)
    assert rate_at(99, own) == pytest.approx(0.025)
