from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import varcolor as vc
from varcolor.training.config import AugmentOptions, Config, DataOptions, LoopOptions


@pytest.fixture(scope="session")
def photos(tmp_path_factory):
    """A folder of 12 small pictures whose colours follow from their lightness."""
    folder = tmp_path_factory.mktemp("photos")
    row, column = np.mgrid[0:24, 0:32]
    for k in range(12):
        level = 0.5 + 0.4 * np.sin(row * (0.2 + 0.03 * k)) * np.cos(column * 0.3 + k)
        rgb = np.stack([level, level * 0.7 + 0.1, 1 - level], axis=2)
        vc.write(np.rint(255 * np.clip(rgb, 0, 1)).astype(np.uint8), folder / f"{k:02}.png")
    return folder


@pytest.fixture
def config(photos):
    """A U-Net of two levels that trains in a second."""
    pytest.importorskip("torch").set_num_threads(1)
    return Config(
        name="small",
        task="regression",
        options={"network": "colornet-l"},
        network={"width": 4, "depth": 2},
        data=DataOptions(places=(str(photos),), size=16, held_out=0.3, workers=2),
        augment=AugmentOptions(gamma=0.2, noise=3.0, jpeg=0.3, stains=0.3, contrast=0.2, blur=0.5),
        loop=LoopOptions(steps=12, batch=3, rate=3e-3, every=4, look=4, ema=0.9, threads=1),
    )


@pytest.fixture
def with_loop():
    """Return a configuration with other options of its loop."""

    def changed(config, **loop):
        return replace(config, loop=replace(config.loop, **loop))

    return changed
