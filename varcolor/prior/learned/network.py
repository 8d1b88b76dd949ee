"""The network at work: from planes of a photo to maps, without PyTorch.

A U-Net of residual blocks, x + conv(relu(conv(x))) and a rectifier: means of 2 x 2 and a
convolution of 1 x 1 lead to the next coarser level and channels of their own; at the coarsest the
mean over the photo is added through a linear layer; on the way back levels are added. Batch
normalisation is folded into the convolutions when the weights are written
(`varcolor.neural.learned.folding`).

Reference: O. Ronneberger, P. Fischer, T. Brox, "U-Net", 2015; K. He et al., "Deep residual
learning", 2016.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from pathlib import Path

import numpy as np

from varcolor.errors import FileError
from varcolor.prior.learned.covariance import Covariance
from varcolor.prior.learned.layers import convolved, doubled, halved, mixed
from varcolor.prior.learned.planes import PLANES
from varcolor.prior.learned.tensors import tensors_of
from varcolor.typing import Array

_FILE = "learned.safetensors"
#: Planes are cut at so many standard deviations.
_CUT = 4.0


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """Weights, by the names under which the file has them."""

    weights: Mapping[str, Array]
    covariance: Covariance
    levels: int
    """Sizes of the grid, each half of the one before."""

    @classmethod
    def of(cls, arrays: Mapping[str, Array], name: str) -> Network:
        """Return the network of a file's arrays.

        Raises
        ------
        FileError
            If arrays are missing or have other shapes.
        """
        try:
            levels = 1 + sum(key.startswith("down.") and key.endswith(".weight") for key in arrays)
            if arrays["stem.weight"].shape[2] != PLANES + 2:
                raise FileError(f"{name}: its network takes other planes than this varcolor has")
            return cls(arrays, Covariance.of(arrays), levels)
        except (KeyError, IndexError, ValueError) as error:
            raise FileError(f"{name}: holds no network of the prior learned ({error})") from None

    def maps(self, planes: Array, position: Array) -> Array:
        """Return the maps of a photo.

        Parameters
        ----------
        planes : ndarray, shape (h, w, 17)
            See `varcolor.prior.learned.planes`.
        position : ndarray, shape (h, w, 2)
            Row and column from the centre, in parts of 256 pixels.

        Returns
        -------
        ndarray of float32, shape (h, w, M)
            Learned features, mean a* and b* (in parts of `SCALE`), logarithm of the amplitude.
        """
        w = self.weights
        height, width = planes.shape[:2]
        step = 1 << (self.levels - 1)
        x = (planes - w["input.mean"]) / w["input.deviation"]
        x = np.concatenate([np.clip(x, -_CUT, _CUT), 3 * position], axis=2).astype(np.float32)
        more = ((0, -height % step), (0, -width % step), (0, 0))
        x = np.pad(x, more, mode="edge")
        x = convolved(x, w["stem.weight"], w["stem.bias"])
        finer: list[Array] = []
        for level in range(self.levels):
            x = self._blocks(f"encoder.{level}", x)
            if level < self.levels - 1:
                finer.append(x)
                x = mixed(halved(x), w[f"down.{level}.weight"], w[f"down.{level}.bias"])
        x = x + (x.mean(axis=(0, 1)) @ w["global.weight"] + w["global.bias"])
        for level in reversed(range(self.levels - 1)):
            coarse = mixed(x, w[f"up.{level}.weight"], w[f"up.{level}.bias"])
            x = self._blocks(f"decoder.{level}", finer[level] + doubled(coarse))
        return mixed(x, w["head.weight"], w["head.bias"])[:height, :width]

    def _blocks(self, name: str, x: Array) -> Array:
        """Return what the residual blocks of a level make of it."""
        w, block = self.weights, 0
        while (own := f"{name}.{block}") + ".first.weight" in w:
            inner = convolved(x, w[f"{own}.first.weight"], w[f"{own}.first.bias"])
            x = x + convolved(inner, w[f"{own}.second.weight"], w[f"{own}.second.bias"], False)
            np.maximum(x, 0, out=x)
            block += 1
        return x


@cache
def shipped_network() -> Network:
    """Return the network that comes with varcolor."""
    data = (resources.files("varcolor.prior.learned") / _FILE).read_bytes()
    return Network.of(tensors_of(data, _FILE)[0], _FILE)


def read_network(path: Path) -> Network:
    """Return the network of a file; the last ones are kept in memory.

    Raises
    ------
    FileError
        If it cannot be read, or holds no network of this prior.
    """
    try:
        state = path.stat()
        return _read(path, state.st_mtime_ns, state.st_size)
    except OSError as error:
        raise FileError(f"{path}: cannot be read ({error.strerror or error})") from None


@lru_cache(maxsize=2)
def _read(path: Path, *stamp: int) -> Network:
    return Network.of(tensors_of(path.read_bytes(), str(path))[0], str(path))
