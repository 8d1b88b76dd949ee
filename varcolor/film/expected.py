"""What is expected where no key reaches: a prior, if one is asked for.

``gp``: the Gaussian process of pictures (`varcolor.prior.gp`), conditioned on the keys of all
frames of the shot at once. Others (a reference, a network) guess every frame by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from varcolor.backend.blas import single_thread
from varcolor.energy.prior import Data
from varcolor.errors import InputError
from varcolor.image.color import Space
from varcolor.options import FilmOptions
from varcolor.prior.base import Scene
from varcolor.prior.gp import GP
from varcolor.prior.kernel import fitted_kernel
from varcolor.prior.points import points_of
from varcolor.prior.regression import Regression
from varcolor.prior.upsample import guided
from varcolor.typing import Array, FloatArray

Guess = Callable[[FloatArray], Array]
#: Most cues of a frame that the regression is given.
_MOST = 400


def expected_of(
    options: FilmOptions, space: Space, lumas: Mapping[int, FloatArray], keys: Mapping[int, Data]
) -> Guess | None:
    """Return what guesses a frame's chroma (2, H + 2, W + 2) from its luma (H, W), or None.

    Parameters
    ----------
    options : FilmOptions
        Its prior and reference.
    space : Space
        Working space.
    lumas, keys : mapping
        Luma of the frames with keys, and what is known there.

    Raises
    ------
    InputError
        For priors that are no names of known ones.
    """
    name = options.prior
    if options.reference is not None and name is None:
        name = "reference"
    if name in (None, "none", "agreed"):
        return None
    if not isinstance(name, str):
        raise InputError("films take priors by name: gp, reference, or a network")
    if name == "gp":
        return _gp(space, lumas, keys) if keys else None
    from varcolor.prior.given import source_of

    settings = options.network(options.threads)
    if options.reference is not None:
        settings["reference"] = options.reference
    shape = next(iter(lumas.values())).shape if lumas else (1, 1)
    source = source_of(name, options.confidence, (shape[0], shape[1]), space, settings)
    nothing = Data(np.zeros(0, np.int64), np.zeros(0), np.zeros((0, 2)))

    def guess(luma: FloatArray) -> Array:
        scene = Scene(luma, None, space)
        run = source.run(source.prepare(scene), nothing)  # type: ignore[union-attr]
        return _bordered(run.chroma)

    return guess


def _gp(space: Space, lumas: Mapping[int, FloatArray], keys: Mapping[int, Data]) -> Guess:
    own, kernel = GP(), fitted_kernel()
    features, values, noise, softness = [], [], [], []
    with single_thread():
        for t, data in sorted(keys.items()):
            some = np.arange(len(data.at))[:: -(-len(data.at) // _MOST)]
            prepared = own.prepare(Scene(lumas[t], None, space))
            shape = (lumas[t].shape[0], lumas[t].shape[1])
            told = data.at[some], data.weight[some], data.values[some]
            points = points_of(prepared.features, shape, *told)
            features.append(points.features)
            values.append(points.values)
            noise.append(points.noise)
            softness.append(points.softness)
        total = np.concatenate(values)
        spread = kernel.noise * np.concatenate(noise)
        spread = spread + own.strength * np.concatenate(softness)
        regression = Regression.of(kernel, np.concatenate(features), total, spread)
    low, high = total.min(axis=0), total.max(axis=0)

    def guess(luma: FloatArray) -> Array:
        with single_thread():
            prepared = own.prepare(Scene(luma, None, space))
            grid = prepared.grid
            found = regression.predict(grid.reshape(-1, grid.shape[-1]))[:, :2]
            found = np.clip(found, low, high).reshape(*grid.shape[:2], 2)
            return _bordered(guided(found, grid[..., 0], luma))

    return guess


def _bordered(chroma: Array) -> Array:
    inner = np.moveaxis(chroma, 2, 0).astype(np.float32)
    return np.pad(inner, ((0, 0), (1, 1), (1, 1)))
