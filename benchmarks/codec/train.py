"""Train the model of the tree coder: ``python -m benchmarks.codec.train --data DIR``.

Pictures are encoded with the present model at many steps, the decisions are collected, and each
context gets the prior (a beta distribution: probability and count) under which they are
likeliest; then the weights that mix the contexts are fitted. As the encoder's choices follow the
model, this is repeated. Only the training halves of the data are read. The result replaces
``varcolor/ir/tree/model.npz``, which is part of the format.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit
from scipy.special import betaln

import varcolor.ir.tree.model as model_file
from benchmarks.report import data_argument, data_folder
from varcolor.image.luma import to_gray
from varcolor.image.read import read
from varcolor.ir.kernels.range_coder import INPUTS, LIMIT, SLOT
from varcolor.ir.kernels.tree_contexts import KINDS
from varcolor.ir.tree.encode import Source
from varcolor.ir.tree.model import Model, load_model

FOLDERS = ("bsds500/train", "imagenet-sample/train")
#: Steps for a picture of 2^17 pixels; larger pictures get coarser ones (twelfths of an octave).
STEPS = (112, 100, 88, 76, 66, 56)
#: Counts that priors are searched among.
COUNTS = (0.6, 1, 1.6, 2.5, 4, 6, 9, 14, 20, 30, 45, 70, 100)
#: Passes over the mixing weights.
PASSES = 25


def untrained() -> dict[str, Any]:
    """Return a model that knows nothing, with the fixed curves and rates."""
    states = np.zeros((KINDS * INPUTS * SLOT, 2), np.uint16)
    states[:, 0] = 32768
    chances = (np.arange(4096) + 0.5) / 4096
    logits = (np.arange(4096) - 2048) / 256
    curves = (
        np.round(256 * np.log(chances / (1 - chances))),
        np.clip(np.round(65536 / (1 + np.exp(-logits))), 32, 65504),
    )
    return {
        "states": states,
        "weights": np.full((KINDS, INPUTS), round(0.35 * 65536), np.int32),
        "curves": np.stack(curves).astype(np.int32),
        "rates": np.round(65536 / (np.arange(256) + 1.6)).astype(np.int32),
    }


def decisions(files: list[Path], rng: np.random.Generator) -> list[Any]:
    """Encode pictures and return the decisions of each stream: four contexts, kind, bit."""
    logs = []
    for path in files:
        photo = read(path)
        if photo.is_gray:
            continue
        gray = to_gray(photo, "yuv").pixels
        source = Source(photo.pixels, photo.maximum, gray)
        for step in STEPS:
            log = np.zeros((600_000, 6), np.int64)
            source.payload(step + int(rng.integers(10)), log=log)
            logs.append(log[log[:, 4] >= 0].astype(np.int32))
    return logs


def fit_priors(logs: list[Any]) -> Any:
    """Return the prior of every context: the likeliest beta distribution over the streams."""
    contexts = KINDS * INPUTS * SLOT
    rows = []
    for log in logs:
        for i in range(INPUTS):
            seen = np.bincount(log[:, i], minlength=contexts)
            ones = np.bincount(log[:, i], weights=log[:, 5], minlength=contexts)
            at = np.flatnonzero(seen)
            rows.append(np.stack([at, seen[at], ones[at]], 1))
    table = np.concatenate(rows)
    table = table[np.argsort(table[:, 0], kind="stable")]
    states = untrained()["states"]
    for group in np.split(table, np.flatnonzero(np.diff(table[:, 0])) + 1):
        n, k = group[:, 1], group[:, 2]
        share = (k.sum() + 0.4) / (n.sum() + 0.8)
        likeliest = (-np.inf, 0.5, 0.0)
        for count in COUNTS if n.sum() >= 3 else COUNTS[:2]:
            for p in np.clip([share, share**0.9, 1 - (1 - share) ** 0.9], 0.002, 0.998):
                a, b = p * count, (1 - p) * count
                value = float((betaln(a + k, b + n - k) - betaln(a, b)).sum())
                likeliest = max(likeliest, (value, float(p), float(count)))
        _, p, count = likeliest
        states[int(group[0, 0])] = (
            int(np.clip(p * 65536, 64, 65472)),
            int(np.clip(round(count), 0, LIMIT)),
        )
    return states


@njit
def replay(log, states, weights, curves, rates, gradient):  # type: ignore[no-untyped-def]
    """Return the bits of a stream, and add the gradient of its likelihood by the weights."""
    total = 0.0
    for t in range(len(log)):
        kind, bit = log[t, 4], log[t, 5]
        logit = 0.0
        for i in range(4):
            logit += weights[kind, i] * curves[0, states[log[t, i], 0] >> 4] / 256.0
        logit = min(max(logit, -7.99), 7.99)
        chance = 1 / (1 + np.exp(-logit))
        total -= np.log2(chance if bit else 1 - chance)
        for i in range(4):
            gradient[kind, i] += (bit - chance) * curves[0, states[log[t, i], 0] >> 4] / 256.0
        for i in range(4):
            state = states[log[t, i]]
            state[0] += (((65535 if bit else 0) - state[0]) * rates[state[1]]) >> 16
            state[1] = min(state[1] + 1, 120)
    return total


def fit_weights(logs: list[Any], states: Any, model: Model) -> tuple[Any, float]:
    """Return the mixing weights, fitted by gradients of normalised size, and the mean bytes."""
    weights, rate = model.weights / 65536, 0.04
    counts = sum(np.bincount(log[:, 4], minlength=KINDS) for log in logs)[:, None]
    scale, total = None, 0.0
    start = states.astype(np.int64)
    for _ in range(PASSES):
        gradient, total = np.zeros((KINDS, INPUTS)), 0.0
        for log in logs:
            total += replay(log, start.copy(), weights, model.curves, model.rates, gradient)
        gradient /= np.maximum(counts, 1)
        square = gradient**2 + 1e-9
        scale = square if scale is None else 0.8 * scale + 0.2 * square
        weights = weights + rate * gradient / np.sqrt(scale)
        rate *= 0.9
    return np.round(weights * 65536).astype(np.int32), total / 8 / len(logs)


def main() -> None:
    """Train."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.codec.train", description=__doc__)
    data_argument(parser)
    parser.add_argument("--pictures", type=int, default=150, help="pictures a round [150]")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--afresh", action="store_true", help="begin without the present model")
    arguments = parser.parse_args()
    data = data_folder(arguments)
    target = Path(model_file.__file__).with_name(model_file.TABLE)
    if arguments.afresh or not target.exists():
        np.savez_compressed(target, **untrained())
    files = [p for folder in FOLDERS for p in sorted((data / folder).glob("*.*"))]
    for number in range(arguments.rounds):
        load_model.cache_clear()
        model, rng = load_model(), np.random.default_rng(number)
        chosen = rng.permutation(len(files))[: arguments.pictures]
        logs = decisions([files[i] for i in chosen], rng)
        states = fit_priors(logs)
        weights, size = fit_weights(logs, states, model)
        print(
            f"round {number + 1}: {len(logs)} streams of {size:.1f} bytes in the mean", flush=True
        )
        curves, rates = model.curves.astype(np.int32), model.rates.astype(np.int32)
        np.savez_compressed(target, states=states, weights=weights, curves=curves, rates=rates)


if __name__ == "__main__":
    main()
