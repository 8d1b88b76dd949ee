"""Picture pairs that the tests share."""

import numpy as np
import pytest
from skimage import data


def worse(picture, seed=0):
    """A visibly changed copy: duller, noisy, tinted."""
    rng = np.random.default_rng(seed)
    noise = rng.integers(-12, 13, picture.shape)
    return np.clip(picture * 0.9 + noise + [8, 0, -9], 0, 255).astype(np.uint8)


@pytest.fixture(scope="session", params=["chelsea", "astronaut", "coffee"])
def pair(request):
    reference = {
        "chelsea": data.chelsea,
        "astronaut": lambda: data.astronaut()[60:261, 100:321],
        "coffee": lambda: data.coffee()[50:350, 100:391],
    }[request.param]()
    return np.ascontiguousarray(reference), worse(reference)


@pytest.fixture(scope="session")
def cat_pair():
    reference = np.ascontiguousarray(data.chelsea()[50:240, 60:260])
    return reference, worse(reference)
