"""What the network of the prior `learned` is trained for.

Of every photo some places are cues, others are asked for; the answers to the first n cues are
scored for all numbers n of a list at once (`varcolor.neural.learned.kernel`). With e the mean
square error of sRGB over the places of a photo and s^2 the predicted variance of a* and of b*, the
loss is the mean over photos and numbers of

    log(e + e_0) + 0.25 mean_x [2 log s + 2 |ab - answer| / s],

the logarithm so that a dB counts alike on photos that are easy and hard; the second part is minus
the logarithm of a likelihood with tails of a Laplace distribution.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from varcolor.image.color import lab
from varcolor.prior.learned.covariance import EACH, SCALE
from varcolor.prior.learned.planes import HAND_MADE, PLANES
from varcolor.typing import Array

_LEAST, _PART = 2e-5, 0.25
#: Weight of the answer without any cue.
_NO_CUE = 1.5
#: Slope of sRGB beyond 0..1, so that colours find back.
_LEAK = 0.02
#: Planes of a sample behind the network's: lightness, a*, b*, all of the photo itself.
TRUTH = PLANES, PLANES + 1, PLANES + 3


def srgb(lightness: Any, ab: Any) -> Any:
    """Return sRGB (..., 3) of L* / 100 (...) and a*, b* (..., 2), bounded with a small slope."""
    import torch

    # The matrix from XYZ, read off the space itself: its columns are the colours of unit vectors.
    matrix = torch.tensor(_from_xyz(), dtype=torch.float32, device=ab.device)
    middle = (100 * lightness + 16) / 116
    f = torch.stack([middle + ab[..., 0] / 500, middle, middle - ab[..., 1] / 200], -1)
    d = 6 / 29
    xyz = torch.where(f > d, f.clamp(min=d) ** 3, 3 * d * d * (f - 4 / 29))
    linear = xyz @ matrix
    bent = 1.055 * linear.clamp(min=0.0031308) ** (1 / 2.4) - 0.055
    value = torch.where(linear > 0.0031308, bent, 12.92 * linear)
    bounded = value.clamp(0, 1)
    return bounded + _LEAK * (value - bounded)


def _from_xyz() -> Array:
    """Return the matrix (3, 3) from XYZ in parts of white to linear sRGB, rows in, columns out."""
    from varcolor.image.color import linearise

    # f of three independent colours, and the linear sRGB that they are.
    rgb = np.eye(3) * 0.5 + 0.25
    luma, ab = lab.split(rgb)
    middle = (100 * luma + 16) / 116
    f = np.stack([middle + ab[:, 0] / 500, middle, middle - ab[:, 1] / 200], axis=1)
    return np.linalg.solve(f**3, linearise(rgb))


def drawn(
    rng: np.random.Generator, size: int, side: int, count: int, places: int
) -> dict[str, Array]:
    """Return which cells of a batch are cues, and which are asked for.

    Parameters
    ----------
    rng : Generator
        Decides.
    size, side : int
        Photos of the batch, and cells of a side.
    count, places : int
        Cues and places of a photo.

    Returns
    -------
    dict
        ``cues`` (B, n) and ``places`` (B, m): numbers of cells, by rows; ``radius`` (): how far a
        cue reaches, 1 is 3 x 3 cells.
    """
    if rng.random() < 0.5:
        centres = rng.normal(side / 2, side / 4, (size, count, 2))
    else:
        centres = rng.uniform(0, side, (size, count, 2))
    radius = 1 if rng.random() < 0.7 else 0
    cells = np.clip(centres, radius, side - 1 - radius).astype(np.int64)
    cues = cells[..., 0] * side + cells[..., 1]
    return {
        "cues": cues,
        "places": rng.integers(0, side**2, (size, places)),
        "radius": np.asarray(radius),
    }


def scores(net: Any, kernel: Any, batch: Mapping[str, Any]) -> tuple[Any, Any]:
    """Return the logarithms of errors and the likelihood's part, each (numbers, B).

    Parameters
    ----------
    net, kernel : LearnedNet, LearnedKernel
        What is trained.
    batch : mapping
        Tensors, those of `drawn` and

        - ``samples`` (B, 20, g, g): the network's planes, then L* / 100, a* and b* of the photo;
        - ``position`` (B, 2, g, g): row and column from the centre, in parts of 256 pixels;
        - ``counts`` (n,): numbers of cues, ascending.
    """
    import torch

    samples, position = batch["samples"], batch["position"]
    counts, radius = batch["counts"].tolist(), int(batch["radius"])
    device = samples.device.type
    with torch.autocast(device, torch.bfloat16, enabled=_half(device)):
        maps = net(samples[:, :PLANES], position)
    with torch.autocast(device, enabled=False):
        truth = samples[:, TRUTH[1] : TRUTH[2]] / SCALE
        light = samples[:, PLANES : PLANES + 1]
        both = torch.cat([samples[:, :HAND_MADE], position, maps, truth, light], 1)
        cues, wanted = _means(both, batch["cues"], radius), _means(both, batch["places"], 0)
        cut = HAND_MADE + 2 + 3 * EACH
        sides = [
            (x[..., :cut], x[..., cut + 2].exp(), x[..., cut : cut + 2]) for x in (cues, wanted)
        ]
        noise = cues.new_full(cues.shape[:2], 1.0 if radius else 2.0)
        found = kernel.predicted(sides[0], cues[..., cut + 3 : cut + 5], noise, sides[1], counts)
        return _compared(found, wanted[..., cut + 3 : cut + 5], wanted[..., cut + 5])


def _half(device: str) -> bool:
    """Tell whether bfloat16 pays: without instructions for it, it takes eight times as long."""
    import torch

    if device == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def _compared(found: Sequence[tuple[Any, Any]], ab: Any, light: Any) -> tuple[Any, Any]:
    import torch

    rgb = srgb(light, SCALE * ab)
    errors, likelihood = [], []
    for answer, variance in found:
        error = ((srgb(light, SCALE * answer) - rgb) ** 2).mean((1, 2))
        errors.append(torch.log(error + _LEAST))
        distance = torch.sqrt(((answer - ab) ** 2).sum(-1) + 1e-4)
        likelihood.append((torch.log(variance) + 2 * distance / variance.sqrt()).mean(1))
    return torch.stack(errors), torch.stack(likelihood)


def loss(errors: Any, likelihood: Any) -> Any:
    """Return the number that is made small."""
    import torch

    weight = torch.ones(len(errors), 1, device=errors.device)
    weight[0] = _NO_CUE
    return (weight * (errors + _PART * likelihood)).mean()


def _means(maps: Any, at: Any, radius: int) -> Any:
    """Return the maps (B, C, g, g) averaged around cells (B, n), (B, n, C)."""
    from torch.nn import functional

    if radius:
        maps = functional.avg_pool2d(maps, 2 * radius + 1, 1, radius)
    index = at[:, None].expand(-1, maps.shape[1], -1)
    return maps.flatten(2).gather(2, index).transpose(1, 2)
