"""The network on NumPy against PyTorch, and the regression for many numbers of cues."""

import numpy as np
import pytest

from varcolor.prior.learned.covariance import EACH
from varcolor.prior.learned.network import Network
from varcolor.prior.learned.planes import HAND_MADE, PLANES
from varcolor.prior.learned.regression import Places, predicted
from varcolor.prior.learned.tensors import tensors_of

torch = pytest.importorskip("torch")


@pytest.fixture
def trained():
    """A network and a covariance whose numbers are all drawn."""
    from varcolor.neural.learned.kernel import kernel_class
    from varcolor.neural.learned.net import net_class

    generator = torch.Generator().manual_seed(3)
    net, kernel = net_class()((8, 12, 16), (1, 2, 1), (1, 1)), kernel_class()()
    with torch.no_grad():
        for name, value in [*net.named_parameters(), *net.named_buffers()]:
            if value.is_floating_point():
                noise = torch.randn(value.shape, generator=generator)
                positive = name.endswith(("var", "deviation", "norm.weight"))
                value.copy_(0.5 + noise.abs() if positive else value + 0.1 * noise)
        for value in kernel.parameters():
            value.add_(0.2 * torch.randn(value.shape, generator=generator))
    return net.eval(), kernel


@pytest.fixture
def network(trained):
    from varcolor.neural.learned.folding import folded

    return Network.of(folded(*trained), "drawn")


@pytest.mark.parametrize("shape", [(16, 24), (4, 4)])
def test_maps(trained, network, shape, rng):
    planes, position = rng.normal(size=(*shape, PLANES)), rng.normal(size=(*shape, 2))
    sides = (
        torch.tensor(x.transpose(2, 0, 1)[None], dtype=torch.float32) for x in (planes, position)
    )
    with torch.no_grad():
        wanted = trained[0](*sides)[0].numpy().transpose(1, 2, 0)
    np.testing.assert_allclose(network.maps(planes, position), wanted, atol=1e-4)


def test_a_grid_that_is_no_multiple_is_continued_at_the_border(network, rng):
    planes, position = rng.normal(size=(13, 22, PLANES)), rng.normal(size=(13, 22, 2))
    more = ((0, 3), (0, 2), (0, 0))
    wanted = network.maps(np.pad(planes, more, mode="edge"), np.pad(position, more, mode="edge"))
    np.testing.assert_allclose(network.maps(planes, position), wanted[:13, :22], atol=1e-5)


def test_the_file_comes_back(trained, network, rng):
    from varcolor.neural.learned.folding import file_of, folded

    arrays, told = tensors_of(file_of(folded(*trained), {"steps": "7"}), "x")
    assert told == {"steps": "7"}
    again = Network.of(arrays, "x")
    planes, position = rng.normal(size=(16, 16, PLANES)), rng.normal(size=(16, 16, 2))
    np.testing.assert_allclose(
        again.maps(planes, position), network.maps(planes, position), atol=0.05
    )
    np.testing.assert_array_equal(again.covariance.shares, network.covariance.shares)


@pytest.mark.parametrize("counts", [(0,), (0, 1, 2, 7)])
def test_regression_for_many_numbers_of_cues(trained, network, counts, rng):
    n, m = 7, 5
    hand, learned = rng.random((n + m, HAND_MADE + 2)), rng.random((n + m, 3 * EACH))
    amplitude, mean = rng.uniform(0.5, 2, n + m), rng.normal(size=(n + m, 2))
    values, noise = rng.normal(size=(n, 2)), rng.uniform(0.5, 2, n)

    def batch(x):
        return torch.tensor(x[None], dtype=torch.float32)

    both = np.concatenate([hand, learned], 1)
    points = (batch(both[:n]), batch(amplitude[:n]), batch(mean[:n]))
    places = (batch(both[n:]), batch(amplitude[n:]), batch(mean[n:]))
    with torch.no_grad():
        found = trained[1].predicted(points, batch(values), batch(noise), places, counts)
    c = network.covariance
    embedded = c.embedded(hand, learned).astype(np.float32)
    for count, (answer, variance) in zip(counts, found, strict=True):
        known = Places(embedded[:count], amplitude[:count], mean[:count])
        new = Places(*(x[n:].astype(np.float32) for x in (embedded, amplitude, mean)))
        wanted = predicted(c, known, values[:count], c.noise * noise[:count], new)
        np.testing.assert_allclose(answer[0], wanted[0], atol=1e-3)
        np.testing.assert_allclose(variance[0], wanted[1], rtol=2e-3)
