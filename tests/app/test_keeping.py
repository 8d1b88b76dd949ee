"""What is painted survives: reloads, crashes, dropped connections, second tabs, projects."""

from __future__ import annotations

import json
import time
from typing import Any

import numpy as np

import varcolor as vc
from tests.app.conftest import BROWSER_TESTS, TOKEN, Server, start
from tests.app.helpers import choose, document, drag, final, saved, until
from varcolor.project import read_project

pytestmark = BROWSER_TESTS
OPEN = "window.varcolor?.photo?.name === 'portrait.png'"


def paint(page: Any) -> None:
    choose(page, color="#d06020", radius=5)
    drag(page, (60, 200), (120, 215))
    choose(page, color="#4060a0")
    drag(page, (20, 20), (40, 90))
    page.keyboard.press("Control+z")
    drag(page, (200, 30), (220, 90))


def kept_on_disk(page: Any, server: Server, strokes: int) -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        files = list((server.state / "varcolor" / "paintings").glob("*.varcolor"))
        if files and len(read_project(files[0]).strokes) == strokes:
            return
        time.sleep(0.1)
    raise AssertionError("never kept on disk")


def test_reload_brings_everything_back_with_undo(painting: Any, server: Server) -> None:
    paint(painting)
    before = document(painting)
    kept_on_disk(painting, server, 2)
    painting.reload()
    until(painting, OPEN)
    assert document(painting) == before
    painting.keyboard.press("Control+z")
    assert len(document(painting)["strokes"]) == 1
    painting.keyboard.press("Control+y")
    assert document(painting) == before


def test_a_killed_server_and_a_new_profile_lose_nothing(
    painting: Any, server: Server, browser: Any, page_errors: list[str]
) -> None:
    paint(painting)
    before = document(painting)
    kept_on_disk(painting, server, 2)
    server.stop()
    until(painting, "document.getElementById('badge').textContent === 'no connection'")
    again = start(server.folder, server.state)
    try:
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"{again.url}&photo=portrait.png")
        until(page, OPEN)
        assert document(page) == before
        final(page)
        context.close()
    finally:
        again.stop()
        page_errors.clear()  # the refused connections


def test_a_connection_that_drops_and_comes_back(
    painting: Any, server: Server, page_errors: list[str]
) -> None:
    paint(painting)
    server.stop()
    until(painting, "document.getElementById('badge').textContent === 'no connection'")
    choose(painting, color="#207040")
    drag(painting, (150, 100), (170, 120))  # painted while nobody answers
    now = document(painting)
    assert len(now["strokes"]) == 3
    again = start(server.folder, server.state, ".", server.port)
    try:
        # The new server has the photo no more: the page opens it again by itself.
        until(painting, "varcolor.live.open")
        final(painting)
        assert document(painting) == now
        photo = vc.read(server.folder / "portrait.png")
        name = saved(painting)
        strokes = {"format": "varcolor-strokes", "version": 1, "width": 300, "height": 240}
        text = json.dumps({**strokes, "strokes": now["strokes"]})
        (server.folder / "s.json").write_text(text)
        expected = vc.colorize(photo, vc.read_cues(server.folder / "s.json", photo))
        assert np.array_equal(vc.read(server.folder / name).pixels, expected.rgb)
    finally:
        again.stop()
        page_errors.clear()


def test_two_tabs_paint_for_themselves(painting: Any, server: Server) -> None:
    paint(painting)
    final(painting)
    other = painting.context.new_page()
    other.goto(f"{server.url}&photo=deep.tif")
    until(other, "window.varcolor?.photo?.name === 'deep.tif'")
    third = painting.context.new_page()
    third.goto(f"{server.url}&photo=portrait.png")
    until(third, OPEN)
    choose(third, color="#00aa00")
    drag(third, (240, 200), (260, 220))
    drag(other, (30, 30), (60, 60))
    final(third)
    final(other)
    choose(painting, color="#aa00aa")
    drag(painting, (100, 100), (110, 110))
    final(painting)
    assert len(document(painting)["strokes"]) == 3
    assert len(document(other)["strokes"]) == 1
    colors = [s["color"] for s in document(third)["strokes"]]
    assert colors[-1] == "#00aa00" and "#aa00aa" not in colors


def test_project_round_trip(painting: Any, server: Server, browser: Any) -> None:
    mask = np.zeros((240, 300), bool)
    mask[100:104, 50:90] = True
    gray = vc.read(server.folder / "portrait.png").pixels
    marked = np.repeat(gray[..., None], 3, axis=2)
    marked[mask] = (200, 40, 40)
    vc.write(marked, server.folder / "marked.png")
    paint(painting)
    painting.get_by_role("button", name="Bring in colours from files").click()
    painting.set_input_files("dialog input[type=file]", str(server.folder / "marked.png"))
    until(painting, "varcolor.doc.imports.length === 1")
    painting.evaluate("varcolor.commit({options: {method: {name: 'levin', radius: 2}}}, 'option')")
    painting.evaluate("varcolor.palette = ['#123456']; varcolor.tell('palette')")
    before = document(painting)
    painting.keyboard.press("Control+Shift+s")
    painting.get_by_role("button", name="Save the project in the folder").click()
    painting.wait_for_selector("dialog [role=status]:has-text('Saved as portrait.varcolor')")
    painting.keyboard.press("Escape")
    project = read_project(server.folder / "portrait.varcolor")
    assert project.palette == ("#123456",) and project.preview is not None
    result = saved(painting)
    expected = project.settings.solved(project.picture(), project.cues(), None)
    assert np.array_equal(vc.read(server.folder / result).pixels, expected.rgb)
    assert len(project.cues()) > 160

    page = browser.new_context().new_page()
    page.goto(f"{server.url}&photo=portrait.varcolor")
    until(page, OPEN)
    assert document(page) == before
    assert page.evaluate("varcolor.palette") == ["#123456"]
    for _ in range(6):
        page.keyboard.press("Control+z")
    assert document(page)["strokes"] == [] and document(page)["imports"] == []
    page.context.close()


def test_an_uploaded_photo(page: Any, server: Server) -> None:
    page.goto(server.url)
    page.wait_for_selector("#open-file")
    page.set_input_files("#empty input[type=file]", str(server.folder / "deep.tif"))
    until(page, "window.varcolor?.photo?.name === 'deep.tif'")
    assert page.evaluate("varcolor.photo.path") is None
    drag(page, (30, 30), (60, 60))
    final(page)
    assert saved(page) == "deep.colour.tif"
    assert vc.read(server.folder / "deep.colour.tif").pixels.dtype == np.uint16


def test_the_token_is_all_that_a_page_needs(page: Any, server: Server) -> None:
    answer = page.goto(server.address)
    assert answer.status == 401 and "token" in page.content()
    assert TOKEN not in page.content()
