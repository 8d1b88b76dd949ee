import pytest

from varcolor.cues.parse import parse_color, parse_point
from varcolor.errors import CueError


def test_colours():
    assert parse_color("#ff8000") == (1, 128 / 255, 0)
    assert parse_color(" ABC ") == (170 / 255, 187 / 255, 204 / 255)


@pytest.mark.parametrize("text", ["", "#12345", "red", "#gggggg", "0x112233"])
def test_no_colours(text):
    with pytest.raises(CueError, match="#rrggbb"):
        parse_color(text)


def test_points():
    assert parse_point("12, 7,#000000") == (12, 7, (0, 0, 0))


@pytest.mark.parametrize("text", ["1,2", "a,2,#fff", "1.5,2,#fff", "1,2,#fff,3"])
def test_no_points(text):
    with pytest.raises(CueError, match="cue|whole number"):
        parse_point(text)
