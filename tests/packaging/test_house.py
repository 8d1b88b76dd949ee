"""The layout: small files, small folders, and tests that mirror both."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.fast import FAST, NOT_FAST

ROOT = Path(__file__).parents[2]
MOST_LINES, MOST_FILES = 300, 16

# What is larger still, and how large it may be. These two tables only ever shrink: a test fails
# where an entry is no longer needed, and where a file or folder has outgrown its entry.
LONG_FILES: dict[str, int] = {}
FULL_FOLDERS: dict[str, int] = {}

# Folders of tests that are about the whole, and have no like in `varcolor`.
WHOLE = {"benchmarks", "fuzz", "gpu", "laws", "packaging", "parity"}


def sources() -> list[Path]:
    return sorted((ROOT / "varcolor").rglob("*.py"))


def modules_of_tests() -> list[Path]:
    return sorted((ROOT / "tests").rglob("test_*.py"))


def lines_of(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def measured() -> tuple[dict[str, int], dict[str, int]]:
    """Return the lines of every file and the number of Python files of every folder."""
    files = {path.relative_to(ROOT).as_posix(): lines_of(path) for path in sources()}
    return files, Counter(name.rpartition("/")[0] for name in files)


def complaints(found: dict[str, int], most: int, exceptions: dict[str, int]) -> list[str]:
    """Return what is over its bound, and every exception that is not needed (any more)."""
    over = [
        f"{name}: {size}, at most {exceptions.get(name, most)}"
        for name, size in found.items()
        if size > exceptions.get(name, most)
    ]
    spare = [
        f"{name}: is within {most} or gone: take it off the list of exceptions"
        for name in exceptions
        if found.get(name, 0) <= most
    ]
    return over + spare


def test_no_long_file():
    assert not complaints(measured()[0], MOST_LINES, LONG_FILES)


def test_no_full_folder():
    assert not complaints(measured()[1], MOST_FILES, FULL_FOLDERS)


@pytest.mark.parametrize(
    ("found", "exceptions", "named"),
    [
        ({"a": 11}, {}, ["a"]),
        ({"a": 13, "b": 3}, {"a": 12}, ["a"]),
        ({"a": 10}, {"a": 12}, ["a"]),
        ({}, {"gone": 12}, ["gone"]),
        ({"a": 11, "b": 10}, {"a": 12}, []),
    ],
)
def test_exceptions_only_shrink(found, exceptions, named):
    assert [text.split(":")[0] for text in complaints(found, 10, exceptions)] == named


def test_tests_mirror_the_folders():
    for path in modules_of_tests():
        folder = path.parent.relative_to(ROOT / "tests")
        if not WHOLE & set(folder.parts[:1]):
            assert (ROOT / "varcolor" / folder).is_dir(), f"{path}: varcolor/{folder} is not there"


def test_every_folder_has_fast_tests():
    files = {path.relative_to(ROOT / "tests").as_posix() for path in modules_of_tests()}
    for entry in (*FAST, *NOT_FAST):
        place = entry.partition("::")[0]
        assert any(file.startswith(place) for file in files), f"{entry}: is not there"
        if "::" in entry:
            name = entry.partition("::")[2].partition("[")[0]
            text = (ROOT / "tests" / place).read_text(encoding="utf-8")
            assert f"def {name}" in text, f"{entry}: is not there"
    fast = {file for file in files for e in FAST if file.startswith(e.partition("::")[0])}
    folders = {file.rpartition("/")[0] for file in files}
    assert folders == {file.rpartition("/")[0] for file in fast}


def test_the_choice_of_fast_tests_is_marked(request):
    items = [item for item in request.session.items if item.path.name == "test_house.py"]
    assert items
    assert all(item.get_closest_marker("fast") for item in items)
