"""What training minimises: sRGB against the space, the gradient, samples, and that it falls."""

import numpy as np
import pytest

from varcolor.image.color import SPACES, lab
from varcolor.prior.learned.planes import HAND_MADE, planes_of

torch = pytest.importorskip("torch")


def test_srgb():
    from varcolor.neural.learned.loss import srgb

    rgb = np.random.default_rng(0).uniform(0.02, 0.98, (50, 3))
    luma, ab = lab.split(rgb)
    found = srgb(torch.tensor(luma).float(), torch.tensor(ab).float())
    np.testing.assert_allclose(found, rgb, atol=2e-4)
    beyond = srgb(torch.tensor([0.9]), torch.tensor([[90.0, 90.0]]))
    assert 1 < beyond.max() < 1.05


def test_samples():
    from varcolor.neural.learned.samples import MIRRORED, sample_of

    rgb = np.random.default_rng(0).random((32, 32, 3))
    sample = sample_of(rgb, None)
    assert sample.shape == (20, 16, 16)
    luma, ab = lab.split(rgb)
    np.testing.assert_allclose(sample[17, 2, 3], luma[4:6, 6:8].mean(), rtol=1e-3)
    np.testing.assert_allclose(sample[18:, 2, 3], ab[4:6, 6:8].mean(axis=(0, 1)), atol=0.05)
    planes = planes_of(luma, None, SPACES["lab"]).values.transpose(2, 0, 1)
    np.testing.assert_allclose(sample[:17], planes, rtol=1e-2, atol=1e-2)
    mirrored = sample_of(rgb[:, ::-1], None)
    np.testing.assert_allclose(
        sample[MIRRORED][HAND_MADE:, :, ::-1], mirrored[HAND_MADE:], rtol=1e-3, atol=1e-2
    )


def test_aged_greys_stay_greys():
    from varcolor.neural.learned.samples import aged

    luma = np.linspace(0, 1, 1024).reshape(32, 32)
    found = [aged(luma, np.random.default_rng(seed)) for seed in range(20)]
    assert all(x.shape == luma.shape and 0 <= x.min() <= x.max() <= 1 for x in found)
    assert np.std([x[16, 16] for x in found]) > 0.01


def test_the_gradient_is_that_of_the_loss():
    """Along the gradient, the loss of a regression changes as its length says."""
    from varcolor.neural.learned.kernel import kernel_class

    torch.manual_seed(0)
    kernel = kernel_class()().double()
    features = torch.rand(1, 6, HAND_MADE + 2 + 48, dtype=torch.float64)
    size, mean = torch.rand(1, 6, dtype=torch.float64) + 0.5, torch.rand(1, 6, 2).double()
    values, noise = torch.rand(1, 4, 2, dtype=torch.float64), torch.ones(1, 4).double()
    own, new = (
        tuple(x[:, part] for x in (features, size, mean)) for part in (slice(4), slice(4, 6))
    )

    def value():
        found = kernel.predicted(own, values, noise, new, (0, 2, 4))
        return sum((answer**2).sum() + torch.log(variance).sum() for answer, variance in found)

    start = value()
    start.backward()
    for parameter in (kernel.lengths, kernel.shares, kernel.noise, kernel.degrees):
        slope, step = parameter.grad, 1e-6
        with torch.no_grad():
            unit = slope / slope.norm()
            parameter.add_(step * unit)
            above = value()
            parameter.sub_(2 * step * unit)
            below = value()
            parameter.add_(step * unit)
        assert (above - below) / (2 * step) == pytest.approx(float(slope.norm()), rel=1e-3)


def test_it_falls_on_one_photo():
    from skimage import data

    from varcolor.neural.learned.kernel import kernel_class
    from varcolor.neural.learned.loss import drawn, loss, scores
    from varcolor.neural.learned.net import net_class
    from varcolor.neural.learned.samples import sample_of

    torch.manual_seed(0)
    photo = data.astronaut().reshape(64, 8, 64, 8, 3).mean(axis=(1, 3)) / 255.0
    samples = torch.tensor(sample_of(photo, None)[None], dtype=torch.float32)
    net, kernel = net_class()((8, 12), (1, 1), (1,)), kernel_class()()
    net.mean.copy_(samples[0, :17].mean((1, 2)))
    net.deviation.copy_(samples[0, :17].std((1, 2)))
    place = (torch.arange(32) - 15.5) * 2 / 256
    position = torch.stack(torch.broadcast_tensors(place[:, None], place))[None]
    batch = {"samples": samples, "position": position, "counts": torch.tensor([0, 1, 4, 16])}
    optimiser = torch.optim.Adam([*net.parameters(), *kernel.parameters()], lr=1e-2)
    found = []
    for _ in range(40):
        rng = np.random.default_rng(1)
        cells = {k: torch.as_tensor(v) for k, v in drawn(rng, 1, 32, 16, 64).items()}
        now = loss(*scores(net, kernel, batch | cells))
        optimiser.zero_grad()
        now.backward()
        optimiser.step()
        found.append(float(now.detach()))
    assert found[-1] < found[0] - 0.5
