"""Products on one thread: inside, and no longer than that."""

import threading

import pytest
import scipy.linalg  # noqa: F401
import threadpoolctl

from varcolor.backend.blas import single_thread


def threads():
    return [
        own["num_threads"] for own in threadpoolctl.threadpool_info() if own["user_api"] == "blas"
    ]


@pytest.fixture
def three():
    with threadpoolctl.threadpool_limits(3, "blas"):
        if set(threads()) != {3}:
            pytest.skip("a BLAS library without threads")
        yield


def test_one_inside_and_as_before_afterwards(three):
    with single_thread():
        assert set(threads()) == {1}
        with single_thread():
            assert set(threads()) == {1}
        assert set(threads()) == {1}
    assert set(threads()) == {3}


def test_after_an_error(three):
    with pytest.raises(ZeroDivisionError), single_thread():
        raise ZeroDivisionError
    assert set(threads()) == {3}


def test_callers_that_overlap(three):
    inside, leave, done = threading.Event(), threading.Event(), []

    def other():
        with single_thread():
            inside.set()
            done.append(leave.wait(10))

    with single_thread():
        caller = threading.Thread(target=other)
        caller.start()
        assert inside.wait(10)
        assert set(threads()) == {1}
    assert set(threads()) == {3}
    leave.set()
    caller.join()
    assert done == [True]
    assert set(threads()) == {3}
    with single_thread():  # nobody holds it any more
        assert set(threads()) == {1}
