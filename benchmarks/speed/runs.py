"""One run of a rival, timed from the grey photo and the cues to the chroma."""

from __future__ import annotations

import time

from benchmarks.rivals.linear import Rival, Stop
from benchmarks.speed.cases import Case
from benchmarks.speed.memory import Meter
from benchmarks.speed.outcome import Outcome
from benchmarks.speed.systems import assembled, guide_of
from varcolor.methods import Method


def linear(rival: Rival, case: Case, method: Method, rtol: float, meter: Meter) -> Outcome:
    """Compute the weights, assemble the system, and have the rival solve it."""
    begin = time.perf_counter()
    problem = assembled(case, method)
    middle = time.perf_counter()
    answer = rival.solve(problem.linear, Stop(rtol=rtol))
    chroma = problem.picture(answer.x)
    end = time.perf_counter()
    facts = {"rtol": rtol} if rival.kind == "iterative" else {}
    return Outcome(chroma, end - begin, middle - begin, answer.iterations, meter.peak(), facts)


def model(rival: Rival, case: Case, meter: Meter) -> Outcome:
    """Have another model spread the cues."""
    begin = time.perf_counter()
    guide = guide_of(case)
    middle = time.perf_counter()
    chroma = rival.solve(guide)
    end = time.perf_counter()
    return Outcome(chroma, end - begin, middle - begin, 0, meter.peak())
