"""Two thousand damaged streams and files, and those that once made trouble."""

import pytest

from tests.fuzz.streams import FileCase, cases, corpus


@pytest.mark.parametrize("seed", range(4))
def test_damaged_streams_give_a_picture_or_a_format_error(seed):
    found = [(case, case.run()) for case in cases(500, 3000, seed + 1)]
    for kind in (True, False):
        outcomes = [outcome for case, outcome in found if isinstance(case, FileCase) == kind]
        assert outcomes.count("error") > 20
        assert outcomes.count("picture") > 10


@pytest.mark.parametrize("case", corpus())
def test_the_corpus(case):
    assert case.run() in ("picture", "error")


def test_the_cases_are_repeatable():
    one = [case.document() for case in cases(20, 500, 9)]
    assert one == [case.document() for case in cases(20, 500, 9)]
    assert len({str(document) for document in one}) > 10
