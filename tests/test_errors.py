"""What callers may catch: our errors are also those of Python that they are like."""

import numpy as np
import pytest

import varcolor as vc


def test_kinds():
    assert issubclass(vc.InputError, ValueError)
    assert issubclass(vc.CueError, ValueError)
    assert issubclass(vc.FileError, OSError)
    assert issubclass(vc.FileError, vc.InputError)
    assert issubclass(vc.OutOfMemoryError, MemoryError)
    assert issubclass(vc.OutOfMemoryError, vc.BackendError)
    assert str(vc.FileError("a.png: no such file")) == "a.png: no such file"


def test_they_are_raised():
    gray = np.zeros((8, 9), np.uint8)
    with pytest.raises(ValueError, match="unknown method"):
        vc.colorize(gray, None, method="lewin")
    with pytest.raises(OSError, match=r"nothing\.png: no such file"):
        vc.read("nothing.png")
    cues = vc.Cues.from_points(gray.shape, [(0, 0)], ["red"])
    with pytest.raises(MemoryError, match="needs"):
        vc.colorize(gray, cues, memory=1000.0)


def test_coordinates_both_ways():
    cues = vc.Cues.from_points((8, 9), [(7, 2), (1, 5)], ["red", "blue"])
    np.testing.assert_array_equal(cues.xy, [(7, 2), (1, 5)])
    np.testing.assert_array_equal(cues.at, [(2, 7), (5, 1)])
