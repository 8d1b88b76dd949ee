"""README, help, examples and code say the same."""

import json
import re
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from benchmarks.readme import pages, rendered

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
PAGES = {page.relative_to(ROOT).as_posix(): page.read_text() for page in pages()}


def test_two_set_up_commands():
    commands = re.findall(r"^python3 -m venv .*$", README, re.MULTILINE)
    assert len(commands) == 2
    assert commands[0].endswith("varcolor demo")
    assert commands[1].endswith("-m pytest")


@pytest.mark.parametrize("name", PAGES)
def test_figures_come_from_the_committed_results(name):
    assert rendered(PAGES[name]) == PAGES[name]


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_somewhere(name):
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", PAGES[name]):
        assert (ROOT / name).parent.joinpath(target).exists(), target


def test_every_page_is_linked():
    for name in PAGES:
        assert name == "README.md" or f"]({name})" in README, name


def test_the_readme_is_short_enough_to_read():
    assert len(README.splitlines()) < 300


def documented_commands():
    found = []
    for text in PAGES.values():
        for block in re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
            lines = (re.sub(r"\s#\s.*", "", line) for line in block.splitlines())
            found += [line for line in lines if line.startswith("varcolor ")]
    return sorted(set(found))


#: Words that are commands of commands.
SECOND = ("suggest-keys", "fetch", "add")


@cache
def help_of(command):
    return subprocess.run(
        [sys.executable, "-m", "varcolor", *command.split(), "--help"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout


@pytest.mark.parametrize("command", documented_commands())
def test_documented_options_exist(command):
    words = shlex.split(command)
    text = help_of(" ".join(words[1:3] if words[2:3] and words[2] in SECOND else words[1:2]))
    for word in words:
        if word.startswith("-"):
            assert word in text, word


def test_every_command_is_documented():
    text = subprocess.run(
        [sys.executable, "-m", "varcolor", "--help"], capture_output=True, text=True, check=True
    ).stdout
    for name in re.findall(r"^│ (\w+)  ", text, re.MULTILINE):
        assert f"varcolor {name}" in README, name


def test_the_stroke_document_in_the_readme_is_valid(tmp_path):
    import varcolor as vc

    block = README.split("```json")[1].split("```")[0]
    (tmp_path / "s.json").write_text(json.dumps(json.loads(block)))
    assert len(vc.read_cues(tmp_path / "s.json")) > 1000


@pytest.mark.parametrize("name", sorted(p.name for p in (ROOT / "examples").glob("0*.py")))
def test_examples_run(name, tmp_path):
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / name), str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir())
    assert "converged" in done.stdout or "difference" in done.stdout


def test_constraints_cover_the_dependencies():
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pinned = {
        line.split("==")[0].lower().replace("_", "-")
        for line in (ROOT / "constraints.txt").read_text().splitlines()
        if "==" in line
    }
    needed = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    for requirement in needed:
        assert re.split(r"[<>=]", requirement)[0].lower() in pinned, requirement
    assert "torch" in pinned


def test_the_repository_stays_small():
    done = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip("not a git repository")
    names = [name for name in done.stdout.split("\0") if (ROOT / name).is_file()]
    assert not [name for name in names if name.endswith(".jsonl")]  # single measurements
    most = {".safetensors": 4_000_000}  # weights that are shipped
    large = [n for n in names if (ROOT / n).stat().st_size > most.get(Path(n).suffix, 300_000)]
    assert not large
