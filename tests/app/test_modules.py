"""The page's own code: pure modules under Node, small files, nothing from elsewhere."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "varcolor" / "app" / "page"
FILES = sorted(p for p in PAGE.rglob("*") if p.is_file())


@pytest.mark.skipif(shutil.which("node") is None, reason="no Node.js on this machine")
def test_pure_modules_under_node() -> None:
    command = ["node", "--test", "tests/app/page/"]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PAGE)))
def test_files_are_small_and_ask_nobody_else(path: Path) -> None:
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= 300
    addresses = set(re.findall(r"https?://[^\s\"'`]+", text)) - {"http://www.w3.org/2000/svg"}
    assert not addresses
    assert not re.search(r"\beval\(|innerHTML|document\.write|new Function", text)
    for name in re.findall(r'^import .* from "([^"]+)"', text, re.M):
        assert name.startswith("."), name
        assert (path.parent / name).resolve().is_relative_to(PAGE)
        assert (path.parent / name).exists(), name


def test_folders_are_small() -> None:
    for folder in {path.parent for path in FILES}:
        assert len([p for p in folder.iterdir() if p.is_file()]) <= 16


def test_nothing_else_imports_the_server() -> None:
    code = (
        "import sys; import varcolor, varcolor.cli, varcolor.session; varcolor.colorize; "
        "varcolor.cli.run(['--help']); "
        "print([m for m in sys.modules if m.partition('.')[0] in "
        "('starlette', 'uvicorn', 'websockets', 'anyio')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1] == "[]", done.stdout[-500:] + done.stderr
