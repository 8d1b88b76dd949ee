import math

import numpy as np
import pytest

from varcolor.errors import InputError
from varcolor.metrics.colour import ciede2000, ciede2000_map
from varcolor.metrics.fidelity import psnr


def test_psnr_against_scikit_image(cat, rng):
    from skimage.metrics import peak_signal_noise_ratio

    noisy = np.clip(cat + rng.integers(-9, 10, cat.shape), 0, 255).astype(np.uint8)
    assert psnr(cat, noisy) == pytest.approx(peak_signal_noise_ratio(cat, noisy), rel=1e-9)
    assert psnr(cat.astype(np.uint16) * 257, noisy) == pytest.approx(psnr(cat, noisy))
    assert psnr(cat, cat) == math.inf
    gray = cat[..., 1]
    assert psnr(cat, gray) == psnr(cat, np.repeat(gray[..., None], 3, axis=2))


def test_ciede2000_against_a_published_pair():
    # Sharma et al. 2005, pair 1: (50, 2.6772, -79.7751) and (50, 0, -82.7485) differ by 2.0425.
    from varcolor.image.color import lab

    rgb = [
        lab.merge(np.array([[0.5]]), np.array([[c]])) for c in ([2.6772, -79.7751], [0, -82.7485])
    ]
    assert ciede2000_map(*[np.clip(x, 0, 1) for x in rgb]).shape == (1, 1)
    near = [lab.merge(np.array([[0.5]]), np.array([[c]])) for c in ([0.0, 0.0], [-1.0, 2.0])]
    assert ciede2000(*near) == pytest.approx(2.3669, abs=1e-3)  # pair 7


def test_sizes_must_agree(cat):
    for function in (psnr, ciede2000):
        with pytest.raises(InputError, match="sizes differ"):
            function(cat, cat[1:])
