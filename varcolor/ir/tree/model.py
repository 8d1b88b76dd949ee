"""The trained model of the tree coder: what every stream assumes; part of the format."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import numpy as np

from varcolor.typing import Array

#: The trained numbers; replacing them makes another format.
TABLE = "model.npz"


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """Priors of the contexts and constants of the coder; see `varcolor.ir.kernels.range_coder`."""

    states: Array
    """(contexts, 2) int64: first probability and count."""
    weights: Array
    """(kinds, 4) int64: weights of the contexts, 16.16 fixed point."""
    curves: Array
    """(2, 4096) int64: logit of a probability, probability of a logit."""
    rates: Array
    """(256,) int64: 65536 / (count + 1.6)."""

    @property
    def bits(self) -> Array:
        """(4096,) float64: what an outcome of probability (k + 1/2) / 4096 costs."""
        return -np.log2((np.arange(4096) + 0.5) / 4096)


@lru_cache(maxsize=1)
def load_model() -> Model:
    """Read the model that comes with the package."""
    with resources.files("varcolor.ir.tree").joinpath(TABLE).open("rb") as file:
        table = np.load(file)
        return Model(
            table["states"].astype(np.int64),
            table["weights"].astype(np.int64),
            table["curves"].astype(np.int64),
            table["rates"].astype(np.int64),
        )


def step_size(index: int) -> float:
    """Return the quantiser's step for its index, 0 to 255: a twelfth of an octave each."""
    return float(2.0 ** (index / 12))
