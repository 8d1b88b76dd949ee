"""Every command of the page on networks runs."""

from __future__ import annotations

import json
import shlex
import shutil
from pathlib import Path

import numpy as np
import pytest

import varcolor as vc
from varcolor.cli import run
from varcolor.neural import cards, fetching, loading

pytest.importorskip("torch")
README = (Path(__file__).parents[2] / "docs" / "networks.md").read_text()


def commands():
    block = README.split("## With a network")[1].split("```sh")[1].split("```")[0]
    return [line.partition("  #")[0].partition(" # ")[0] for line in block.strip().splitlines()]


@pytest.fixture
def folder(tmp_path, monkeypatch, weights):
    """What the commands name: a photo, strokes, references, weights of random numbers."""
    from skimage import data

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VARCOLOR_WEIGHTS", str(tmp_path / "cache"))
    photo = data.chelsea()[:160:2, :320:2]
    vc.write(vc.to_gray(photo), tmp_path / "photo.png")
    vc.write(photo, tmp_path / "other.jpg")
    (tmp_path / "photos").mkdir()
    vc.write(photo, tmp_path / "photos" / "a.png")
    strokes = {"format": "varcolor-strokes", "version": 1, "width": 160, "height": 80}
    one = {"kind": "paint", "color": "#c08040", "radius": 4, "points": [[30, 30], [60, 40]]}
    Path("strokes.json").write_text(json.dumps({**strokes, "strokes": [one]}))
    (tmp_path / "cache").mkdir()
    for name in ("eccv16", "global-hints"):
        shutil.copy(weights / f"{name}.pth", tmp_path / "cache")
    shutil.copy(weights / "siggraph17.pth", tmp_path / "siggraph17.pth")
    shutil.copy(weights / "siggraph17.pth", tmp_path / "own.pth")
    Path("own.toml").write_text(
        'name = "own"\nnetwork = "siggraph17"\nfile = "own.pth"\nlicence = "CC0"\nsource = "me"\n'
    )

    def fetched(card, progress=None):
        assert card.name == "siggraph17-df00044c"
        return Path(shutil.copy(weights / "siggraph17.pth", tmp_path / "cache" / "siggraph17.pth"))

    monkeypatch.setattr(fetching, "fetch_card", fetched)
    return tmp_path


def test_every_command_runs(folder, capsys):
    lines = commands()
    assert len(lines) == 12
    for line in lines:
        words = shlex.split(line)
        assert words[0] == "varcolor"
        assert run(words[1:]) == 0, line + capsys.readouterr().err
    for name in (
        "photo.colour.png",
        "fused.png",
        "alone.png",
        "own.png",
        "like.png",
        "histogram.png",
    ):
        picture = vc.read(folder / name).pixels
        assert np.ptp(picture.astype(int), axis=2).max() > 5, name
        np.testing.assert_array_equal(vc.to_gray(picture), vc.read("photo.png").pixels)


def test_python_of_the_readme_runs(folder):
    block = README.split("## With a network")[1].split("```python")[1].split("```")[0]
    names = {
        "L": np.full((16, 24), 50.0),
        "ab_of_hints": np.zeros((16, 24, 2)),
        "mask": np.zeros((16, 24)),
    }
    exec(block, names)
    assert names["ab"].shape == (16, 24, 2)


def test_cards_are_in_the_wheel_and_the_repository():
    import tomllib

    root = Path(__file__).parents[2]
    built = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["hatch"]["build"]
    assert built["targets"]["wheel"]["force-include"] == {"models": "varcolor/neural/cards"}
    assert len(cards.shipped()) == len(list((root / "models").glob("[0-9]*.toml"))) == 7
    assert loading.sha256_of(root / "LICENSE")
