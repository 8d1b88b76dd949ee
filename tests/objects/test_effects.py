"""What objects do: colours stop at borders, cues keep to their object, networks see each one."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

import varcolor as vc
from varcolor.energy.prior import Data, Prior
from varcolor.errors import InputError
from varcolor.image.color import as_space
from varcolor.objects.fusion import Fused, fused_answer, softened
from varcolor.objects.instance import Instance
from varcolor.prior.base import Scene

SHAPE = (40, 60)
GRAY = np.full(SHAPE, 128, np.uint8)


def half(score=1.0):
    mask = np.zeros(SHAPE, bool)
    mask[:, 30:] = True
    return Instance.of(mask, score)


def cues(points=((10, 20), (50, 20)), colors=("#b05040", "#4060b0")):
    return vc.Cues.from_points(SHAPE, points, colors)


def leak(**options):
    """Return how far the chroma right of the border's middle is from the right cue's, 0..1."""
    result = vc.colorize(GRAY, cues(), "harmonic", **options)
    left, right = result.chroma[20, 10], result.chroma[20, 50]
    here = result.chroma[20, 34]
    return np.linalg.norm(here - right) / np.linalg.norm(left - right)


def test_colours_stop_where_lightness_does_not():
    assert leak() > 0.25
    assert leak(objects=[half()]) < 0.05
    assert leak(objects=[half()], cut=1.0) < 0.005
    assert leak(objects=[half()], cut=0.0) == pytest.approx(leak(), abs=1e-4)


@pytest.mark.parametrize("method", ["auto", "levin", "bilaplacian", "levin-ls", "gtv"])
def test_they_stop_in_every_method(method):
    plain = vc.colorize(GRAY, cues(), method)
    cut = vc.colorize(GRAY, cues(), method, objects=[half()], cut=1.0)
    step = [np.linalg.norm(r.chroma[20, 31] - r.chroma[20, 28]) for r in (plain, cut)]
    assert step[1] > 1.5 * step[0] or method == "gtv"
    assert step[1] > 0.5 * np.linalg.norm(cut.chroma[20, 10] - cut.chroma[20, 50])


@pytest.mark.parametrize("solver", ["direct", "multigrid", "amg", "cg"])
def test_solvers_agree(solver, rng):
    gray = rng.integers(0, 255, SHAPE).astype(np.uint8)
    for own in ({"cut": 1.0}, {"scope": True}):
        results = [
            vc.colorize(gray, cues(), "harmonic", objects=[half()], solver=s, **own)
            for s in ("direct", solver)
        ]
        difference = np.abs(results[0].rgb.astype(int) - results[1].rgb).max()
        assert difference <= 1


def test_an_object_without_a_cue_gets_the_colour_around_it():
    result = vc.colorize(GRAY, cues(((10, 20),), ("tan",)), "harmonic", objects=[half()], cut=1.0)
    np.testing.assert_allclose(result.chroma[20, 50], result.chroma[20, 10], atol=1e-3)


def test_a_scoped_cue_stays_in_its_object():
    told = cues(((50, 20),), ("tan",))
    result = vc.colorize(GRAY, told, "harmonic", objects=[half()], scope=True)
    assert not result.chroma[:, :30].any()
    assert any("no cue" in note or "reach" in note for note in result.notes)
    np.testing.assert_allclose(result.chroma[5, 33], result.chroma[20, 50], atol=1e-3)
    # Objects without a cue take part in what is around them.
    other = vc.colorize(GRAY, cues(((10, 20),), ("tan",)), "harmonic", objects=[half()], scope=True)
    np.testing.assert_allclose(other.chroma[20, 50], other.chroma[20, 10], atol=1e-3)


def test_a_session_follows_the_scope():
    session = vc.Session(GRAY, "harmonic", objects=[half()], scope=True)
    first = session.colorize(cues(((10, 20),), ("tan",)))
    second = session.colorize(cues())
    third = session.colorize(cues(((10, 20),), ("tan",)))
    assert first.chroma[20, 50].any()
    np.testing.assert_allclose(third.chroma, first.chroma, atol=2e-3)
    np.testing.assert_allclose(
        second.chroma, vc.colorize(GRAY, cues(), "harmonic", objects=[half()], scope=True).chroma,
        atol=2e-3,
    )  # fmt: skip


def test_previews_and_recolouring_know_objects(cat):
    session = vc.Session(GRAY, "harmonic", objects=[half()])
    small = session.preview(cues(), max_pixels=700)
    assert small.picture.shape == (20, 30)
    step = np.linalg.norm(small.chroma[10, 16] - small.chroma[10, 13])
    assert step > 0.9 * np.linalg.norm(small.chroma[10, 5] - small.chroma[10, 25])
    told = vc.Cues.from_points(cat, [(20, 20)], ["tan"])
    result = vc.recolor(cat, told, objects="felzenszwalb", whole=True)
    assert any("objects (felzenszwalb)" in note for note in result.notes)


def test_exact_cues_and_luma_stay(cat, cat_cues):
    gray = vc.to_gray(cat)
    for own in ({}, {"scope": True}, {"saturation": "auto"}):
        result = vc.colorize(gray, cat_cues, objects="slic", **own)
        assert (vc.to_gray(result.rgb) == gray).all()
        wanted = as_space("yuv").split(cat_cues.color.astype(float))[1]
        at = cat_cues.at
        np.testing.assert_array_equal(result.chroma[at[:, 0], at[:, 1]], wanted.astype("f4"))


@pytest.mark.parametrize("cut", [-0.1, 1.5, "all", True])
def test_a_cut_out_of_range(cut):
    with pytest.raises(InputError, match="expected 0 to 1"):
        vc.SolveOptions(cut=cut)


@dataclass(frozen=True)
class Marks:
    """A source that tells the size and the mean luma of what it sees."""

    name: ClassVar[str] = "marks"
    needs_cues: ClassVar[bool] = False
    net_size: int = 256
    strength: float = 1.0

    def prepare(self, scene):
        return scene

    def run(self, scene, cues):
        shape = scene.luma.shape
        value = (0.1, 0.0) if shape == SHAPE else (0.0, 0.2)
        return Prior(np.broadcast_to(value, (*shape, 2)), np.full(shape, self.strength))

    def answer(self, scene, cues):
        own = self.run(scene, cues)
        return own.chroma, (f"{len(cues.at)} cues",)


NONE = Data(np.zeros(0, np.int64), np.zeros(0), np.zeros((0, 2)))


def scene():
    return Scene(np.full(SHAPE, 0.5), None, as_space("yuv"))


def fused(instances, hard=False):
    source = Fused(Marks(), tuple(instances), hard)
    return source.run(source.prepare(scene()), NONE)


def test_an_object_counts_as_much_as_its_score():
    found = fused([half(0.5)])
    np.testing.assert_allclose(found.chroma[20, 10], (0.1, 0))
    np.testing.assert_allclose(found.chroma[20, 50], (0, 0.2))
    np.testing.assert_allclose(found.confidence[20, (10, 50)], (1, 0.5))
    # Across the border, by the formula.
    soft = softened(half().full, 2.0)
    k = (1 - soft) + 0.5 * soft
    share = 0.5 * soft / k
    np.testing.assert_allclose(found.confidence, k, atol=1e-12)
    np.testing.assert_allclose(found.chroma[..., 1], 0.2 * share, atol=1e-12)
    assert 0.2 < soft[20, 29] < 0.5 < soft[20, 30] < 0.8


def test_pasting_is_hard():
    found = fused([half(0.5)], hard=True)
    np.testing.assert_array_equal(found.chroma[:, :30, 0], 0.1)
    np.testing.assert_array_equal(found.chroma[:, 30:, 1], 0.2)
    np.testing.assert_array_equal(found.confidence, 1)


def test_cues_reach_the_crops_that_hold_them():
    seen = []

    class Spy(Marks):
        def run(self, scene, cues):
            seen.append((scene.luma.shape, cues.at.tolist(), cues.values.tolist()))
            return super().run(scene, cues)

    mask = np.zeros(SHAPE, bool)
    mask[10:30, 20:50] = True
    told = Data(np.array([12 * 60 + 25, 35 * 60 + 3]), np.full(2, np.inf), np.eye(2))
    source = Fused(Spy(), (Instance.of(mask),), hard=True)
    source.run(source.prepare(scene()), told)
    assert seen == [
        (SHAPE, told.at.tolist(), [[1, 0], [0, 1]]),
        ((20, 30), [2 * 30 + 5], [[1, 0]]),
    ]


def test_a_network_alone_sees_objects_too():
    for hard, middle in ((True, 0.2), (False, 0.1)):
        chroma, notes = fused_answer(Marks(), scene(), NONE, (half(0.5),), hard)
        assert chroma[20, 50, 1] == pytest.approx(middle)
        assert notes == ("0 cues",)
        np.testing.assert_array_equal(chroma[:, :20, 1], 0)


def test_small_and_hidden_objects_are_no_crops():
    mask = np.zeros(SHAPE, bool)
    mask[3:7, 3:7] = True
    found = fused([Instance.of(mask)], hard=True)
    np.testing.assert_array_equal(found.chroma[..., 1], 0)
