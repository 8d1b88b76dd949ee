"""Learning rates, as functions of the step alone."""

from __future__ import annotations

import math

from varcolor.training.config import LoopOptions

#: cooling: the part of the rate that is left in the end.
_LEAST = 0.01


def rate_at(step: int, own: LoopOptions) -> float:
    """Return the learning rate of a step, from 0."""
    rate = own.rate
    if own.warmup and step < own.warmup:
        rate *= (step + 1) / own.warmup
    if own.schedule == "cosine":
        span = max(1, own.steps - own.warmup)
        part = min(1.0, max(0, step - own.warmup) / span)
        rate *= 0.5 * (1 + math.cos(math.pi * part))
    elif own.schedule == "cooling":
        rate *= min(1.0, max(_LEAST, (1 - step / own.steps) / own.cooling))
    elif own.schedule == "steps":
        rate *= own.factor ** sum(step >= m for m in own.milestones)
    return rate
