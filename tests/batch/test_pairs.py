"""Which result belongs to which reference."""

from pathlib import PurePath

import pytest

from varcolor.batch.pairs import belongs, match, pictures_in
from varcolor.errors import FileError


@pytest.fixture
def tree(tmp_path):
    def make(*names):
        for name in names:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"")
        return tmp_path

    return make


def pairs(matching, root):
    return {
        (m.reference.relative_to(root).as_posix(), m.result.relative_to(root).as_posix())
        for m in matching.matches
    }


def left(matching, root):
    return {path.relative_to(root).as_posix() for path, _ in matching.left_over}


@pytest.mark.parametrize(
    ("result", "reference", "expected"),
    [
        ("img1", "img1", True),
        ("img1_levin", "img1", True),
        ("img1.colour", "img1", True),
        ("img1.colour-2", "img1", True),
        ("img10", "img1", False),
        ("img1b", "img1", False),
        ("img1.v2", "img1", False),
        ("my_img1", "img1", False),
        ("Img1", "img1", False),
        ("a.b_c", "a.b", True),
        ("img", "img1", False),
    ],
)
def test_stems(result, reference, expected):
    assert belongs(result, reference) is expected


def test_the_longest_stem_wins(tree):
    root = tree("ref/img.png", "ref/img_1.png", "out/img_1_x.png", "out/img_2.png")
    found = match(root / "ref", [root / "out"])
    assert pairs(found, root) == {
        ("ref/img_1.png", "out/img_1_x.png"),
        ("ref/img.png", "out/img_2.png"),
    }
    assert not found.left_over


def test_folders_by_relative_path(tree):
    root = tree(
        "ref/a/x.png", "ref/b/x.png", "out/a/x_1.jpg", "out/b/x.tif", "out/c/x.png", "out/x.png"
    )
    found = match(root / "ref", [root / "out"])
    # x.png names no folder, so a and b both could be meant.
    assert pairs(found, root) == {("ref/a/x.png", "out/a/x_1.jpg"), ("ref/b/x.png", "out/b/x.tif")}
    assert left(found, root) == {"out/c/x.png", "out/x.png"}
    assert [m.place for m in found.matches] == [PurePath("a/x_1.jpg"), PurePath("b/x.tif")]


def test_folders_of_several_methods(tree):
    root = tree("ref/a/x.png", "ref/x.png", "out/levin/a/x.png", "out/levin/x.png", "out/h/x.png")
    found = match(root / "ref", [root / "out"])
    assert pairs(found, root) == {
        ("ref/a/x.png", "out/levin/a/x.png"),
        ("ref/x.png", "out/levin/x.png"),
        ("ref/x.png", "out/h/x.png"),
    }


def test_not_recursive(tree):
    root = tree("ref/x.png", "ref/a/y.png", "out/x.png", "out/a/y.png")
    found = match(root / "ref", [root / "out"], recursive=False)
    assert pairs(found, root) == {("ref/x.png", "out/x.png")}
    assert not found.left_over


def test_one_reference_and_named_files(tree):
    root = tree("x.png", "other.png", "out/x_1.png", "out/x2.png")
    found = match(root / "x.png", [root / "other.png", root / "out"])
    assert pairs(found, root) == {("x.png", "other.png"), ("x.png", "out/x_1.png")}
    assert left(found, root) == {"out/x2.png"}


def test_results_beside_their_references(tree):
    root = tree("p/x.png", "p/x.colour.png", "p/x_levin.png", "p/y.png")
    found = match(root / "p", [root / "p"])
    assert pairs(found, root) == {("p/x.png", "p/x.colour.png"), ("p/x.png", "p/x_levin.png")}
    assert left(found, root) == {"p/y.png"}


def test_same_stem_twice(tree):
    root = tree("ref/x.png", "ref/x.jpg", "out/x.png", "out/x_1.tif")
    found = match(root / "ref", [root / "out"])
    assert pairs(found, root) == {("ref/x.png", "out/x.png")}
    assert dict(found.left_over)[root / "out/x_1.tif"].startswith("could belong to")


def test_what_is_no_picture(tree):
    root = tree("x.txt", ".x.png", ".git/x.png", "x.ciede2000.png", "x.PNG")
    assert pictures_in(root) == [root / "x.PNG"]


def test_missing(tree):
    root = tree("ref/x.png", "empty/x.txt")
    with pytest.raises(FileError, match="no such"):
        match(root / "nothing", [root / "ref"])
    with pytest.raises(FileError, match="no picture"):
        match(root / "empty", [root / "ref"])
    found = match(root / "ref", [root / "nothing"])
    assert {reason for _, reason in found.left_over} == {
        "no such file or folder",
        "no result of that name",
    }
