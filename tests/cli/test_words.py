"""What people read: help with examples, the list of methods, progress, notes without jargon."""

from __future__ import annotations

import dataclasses
import json
import re
import shlex
import time

import pytest

import varcolor as vc
from tests.summary import summary_of
from varcolor.cli import COMMANDS, EXAMPLES, app, output, run
from varcolor.ir.codecs import CODECS
from varcolor.methods import METHODS, make_method
from varcolor.prior.base import PRIORS
from varcolor.solve.selection import SOLVERS


@pytest.mark.parametrize("command", COMMANDS)
def test_examples_of_every_command_parse(command, capsys):
    found = EXAMPLES[command]
    assert len(found) >= 2
    for line in found:
        words = shlex.split(line, comments=False)[1:]
        assert words[0] == command
        app.parse_args(words, exit_on_error=False, print_error=False)
    assert run([command, "--help"]) == 0
    said = " ".join(re.sub("[│╭╮╰╯─]", " ", capsys.readouterr().out).split())
    for line in found:
        assert line in said


def test_every_option_is_listed_with_its_meaning(capsys):
    assert run(["methods", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert list(listed) == ["methods", "solvers", "priors", "codecs"]
    for kind, registry in zip(listed.values(), (METHODS, SOLVERS, PRIORS, CODECS), strict=True):
        assert [entry["name"] for entry in kind] == list(registry)
        assert all(entry["purpose"] for entry in kind)
    told = {"methods": METHODS, "priors": PRIORS, "codecs": CODECS}
    for registry, entry in ((r, e) for kind, r in told.items() for e in listed[kind]):
        fields = dataclasses.fields(registry[entry["name"]])
        assert [o["name"] for o in entry["options"]] == [f.name for f in fields]
        assert all(len(o["help"]) > 10 for o in entry["options"])
    for entry in listed["methods"]:
        given = {o["name"]: str(o["default"]) for o in entry["options"]}
        assert make_method(entry["name"], given) == METHODS[entry["name"]]()


def test_one_entry_or_a_suggestion(capsys):
    assert run(["methods", "tgv"]) == 0
    out = capsys.readouterr().out
    assert "ratio=2: " in out and "0.01 to 1000" in out and "harmonic:" not in out
    assert run(["methods", "agreed"]) == 0
    assert "agreement=8.5" in capsys.readouterr().out
    assert run(["methods", "tgw"]) == 2
    assert "did you mean 'tgv'?" in capsys.readouterr().err


def test_help_leads_to_the_list(capsys):
    run(["colorize", "--help"])
    assert capsys.readouterr().out.count("varcolor methods") >= 2


def test_progress_in_a_log(capsys, monkeypatch):
    monkeypatch.setattr(output, "SECONDS_BETWEEN_LINES", 0.05)
    bar = output.Bar("photo.png", on_terminal=False)
    bar("solve", 0.45)
    told = ""
    while told.count("\n") < 2:  # a stage that reports nothing more is told again
        time.sleep(0.01)
        told += capsys.readouterr().err
    bar.clear()
    assert set(told.splitlines()) == {"photo.png: solve 45 %"}
    capsys.readouterr()
    quiet = output.Bar("photo.png", quiet=True, on_terminal=False)
    quiet("solve", 0.45)
    time.sleep(0.2)
    quiet.clear()
    assert capsys.readouterr().err == ""


def test_short_jobs_say_nothing_in_a_log(capsys):
    bar = output.Bar("photo.png", on_terminal=False)
    bar("solve", 0.45)
    bar("colour", 1.0)
    bar.clear()
    assert capsys.readouterr().err == ""


def test_the_bar_on_a_terminal(capsys):
    bar = output.Bar("photo.png", on_terminal=True)
    bar("solve", 1.0)
    bar.clear()
    assert "\rphoto.png [####" in capsys.readouterr().err


@pytest.mark.parametrize(
    "options",
    [{}, {"solver": "cg"}, {"method": "levin"}, {"method": "gtv"}, {"method": "bilaplacian"}],
    ids=str,
)
def test_notes_are_for_painters(cat, cat_cues, options):
    result = vc.colorize(vc.to_gray(cat), cat_cues, **options)
    told = " ".join([*result.notes, result.choice])
    assert not re.search("unknown|multigrid|solved|iteration|prior|kernel", told), told
    assert result.solver


def test_the_choice_says_how_much_and_what_to_do(cat, cat_cues):
    said = vc.colorize(vc.to_gray(cat), cat_cues).choice
    assert re.search(r"look-alikes are trusted (on \S+ of the photo|nowhere)", said)
    assert "add a stroke or use the method harmonic" in said


def test_slow_solvers_are_told(monkeypatch):
    from varcolor.solve.selection import choose

    problem = summary_of(vc.Harmonic(affinity="wide"), 1_000_000)
    least = SOLVERS["cg"]().memory(problem) + 1
    solver, told = choose("auto", problem, free=least)
    assert solver.name == "cg"
    assert told is not None and "close other programs" in told
    assert choose("cg", problem, free=least)[1] is None


@pytest.mark.parametrize(
    "words", [["--method", "tv"], ["--solver", "direct"], ["--method", "levin"]]
)
def test_the_demo_takes_other_methods_and_solvers(words, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("varcolor.cli.demo.PHOTOS", ("chelsea",))  # test_cli has all of them
    assert run(["demo", str(tmp_path / "demo"), *words, "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert [photo["status"] for photo in facts["photos"]] == ["converged"]
    assert (tmp_path / "demo" / "sheet.png").exists()


def test_a_poor_method_is_a_note_and_a_poor_default_a_fault(tmp_path, capsys, monkeypatch):
    from varcolor.cli import demo

    shown = demo._colour("chelsea", "harmonic", "yuv", "auto", True)
    poor = dataclasses.replace(shown, facts={**shown.facts, "psnr": shown.facts["psnr_grey"]})
    monkeypatch.setattr(demo, "_colour", lambda name, *_: dataclasses.replace(poor, name=name))
    assert run(["demo", str(tmp_path / "one"), "--method", "harmonic"]) == 0
    assert "note: chelsea: harmonic gains 0.0 dB here" in capsys.readouterr().err
    assert run(["demo", str(tmp_path / "two")]) == 1
    assert "does not work as it should" in capsys.readouterr().err
