"""Parts of the network switched off, on held-out training pictures: the regression without a solve.

Every part is an output of the network put to zero: the learned features of the exponentials, the
mean chroma, the amplitude. What is left has not been trained anew.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.learned.calibrate import calibration_cases
from benchmarks.quality.summary import as_levels, mean_and_error, psnr
from benchmarks.report import write_result
from varcolor.energy.prior import Data
from varcolor.image.color import lab
from varcolor.prior.base import Scene
from varcolor.prior.gp import GP
from varcolor.prior.learned import prior as learned
from varcolor.prior.learned.covariance import EACH
from varcolor.prior.learned.network import Network, shipped_network

COUNTS = (0, 1, 5, 20, 100, 501)
#: Outputs that are put to zero.
PARTS = {
    "whole": slice(0, 0),
    "without the learned features": slice(0, 3 * EACH),
    "without the mean chroma": slice(3 * EACH, 3 * EACH + 2),
    "without the amplitude": slice(3 * EACH + 2, None),
    "without any": slice(0, None),
}


def without(network: Network, part: slice) -> Network:
    """Return a network whose outputs of a part are zero."""
    weights = dict(network.weights)
    for name in ("head.weight", "head.bias"):
        weights[name] = weights[name].copy()
        weights[name][..., part] = 0
    return Network.of(weights, "a part")


def ablate(data: Path, pictures: int, out: Path) -> None:
    """Measure all variants on the same cases."""
    found: dict[str, dict[int, list[float]]] = {}
    networks = {name: without(shipped_network(), part) for name, part in PARTS.items()}
    scene, last, prepared = None, "", {}
    for case in calibration_cases(data, pictures):
        if case.hints not in COUNTS:
            continue
        luma = lab.luma_of_gray(case.gray)
        if case.picture != last:
            scene, last = Scene(luma, None, lab), case.picture
            prepared = {name: _prepared(scene, network) for name, network in networks.items()}
            prepared["gp"] = GP().prepare(scene)
        at = case.cues.at[:, 0] * luma.shape[1] + case.cues.at[:, 1]
        values = lab.split(case.cues.color)[1]
        cues = Data(at, np.full(len(at), np.inf), values)
        for name, own in prepared.items():
            if name == "gp":
                chroma = GP().run(own, cues).chroma if len(at) else np.zeros((*luma.shape, 2))
            else:
                chroma = learned.Learned().run(own, cues).chroma
            level = psnr(as_levels(lab.merge(luma, chroma)), case.truth)
            found.setdefault(name, {}).setdefault(case.hints, []).append(level)
    rows = []
    for name, by_count in found.items():
        row: dict[str, Any] = {"network": name}
        for count, levels in by_count.items():
            mean, error = mean_and_error(np.array(levels) - np.array(found["gp"][count]))
            row[f"{count} hints, dB over gp"] = f"{mean:+.2f} ± {error:.2f}"
        rows.append(row)
    write_result(out, "learned-ablation", rows, list(rows[0]))


def _prepared(scene: Scene, network: Network) -> learned.Prepared:
    """Return what the prior prepares, with another network."""
    return learned.prepared_with(network, scene)
