"""What is planned with, what is refused, and how to insist."""

from __future__ import annotations

import math

import numpy as np
import pytest

import varcolor as vc
from tests.summary import summary_of
from varcolor.backend import memory
from varcolor.backend.thread_pool import Team
from varcolor.energy.problem import ProblemSummary
from varcolor.methods import make_method
from varcolor.solve.selection import choose, needs

HARMONIC, LEVIN = ProblemSummary(80_000_000), summary_of(vc.Levin(), 80_000_000)


@pytest.mark.parametrize(
    ("asked", "size"),
    [
        ("12GB", 12e9),
        ("1.5 GB", 1.5e9),
        ("800 mb", 8e8),
        ("2GiB", 2 * 2**30),
        ("4g", 4e9),
        ("5000", 5000),
        (7e9, 7e9),
        ("force", math.inf),
        (math.inf, math.inf),
    ],
)
def test_sizes(asked: float | str, size: float) -> None:
    assert memory.budget(asked) == size


@pytest.mark.parametrize("asked", ["", "lots", "-3GB", "0", 0, -1.0, math.nan, "12 PB"])
def test_what_is_no_size(asked: float | str) -> None:
    with pytest.raises(vc.InputError, match="memory"):
        memory.budget(asked)


def test_80_megapixels_fit_where_they_fit() -> None:
    assert choose("auto", HARMONIC, free=16e9)[0].name == "multigrid"
    assert choose("auto", LEVIN, free=18.4e9)[0].name == "multigrid"


def test_the_refusal_names_the_smallest_need() -> None:
    least = memory.human(needs("multigrid", HARMONIC))
    with pytest.raises(vc.BackendError) as caught:
        choose("auto", HARMONIC, free=4e9)
    text = str(caught.value)
    for part in ("80 megapixels", f"at least {least}", "multigrid", "4.0 GB can be had"):
        assert part in text
    assert "--memory" in text
    assert "--force" in text
    with pytest.raises(vc.BackendError, match="try the solver multigrid"):
        choose("direct", HARMONIC, free=4e9)
    assert choose("auto", HARMONIC, free=math.inf)[0].name == "multigrid"


@pytest.mark.parametrize(
    ("method", "large"), [("bilaplacian", "gmres"), ("gtv", "admm"), ("tgv", "admm")]
)
def test_the_same_for_other_energies(method: str, large: str) -> None:
    problem = summary_of(make_method(method, {}), 50_000_000)
    with pytest.raises(vc.BackendError, match=f"this energy on a .*at least .*{large}"):
        choose("auto", problem, free=1e9)


def test_insisting(monkeypatch: pytest.MonkeyPatch) -> None:
    gray = np.random.default_rng(0).integers(0, 255, (20, 30), dtype=np.uint8)
    cues = vc.Cues.from_points(gray, [(3, 4)], ["#e04020"])
    monkeypatch.setattr("varcolor.backend.memory.available", lambda: 1e3)
    with pytest.raises(vc.BackendError, match="memory"):
        vc.colorize(gray, cues, method="harmonic")
    for enough in ("1GB", 1e9, "force", math.inf):
        assert vc.colorize(gray, cues, method="harmonic", memory=enough).status == "converged"
    session = vc.Session(gray, "harmonic", memory="force", solver="direct")
    assert session.colorize(cues).status == "converged"


def test_threads_that_cannot_start(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(thread: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("threading.Thread.start", refuse)
    strips = [(1, 5), (5, 9), (9, 13)]
    assert Team(3).run(lambda top, bottom: bottom - top, strips) == [4, 4, 4]


def test_a_forgotten_unit_is_no_four_bytes():
    with pytest.raises(vc.InputError, match="unit: 4GB"):
        memory.budget("4")
