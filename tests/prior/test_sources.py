"""Sources of priors: with cues or without, prepared once a photo."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

import varcolor as vc
from varcolor.energy.prior import Prior


@dataclass(frozen=True)
class Sepia:
    """One chroma everywhere, whatever the cues."""

    name: ClassVar[str] = "sepia"
    needs_cues: ClassVar[bool] = False
    prepared: ClassVar[list] = []
    strength: float = 0.1

    def prepare(self, scene):
        self.prepared.append(scene.luma.shape)
        return scene.luma.shape

    def run(self, prepared, cues):
        chroma = np.broadcast_to([-0.05, 0.08], (*prepared, 2))
        return Prior(chroma, np.full(prepared, self.strength), reason=f"{len(cues.at)} cues")


@pytest.fixture
def gray():
    return np.add.outer(np.arange(20), np.arange(30)).astype(np.uint8) * 5 + 4


@pytest.mark.parametrize("cues", [None, "none"])
def test_it_colours_without_cues(gray, cues):
    cues = cues and vc.Cues.none(gray.shape)
    result = vc.colorize(gray, cues, prior=Sepia())
    np.testing.assert_allclose(
        result.chroma, np.broadcast_to([-0.05, 0.08], (20, 30, 2)), atol=2e-3
    )
    assert result.choice == "0 cues"
    assert not any("stays grey" in note for note in result.notes)
    firm = vc.colorize(gray, cues, prior=Sepia(), confidence=np.full(gray.shape, 2.0))
    np.testing.assert_allclose(firm.chroma, result.chroma, atol=2e-3)


def test_cues_overrule_it(gray):
    cues = vc.Cues.from_points(gray.shape, [(15, 10)], ["#4060a0"], radius=3)
    result = vc.colorize(gray, cues, prior=Sepia(strength=1e-4))
    assert result.chroma[10, 15, 0] > 0.02  # blue as painted
    assert result.choice == f"{len(cues)} cues"


def test_those_that_need_cues_leave_it_grey(gray):
    result = vc.colorize(gray, None, prior="gp")
    assert (result.chroma == 0).all()
    assert any("stays grey" in note for note in result.notes)


def test_prepared_once_a_photo(gray):
    Sepia.prepared.clear()
    session = vc.Session(gray, "harmonic", prior=Sepia())
    for x in (3, 9, 20):
        session.colorize(vc.Cues.from_points(gray.shape, [(x, 5)], ["tan"]))
    assert Sepia.prepared == [gray.shape]
    session.preview(None, 100)
    assert len(Sepia.prepared) == 2


def test_a_session_gives_what_single_calls_give(gray):
    session = vc.Session(gray, prior="gp", confidence=np.full(gray.shape, 1e-3))
    for x in (3, 9, 20):
        cues = vc.Cues.from_points(gray.shape, [(x, 5), (1, 1)], ["tan", "navy"])
        own = vc.colorize(gray, cues, prior="gp", confidence=np.full(gray.shape, 1e-3))
        np.testing.assert_allclose(session.colorize(cues).chroma, own.chroma, atol=2e-3)
