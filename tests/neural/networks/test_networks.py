"""The networks against plain.py, which shares no code with them."""

from __future__ import annotations

import numpy as np
import pytest

from varcolor.errors import InputError
from varcolor.neural import load_network

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.usefixtures("nowhere")


def _tensor(*planes):
    return torch.from_numpy(np.stack(planes).astype(np.float32))[None]


def _hints(shape):
    rng = np.random.default_rng(5)
    mask = (rng.random(shape) < 0.1).astype(np.float64)
    return rng.uniform(-80, 80, (*shape, 2)) * mask[..., None], mask


def _close(found, expected):
    expected = np.moveaxis(expected[0].numpy(), 0, -1)
    scale = max(1.0, float(np.abs(expected).max()))
    np.testing.assert_allclose(found, expected, atol=1e-5 * scale, rtol=0)


@pytest.mark.parametrize("shape", [(24, 40), (8, 56)])
@pytest.mark.parametrize("mask_cent", [0, 0.5])
def test_siggraph17_equals_the_plain_network(plain, states, weights, shape, mask_cent):
    light = np.random.default_rng(6).uniform(0, 100, shape)
    net = load_network("siggraph17", weights / "siggraph17.pth", mask_cent=mask_cent)
    for ab, mask in (_hints(shape), (None, None)):
        own = (np.zeros((*shape, 2)), np.zeros(shape)) if ab is None else (ab, mask)
        x = _tensor((light - 50) / 100, *np.moveaxis(own[0] / 110, -1, 0), own[1] - mask_cent)
        answer, logits = plain.siggraph(states["siggraph17"], x)
        assert answer.std() > 1e-2
        _close(net.chroma(light, ab, mask), 110 * answer)
        shares = net.distribution(light, ab, mask)
        assert shares.shape == (shape[0] // 4, shape[1] // 4, 529)
        np.testing.assert_allclose(shares.sum(axis=2), 1, atol=1e-5)
        _close(shares, logits.softmax(1))
        both = net.chroma_and_distribution(light, ab, mask)
        np.testing.assert_allclose(both[0], net.chroma(light, ab, mask), atol=1e-4)
        np.testing.assert_allclose(both[1], shares, atol=1e-6)


def test_the_two_conventions_differ(weights, light):
    ab, mask = _hints(light.shape)
    answers = [
        load_network("siggraph17", weights / "siggraph17.pth", mask_cent=m).chroma(light, ab, mask)
        for m in (0, 0.5)
    ]
    assert np.abs(answers[0] - answers[1]).max() > 0.1


@pytest.mark.parametrize("temperature", [None, 0.38])
def test_eccv16_equals_the_plain_network(plain, states, networks, light, temperature):
    net = networks["eccv16"]
    x = _tensor((light - 50) / 100)
    answer, logits = plain.eccv(states["eccv16"], x, temperature or 1.0)
    _close(net.chroma(light, temperature=temperature), 110 * answer)
    shares = net.distribution(light)
    assert shares.shape == (6, 10, 313)
    _close(shares, logits.softmax(1))


def test_the_annealed_mean_is_another_one(networks, light):
    net = networks["eccv16"]
    assert np.abs(net.chroma(light) - net.chroma(light, temperature=0.38)).max() > 1e-3


@pytest.mark.parametrize("hinted", [True, False])
def test_global_hints_equal_the_plain_network(plain, states, networks, light, hinted):
    net = networks["global-hints"]
    shares = np.random.default_rng(7).dirichlet(np.full(313, 0.1))
    state = states["global-hints"]
    first = torch.zeros(314)
    second = torch.zeros(2)
    if hinted:
        first[:313], first[313] = torch.from_numpy(shares), 1
        second[0], second[1] = 0.4, 1
    added = plain.global_branch(state, first, second)
    answer, _ = plain.siggraph(state, _tensor(light - 50), added)
    own = {"histogram": shares, "saturation": 0.4} if hinted else {}
    _close(net.chroma(light, **own), 100 * answer)


def test_several_pictures_at_once_are_as_one_by_one(networks, light):
    net = networks["siggraph17"]
    pictures = np.stack([light, light[::-1]])
    found = net.chroma(pictures)
    assert found.shape == (2, *light.shape, 2)
    for k in range(2):
        np.testing.assert_allclose(found[k], net.chroma(pictures[k]), atol=1e-4)


def test_what_does_not_fit_is_refused(networks, light):
    net = networks["siggraph17"]
    with pytest.raises(InputError, match="multiples of 8"):
        net.chroma(light[:-1])
    with pytest.raises(InputError, match="0 to 100"):
        net.chroma(light + 50)
    with pytest.raises(InputError, match="both"):
        net.chroma(light, np.zeros((*light.shape, 2)))
    with pytest.raises(InputError, match="no global hints"):
        net.chroma(light, saturation=0.5)
    other = networks["eccv16"]
    with pytest.raises(InputError, match="no local hints"):
        other.chroma(light, np.zeros((*light.shape, 2)), np.ones(light.shape))
    third = networks["global-hints"]
    with pytest.raises(InputError, match="no distribution"):
        third.distribution(light)
