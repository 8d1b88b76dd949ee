"""What several tests of the page do."""

from __future__ import annotations

import json
import time
from typing import Any

#: Seconds that the page has for something: machines may be busy.
PATIENCE = 180.0


def drag(page: Any, *points: tuple[float, float], steps: int = 6) -> None:
    """Draw with the mouse through places of the photo, in its pixels."""
    first, *rest = [screen(page, *p) for p in points]
    page.mouse.move(*first)
    page.mouse.down()
    for place in rest:
        page.mouse.move(*place, steps=steps)
    page.mouse.up()


def screen(page: Any, x: float, y: float) -> tuple[float, float]:
    """Return where a place of the photo is in the window."""
    box = page.locator("#stage").bounding_box()
    at = page.evaluate(f"varcolor.stage.toScreen([{x}, {y}])")
    return box["x"] + at[0], box["y"] + at[1]


def choose(page: Any, **prefs: Any) -> None:
    """Choose tool, colour and so on without the panel."""
    page.evaluate(f"varcolor.set({json.dumps(prefs)})")


def document(page: Any) -> dict[str, Any]:
    """Return what is painted."""
    found: dict[str, Any] = page.evaluate("JSON.parse(JSON.stringify(varcolor.doc))")
    return found


def final(page: Any) -> None:
    """Wait for the full-size result of what is painted."""
    page.wait_for_selector("#badge.final", timeout=1000 * PATIENCE)


def until(page: Any, condition: str, seconds: float = PATIENCE) -> None:
    """Wait until an expression holds in the page; its policy forbids Playwright's own way."""
    end = time.monotonic() + seconds
    while not page.evaluate(condition):
        assert time.monotonic() < end, f"never: {condition}"
        time.sleep(0.05)


def saved(page: Any) -> str:
    """Save the coloured photo with the keyboard and return the file's name."""
    page.keyboard.press("Control+s")
    until(page, "/saved as/.test(document.getElementById('message').textContent)")
    text = str(page.locator("#message").text_content())
    return text.removeprefix("saved as ").strip()
