"""Palettes of the page: the server reads and writes their files."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.app.conftest import BROWSER_TESTS, TOKEN, Server
from tests.app.helpers import until
from varcolor.palette.files import read_palette

COLORS = ["#102030", "#ffffff", "#a0b0c0"]


def post(server: Server, path: str, body: bytes) -> bytes:
    request = urllib.request.Request(
        server.address + path, body, {"Authorization": f"Bearer {TOKEN}"}, method="POST"
    )
    with urllib.request.urlopen(request) as answer:
        return bytes(answer.read())


@pytest.mark.parametrize("suffix", [".gpl", ".json", ".ase"])
def test_files_there_and_back(server: Server, suffix: str, tmp_path: Path) -> None:
    wish = json.dumps({"colors": COLORS, "suffix": suffix}).encode()
    data = post(server, "/api/palette/write", wish)
    (tmp_path / f"p{suffix}").write_bytes(data)
    assert list(read_palette(tmp_path / f"p{suffix}").hexes) == COLORS
    found = json.loads(post(server, f"/api/palette/read?name=p{suffix}", data))
    assert found == {"colors": COLORS}


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("read?name=a.gpl", b"hello", "a.gpl: is no palette"),
        ("read?name=a.ase", b"ASEF", "a.ase: is no palette"),
        ("write", b"[]", "holds no palette"),
        ("write", b"{}", "holds no palette"),
        ("write", b'{"colors": [], "suffix": ".gpl"}', "is empty"),
        ("write", b'{"colors": ["nocolor"], "suffix": ".gpl"}', "nocolor"),
        ("write", b'{"colors": ["red"], "suffix": ".aco"}', ".aco"),
    ],
)
def test_what_is_no_palette(server: Server, path: str, body: bytes, said: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        post(server, f"/api/palette/{path}", body)
    assert caught.value.code == 400
    error = json.loads(caught.value.read())["error"]
    assert said in error
    assert "\n" not in error


@BROWSER_TESTS
def test_loading_and_saving(server: Server, page: Any, tmp_path: Path) -> None:
    (tmp_path / "own.gpl").write_text("GIMP Palette\n16 32 48 Night\n255 255 255\n")
    page.goto(f"{server.url}")
    page.get_by_role("button", name="portrait.png").click()
    until(page, "window.varcolor?.photo?.name === 'portrait.png'")
    page.evaluate("document.querySelectorAll('#panel details').forEach((d) => (d.open = true))")
    page.set_input_files("input[accept^='.gpl']", tmp_path / "own.gpl")
    until(page, "varcolor.palette.includes('#102030')")
    with page.expect_download() as got:
        row = page.locator(".field", has=page.locator("[aria-label=Palette]"))
        row.get_by_role("button", name="Save").click()
        page.get_by_role("button", name="Adobe (.ase)").click()
    got.value.save_as(tmp_path / "palette.ase")
    assert got.value.suggested_filename == "palette.ase"
    assert {"#102030", "#ffffff"} <= set(read_palette(tmp_path / "palette.ase").hexes)
    (tmp_path / "bad.gpl").write_text("hello")
    page.set_input_files("input[accept^='.gpl']", tmp_path / "bad.gpl")
    until(page, "/bad.gpl: is no palette/.test(document.body.textContent)")
