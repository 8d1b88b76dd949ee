"""What a network costs beside its own forward pass, for a large photo."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

import numpy as np

import varcolor as vc
from benchmarks.harness import clocked
from benchmarks.neural.double import SimulatedNetwork
from varcolor.neural import using


def measure(megapixels: float, repeats: int, seed: int = 0) -> dict[str, Any]:
    """Return CPU seconds with and without a prior of a network that answers at once.

    The photo is smooth noise of several scales with 40 strokes; best of ``repeats`` runs, in turns,
    after one of each. CPU seconds of all threads: they do not count what others do on the machine.
    """
    rng = np.random.default_rng(seed)
    height = round((megapixels * 1e6 * 3 / 4) ** 0.5)
    gray, cues = _photo(rng, (height, height * 4 // 3))
    truth = np.zeros((192, 256, 2))
    net = _Instant.of(truth, seed)
    own = using.NetworkOptions.load
    found: dict[str, list[float]] = {"plain": [], "network": []}
    try:
        using.NetworkOptions.load = lambda self, name: net  # type: ignore[method-assign]
        for turn in range(repeats + 1):
            for name, prior in (("plain", "none"), ("network", "siggraph17")):
                seconds, result = clocked(partial(_run, gray, cues, prior), time.process_time)
                if turn:
                    found[name].append(seconds)
                assert result.status is vc.Status.CONVERGED
    finally:
        using.NetworkOptions.load = own  # type: ignore[method-assign]
    plain, network = min(found["plain"]), min(found["network"])
    return {"megapixels": megapixels, "plain": plain, "network": network, "ratio": network / plain}


def _run(gray: Any, cues: vc.Cues, prior: str) -> vc.Result:
    return vc.colorize(gray, cues, method="harmonic", prior=prior)


class _Instant(SimulatedNetwork):
    """Keeps what it has computed."""

    _kept: dict[str, Any] = {}  # noqa: RUF012

    def chroma(self, L: Any, ab: Any = None, mask: Any = None) -> Any:
        if "chroma" not in self._kept:
            self._kept["chroma"] = SimulatedNetwork.chroma(self, L)
        return self._kept["chroma"]

    def distribution(self, L: Any, ab: Any = None, mask: Any = None) -> Any:
        if "shares" not in self._kept:
            self._kept["shares"] = SimulatedNetwork.distribution(self, L)
        return self._kept["shares"]


def _photo(rng: np.random.Generator, shape: tuple[int, int]) -> tuple[Any, vc.Cues]:
    from varcolor.prior.features import resized

    luma = np.zeros(shape)
    for k in range(2, 9):
        luma += resized(rng.normal(0, 1 / 2**k, (3 * 2**k, 4 * 2**k)), shape)
    luma = (luma - luma.min()) / np.ptp(luma)
    gray = np.rint(255 * luma).astype(np.uint8)
    strokes = []
    for _ in range(40):
        x, y = rng.uniform(0.05, 0.9, 2) * (shape[1], shape[0])
        color = "#{:02x}{:02x}{:02x}".format(*rng.integers(40, 220, 3))
        end = (x + 0.05 * shape[1], y + 0.05 * shape[0])
        strokes.append(vc.Stroke(((x, y), end), shape[0] / 300, color=color))
    return gray, vc.rasterise(strokes, shape)
