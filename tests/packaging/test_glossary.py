"""The glossary of `varcolor.solve` names words that are gone: none of them has come back."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import varcolor.solve

ROOT = Path(__file__).parents[2]
GLOSSARY = Path(varcolor.solve.__file__)
KINDS = {".py", ".cu", ".cuh"}
GONE, KEPT = "Words that are gone, ", "Words that are gone as names, "


def rows(text: str, heading: str) -> dict[str, str]:
    """Return old words and what is said of them, from the table below a heading."""
    after = text.partition(heading)[2].partition("\n\n")[2]
    found: dict[str, str] = {}
    for line in after.split("\n\n")[0].splitlines():
        words, _, new = line.strip().partition("  ")
        found |= dict.fromkeys(re.split(r",\s*", words), new.strip())
    return found


def banned() -> dict[str, str]:
    assert varcolor.solve.__doc__ is not None
    return rows(varcolor.solve.__doc__, GONE)


def sources() -> list[Path]:
    folders = [ROOT / "varcolor" / name for name in ("solve", "backend")]
    files = [path for folder in folders for path in folder.rglob("*") if path.suffix in KINDS]
    return sorted(path for path in files if path != GLOSSARY)


def finds(text: str, words: dict[str, str]) -> list[tuple[int, str]]:
    """Return lines (from 1) and the words there, alone or between underscores of a name."""
    # What stands for the border of a word: neither letters nor digits; underscores are borders.
    pattern = re.compile(rf"(?<![A-Za-z0-9])({'|'.join(words)})(?![A-Za-z0-9])", re.IGNORECASE)
    lines = enumerate(text.splitlines(), 1)
    return [(number, word.lower()) for number, line in lines for word in pattern.findall(line)]


def test_no_word_that_is_gone():
    words = banned()
    found = [
        f"{path.relative_to(ROOT)}:{number}: {word}: say {words[word]}"
        for path in sources()
        for number, word in finds(path.read_text(encoding="utf-8"), words)
    ]
    assert not found, "\n".join(found)


def test_the_glossary_is_read():
    words = banned()
    assert len(words) > 25
    assert words["excess"] == "reaction"
    assert words["bent"] == words["bends"] == "second differences, laplacian"
    assert all(new and re.fullmatch(r"[a-z]+", word) for word, new in words.items())
    assert len(sources()) > 100


def test_words_that_are_needed_have_a_reason():
    assert varcolor.solve.__doc__ is not None
    kept = rows(varcolor.solve.__doc__, KEPT)
    assert kept.keys().isdisjoint(banned())
    assert all("; " in reason for reason in kept.values()), kept


@pytest.mark.parametrize(
    "text",
    ["the excess of a pixel", "def soft_excess(u):", "EXCESS = 1", "_excess_row", "int has_excess"],
)
def test_words_are_found(text):
    assert finds(text, banned()) == [(1, "excess")]


@pytest.mark.parametrize("text", ["excessive", "returns", "slackline", "reaction", "renewable"])
def test_parts_of_words_are_not(text):
    assert not finds(text, banned())
