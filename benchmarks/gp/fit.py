"""Fit the kernel of the prior ``gp`` by restricted likelihood."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from benchmarks.gp.likelihood import Layout, cost, restricted
from varcolor.prior.features import NAMES
from varcolor.prior.kernel import Kernel
from varcolor.prior.points import Points
from varcolor.typing import FloatArray

#: Where the package keeps the kernel.
FILE = Path(__file__).parents[2] / "varcolor" / "prior" / "gp_kernel.json"
#: How strongly the logarithms are held at the start, so that features without a say stay put.
_HOLD = 1e-4


def first_kernel(points: list[Points]) -> Kernel:
    """Return the start: a wide kernel over the features and one that is narrow in the position."""
    spread = np.concatenate([p.features for p in points]).std(axis=0)
    wide, narrow = 8 * spread, 5 * spread
    wide[-2:], narrow[-2:] = 1.0, 0.4
    return Kernel(0.2, 0.1, np.array([0.4, 0.4]), np.stack([wide, narrow]), 0.02)


def fit(points: list[Points], steps: int) -> tuple[Kernel, float]:
    """Return the best kernel and its cost per point."""
    layout = Layout(2, points[0].features.shape[1])
    start = layout.vector(first_kernel(points))
    scales = [0, 2, 3]  # variances sum to 1: their gradients are taken along that surface
    parameters = [*scales, 4]

    def total(theta: FloatArray) -> tuple[float, FloatArray]:
        kernel = layout.kernel(theta)
        found = [cost(kernel, p, restricted) for p in points]
        value = float(np.mean([v for v, _ in found]))
        slope = np.mean([g for _, g in found], axis=0)
        shares = np.exp(theta[scales])
        slope[scales] -= slope[parameters].sum() * shares / shares.sum()
        return value + _HOLD * float(((theta - start) ** 2).sum()), slope + 2 * _HOLD * (
            theta - start
        )

    result = minimize(total, start, jac=True, method="L-BFGS-B", options={"maxiter": steps})
    return layout.kernel(result.x), float(result.fun)


def save(kernel: Kernel, how: str, file: Path = FILE) -> None:
    """Write a kernel to the package."""
    data = {
        "how": how,
        "features": NAMES,
        "luma_share": _rounded(kernel.luma_share),
        "luma_length": _rounded(kernel.luma_length),
        "shares": [_rounded(v) for v in kernel.shares],
        "lengths": [[_rounded(v) for v in row] for row in kernel.lengths],
        "noise": _rounded(kernel.noise),
    }
    file.write_text(json.dumps(data, indent=1) + "\n")


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")
