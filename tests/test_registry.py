import pytest

from varcolor.errors import InputError
from varcolor.registry import Registry, did_you_mean

LETTERS: Registry[str] = Registry("letter", {"lower": "string:ascii_lowercase", "pi": "math:pi"})


def test_loads_on_first_use():
    assert LETTERS["lower"] == "abcdefghijklmnopqrstuvwxyz"
    assert LETTERS["pi"] == pytest.approx(3.14159265)


def test_unknown_name_gets_a_suggestion():
    with pytest.raises(InputError, match=r"unknown letter 'lowwer' \(did you mean 'lower'\?\)"):
        LETTERS["lowwer"]


def test_names_and_membership(monkeypatch):
    monkeypatch.setenv("VARCOLOR_NO_PLUGINS", "1")
    assert LETTERS.names() == ("lower", "pi")
    assert "pi" in LETTERS
    assert "tau" not in LETTERS


def test_plugins_are_found_and_can_be_switched_off(monkeypatch):
    from importlib import metadata

    entry = metadata.EntryPoint("tau", "math:tau", "varcolor.letters")
    monkeypatch.setattr(metadata, "entry_points", lambda group: [entry])
    monkeypatch.delenv("VARCOLOR_NO_PLUGINS", raising=False)
    registry: Registry[float] = Registry("letter", {"pi": "math:pi"})
    assert registry["tau"] == pytest.approx(6.2831853)
    monkeypatch.setenv("VARCOLOR_NO_PLUGINS", "1")
    assert Registry("letter", {"pi": "math:pi"}).names() == ("pi",)


def test_no_suggestion_for_something_else():
    assert did_you_mean("xyzzy", ["lower"]) == ""
