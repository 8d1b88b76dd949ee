"""Detections on disk: found again, never for another photo, option or version, never trusted."""

import json
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

import varcolor as vc
from varcolor.objects.instance import Instance

SHAPE = (20, 30)


RUNS: list = []


@dataclass(frozen=True)
class Finder:
    name: ClassVar[str] = "finder"
    slow: ClassVar[bool] = True
    threshold: float = 0.5
    own_version: str = "1"

    def version(self):
        return self.own_version

    def segment(self, picture):
        RUNS.append(picture.shape)
        mask = np.zeros(picture.shape, bool)
        mask[3:9, 4:8] = True
        return [Instance.of(mask, 0.25, "cat")]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("VARCOLOR_OBJECTS", str(tmp_path / "objects"))
    return tmp_path / "objects"


@pytest.fixture
def gray(rng):
    return rng.integers(0, 255, SHAPE).astype(np.uint8)


def run(photo, keep=True, **options):
    return vc.segment(photo, Finder(**options), keep=keep)


@pytest.fixture
def runs():
    RUNS.clear()
    return RUNS


def test_the_same_is_found_again(gray, runs, folder):
    first, second = run(gray), run(gray.copy())
    assert len(runs) == 1
    np.testing.assert_array_equal(first[0].full, second[0].full)
    assert (second[0].score, second[0].label) == (0.25, "cat")
    assert len(list(folder.glob("*.json"))) == 1
    run(gray, keep=False)
    assert len(runs) == 2


def test_nothing_else_is_taken_for_it(gray, runs):
    run(gray)
    changed = gray.copy()
    changed[0, 0] ^= 1
    for photo, options in (
        (changed, {}),
        (gray.reshape(30, 20), {}),
        (np.stack([gray] * 3, axis=2), {}),
        (gray.astype(np.uint16), {}),
        (gray, {"threshold": 0.6}),
        (gray, {"own_version": "2"}),
    ):
        before = len(runs)
        run(photo, **options)
        assert len(runs) == before + 1


@pytest.mark.parametrize("text", ["", "{", "[]", '{"annotations": 3}', '{"annotations": [{}]}'])
def test_a_damaged_file_is_made_anew(text, gray, runs, folder):
    run(gray)
    path = next(folder.glob("*.json"))
    path.write_text(text)
    assert run(gray)[0].area == 24
    assert len(runs) == 2
    assert json.loads(path.read_text())["annotations"]


def test_a_folder_that_cannot_be_made_is_no_error(gray, runs, folder):
    folder.write_text("a file")
    run(gray)
    run(gray)
    assert len(runs) == 2


def test_no_object_is_an_answer_too(gray, runs, monkeypatch):
    monkeypatch.setattr(Finder, "segment", lambda self, picture: RUNS.append(1) or [])
    assert run(gray) == run(gray) == []
    assert len(runs) == 1
