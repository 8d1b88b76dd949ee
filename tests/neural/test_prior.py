"""Networks as priors, methods and starts: a simulated one with an honest distribution."""

from __future__ import annotations

import numpy as np
import pytest

import varcolor as vc
from benchmarks.neural.double import SimulatedNetwork
from benchmarks.quality.summary import as_levels, psnr
from varcolor.errors import InputError
from varcolor.image.color import lab
from varcolor.neural import alone, using
from varcolor.neural.confidence import Calibration, calibration, deviation, spread
from varcolor.neural.networks.bins import grid_bins
from varcolor.neural.prior import Eccv16, Siggraph17, predicted_error

SIDE = 96


def photo_of(name, side=SIDE):
    from PIL import Image
    from skimage import data

    image = Image.fromarray(getattr(data, name)()).convert("RGB")
    return np.asarray(image.resize((side, side), Image.Resampling.BOX))


@pytest.fixture
def simulated(monkeypatch):
    """Return a function that makes every network's name stand for a simulated one."""

    def put(truth, seed=0, **changes):
        net = SimulatedNetwork.of(lab.split(truth / 255.0)[1], seed, **changes)
        loads = []

        def load(self, name):
            loads.append(name)
            return net

        monkeypatch.setattr(using.NetworkOptions, "load", load)
        return net, loads

    return put


def hints_of(truth, count, seed):
    rng = np.random.default_rng(seed)
    side = truth.shape[0]
    places = rng.integers(0, side - 2, (count, 2))
    mask = np.zeros(truth.shape[:2], bool)
    for row, column in places:
        mask[row : row + 2, column : column + 2] = True
    return vc.Cues.from_mask(mask, truth / 255.0)


@pytest.mark.parametrize("count", [5, 20, 100])
def test_fused_is_better_than_network_and_solver_alone(simulated, count):
    gains = []
    for seed, name in enumerate(("chelsea", "coffee", "astronaut")):
        truth = photo_of(name)
        luma = lab.luma(truth / 255.0)
        gray = lab.gray_of_luma(luma)
        net, _ = simulated(truth, seed, quiet=3.0)
        cues = hints_of(truth, count, seed)
        own = {"space": "lab", "solver": "direct", "method": "harmonic"}
        fused = vc.colorize(gray, cues, prior="siggraph17", net_size=SIDE, **own)
        solver = vc.colorize(gray, cues, **own)
        network = as_levels(lab.merge(luma, net.answer))
        scores = [psnr(as_levels(r), truth) for r in (fused.rgb, solver.rgb)]
        gains.append((scores[0] - psnr(network, truth), scores[0] - scores[1]))
        # Hints are met exactly, and the luma is the photo's.
        at = cues.at[:, 0], cues.at[:, 1]
        np.testing.assert_allclose(
            fused.chroma[at], lab.split(cues.color.astype(float))[1], atol=1e-4
        )
        np.testing.assert_allclose(vc.to_gray(fused.rgb, "lab"), gray, atol=1e-6)
    assert np.mean(gains, axis=0).min() >= 1.0, gains


def test_errors_are_as_large_as_predicted(simulated):
    """Half of the errors lie below half * sigma, and nine of ten below nine * sigma."""
    inside = []
    for seed in range(6):
        truth = photo_of("coffee")
        net, _ = simulated(truth, seed, length=3.0)
        scene, source = _scene(truth), Siggraph17(net_size=SIDE)
        prepared = source.prepare(scene)
        found = source.answered(prepared, None, None)
        sigma = predicted_error(found, net)
        error = np.sqrt(((found.ab - lab.split(truth / 255.0)[1]) ** 2).sum(axis=2))
        own = calibration()
        inside.append([(error < own.half * sigma).mean(), (error < own.nine * sigma).mean()])
    half, nine = np.mean(inside, axis=0)
    assert abs(half - 0.5) <= 0.05
    assert abs(nine - 0.9) <= 0.05


def _scene(truth, space=lab):
    from varcolor.prior.base import Scene

    return Scene(
        lab.luma(truth / 255.0) if space is lab else space.luma(truth / 255.0), None, space
    )


@pytest.mark.parametrize("sigma", [6.0, 15.0, 30.0])
def test_the_spread_of_a_normal_distribution_is_its_own(sigma):
    net = SimulatedNetwork(np.zeros((32, 32, 2)), np.full((32, 32), sigma), [])
    shares = net.distribution(np.zeros((32, 32)))
    squares = spread(shares, grid_bins(), np.zeros((8, 8, 2)))
    honest = Calibration(1.0, 0.0, 1.0, 1.0)
    np.testing.assert_allclose(deviation(squares, honest), sigma, rtol=0.03)


def test_no_cue_is_needed(simulated):
    truth = photo_of("coffee")
    gray = vc.to_gray(truth, "yuv")
    simulated(truth)
    for name in ("siggraph17", "eccv16"):
        result = vc.colorize(gray, None, prior=name, net_size=SIDE, method="harmonic")
        assert result.chroma.std() > 0.01
        assert psnr(result.rgb, truth) > psnr(np.repeat(gray[..., None], 3, 2), truth) + 2
        assert not any("no cues" in note for note in result.notes)
        np.testing.assert_array_equal(vc.to_gray(result.rgb, "yuv"), gray)


def test_a_session_runs_the_network_once_a_stroke_and_only_where_it_must(simulated):
    truth = photo_of("chelsea")
    gray = vc.to_gray(truth, "yuv")
    cues = hints_of(truth, 3, 0)
    more = hints_of(truth, 5, 1)
    net, loads = simulated(truth)
    session = vc.Session(gray, "harmonic", prior="siggraph17", net_size=64)
    session.colorize(cues)
    session.colorize(cues | more)
    assert net.calls == [(64, 64)] * 2
    assert loads == ["siggraph17"]
    net, loads = simulated(truth)
    session = vc.Session(gray, "harmonic", prior="eccv16", net_size=64)
    first = session.colorize(cues)
    second = session.colorize(cues | more)
    assert net.calls == [(64, 64)]
    assert np.abs(first.chroma - second.chroma).max() > 0.01


def test_the_network_alone_is_its_own_enlarged_answer(simulated):
    truth = photo_of("coffee")
    luma = lab.luma(truth / 255.0)
    gray = lab.gray_of_luma(luma)
    net, _ = simulated(truth)
    cues = hints_of(truth, 5, 0)
    result = vc.colorize(gray, cues, method="siggraph17", space="lab", net_size=SIDE)
    np.testing.assert_allclose(result.chroma, net.answer, atol=1e-3)
    assert any("colours of cues may drift" in note for note in result.notes)
    assert result.method == "siggraph17"
    at = cues.at[:, 0], cues.at[:, 1]
    gap = np.abs(result.chroma[at] - lab.split(cues.color.astype(float))[1]).max()
    assert gap > 5  # as the note says


def test_a_start_does_not_change_the_answer(simulated):
    truth = photo_of("coffee")
    gray = vc.to_gray(truth, "yuv")
    net, _ = simulated(truth)
    cues = hints_of(truth, 10, 0)
    own = {"method": "harmonic", "solver": "multigrid", "tolerance": 0.05}
    expected = vc.colorize(gray, cues, **own)
    assert not net.calls
    found = vc.colorize(gray, cues, start="siggraph17", net_size=64, **own)
    assert net.calls == [(64, 64)]
    np.testing.assert_allclose(found.chroma, expected.chroma, atol=2e-3)


@pytest.mark.parametrize("photo", ["8 bit", "16 bit", "colour", "wide"])
def test_photos_of_any_kind(simulated, photo):
    truth = photo_of("coffee")
    given = {
        "8 bit": truth[..., 0],
        "16 bit": truth[..., 0].astype(np.uint16) * 257,
        "colour": truth,
        "wide": np.tile(truth[:31, :, 0], (1, 5)),
    }[photo]
    net, _ = simulated(truth)
    result = vc.colorize(given, None, prior="siggraph17", net_size=64, method="harmonic")
    assert result.rgb.dtype == given.dtype
    assert result.rgb.shape == (*given.shape[:2], 3)
    assert max(net.calls[0]) == 64


def test_options_of_networks_need_one():
    gray = np.zeros((8, 8), np.uint8)
    cues = vc.Cues.from_points((8, 8), [(1, 1)], ["red"])
    with pytest.raises(InputError, match="weights goes with a network"):
        vc.colorize(gray, cues, weights="x.pth")
    with pytest.raises(InputError, match="a reference goes with"):
        vc.colorize(gray, cues, prior="gp", reference=np.zeros((8, 8, 3), np.uint8))
    with pytest.raises(InputError, match="multiple of 8"):
        vc.colorize(gray, cues, prior="siggraph17", net_size=100)


def test_hints_reach_the_network_in_the_units_of_lab(monkeypatch):
    seen = []

    class Net(SimulatedNetwork):
        def chroma(self, L, ab=None, mask=None):
            seen.append((L, ab, mask))
            return SimulatedNetwork.chroma(self, L)

    truth = photo_of("coffee", 64)
    net = Net(np.zeros((64, 64, 2)), np.full((64, 64), 10.0), [])
    monkeypatch.setattr(using.NetworkOptions, "load", lambda self, name: net)
    cues = vc.Cues.from_points((64, 64), [(10, 20)], [truth[20, 10] / 255.0])
    for space in ("yuv", "lab", "oklab"):
        gray = vc.to_gray(truth, space)
        vc.colorize(gray, cues, prior="siggraph17", net_size=64, method="harmonic", space=space)
        light, ab, mask = seen.pop()
        assert mask.sum() == 1 and mask[20, 10] == 1
        np.testing.assert_allclose(ab[20, 10], lab.split(truth[20, 10] / 255.0)[1], atol=0.8)
        np.testing.assert_allclose(
            light[20, 10], 100 * lab.luma(np.repeat(gray[20, 10] / 255.0, 3)), atol=0.5
        )
        assert not ab[mask == 0].any()


def test_methods_and_priors_share_their_options():
    assert Siggraph17(weights="w", device="cpu").weights == "w"
    assert alone.Siggraph17Alone().fit == "squash"
    assert Eccv16().temperature == 0.38
    with pytest.raises(InputError, match="strength"):
        Siggraph17(strength=-1)
