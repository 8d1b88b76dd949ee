"""Metrics that networks have learned: LPIPS, and FID over sets of pictures.

Both need PyTorch, which varcolor does not install, and weights that are trained by others and not
part of varcolor: the user names the file. PyTorch is imported by name when it is needed, because
this layer must work, and be checked, without it.

References
----------
LPIPS: R. Zhang, P. Isola, A. A. Efros, E. Shechtman, O. Wang, "The unreasonable effectiveness of
deep features as a perceptual metric", 2018. FID: M. Heusel et al., "GANs trained by a two
time-scale update rule converge to a local Nash equilibrium", 2017.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from varcolor.errors import FileError, InputError, MissingExtra
from varcolor.image.picture import Picture, as_picture
from varcolor.metrics.metric import Metric, metric
from varcolor.metrics.pair import Pair
from varcolor.metrics.planes import planes
from varcolor.typing import Array, FloatArray, PathLike

_LPIPS_HELP = (
    "lpips needs PyTorch and the weights of its backbone: run `pip install torch torchvision "
    "lpips` and pass torchvision's AlexNet weights, the file alexnet-owt-7be5be79.pth, as "
    "varcolor.metrics.learned.Lpips(weights=FILE).metric() or --lpips-weights FILE"
)
_FID_HELP = (
    "fid needs PyTorch and the Inception network: run `pip install torch` and pass its "
    "TorchScript file inception-2015-12-05.pt (the one that StyleGAN2-ADA and StyleGAN3 use) as "
    "varcolor.metrics.learned.fid(…, weights=FILE)"
)
_SMALLEST = 64


def _module(name: str, advice: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        raise MissingExtra(f"{advice} (the package {name} is not installed)") from None


def _existing(weights: PathLike | None, advice: str) -> Path:
    if weights is None:
        raise MissingExtra(f"{advice} (no weights were given)")
    path = Path(weights)
    if not path.is_file():
        raise FileError(f"{path}: no such file; {advice}")
    return path


@dataclass(frozen=True, slots=True)
class Lpips:
    """LPIPS with the AlexNet backbone and the linear heads 0.1 of the ``lpips`` package."""

    weights: PathLike | None = None
    """torchvision's AlexNet weights, ``alexnet-owt-7be5be79.pth``."""

    def metric(self) -> Metric:
        """Return it as a metric, with the network loaded.

        Raises
        ------
        MissingExtra
            If a package or the weights are missing; the message says what to do.
        FileError
            If the file does not hold those weights.
        """
        torch = _module("torch", _LPIPS_HELP)
        package = _module("lpips", _LPIPS_HELP)
        path = _existing(self.weights, _LPIPS_HELP)
        # pnet_rand keeps the package from downloading; the heads come with it.
        network = package.LPIPS(net="alex", pnet_rand=True, verbose=False).eval()
        try:
            state = torch.load(path, map_location="cpu", weights_only=True)
            backbone = dict(network.net.named_parameters())
            for name, parameter in backbone.items():
                # slice2.3.weight is features.3.weight of torchvision's AlexNet.
                parameter.data.copy_(state["features." + name.split(".", 1)[1]])
        except Exception as error:
            raise FileError(f"{path}: not torchvision's AlexNet weights ({error})") from None

        def value(pair: Pair) -> float:
            """LPIPS (Zhang et al. 2018), AlexNet: distance of deep features; 0 if identical."""
            pair.require(_SMALLEST, "lpips")
            with torch.no_grad():
                first, second = (
                    torch.from_numpy(2 * _channels_first(p) - 1)[None]
                    for p in (pair.reference, pair.result)
                )
                return float(network(first, second))

        return Metric("lpips", value, "", "lower", masks=False)


def _channels_first(picture: Picture) -> Array:
    return np.ascontiguousarray(np.moveaxis(planes(picture, "rgb"), -1, 0), np.float32)


@metric("lpips", "", "lower", masks=False)
def lpips(pair: Pair) -> float:
    """LPIPS (Zhang et al. 2018), distance of deep features; needs PyTorch and weights.

    This entry has no weights and says what is missing: see `Lpips`. Pictures below 64 x 64
    pixels: InputError.
    """
    return Lpips().metric().of(pair)


def frechet_distance(first: FloatArray, second: FloatArray) -> float:
    """Return |m - m'|^2 + tr(C + C' - 2 (C C')^(1/2)) of two sets (N, F) of features.

    m are the means, C the covariances (N - 1).

    Raises
    ------
    InputError
        If a set has fewer than two members.
    """
    from scipy.linalg import sqrtm

    if min(len(first), len(second)) < 2:
        raise InputError("fid: needs at least two pictures on each side")
    offset = first.mean(axis=0) - second.mean(axis=0)
    one, two = (np.atleast_2d(np.cov(f, rowvar=False)) for f in (first, second))
    # The trace of the root of C C' equals that of the symmetric C^(1/2) C' C^(1/2), which has no
    # negative eigenvalues but those of rounding.
    root = np.asarray(sqrtm(one)).real
    inner = np.linalg.eigvalsh(root @ two @ root)
    trace = float(np.sqrt(np.maximum(inner, 0)).sum())
    return max(float(offset @ offset + np.trace(one) + np.trace(two)) - 2 * trace, 0.0)


def fid(
    references: Sequence[Picture | Array],
    results: Sequence[Picture | Array],
    *,
    weights: PathLike | None = None,
) -> float:
    """Return the Fréchet inception distance of two sets of pictures; 0 for equal sets.

    Parameters
    ----------
    references, results : sequence of Picture or ndarray
        At least two each; they need not correspond. Thousands are usual: for few pictures the
        distance is biased upwards.
    weights : path
        TorchScript file of the Inception network, ``inception-2015-12-05.pt``.

    Raises
    ------
    MissingExtra
        If PyTorch or the weights are missing; the message says what to do.
    InputError
        If there are fewer than two pictures on a side.
    """
    torch = _module("torch", _FID_HELP)
    path = _existing(weights, _FID_HELP)
    try:
        network = torch.jit.load(str(path), map_location="cpu").eval()
    except Exception as error:
        raise FileError(f"{path}: not a TorchScript file ({error})") from None

    def features(pictures: Sequence[Picture | Array]) -> FloatArray:
        rows = []
        with torch.no_grad():
            for picture in pictures:
                levels = np.floor(255 * _channels_first(as_picture(picture)) + 0.5)
                batch = torch.from_numpy(levels.astype(np.uint8))[None]
                rows.append(network(batch, return_features=True).numpy().ravel())
        return np.asarray(rows, np.float64)

    return frechet_distance(features(references), features(results))
