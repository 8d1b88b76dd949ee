"""Train the network of the prior `learned`: the same command makes the file that ships.

``python -m benchmarks.learned.train --data DIR --work DIR --steps N`` decodes the pictures once
(about 6 GB in ``--work``), trains on one thread, and writes a checkpoint every few minutes: the
same command goes on from it. In the end the weights go into the package (``--write``) and the
curve to learned-curve.json. The learning rate is constant, then falls to zero over the last
`COOLING` of the steps; the weights that are written are running means.
"""

from __future__ import annotations

import argparse
import copy
import json
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.learned.pictures import Samples, decoded, prepare
from benchmarks.learned.split import held_out
from benchmarks.report import data_argument, data_folder, write_result
from varcolor.neural.learned.folding import file_of, folded
from varcolor.neural.learned.kernel import kernel_class
from varcolor.neural.learned.loss import loss, scores
from varcolor.neural.learned.net import net_class
from varcolor.neural.learned.samples import sample_of
from varcolor.prior.learned.planes import PLANES

#: Where the package keeps the weights.
FILE = Path(__file__).parents[2] / "varcolor" / "prior" / "learned" / "learned.safetensors"
RATE, DECAY, CLIP, WARM, COOLING = 2e-3, 1e-2, 2.0, 200, 0.4
#: Part of the old weights in a running mean.
_MEAN = 0.997
#: Share, picture side, pictures, cells a side, numbers of cues and places of a batch.
BATCHES = (
    (0.55, 256, 4, 128, (0, 1, 2, 5, 10, 20, 50, 100, 200), 320),
    (0.20, 256, 8, 80, (0, 1, 2, 4, 8, 16, 40, 90), 256),
    (0.25, 160, 8, 80, (0, 1, 2, 4, 8, 16, 40, 100), 256),
)
#: Numbers of cues of the curve, and pictures.
_SCORED, _PICTURES = (0, 1, 2, 5, 10, 20, 50, 100, 200, 400), 64


class Training:
    """A network in training, and all that going on needs."""

    def __init__(self, samples: Samples, rate: float = RATE) -> None:
        import torch

        torch.manual_seed(0)
        self.samples, self.rate, self.step = samples, rate, 0
        self.net = net_class()().to(memory_format=torch.channels_last)
        self.kernel = kernel_class()()
        some = np.asarray(samples.arrays[256][:300:2, :PLANES, ::4, ::4], np.float32)
        self.net.mean.copy_(torch.from_numpy(some.mean((0, 2, 3))))
        self.net.deviation.copy_(torch.from_numpy(some.std((0, 2, 3))))
        self.means = copy.deepcopy(self.net), copy.deepcopy(self.kernel)
        matrices = [p for p in self.net.parameters() if p.ndim > 1]
        others = [p for p in self.net.parameters() if p.ndim <= 1]
        groups: list[dict[str, Any]] = [
            {"params": matrices, "weight_decay": DECAY, "factor": 1.0},
            {"params": others, "weight_decay": 0.0, "factor": 1.0},
            {"params": list(self.kernel.parameters()), "weight_decay": 0.0, "factor": 1.5},
        ]
        self.optimiser = torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.99))

    def advance(self, steps: int) -> None:
        """Make one step of so many in all."""
        import torch

        rng = np.random.default_rng([3, self.step])
        rate = self.rate * min(1, (self.step + 1) / WARM)
        rate *= min(1, max(0.01, (1 - self.step / steps) / COOLING))
        for group in self.optimiser.param_groups:
            group["lr"] = rate * group["factor"]
        kind = int(rng.choice(len(BATCHES), p=[b[0] for b in BATCHES]))
        _, side, count, cells, counts, places = BATCHES[kind]
        drawn = torch.from_numpy(self.samples.drawn(rng, side, count, cells))
        found = scores(self.net, self.kernel, drawn[:, :20], drawn[:, 20:], counts, places, rng)
        self.optimiser.zero_grad()
        loss(*found).backward()
        every = [*self.net.parameters(), *self.kernel.parameters()]
        size = torch.nn.utils.clip_grad_norm_(every, CLIP)
        if torch.isfinite(size):
            self.optimiser.step()
        self.step += 1
        part = min(_MEAN, (self.step + 1) / (self.step + 50))
        with torch.no_grad():
            for mean, own in zip(self.means, (self.net, self.kernel), strict=True):
                states = zip(mean.state_dict().values(), own.state_dict().values(), strict=True)
                for old, new in states:
                    old.copy_(part * old + (1 - part) * new if new.is_floating_point() else new)

    def state(self) -> dict[str, Any]:
        """Return all of it."""
        parts = {"net": self.net, "kernel": self.kernel, "optimiser": self.optimiser}
        parts |= {"mean net": self.means[0], "mean kernel": self.means[1]}
        return {"step": self.step, **{name: part.state_dict() for name, part in parts.items()}}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from there."""
        self.step = state["step"]
        self.net.load_state_dict(state["net"])
        self.kernel.load_state_dict(state["kernel"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.means[0].load_state_dict(state["mean net"])
        self.means[1].load_state_dict(state["mean kernel"])


def scored(net: Any, kernel: Any, held: np.ndarray) -> list[float]:
    """Return the PSNR of the regression alone on held-out samples, by number of cues, in dB."""
    import torch

    place = torch.from_numpy(((np.arange(128) - 63.5) * 2 / 256).astype(np.float32))
    position = torch.stack(torch.broadcast_tensors(place[:, None], place))
    rng, found = np.random.default_rng(5), []
    net.eval()
    with torch.no_grad():
        for begin in range(0, len(held), 4):
            some = torch.from_numpy(np.asarray(held[begin : begin + 4], np.float32))
            at = position.expand(len(some), -1, -1, -1)
            errors, _ = scores(net, kernel, some, at, _SCORED, 1024, rng)
            found.append(-10 / np.log(10) * errors.numpy())
    net.train()
    return [round(float(value), 3) for value in np.concatenate(found, axis=1).mean(axis=1)]


def main() -> None:
    """Train."""
    import torch

    parser = argparse.ArgumentParser(prog="python -m benchmarks.learned.train", description=__doc__)
    data_argument(parser)
    parser.add_argument("--work", type=Path, required=True, help="samples and checkpoint")
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--write", action="store_true", help="write the weights into the package")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    data, work = data_folder(arguments), arguments.work
    prepare(data, work)
    training = Training(Samples(work))
    curve: list[dict[str, Any]] = []
    checkpoint, spent = work / "checkpoint.pt", 0.0
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        curve = state.pop("curve")
        training.restore(state)
        spent = curve[-1]["CPU minutes"]
    files = held_out(data)[:_PICTURES]
    held = np.stack([sample_of(decoded(file.read_bytes(), 256), None) for file in files])
    saved = 0.0
    while training.step < arguments.steps:
        if training.step % 500 == 0:
            levels = scored(*training.means, held)
            minutes = round(spent + time.process_time() / 60, 2)
            row = {"step": training.step, "CPU minutes": minutes}
            curve.append(row | {f"{n} hints, dB": v for n, v in zip(_SCORED, levels, strict=True)})
            print(json.dumps(curve[-1]), flush=True)
        training.advance(arguments.steps)
        if time.monotonic() - saved > 180 or training.step == arguments.steps:
            torch.save({**training.state(), "curve": curve}, work / "checkpoint.part")
            (work / "checkpoint.part").replace(checkpoint)
            saved = time.monotonic()
    write_result(arguments.out, "learned-curve", curve, list(curve[0]))
    if arguments.write:
        told = {"made by": "python -m benchmarks.learned.train", "steps": str(arguments.steps)}
        FILE.write_bytes(file_of(folded(*training.means), told))


if __name__ == "__main__":
    main()
