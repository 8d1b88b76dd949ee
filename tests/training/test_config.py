"""Configurations in TOML, and which pictures they mean."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from varcolor.cli.training.train import changed
from varcolor.errors import FileError, InputError
from varcolor.training.config import Config, LoopOptions, made, read_config, text_of
from varcolor.training.schedule import rate_at
from varcolor.training.sources import entries_of, split

SHIPPED = sorted((Path(__file__).parents[2] / "models" / "training").glob("*.toml"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_what_comes_with_varcolor_is_read(path):
    from varcolor.neural.networks import NETWORKS
    from varcolor.training.task import task_of

    config = read_config(path)
    assert config.name == path.stem
    task = task_of(config)
    if config.task == "learned":
        from varcolor.neural.learned.net import DOWN, UP, WIDTHS

        own = {name: tuple(value) for name, value in config.network.items()}
        assert own == {"widths": WIDTHS, "down": DOWN, "up": UP}
    else:
        NETWORKS[task.network].with_settings(config.network)


def test_text_and_back(config):
    import tomllib

    assert made(Config, tomllib.loads(text_of(config))) == config


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_text_and_back_of_what_comes_with_varcolor(path):
    import tomllib

    config = read_config(path)
    assert made(Config, tomllib.loads(text_of(config))) == config
    assert changed(config, ["loop.steps=3"]) == replace(config, loop=replace(config.loop, steps=3))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('name = "a"\ntask = "regression"\n[loop]\nstep = 3', "'loop.step' .did you mean 'steps'"),
        ('name = "a"\ntask = "regression"\n[loop]\nsteps = 0', "steps 0"),
        ('name = "a"\ntask = "regression"\n[loop]\nsteps = "3"', "loop.steps = '3'"),
        ('name = "a"\ntask = "regression"\n[data]\nfit = "crops"', "did you mean 'crop'"),
        ('name = "a"', "task"),
        ('name = "../a"\ntask = "regression"', "name"),
        ("name = ", "is no configuration in TOML"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, text, message):
    path = tmp_path / "own.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=message) as caught:
        read_config(path)
    assert "own.toml" in str(caught.value)


def test_rates():
    own = LoopOptions(steps=100, rate=1.0, warmup=10, schedule="cosine")
    assert rate_at(0, own) == pytest.approx(0.1)
    assert rate_at(55, own) == pytest.approx(0.5)
    assert rate_at(100, own) == pytest.approx(0)
    own = LoopOptions(rate=1.0, schedule="steps", milestones=(5, 7), factor=0.5)
    assert [rate_at(k, own) for k in (4, 5, 7)] == [1.0, 0.5, 0.25]


def test_folders_zips_and_lists_hold_the_same(photos, tmp_path):
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for path in photos.iterdir():
            archive.write(path, path.name)
    names = sorted(path.name for path in photos.iterdir())
    (tmp_path / "list.txt").write_text("# all\n" + "\n".join(str(photos / n) for n in names))
    folder, packed, listed = (
        entries_of([p]) for p in (photos, tmp_path / "all.zip", tmp_path / "list.txt")
    )
    assert [e.key for e in folder] == [e.key for e in packed] == names
    contents = [[e.content() for e in group] for group in (folder, packed, listed)]
    assert contents[0] == contents[1] == contents[2]


def test_the_split_depends_on_names_alone(photos):
    entries = entries_of([photos])
    training, held_out = split(entries, 0.3)
    assert len(training) + len(held_out) == 12
    assert 0 < len(held_out) < 8
    again = split(entries[::-1][:7], 0.3)
    assert set(again[1]) == set(entries[::-1][:7]) & set(held_out)
    assert split(entries, 0.0)[1] == ()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("no.zip", b"PK no", "no zip file"),
        ("list.txt", b"gone.png", "line 1: no such file: gone.png"),
        ("data.bin", b"\xff\xfe\x00", "no picture, zip file or list"),
        ("gone", None, "no such file or folder"),
    ],
)
def test_places_that_hold_nothing(tmp_path, name, content, message):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(FileError, match=message):
        entries_of([tmp_path / name])
