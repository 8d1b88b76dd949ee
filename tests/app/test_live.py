"""The WebSocket: sequence numbers, differences, and the newest edit wins."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import varcolor as vc
from tests.app.conftest import TOKEN, Server, start

client = pytest.importorskip("websockets.sync.client")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    root = tmp_path_factory.mktemp("live")
    folder = root / "photos"
    folder.mkdir()
    pixels = np.random.default_rng(0).integers(90, 160, (200, 300)).astype(np.uint8)
    vc.write(pixels, folder / "photo.png")
    own = start(folder, root / "state")
    yield own
    own.stop()


def stroke(x: float, color: str = "#c04020") -> dict[str, Any]:
    return {"kind": "paint", "color": color, "radius": 3, "points": [[x, 20], [x + 9, 150]]}


class Talk:
    """A connection that notes everything that comes."""

    def __init__(self, socket: Any) -> None:
        self.socket = socket
        self.seen: list[dict[str, Any]] = []

    def edit(self, seq: int, base: int, keep: int, strokes: list[Any], **more: Any) -> None:
        own = {"type": "edit", "seq": seq, "base": base, "keep": keep, "strokes": strokes, **more}
        self.socket.send(json.dumps(own))

    def until(self, kind: str, seq: int) -> dict[str, Any]:
        while True:
            data = self.socket.recv(timeout=90)
            if isinstance(data, bytes):
                length = struct.unpack("<I", data[4:8])[0]
                facts = json.loads(data[8 : 8 + length])
                size = facts["width"] * facts["height"] * 4
                facts["pixels"] = np.frombuffer(data[-size:], np.uint8).reshape(
                    facts["height"], facts["width"], 4
                )
            else:
                facts = json.loads(data)
            self.seen.append(facts)
            if facts["type"] == kind and facts.get("seq") == seq:
                return facts


@pytest.fixture
def talk(running: Server) -> Iterator[Talk]:
    import urllib.request

    request = urllib.request.Request(
        f"{running.address}/api/open",
        b'{"name": "photo.png"}',
        {"Authorization": f"Bearer {TOKEN}"},
    )
    with urllib.request.urlopen(request) as answer:
        key = json.loads(answer.read())["photo"]["key"]
    address = f"ws://127.0.0.1:{running.port}/live/{key}?token={TOKEN}"
    with client.connect(address, origin=running.address, max_size=None) as socket:
        yield Talk(socket)


def test_previews_and_results_carry_the_number_of_their_edit(talk: Talk) -> None:
    talk.edit(1, 0, 0, [stroke(40)])
    preview = talk.until("preview", 1)
    assert preview["live"] is False and preview["status"] == "converged"
    assert np.ptp(preview["pixels"][..., :3].astype(int), axis=2).max() > 20
    final = talk.until("final", 1)
    assert final["version"] >= 1 and final["error"] <= 0.5
    talk.edit(2, 1, 1, [stroke(200, "#2040c0")])
    assert talk.until("final", 2)["version"] > final["version"]


def test_an_edit_of_an_unknown_base_asks_for_all(talk: Talk) -> None:
    talk.edit(1, 0, 0, [stroke(40)])
    talk.until("preview", 1)
    talk.edit(5, 4, 1, [stroke(90)])
    assert talk.until("resync", 5)
    talk.edit(6, 5, 0, [stroke(40), stroke(90)])
    assert talk.until("preview", 6)


def test_the_newest_edit_wins(talk: Talk) -> None:
    strokes = [stroke(10 + 12 * k, f"#{k * 9:02x}60a0") for k in range(12)]
    for number, own in enumerate(strokes, 1):
        talk.edit(number, number - 1, number - 1, [own])
    talk.until("final", 12)
    finals = [f["seq"] for f in talk.seen if f["type"] == "final"]
    previews = [f["seq"] for f in talk.seen if f["type"] == "preview"]
    assert finals == [12]
    assert previews == sorted(previews) and previews[-1] == 12
    assert not [f for f in talk.seen if f["type"] == "error"]


def test_a_stroke_that_is_drawn_gives_previews_alone(talk: Talk) -> None:
    talk.edit(1, 0, 0, [stroke(40)], live=True)
    assert talk.until("preview", 1)["live"] is True
    talk.edit(2, 1, 0, [stroke(50)], live=True)
    talk.until("preview", 2)
    talk.edit(3, 2, 0, [stroke(60)])
    talk.until("final", 3)
    assert [f["seq"] for f in talk.seen if f["type"] == "final"] == [3]


def test_a_bad_edit_changes_nothing(talk: Talk) -> None:
    talk.edit(1, 0, 0, [stroke(40)])
    talk.until("preview", 1)
    talk.edit(2, 1, 1, [{"kind": "paint", "radius": 1, "points": [[1, 1]]}])
    while not [f for f in talk.seen if f["type"] == "error"]:
        talk.edit(3, 1, 1, [stroke(80)])
        talk.until("preview", 3)
    assert (
        "paint stroke needs a colour" in next(f for f in talk.seen if f["type"] == "error")["text"]
    )
