"""Two thousand damaged streams, and those that once made trouble."""

import numpy as np
import pytest

from tests.fuzz.streams import cases, container, corpus, run


@pytest.mark.parametrize("seed", range(4))
def test_damaged_streams_give_a_picture_or_a_format_error(seed):
    found = [run(case) for case in cases(500, 3000, seed + 1)]
    assert found.count("error") > 50
    assert found.count("picture") > 10


def test_damaged_files(rng):
    assert {container(rng) for _ in range(60)} <= {"picture", "error"}


@pytest.mark.parametrize("case", corpus())
def test_the_corpus(case):
    assert run(case) in ("picture", "error")


def test_the_cases_are_repeatable():
    one = [c.color for c in cases(20, 500, 9)]
    assert one == [c.color for c in cases(20, 500, 9)]
    assert len(np.unique(one)) > 10
