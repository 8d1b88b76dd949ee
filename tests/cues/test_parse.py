import pytest

from varcolor.cues.parse import Point, parse_color, parse_point
from varcolor.cues.table import parse_table
from varcolor.errors import CueError


def test_colours():
    assert parse_color("#ff8000") == (1, 128 / 255, 0)
    assert parse_color(" ABC ") == (170 / 255, 187 / 255, 204 / 255)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "#12345",
        "redd",
        "#gggggg",
        "0x112233",
        "rgb(1,2)",
        "rgb(1,2,300)",
        "rgba(1,2,3,4)",
        "192",
        "000",
    ],
)
def test_no_colours(text):
    with pytest.raises(CueError, match="#rrggbb|0 to 255"):
        parse_color(text)


@pytest.mark.parametrize(("text", "wanted"), [
    ("12, 7,#000000", Point(12, 7, (0, 0, 0))),
    ("12,7,black,3", Point(12, 7, (0, 0, 0), 3)),
    ("0,0,rgb(0, 0, 0), 2.5", Point(0, 0, (0, 0, 0), 2.5)),
    ("1,2,#fff,0", Point(1, 2, (1, 1, 1), 0)),
])  # fmt: skip
def test_points(text, wanted):
    assert parse_point(text) == wanted


@pytest.mark.parametrize(
    "text", ["1,2", "a,2,#fff", "1.5,2,#fff", "1,2,#fff,-3", "1,2,#fff,wide", "1,2,#fff,3,4"]
)
def test_no_points(text):
    with pytest.raises(CueError, match="cue|whole number|radius"):
        parse_point(text)


@pytest.mark.parametrize("line", ["5,5,192,128,64", "5;5;192;128;64", "5 5 192", "5,5,100,1,4"])
def test_levels_in_columns_are_no_short_colour(line):
    with pytest.raises(CueError, match="line 1: '1..' is one number of a colour"):
        parse_table(line, (9, 9))


def test_names_that_pillow_has_parsed_before_are_colours_still():
    from PIL import ImageColor

    for _ in range(2):
        ImageColor.getrgb("steelblue")
        assert parse_color("steelblue") == pytest.approx((70 / 255, 130 / 255, 180 / 255))
