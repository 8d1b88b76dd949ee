"""Projects: round trip, the command line on them, and hostile files."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import varcolor as vc
from varcolor.cli import run
from varcolor.cues.strokes import strokes_to_json
from varcolor.project import Project, Settings, parse_project, read_project

SHAPE = (24, 32)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    rng = np.random.default_rng(2)
    pixels = (rng.random(SHAPE) * 40 + 100).astype(np.uint8)
    vc.write(pixels, tmp_path / "portrait.png")
    return tmp_path / "portrait.png"


def project_of(photo: Path, embedded: bool = True, **settings: Any) -> Project:
    import hashlib

    data = photo.read_bytes()
    mask = np.zeros(SHAPE, bool)
    mask[20, 3:9] = True
    return Project(
        name=photo.name,
        sha256=hashlib.sha256(data).hexdigest(),
        photo=data if embedded else None,
        shape=SHAPE,
        strokes=(
            vc.Stroke(((3, 3), (10.25, 5)), 1.5, color="#c08040"),
            vc.Stroke(((25, 20),), 2, "neutral", weight=0.5),
            vc.Stroke(((4.5, 20.5),), 0, "erase"),
            vc.Stroke(((14, 2), (18, 2), (16, 6)), 0, "protect", fill=True),
        ),
        imports=(("marked.png", vc.Cues.from_mask(mask, "navy")),),
        settings=Settings.of("colorize", settings),
        palette=("#112233",),
        history={"version": 1},
        preview=b"\x89PNG",
    )


def test_round_trip(photo: Path) -> None:
    project = project_of(photo, method={"name": "levin", "radius": 2}, tolerance=0.1)
    again = parse_project(project.content(), "x.varcolor")
    for name in ("name", "sha256", "photo", "shape", "strokes", "settings", "palette", "history"):
        assert getattr(again, name) == getattr(project, name), name
    assert again.preview == project.preview
    assert again.imports[0][0] == "marked.png"
    ours, theirs = project.cues(), again.cues()
    assert np.array_equal(ours.at, theirs.at) and np.array_equal(ours.color, theirs.color)
    assert np.array_equal(ours.protected, theirs.protected) and len(ours.protected)
    assert 20 * SHAPE[1] + 4 not in ours.flat and 20 * SHAPE[1] + 5 in ours.flat


@pytest.mark.parametrize("embedded", [True, False])
def test_colorize_takes_a_project(photo: Path, embedded: bool) -> None:
    project = project_of(photo, embedded, method="harmonic")
    file = photo.with_name("portrait.varcolor")
    file.write_bytes(project.content())
    assert run(["colorize", str(file), "--quiet"]) == 0
    expected = vc.colorize(vc.read(photo), project.cues(), method="harmonic")
    found = vc.read(photo.with_name("portrait.colour.png"))
    assert np.array_equal(found.pixels, expected.rgb)
    out = str(photo.with_name("other.png"))
    assert run(["colorize", str(file), "-o", out, "--method", "levin", "--quiet"]) == 0
    other = vc.colorize(vc.read(photo), project.cues(), method="levin")
    assert np.array_equal(vc.read(out).pixels, other.rgb)


def test_another_photo_is_refused(photo: Path) -> None:
    project = project_of(photo, embedded=False)
    vc.write(np.zeros(SHAPE, np.uint8), photo)
    with pytest.raises(vc.FileError, match="not the photo that was painted on"):
        project.picture(photo.parent)


def rewritten(content: bytes, name: str, data: bytes | None) -> bytes:
    """Return a project with another entry, or without it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w") as new:
        for entry in old.namelist():
            if entry != name:
                new.writestr(entry, old.read(entry))
        if data is not None:
            new.writestr(name, data)
    return buffer.getvalue()


def changed(content: bytes, **about: Any) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as old:
        own = json.loads(old.read("project.json"))
    return rewritten(content, "project.json", json.dumps({**own, **about}).encode())


def test_hostile_projects_are_refused_in_one_line(photo: Path, tmp_path: Path) -> None:
    good = project_of(photo).content()
    secret = tmp_path / "secret.png"
    vc.write(np.zeros((*SHAPE, 3), np.uint8), secret)
    bad = {
        "no zip": b"PK\x03\x04" + b"\0" * 50,
        "cut": good[: len(good) // 2],
        "no strokes": rewritten(good, "strokes.json", None),
        "no about": rewritten(good, "project.json", None),
        "about is a list": rewritten(good, "project.json", b"[]"),
        "deep": rewritten(good, "project.json", b"[" * 100_000),
        "version": changed(good, version=2),
        "format": changed(good, format="else"),
        "option": changed(good, options={"tolerence": 1}),
        "a file as prior": changed(good, options={"prior": str(secret)}),
        "a file as start": changed(good, options={"start": str(secret)}),
        "mode": changed(good, mode="delete"),
        "photo": changed(good, photo={"name": "x"}),
        "size": rewritten(good, "strokes.json", strokes_to_json([], (9, 9)).encode()),
        "imports": changed(good, imports=["a"] * 2000),
    }
    for name, data in bad.items():
        with pytest.raises(vc.FileError, match="x.varcolor: ") as caught:
            parse_project(data, "x.varcolor")
        assert "\n" not in str(caught.value), name


def test_a_zip_bomb_costs_nothing(photo: Path) -> None:
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("project.json", "w", force_zip64=True) as entry,
    ):
        for _ in range(300):
            entry.write(b" " * (1 << 20))
    with pytest.raises(vc.FileError, match="larger than 256 MiB"):
        parse_project(buffer.getvalue(), "x.varcolor")


def test_a_photo_outside_of_the_folder_is_not_read(photo: Path, tmp_path: Path) -> None:
    content = project_of(photo, embedded=False).content()
    with zipfile.ZipFile(io.BytesIO(content)) as old:
        own = json.loads(old.read("project.json"))
    own["photo"]["name"] = "../portrait.png"
    folder = tmp_path / "inner"
    folder.mkdir()
    file = folder / "x.varcolor"
    file.write_bytes(rewritten(content, "project.json", json.dumps(own).encode()))
    with pytest.raises(vc.FileError, match="does not hold this photo"):
        read_project(file).picture(folder)
