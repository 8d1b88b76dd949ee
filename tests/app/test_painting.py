"""Painting by pointer: what is saved is what `vc.colorize` makes of the same strokes, bit for bit."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np

import varcolor as vc
from tests.app.conftest import BROWSER_TESTS, Server
from tests.app.helpers import choose, document, drag, final, saved, screen, until

pytestmark = BROWSER_TESTS


def export(server: Server, page: Any) -> str:
    """Save the strokes as JSON in the folder and return the name."""
    page.keyboard.press("Control+Shift+s")
    page.select_option("#save-kind", "strokes")
    page.get_by_role("button", name="Save it in the folder").click()
    page.wait_for_selector("dialog [role=status]:has-text('Saved as')")
    name = page.locator("dialog [role=status]").text_content()
    page.keyboard.press("Escape")
    return str(name).removeprefix("Saved as ").split(". ")[0].rstrip(".")


def test_saved_result_is_that_of_colorize_bit_for_bit(painting: Any, server: Server) -> None:
    choose(painting, color="#d06020", radius=5)
    drag(painting, (60, 200), (90, 220), (120, 215))
    choose(painting, color="#4060a0", tool="line")
    drag(painting, (20, 20), (40, 90))
    choose(painting, kind="neutral", tool="point")
    drag(painting, (250.3, 100.7))
    choose(painting, kind="paint", color="#e0a080", tool="brush", soft=True, weight=0.5)
    drag(painting, (150, 60), (155, 80))
    choose(painting, tool="eraser", soft=False, radius=2)
    drag(painting, (90, 215), (90, 225))
    choose(painting, tool="polygon", color="#207040")
    for place in ((200, 180), (230, 180), (220, 210)):
        drag(painting, place)
    painting.keyboard.press("Enter")
    final(painting)
    doc = document(painting)
    kinds = [s["kind"] for s in doc["strokes"]]
    assert kinds == ["paint", "paint", "neutral", "paint", "erase", "paint"]
    assert doc["strokes"][3]["weight"] == 0.5 and doc["strokes"][5]["fill"]
    strokes = export(server, painting)
    name = saved(painting)
    assert name == "portrait.colour.png"
    photo = vc.read(server.folder / "portrait.png")
    result = vc.colorize(photo, vc.read_cues(server.folder / strokes, photo))
    found = vc.read(server.folder / name)
    assert np.array_equal(found.pixels, result.rgb)
    assert (found.pixels[..., 0] != found.pixels[..., 2]).any()


def test_sixteen_bits_stay_and_nothing_is_overwritten(
    page: Any, server: Server, page_errors: list[str]
) -> None:
    (server.folder / "deep.colour.tif").write_bytes(b"mine")
    page.goto(f"{server.url}&photo=deep.tif")
    final(page)
    choose(page, color="#a05010", radius=3)
    drag(page, (30, 30), (60, 60))
    strokes = export(server, page)
    assert saved(page) == "deep-2.colour.tif"
    assert (server.folder / "deep.colour.tif").read_bytes() == b"mine"
    photo = vc.read(server.folder / "deep.tif")
    result = vc.colorize(photo, vc.read_cues(server.folder / strokes, photo))
    found = vc.read(server.folder / "deep-2.colour.tif")
    assert found.pixels.dtype == np.uint16
    assert np.array_equal(found.pixels, result.rgb)


def test_undo_and_redo_of_fifty_random_actions(painting: Any) -> None:
    rng = random.Random(7)
    states = [document(painting)]

    def act() -> None:
        strokes = states[-1]["strokes"]
        kind = rng.choice(["draw", "draw", "draw", "move", "delete", "recolour", "order", "option"])
        if kind == "draw" or not strokes:
            choose(painting, tool="brush", color=f"#{rng.randrange(1 << 24):06x}", radius=3)
            a = rng.uniform(10, 280), rng.uniform(10, 220)
            drag(painting, a, (a[0] + rng.uniform(2, 15), a[1] + rng.uniform(2, 15)), steps=2)
            return
        index = rng.randrange(len(strokes))
        painting.evaluate(f"varcolor.choose({index})")
        if kind == "move":
            choose(painting, tool="select")
            painting.locator("#stage").focus()
            painting.keyboard.press(rng.choice(["ArrowLeft", "ArrowDown"]))
        elif kind == "delete":
            painting.keyboard.press("Delete")
        elif kind == "recolour":
            choose(painting, kind="paint", color=f"#{rng.randrange(1 << 24):06x}")
            painting.keyboard.press("c")
        elif kind == "order" and len(strokes) > 1:
            painting.evaluate(f"varcolor.reorder({index}, {1 if index == 0 else -1})")
        else:
            tolerance = rng.uniform(0.3, 2)
            painting.evaluate(f"varcolor.commit({{options: {{tolerance: {tolerance}}}}}, 'option')")

    for _ in range(50):
        act()
        now = document(painting)
        assert now != states[-1]
        states.append(now)
    for expected in reversed(states[:-1]):
        painting.keyboard.press("Control+z")
        assert document(painting) == expected
    for expected in states[1:]:
        painting.keyboard.press("Control+y")
        assert document(painting) == expected


def test_zoom_and_pan_leave_strokes_in_place(painting: Any) -> None:
    choose(painting, radius=4)
    drag(painting, (100, 100), (140, 130))
    before = document(painting)["strokes"][0]["points"]
    place = screen(painting, *before[0])
    painting.mouse.move(*screen(painting, 100, 100))
    for delta in (-300, -700, 450, -120, 600):
        painting.mouse.wheel(0, delta)
    painting.mouse.move(*screen(painting, 120, 120))
    painting.mouse.down(button="middle")
    painting.mouse.move(700, 300, steps=3)
    painting.mouse.up(button="middle")
    assert document(painting)["strokes"][0]["points"] == before
    painting.keyboard.press("f")
    again = screen(painting, *before[0])
    assert max(abs(a - b) for a, b in zip(place, again, strict=True)) < 0.01
    assert len(document(painting)["strokes"]) == 1
    # A stroke at high zoom lies where the pointer was, to a hundredth of a pixel of the photo.
    painting.mouse.move(*screen(painting, 60, 60))
    for _ in range(6):
        painting.mouse.wheel(0, -400)
    choose(painting, tool="point")
    drag(painting, (61.25, 60.5))
    x, y = document(painting)["strokes"][1]["points"][0]
    assert abs(x - 61.25) <= 0.02 and abs(y - 60.5) <= 0.02


def test_zoom_keeps_what_is_under_the_pointer(painting: Any) -> None:
    place = tuple(map(round, screen(painting, 200, 50)))  # wheel events count whole pixels
    box = painting.locator("#stage").bounding_box()
    inside = f"varcolor.stage.toPhoto([{place[0] - box['x']}, {place[1] - box['y']}])"
    painting.mouse.move(*place)
    before = painting.evaluate(inside)
    painting.mouse.wheel(0, -500)
    until(painting, "!varcolor.stage.isFitted")
    after = painting.evaluate(inside)
    assert max(abs(a - b) for a, b in zip(before, after, strict=True)) < 0.01


def test_two_hundred_strokes(painting: Any) -> None:
    strokes = [
        {
            "kind": "paint",
            "color": f"#{(i * 7919) % (1 << 24):06x}",
            "radius": 2,
            "points": [
                [10 + i % 20 * 14, 10 + i // 20 * 22],
                [16 + i % 20 * 14, 15 + i // 20 * 22],
            ],
        }
        for i in range(200)
    ]
    painting.evaluate(f"varcolor.add({json.dumps(strokes)}, 'many')")
    final(painting)
    choose(painting, color="#ffffff", radius=3)
    drag(painting, (150, 230), (170, 235))
    final(painting)
    assert len(document(painting)["strokes"]) == 201


def test_recolour_mode_is_recolor(page: Any, server: Server) -> None:
    import skimage

    place = Path(skimage.__file__).parent / "data" / "coffee.png"
    vc.write(vc.read(place).pixels[150:350, 150:450], server.folder / "cup.png")
    page.goto(f"{server.url}&photo=cup.png")
    final(page)
    page.evaluate("varcolor.commit({mode: 'recolor', options: {whole: true}}, 'recolour mode')")
    final(page)
    shown = page.evaluate("[...varcolor.stage.pixels.data.slice(0, 3)]")
    assert max(shown) - min(shown) > 20, "without strokes the photo is shown as it is"
    choose(page, color="#2060c0", radius=5)
    drag(page, (100, 150), (150, 160))
    choose(page, kind="keep")
    drag(page, (20, 20), (60, 20))
    final(page)
    strokes = export(server, page)
    name = saved(page)
    photo = vc.read(server.folder / "cup.png")
    cues = vc.read_cues(server.folder / strokes, photo)
    assert cues.keep.any()
    expected = vc.recolor(photo, cues, whole=True)
    assert np.array_equal(vc.read(server.folder / name).pixels, expected.rgb)


def test_the_form_has_every_option_with_its_words(painting: Any, server: Server) -> None:
    from varcolor.options import SolveOptions
    from varcolor.options.field import options_of
    from varcolor.project import OUTSIDE

    painting.evaluate("document.querySelectorAll('#panel details').forEach((d) => (d.open = true))")
    for own in options_of(SolveOptions):
        if own.name in (*OUTSIDE, "on_miss"):
            continue
        field = painting.locator(f"#option-{own.name}")
        assert field.count() == 1, own.name
        words = painting.locator(f"#option-{own.name}-help").text_content()
        assert words == own.spec.help
    painting.select_option("#option-method", "levin")
    painting.fill("#set-radius", "2")
    painting.press("#set-radius", "Tab")
    assert document(painting)["options"] == {"method": {"name": "levin", "radius": 2}}
    painting.fill("#option-tolerance", "0.25")
    painting.press("#option-tolerance", "Tab")
    choose(painting, color="#207040")
    drag(painting, (60, 60), (80, 90))
    final(painting)
    strokes = export(server, painting)
    name = saved(painting)
    photo = vc.read(server.folder / "portrait.png")
    cues = vc.read_cues(server.folder / strokes, photo)
    expected = vc.colorize(photo, cues, method=vc.Levin(radius=2), tolerance=0.25)
    assert np.array_equal(vc.read(server.folder / name).pixels, expected.rgb)


def test_objects_by_clicks(painting: Any, server: Server) -> None:
    choose(painting, tool="object")
    drag(painting, (150, 120))
    painting.keyboard.down("Alt")
    drag(painting, (5, 5))
    painting.keyboard.up("Alt")
    given = document(painting)["options"]["objects"]
    assert given["name"] == "clicks"
    (mask,) = given["masks"]
    assert np.allclose(mask["inside"], [(150, 120)], atol=0.6)
    assert np.allclose(mask["outside"], [(5, 5)], atol=0.6)
    choose(painting, tool="brush", color="#d06020", radius=5)
    drag(painting, (150, 120), (155, 125))
    until(painting, "/^1 objects/.test(document.getElementById('hint').textContent)")
    final(painting)
    painting.keyboard.press("Control+z")
    painting.keyboard.press("Control+z")
    assert not document(painting)["options"]["objects"]["masks"][0]["outside"]
