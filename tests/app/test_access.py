"""Keyboard, touch, pen, small screens, and what axe finds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import varcolor as vc
from tests.app.conftest import BROWSER_TESTS, Server
from tests.app.helpers import PATIENCE, choose, document, drag, final, screen, until

pytestmark = BROWSER_TESTS


def violations(page: Any) -> list[str]:
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe is not installed"
    )
    found = axe.Axe().run(page).response["violations"]
    return [f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in found]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing(browser: Any, server: Server, scheme: str, width: int) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 760}, color_scheme=scheme, bypass_csp=True
    )
    context.set_default_timeout(1000 * PATIENCE)
    page = context.new_page()
    page.goto(server.url)
    page.wait_for_selector(".photo img[src]")
    assert violations(page) == [], "light table"
    page.get_by_role("button", name="portrait.png").click()
    until(page, "window.varcolor?.photo?.name === 'portrait.png'")
    final(page)
    assert violations(page) == [], "photo"
    if width < 700:
        page.click("#panel-toggle")
    page.evaluate("document.querySelectorAll('#panel details').forEach((d) => (d.open = true))")
    page.evaluate("varcolor.add([varcolor.stroke([[40, 40], [60, 60]])], 'stroke')")
    page.evaluate(
        "varcolor.choose(0); varcolor.stage.scene.compare = 'split'; varcolor.tell('look')"
    )
    final(page)
    assert violations(page) == [], "panel, all open"
    if width < 700:
        page.click("#panel-toggle")
    for view in "456":
        page.keyboard.press(view)
        page.wait_for_selector("#hint:not([hidden])")
        assert violations(page) == [], f"view {view}"
    for key in ("?", "Control+Shift+s"):
        page.keyboard.press(key)
        page.wait_for_selector("dialog[open]")
        assert violations(page) == [], f"dialog {key}"
        page.keyboard.press("Escape")
    page.get_by_role("button", name="Bring in colours").click()
    assert violations(page) == [], "import"
    context.close()


def test_a_job_by_keyboard_alone(page: Any, server: Server) -> None:
    page.goto(server.url)
    page.wait_for_selector(".photo")

    def tab_to(condition: str, most: int = 120) -> None:
        for _ in range(most):
            page.keyboard.press("Tab")
            if page.evaluate(f"document.activeElement.matches({condition!r})"):
                return
        raise AssertionError(f"never reached {condition}")

    tab_to(".photo:nth-child(2)")
    page.keyboard.press("Enter")
    until(page, "window.varcolor?.photo?.name === 'portrait.png'")
    final(page)
    tab_to("[aria-label='Hex colour']")
    page.keyboard.press("Control+a")
    page.keyboard.type("#d06020")
    page.keyboard.press("Enter")
    assert page.evaluate("varcolor.prefs.color") == "#d06020"
    page.keyboard.press("Shift+Tab")
    for _ in range(120):
        if page.evaluate("document.activeElement.id === 'stage'"):
            break
        page.keyboard.press("Shift+Tab")
    said = page.locator("#aim")
    page.keyboard.press("ArrowLeft")
    assert "column" in said.text_content() and "luma" in said.text_content()
    page.keyboard.press("Space")
    for _ in range(4):
        page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("Space")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Space")
    page.keyboard.press("Escape")  # the last bend
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Enter")
    strokes = document(page)["strokes"]
    assert len(strokes) == 1 and len(strokes[0]["points"]) == 3
    assert strokes[0]["color"] == "#d06020"
    page.keyboard.press("p")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Enter")
    assert len(document(page)["strokes"][1]["points"]) == 1
    page.keyboard.press("v")
    page.keyboard.press("Enter")
    assert page.evaluate("varcolor.chosen") == 1
    page.keyboard.press("ArrowUp")
    moved = document(page)["strokes"]
    assert moved[1]["points"] != strokes[0]["points"][:1]
    page.keyboard.press("Delete")
    assert len(document(page)["strokes"]) == 1
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+s")
    until(page, "/saved as/.test(document.getElementById('message').textContent)")
    found = vc.read(server.folder / "portrait.colour.png")
    assert (found.pixels.max(axis=2) != found.pixels.min(axis=2)).any()


def test_escape_drops_a_stroke_that_was_begun(painting: Any) -> None:
    painting.locator("#stage").focus()
    painting.keyboard.press("ArrowLeft")
    painting.keyboard.press("Space")
    painting.keyboard.press("ArrowLeft")
    painting.keyboard.press("Escape")
    assert document(painting)["strokes"] == []
    assert painting.evaluate("varcolor.stage.scene.drawing.length") == 0


def test_no_shortcut_while_somebody_writes(painting: Any) -> None:
    painting.get_by_label("Hex colour").click()
    painting.keyboard.type("e")
    assert painting.evaluate("varcolor.prefs.tool") == "brush"


def pointer(page: Any, kind: str, name: str, x: float, y: float, **more: Any) -> None:
    place = screen(page, x, y)
    page.evaluate(
        """([kind, name, x, y, more]) => document.getElementById('stage').dispatchEvent(
            new PointerEvent(name, { pointerType: kind, clientX: x, clientY: y, bubbles: true,
              button: 0, buttons: 1, isPrimary: true, ...more }))""",
        [kind, name, *place, more],
    )


@pytest.fixture
def free(painting: Any) -> Any:
    """The page, where made-up pointers can be captured."""
    painting.evaluate("document.getElementById('stage').setPointerCapture = () => {}")
    return painting


def test_one_finger_draws_and_a_second_one_makes_it_a_pinch(free: Any) -> None:
    pointer(free, "touch", "pointerdown", 50, 50, pointerId=1)
    pointer(free, "touch", "pointermove", 80, 80, pointerId=1)
    pointer(free, "touch", "pointerup", 80, 80, pointerId=1)
    assert len(document(free)["strokes"]) == 1
    scale = free.evaluate("varcolor.stage.view.scale")
    pointer(free, "touch", "pointerdown", 100, 100, pointerId=1)
    pointer(free, "touch", "pointermove", 110, 100, pointerId=1)
    pointer(free, "touch", "pointerdown", 150, 100, pointerId=2, isPrimary=False)
    pointer(free, "touch", "pointermove", 220, 100, pointerId=2, isPrimary=False)
    pointer(free, "touch", "pointerup", 220, 100, pointerId=2, isPrimary=False)
    pointer(free, "touch", "pointerup", 110, 100, pointerId=1)
    assert len(document(free)["strokes"]) == 1
    assert free.evaluate("varcolor.stage.view.scale") > 1.3 * scale


def test_a_pen_draws_and_a_palm_does_not(free: Any) -> None:
    pointer(free, "touch", "pointerdown", 200, 200, pointerId=7)  # the palm comes first
    pointer(free, "touch", "pointermove", 203, 200, pointerId=7)
    pointer(free, "pen", "pointerdown", 50, 50, pointerId=3, pressure=0.5)
    pointer(free, "pen", "pointermove", 90, 60, pointerId=3, pressure=0.5)
    pointer(free, "pen", "pointerup", 90, 60, pointerId=3)
    pointer(free, "touch", "pointerup", 203, 200, pointerId=7)
    strokes = document(free)["strokes"]
    assert len(strokes) == 1 and strokes[0]["points"][0][0] == pytest.approx(50, abs=0.02)
    view = free.evaluate("varcolor.stage.view.x")
    pointer(free, "touch", "pointerdown", 200, 200, pointerId=8)
    pointer(free, "touch", "pointermove", 230, 200, pointerId=8)
    pointer(free, "touch", "pointerup", 230, 200, pointerId=8)
    assert len(document(free)["strokes"]) == 1  # fingers pan now
    assert free.evaluate("varcolor.stage.view.x") > view + 10


def test_pressure_changes_the_width_in_one_step_of_undo(free: Any) -> None:
    choose(free, pressure=True, radius=6)
    pointer(free, "pen", "pointerdown", 50, 50, pointerId=3, pressure=0.2)
    for step in range(1, 9):
        pointer(free, "pen", "pointermove", 50 + 10 * step, 50, pointerId=3, pressure=0.1 * step)
    pointer(free, "pen", "pointerup", 130, 50, pointerId=3)
    radii = [s["radius"] for s in document(free)["strokes"]]
    assert len(radii) > 3 and radii[0] < radii[-1]
    free.keyboard.press("Control+z")
    assert document(free)["strokes"] == []


def test_a_small_screen_shows_every_tool(browser: Any, server: Server) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 640}, has_touch=True)
    page = context.new_page()
    page.goto(f"{server.url}&photo=portrait.png")
    until(page, "window.varcolor?.photo?.name === 'portrait.png'")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    box = page.locator("#stage").bounding_box()
    assert box["width"] >= 350 and box["height"] >= 360
    page.get_by_role("button", name="Eraser").tap()
    assert page.evaluate("varcolor.prefs.tool") == "eraser"
    for name in ("Undo", "Save the coloured", "Colour and options", "Keys and help", "Whole photo"):
        button = page.locator(f"[title^='{name}'], [aria-label^='{name}']").first
        own = button.bounding_box()
        assert own["x"] >= 0 and own["x"] + own["width"] <= 361, name
    context.close()


def test_a_photo_of_sixty_megapixels(page: Any, server: Server) -> None:
    rng = np.random.default_rng(3)
    small = rng.integers(60, 200, (80, 120)).astype(np.uint8)
    vc.write(np.kron(small, np.ones((80, 80), np.uint8)), server.folder / "big.png")
    page.goto(f"{server.url}&photo=big.png")
    until(page, "window.varcolor?.photo?.width === 9600", 90)
    until(page, "!!varcolor.stage.sources.preview", 60)
    choose(page, radius=60, color="#c04020")
    drag(page, (2000, 2000), (4000, 3000))
    until(page, "/preview|final/.test(document.getElementById('badge').className)", 60)
    assert len(document(page)["strokes"]) == 1
    page.keyboard.press("0")  # one to one: tiles of the full size come
    until(
        page,
        "[...varcolor.stage.sources.tiles.known].some(([k, t]) => /^grey.0.0/.test(k) && t.bitmap)",
        60,
    )
    assert page.evaluate("varcolor.stage.view.scale") == 1
