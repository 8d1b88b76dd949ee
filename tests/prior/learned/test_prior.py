"""The prior `learned` as it ships: exact cues, any number of them, confidence and intervals."""

import subprocess
import sys
from importlib import resources

import numpy as np
import pytest
from skimage import data

import varcolor as vc
from varcolor.energy.prior import Data
from varcolor.errors import FileError, InputError
from varcolor.image.color import SPACES, lab
from varcolor.prior.base import PRIORS, Scene
from varcolor.prior.learned.network import Network, shipped_network
from varcolor.prior.learned.prior import Learned


@pytest.fixture(scope="module")
def photo():
    """A photo of 128 x 128 in colour, 0..1."""
    return data.astronaut().reshape(128, 4, 128, 4, 3).mean(axis=(1, 3)) / 255.0


def drawn(photo, count, space="lab", seed=0):
    """Return the scene, cues at places drawn at random, and the true chroma."""
    own = SPACES[space]
    luma, chroma = own.split(photo)
    at = np.sort(np.random.default_rng(seed).choice(luma.size, count, replace=False))
    values = chroma.reshape(-1, 2)[at]
    return Scene(luma, None, own), Data(at, np.full(count, np.inf), values), chroma


def test_it_is_known_by_name_and_the_file_is_small():
    assert PRIORS["learned"] is Learned
    file = resources.files("varcolor.prior.learned") / "learned.safetensors"
    assert len(file.read_bytes()) <= 4_000_000


def test_other_files_are_refused():
    weights = dict(shipped_network().weights)
    with pytest.raises(FileError, match="other planes"):
        Network.of(weights | {"stem.weight": np.zeros((3, 3, 5, 8))}, "x")
    del weights["kernel.noise"]
    with pytest.raises(FileError, match="x: holds no network of the prior learned"):
        Network.of(weights, "x")


def test_more_cues_are_nearer_to_the_truth_and_errors_are_foretold(photo):
    errors, sizes = [], []
    for count in (0, 1, 10, 200):
        scene, cues, truth = drawn(photo, count)
        source = Learned()
        prior = source.run(source.prepare(scene), cues)
        errors.append(np.mean((prior.chroma - truth) ** 2))
        sizes.append(np.sqrt(np.mean(prior.deviation**2)))
        assert prior.points <= count
    assert errors[3] < 0.6 * errors[2] < 0.6 * errors[0]
    ratios = np.sqrt(errors) / sizes
    assert ((ratios > 0.25) & (ratios < 2.5)).all()


def test_without_cues_it_colours_softly(photo):
    gray = lab.gray_of_luma(lab.luma(photo))
    result = vc.colorize(gray, None, method="harmonic", prior="learned", space="lab")
    assert np.abs(result.chroma).max() > 1
    few = vc.Cues.from_points(gray.shape, [(40, 100)], ["#c06020"], radius=2)
    told = vc.colorize(gray, few, method="harmonic", prior="learned", space="lab")
    assert np.median(told.deviation) != np.median(result.deviation)
    assert result.points == 0
    assert told.points == 1


@pytest.mark.parametrize("space", ["yuv", "lab", "oklab"])
def test_cues_are_exact_and_luma_is_kept(photo, space):
    own = SPACES[space]
    gray = own.gray_of_luma(own.luma(photo))
    points = [(20, 30), (100, 90), (60, 64)]
    cues = vc.Cues.from_points(gray.shape, points, ["#a05030", "#3050a0", "#508040"], radius=2)
    result = vc.colorize(gray, cues, method="harmonic", prior="learned", space=space)
    plain = vc.colorize(gray, cues, method="harmonic", space=space)
    at = tuple(cues.at.T)
    np.testing.assert_array_equal(result.chroma[at], plain.chroma[at])
    np.testing.assert_allclose(own.luma(result.rgb), own.luma(plain.rgb), atol=2e-3)


def test_spaces_agree(photo):
    found = []
    for space in ("lab", "yuv"):
        scene, cues, _ = drawn(photo, 30, space)
        prior = Learned().run(Learned().prepare(scene), cues)
        found.append(lab.split(scene.space.merge(scene.luma, prior.chroma))[1])
    assert np.median(np.abs(found[0] - found[1])) < 0.5


def test_soft_cues_count_less(photo):
    scene, cues, _ = drawn(photo, 1)
    source, answers = Learned(), []
    for weight in (np.inf, 1e-2, 1e-5):
        own = Data(cues.at, np.array([weight]), np.array([[60.0, 40.0]]))
        found = source.run(source.prepare(scene), own).chroma
        answers.append(found.reshape(-1, 2)[cues.at[0], 0])
    assert answers[0] > answers[1] > answers[2]


@pytest.mark.parametrize("shape", [(1, 1), (2, 90), (45, 31), (700, 300)])
def test_any_shape_and_many_cues(shape, rng):
    luma = rng.random(shape)
    scene = Scene(luma, rng.random(shape) < 0.9, SPACES["yuv"])
    count = min(5000, luma.size)
    at = np.sort(rng.choice(luma.size, count, replace=False))
    cues = Data(at, np.full(count, np.inf), 0.1 * rng.normal(size=(count, 2)))
    prior = Learned().run(Learned().prepare(scene), cues)
    assert prior.chroma.shape == (*shape, 2)
    assert prior.points <= 600
    assert (prior.deviation > 0).all()


def test_prepared_once(photo, monkeypatch):
    gray = lab.gray_of_luma(lab.luma(photo))
    session = vc.Session(gray, "harmonic", prior="learned", space="lab")
    first = session.colorize(vc.Cues.from_points(gray.shape, [(20, 30)], ["tan"], radius=2))

    def never(*_):
        raise AssertionError("the network has run again")

    monkeypatch.setattr(Network, "maps", never)
    more = vc.Cues.from_points(gray.shape, [(20, 30), (100, 90)], ["tan", "navy"], radius=2)
    second = session.colorize(more)
    assert (first.points, second.points) == (1, 2)


def test_intervals(photo):
    luma, chroma = lab.split(photo)
    at = np.random.default_rng(1).choice(luma.size, 50, replace=False)
    mask = np.zeros(luma.shape, bool)
    mask.flat[at] = True
    cues = vc.Cues.from_mask(mask, photo)
    result = vc.colorize(
        lab.gray_of_luma(luma), cues, method="harmonic", prior="learned", space="lab"
    )
    shares, radii = [], []
    for level in (0.5, 0.8, 0.95):
        interval = result.interval(level)
        inside = np.linalg.norm(chroma - interval.ab, axis=2) <= interval.radius
        shares.append(inside.mean())
        radii.append(interval.radius.mean())
        np.testing.assert_allclose(
            interval.high - interval.low, 2 * interval.radius[..., None] * [1, 1]
        )
    assert shares == sorted(shares)
    assert radii == sorted(radii)
    assert shares[0] > 0.25
    assert shares[2] > 0.8
    yuv = vc.colorize(lab.gray_of_luma(luma), cues, method="harmonic", prior="learned")
    middle = yuv.interval().ab - result.interval().ab
    assert np.median(np.abs(middle)) < 1
    with pytest.raises(InputError, match="level 1.5 of an interval: expected"):
        result.interval(1.5)
    with pytest.raises(InputError, match="prior 'learned'"):
        vc.colorize(lab.gray_of_luma(luma), cues, method="harmonic").interval()


def test_the_map_is_white_where_it_is_certain():
    from varcolor.prior.interval import Interval

    radius = np.array([[0.0, 32, 64, 200]])
    drawn = Interval(0.9, np.zeros((1, 4, 2)), radius).drawn
    np.testing.assert_array_equal(drawn, [[255, 128, 0, 0]])


def test_nothing_of_it_is_loaded_without_it():
    code = (
        "import sys, numpy as np, varcolor as vc\n"
        "photo = np.linspace(0, 1, 600).reshape(20, 30)\n"
        "cues = vc.Cues.from_points(photo.shape, [(3, 4), (20, 10)], ['red', 'navy'])\n"
        "vc.colorize(photo, cues, method='harmonic', prior='gp')\n"
        "assert not [m for m in sys.modules if m.startswith('varcolor.prior.learned')]\n"
        "vc.colorize(photo, cues, method='harmonic', prior='learned')\n"
        "assert 'torch' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_table_of_intervals():
    from varcolor.prior.learned.intervals import shipped_quantiles

    table = shipped_quantiles()
    assert (np.diff(table.levels) > 0).all()
    assert (np.diff(table.factors, axis=1) > 0).all()
    assert table.factor(0.9, int(table.points[1])) == pytest.approx(
        table.factors[1, list(table.levels).index(0.9)]
    )
    between = sorted(table.factors[:2, list(table.levels).index(0.9)])
    assert between[0] <= table.factor(0.9, int(table.points[1]) // 2) <= between[1]


@pytest.mark.parametrize("space", ["lab", "yuv"])
def test_a_hint_is_one_point_whatever_rounding_does(photo, space, rng):
    own = SPACES[space]
    luma = own.luma(photo)
    mask = np.zeros(luma.shape, bool)
    mask[20:26, 30:36] = mask[80:86, 40:46] = True
    chroma = np.where(np.arange(128)[:, None, None] < 50, [0.1, -0.07], [-0.03, 0.05])
    chroma = np.broadcast_to(chroma * (100 if space == "lab" else 1), (128, 128, 2))
    cues = vc.Cues.from_mask(mask, own.merge(luma, chroma))
    result = vc.colorize(
        own.gray_of_luma(luma), cues, method="harmonic", prior="learned", space=space
    )
    assert result.points == 2
