"""Pictures that the tests share: generated, or carried by the scikit-image package."""

from __future__ import annotations

from importlib import resources

import numpy as np
import pytest
from PIL import Image

import varcolor as vc
from tests.fast import FAST, NOT_FAST
from varcolor.typing import Array


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what ``pytest -m fast`` runs."""
    for item in items:
        name = item.nodeid.removeprefix("tests/")
        chosen = name.startswith(FAST) and not name.startswith(NOT_FAST)
        if chosen and not item.get_closest_marker("gpu"):
            item.add_marker("fast")


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def photo(name: str = "chelsea") -> Array:
    """Return a colour photo (H, W, 3), uint8."""
    path = resources.files("skimage") / "data" / f"{name}.png"
    with path.open("rb") as file:
        return np.asarray(Image.open(file).convert("RGB"))


@pytest.fixture
def cat() -> Array:
    """A 60 x 80 piece of a colour photo with edges and texture."""
    return np.ascontiguousarray(photo()[80:140, 130:210])


@pytest.fixture
def cat_cues(cat: Array) -> vc.Cues:
    """Twenty exact cues with the photo's own colours."""
    rng = np.random.default_rng(3)
    points = np.column_stack([rng.integers(0, 80, 20), rng.integers(0, 60, 20)])
    return vc.Cues.from_points(cat, points, cat[points[:, 1], points[:, 0]])
