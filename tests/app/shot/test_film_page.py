"""A film on the page: its strip, keys, undo a frame, colours played, and the same by the command."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import varcolor as vc
from tests.app.conftest import BROWSER_TESTS, Server, start
from tests.app.helpers import choose, document, drag, until
from tests.app.test_access import violations
from tests.film.clips import bytes_of, moving
from tests.film.files.videos import video
from varcolor.cli import run
from varcolor.film.files.keys import find_keys

pytest.importorskip("cv2", reason="OpenCV is missing: pip install 'varcolor[film]'")
pytest.importorskip("av", reason="PyAV is missing: pip install 'varcolor[film]'")
pytestmark = BROWSER_TESTS
FRAMES, SHAPE = 8, (72, 96)


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    """A folder with a film as a video, and as numbered frames."""
    own = tmp_path / "films"
    (own / "frames").mkdir(parents=True)
    video(own / "clip.mkv", moving(FRAMES, SHAPE))
    for t, rgb in enumerate(bytes_of(moving(FRAMES, SHAPE))):
        vc.write(vc.to_gray(rgb), own / "frames" / f"f_{t + 10:04d}.png")
    return own


@pytest.fixture
def film(clips: Path, tmp_path: Path) -> Iterator[Server]:
    own = start(clips, tmp_path / "state", "clip.mkv")
    yield own
    own.stop()


@pytest.fixture
def painting(page: Any, film: Server, page_errors: list[str]) -> Iterator[Any]:
    """The page with the first frame open; whatever the page complains of fails the test."""
    page.on("pageerror", lambda error: page_errors.append(str(error)))
    page.on("console", lambda m: page_errors.append(m.text) if m.type == "error" else None)
    page.goto(film.url)
    opened(page, 0)
    yield page
    assert not page_errors


def opened(page: Any, place: int) -> None:
    until(page, f"window.varcolor?.photo?.name.endsWith('-{place:04d}.png')")
    until(page, f"document.querySelector('[aria-selected=true]')?.id === 'frame-{place}'")


def paint(page: Any, color: str, *places: tuple[float, float]) -> None:
    choose(page, tool="brush", color=color, radius=4)
    before = len(document(page)["strokes"])
    drag(page, *places)
    until(page, f"varcolor.doc.strokes.length === {before + 1}")


def facts(server: Server) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(server.get("/api/film"))
    return found


def coloured(page: Any, server: Server) -> int:
    """Colour the film by its button; return the version."""
    before = facts(server)["colouring"]["version"]
    page.click("#film-colour")
    until(page, "!document.getElementById('film-colour').disabled")
    end = time.monotonic() + 240
    while (after := facts(server)["colouring"])["running"] or after["version"] == before:
        assert time.monotonic() < end and after["error"] == "", after
        time.sleep(0.1)
    until(page, f"varcolor.stage.sources.film && {before} < 99")
    assert after["error"] == "" and after["version"] > before
    return int(after["version"])


def test_keys_of_the_page_colour_the_film_by_the_command(painting: Any, film: Server) -> None:
    paint(painting, "#c03020", (10, 10), (80, 14))
    page = painting
    page.locator("#strip").focus()
    page.keyboard.press("End")
    opened(page, FRAMES - 1)
    assert document(page)["strokes"] == []
    paint(page, "#2040c0", (10, 60), (80, 64))
    until(page, "document.querySelectorAll('.cell.key').length === 2")
    version = coloured(page, film)
    keys = film.folder / "clip.mkv.keys"
    assert sorted(find_keys(keys)) == [0, FRAMES - 1]
    assert facts(film)["keys"] == [0, FRAMES - 1]
    shown = vc.read(_written(film, page, version, 3)).pixels.astype(int)
    out = film.folder / "out"
    given = [str(film.folder / "clip.mkv"), "--keys", str(keys), "-o", str(out)]
    assert run(["film", *given, "--quiet"]) == 0
    made = [vc.read(path).pixels.astype(int) for path in sorted(out.glob("*.png"))]
    assert len(made) == FRAMES
    red, blue = made[0][10:14, 20:70], made[-1][61:63, 20:70]
    assert (red[..., 0] - red[..., 2]).mean() > 40
    assert (blue[..., 2] - blue[..., 0]).mean() > 40
    np.testing.assert_array_equal(shown, made[3])  # so small a film is shown as it is written


def _written(server: Server, page: Any, version: int, place: int) -> Path:
    path = server.folder / "shown.png"
    path.write_bytes(server.get(f"/api/film/frame/{version}/{place}"))
    return path


def test_undo_is_each_frames_own_and_outlives_the_program(
    painting: Any, film: Server, tmp_path: Path, page_errors: list[str]
) -> None:
    page = painting
    paint(page, "#c03020", (10, 10), (80, 14))
    page.keyboard.press("PageDown")
    opened(page, 1)
    paint(page, "#20c030", (10, 30), (80, 34))
    paint(page, "#2040c0", (10, 50), (80, 54))
    page.keyboard.press("PageUp")
    opened(page, 0)
    assert len(document(page)["strokes"]) == 1
    page.keyboard.press("Control+z")
    assert document(page)["strokes"] == []
    until(page, "document.querySelectorAll('.cell.key').length === 1")
    page.keyboard.press("PageDown")
    opened(page, 1)
    assert len(document(page)["strokes"]) == 2
    page.keyboard.press("PageUp")
    opened(page, 0)
    page.keyboard.press("Control+y")
    assert len(document(page)["strokes"]) == 1
    page.keyboard.press("PageDown")
    opened(page, 1)
    until(page, "document.querySelectorAll('.cell.key').length === 2")
    film.stop()
    again = start(film.folder, tmp_path / "state", "clip.mkv", film.port)
    try:
        page.goto(again.url + "&frame=1")
        opened(page, 1)
        assert len(document(page)["strokes"]) == 2
        page.keyboard.press("Control+z")
        assert len(document(page)["strokes"]) == 1
    finally:
        again.stop()
        page_errors.clear()  # of the connections that were lost


def test_alike_frames_have_paintings_of_their_own(page: Any, clips: Path, tmp_path: Path) -> None:
    still = np.repeat(moving(1, SHAPE), 3, axis=0)
    video(clips / "still.mkv", still)
    server = start(clips, tmp_path / "state", "still.mkv")
    try:
        page.goto(server.url)
        opened(page, 0)
        paint(page, "#c03020", (10, 10), (80, 14))
        page.keyboard.press("PageDown")
        opened(page, 1)
        assert document(page)["strokes"] == []
    finally:
        server.stop()


def test_the_film_plays_pauses_and_scrubs(painting: Any, film: Server) -> None:
    page = painting
    play = page.locator("#film-bar [aria-keyshortcuts=J]")
    assert play.is_disabled()
    paint(page, "#c03020", (10, 10), (80, 14))
    coloured(page, film)
    page.get_by_role("slider", name="Frame").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    opened(page, 2)
    assert page.evaluate("varcolor.stage.scene.view") == "film"  # it has no strokes of its own
    middle = page.evaluate("varcolor.stage.shownAt(varcolor.stage.toScreen([40, 12]))")
    assert middle[0] > middle[2] + 25
    play.click()
    assert play.get_attribute("aria-label") == "Pause"
    until(page, "document.querySelector('[aria-selected=true]').id === 'frame-5'")
    play.click()
    assert play.get_attribute("aria-label") == "Play the coloured film"
    until(page, "varcolor.live?.open")
    at = page.evaluate("document.querySelector('[aria-selected=true]').id")
    page.wait_for_timeout(400)
    assert page.evaluate("document.querySelector('[aria-selected=true]').id") == at


def test_colouring_can_be_stopped_and_needs_a_key(
    painting: Any, film: Server, page_errors: list[str]
) -> None:
    page = painting
    page.click("#film-colour")
    until(page, "/paint a frame first/.test(document.getElementById('message').textContent)")
    page_errors.clear()  # the browser's word for what was refused
    paint(page, "#c03020", (10, 10), (80, 14))
    until(page, "document.querySelectorAll('.cell.key').length === 1")
    page.click("#film-colour")
    until(page, "document.getElementById('film-colour').textContent === 'Stop'")
    page.click("#film-colour")
    until(page, "document.getElementById('film-colour').textContent === 'Colour the film'")
    told = facts(film)["colouring"]
    assert not told["running"] and told["error"] == ""


def test_the_frame_to_paint_next(painting: Any, film: Server) -> None:
    page = painting
    page.click("#film-next")
    until(page, "/paint any frame first/.test(document.getElementById('message').textContent)")
    choose(page, color="#c03020", radius=0, tool="point")
    drag(page, (3, 3))
    coloured(page, film)
    page.click("#film-next")
    message = page.locator("#message").text_content()
    wanted = facts(film)["colouring"]["next"]
    assert ("keys reach every frame" in message) == (not [w for w in wanted if w["frame"]])


def test_a_folder_of_frames_is_a_film_when_it_is_said(
    page: Any, clips: Path, tmp_path: Path
) -> None:
    server = start(clips, tmp_path / "state", "frames", 0, "--film")
    try:
        page.goto(server.url)
        until(page, "window.varcolor?.photo?.name === 'frames-0010.png'")
        paint(page, "#c03020", (10, 10), (80, 14))
        until(page, "document.querySelectorAll('.cell.key').length === 1")
        coloured(page, server)
        assert sorted(find_keys(clips / "frames.keys")) == [10]
    finally:
        server.stop()


def test_thousands_of_frames_are_few_elements(page: Any, tmp_path: Path) -> None:
    (tmp_path / "films").mkdir()
    video(tmp_path / "films" / "long.mkv", np.repeat(moving(20, (24, 32)), 100, axis=0))
    server = start(tmp_path / "films", tmp_path / "state", "long.mkv")
    try:
        page.goto(server.url)
        opened(page, 0)
        until(page, "document.getElementById('strip').scrollWidth >= 2000 * 112")
        page.locator("#strip").focus()
        page.keyboard.press("End")
        opened(page, 1999)
        assert page.locator(".cell").count() < 40
        until(page, "document.querySelector('#frame-1999 img').naturalWidth > 0")
        page.evaluate("document.getElementById('strip').scrollLeft = 100 * 1000")
        until(page, "!!document.querySelector('#frame-897')")
        assert page.locator(".cell").count() < 40
    finally:
        server.stop()


@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing(browser: Any, film: Server, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 760}, bypass_csp=True)
    page = context.new_page()
    page.goto(film.url)
    opened(page, 0)
    paint(page, "#c03020", (10, 10), (80, 14))
    assert violations(page) == []
    coloured(page, film)
    page.keyboard.press("PageDown")
    opened(page, 1)
    assert violations(page) == []
    context.close()
