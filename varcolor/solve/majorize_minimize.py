"""Robust priors (Huber, l1) by majorisation and minimisation.

A prior with the loss `huber` or `l1` is solved as a sequence of quadratic ones: the square with
weight k_r rho'(t_r) / (2 t_r), t_r = |u_r - p_r| of the step before, lies above the loss and
touches it there, so that the energy falls with every step, whatever the method beside it.

Reference: P. Huber, E. Ronchetti, "Robust Statistics", 2009, section 7.8; D. Hunter, K. Lange, "A
tutorial on MM algorithms", American Statistician 58 (2004).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from varcolor.energy.prior import Data, Prior
from varcolor.solve.result import Solution, Status
from varcolor.solve.solver import Goal
from varcolor.typing import BoolArray, FloatArray

#: Steps at most, and the part of the tolerance that the last one may still change.
_STEPS, _LAST_CHANGE = 60, 0.2


def solve_robust(
    solve: Callable[[Data, FloatArray | None], Solution],
    cues: Data,
    prior: Prior,
    visible: BoolArray | None,
    goal: Goal,
) -> Solution:
    """Minimise with a prior of any loss.

    Parameters
    ----------
    solve : callable
        (data, start (H, W, C) or None) -> the minimiser with a quadratic prior in the data.
    cues, prior : Data, Prior
        What is known and what is expected.
    visible : ndarray of bool, shape (H, W), optional
        False where the photo is transparent.
    goal : Goal
        Its tolerance ends the iteration.
    """
    solution = solve(cues.with_prior(prior, visible), None)
    everywhere, steps = np.arange(prior.confidence.size), solution.steps
    for _ in range(_STEPS):
        before = solution.u
        step = Prior(prior.chroma, prior.confidence * prior.loss_weight(before))
        solution = solve(cues.with_prior(step, visible), before)
        steps += solution.steps
        flat = solution.u.reshape(len(everywhere), -1)
        change = np.abs(flat - before.reshape(flat.shape))
        if goal.levels(flat, change, everywhere) <= _LAST_CHANGE * goal.tolerance:
            return replace(solution, steps=steps)
    return replace(solution, steps=steps, status=Status.STEP_LIMIT)
