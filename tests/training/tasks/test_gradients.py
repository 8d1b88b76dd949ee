"""Gradients of every task's loss, against finite differences, on tiny networks in float64."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from varcolor.training.config import Config, DataOptions
from varcolor.training.samples import sample_of
from varcolor.training.sources import entries_of
from varcolor.training.task import task_of

CASES = [
    ("regression", {"network": "colornet-l"}, {"width": 2, "depth": 2}, 0),
    ("regression", {"network": "colornet-gray", "kind": "l1"}, {"width": 2, "depth": 1}, 0),
    ("regression", {"network": "colornet-v2", "kind": "huber"}, {"width": 2, "depth": 2}, 0),
    ("regression", {"network": "poster-regression"}, {"width": 2, "pooled": 3}, 0),
    ("classification", {"network": "poster-394"}, {"width": 2, "pooled": 3}, 0),
    ("classification", {"network": "eccv16"}, {"width": 1}, 0),
    ("hints", {"warmup": 5}, {"width": 1}, 0),
    ("hints", {"warmup": 5}, {"width": 1}, 5),
    ("adversarial", {"width": 2, "levels": 1, "vivid": 0.3}, {"width": 2, "depth": 3}, 0),
]


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c[0]}-{c[1].get('network', '')}-{c[3]}")
def test_gradients(case, photos):
    torch = pytest.importorskip("torch")
    name, options, network, step = case
    data = DataOptions(places=(str(photos),), size=16, held_out=0.0, fit="pad")
    config = Config(name="tiny", task=name, options=options, network=network, data=data)
    entries = entries_of([photos])[:2]
    task = task_of(config).prepared(entries, config)
    rng = np.random.default_rng(0)
    samples = [sample_of(entry, data, config.augment, rng) for entry in entries]
    torch.manual_seed(1)
    module = task.build(config).double().train()
    with torch.no_grad():  # what begins as zeros would hide the rest
        for weight in module.parameters():
            weight.add_(0.1 * torch.randn_like(weight))
    made = {k: torch.as_tensor(v) for k, v in task.batch(samples, rng).items()}
    batch = {k: v.double() if v.is_floating_point() else v for k, v in made.items()}
    for part, trained in task.parts(module).items():
        weights = list(trained)

        def value(part=part):
            torch.manual_seed(3)  # the same dropout
            return task.loss(module, batch, step, part)[0]

        module.zero_grad()
        value().backward()
        slopes = [0 if w.grad is None else w.grad.clone() for w in weights]
        assert any(float(abs(torch.as_tensor(s)).max()) > 0 for s in slopes)
        # Along the gradient, and along one random direction.
        for k in range(2):
            towards = [
                s if k == 0 else torch.randn_like(w) for s, w in zip(slopes, weights, strict=True)
            ]
            towards = [
                torch.as_tensor(t, dtype=torch.float64).expand_as(w)
                for t, w in zip(towards, weights, strict=True)
            ]
            size = float(torch.sqrt(sum((t**2).sum() for t in towards)))
            expected = (
                float(sum((s * t).sum() for s, t in zip(slopes, towards, strict=True))) / size
            )
            ends = []
            for sign in (1, -1):
                with torch.no_grad():
                    for w, t in zip(weights, towards, strict=True):
                        w.add_(t, alpha=sign * 1e-6 / size)
                    ends.append(float(value().detach()))
                    for w, t in zip(weights, towards, strict=True):
                        w.sub_(t, alpha=sign * 1e-6 / size)
            found = (ends[0] - ends[1]) / 2e-6
            assert found == pytest.approx(expected, rel=1e-3, abs=1e-6)


def test_only_what_is_seen_counts(photos):
    """The border that fills up changes no regression loss."""
    torch = pytest.importorskip("torch")
    data = DataOptions(places=(str(photos),), size=16, held_out=0.0, fit="pad")
    config = Config(
        name="tiny", task="regression", options={"network": "colornet-l"}, network={"width": 2}
    )
    config = replace(config, data=data)
    task = task_of(config)
    rng = np.random.default_rng(0)
    sample = sample_of(entries_of([photos])[0], data, None, rng)
    batch = {k: torch.as_tensor(v) for k, v in task.batch([sample], rng).items()}
    module = task.build(config).eval().requires_grad_(False)
    before = task.score(module, batch)
    batch["ab"] = torch.where(batch["seen"] > 0, batch["ab"], 9.0)
    assert not batch["seen"].all()
    assert task.score(module, batch) == before
