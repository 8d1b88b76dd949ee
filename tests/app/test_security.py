"""Whoever is not the page is refused, in bounded time and memory, and the server lives on."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

import varcolor as vc
from tests.app.conftest import TOKEN, Server, start

websockets = pytest.importorskip("websockets.sync.client")
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    root = tmp_path_factory.mktemp("paint")
    folder = root / "photos"
    folder.mkdir()
    pixels = np.random.default_rng(0).integers(0, 256, (30, 40)).astype(np.uint8)
    vc.write(pixels, folder / "photo.png")
    vc.write(pixels, root / "outside.png")
    (folder / "link.png").symlink_to(root / "outside.png")
    (folder / "up").symlink_to(root)
    own = start(folder, root / "state", ".", 0, "--upload-limit", "4")
    yield own
    own.stop()


def ask(server: Server, path: str, body: bytes | None = None, **headers: str) -> tuple[int, str]:
    """Return status and text of an answer."""
    own = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(server.address + path, body, own)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read().decode("utf-8", "replace")
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode("utf-8", "replace")


def opened(server: Server) -> str:
    status, text = ask(server, "/api/open", b'{"name": "photo.png"}', **BEARER)
    assert status == 200, text
    return str(json.loads(text)["photo"]["key"])


def alive(server: Server) -> None:
    assert ask(server, "/api/start", **BEARER)[0] == 200
    assert server.process.poll() is None


def memory(server: Server) -> float:
    return psutil.Process(server.process.pid).memory_info().rss / 2**20


def test_without_the_token(running: Server) -> None:
    for path in ("/", "/api/start", "/api/folder", "/api/thumbnail?name=photo.png"):
        assert ask(running, path)[0] == 401
        assert ask(running, path, Authorization="Bearer nonsense")[0] == 401
        assert ask(running, f"{path}{'&' if '?' in path else '?'}token={TOKEN[:-1]}")[0] == 401
    assert ask(running, "/api/open", b'{"name": "photo.png"}')[0] == 401
    assert ask(running, "/page/main.js")[0] == 200  # the page's own code is no secret


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1", "localhost:1", "", "127.0.0.1.evil:80"]
)
def test_another_host(running: Server, host: str) -> None:
    status, text = ask(running, "/api/start", **BEARER, Host=host)
    assert status in (400, 421), text


def test_localhost_is_ours(running: Server) -> None:
    assert ask(running, "/api/start", **BEARER, Host=f"localhost:{running.port}")[0] == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1", "file://"])
def test_a_foreign_origin(running: Server, origin: str) -> None:
    assert ask(running, "/api/start", **BEARER, Origin=origin)[0] == 403
    own = {"Sec-Fetch-Site": "cross-site"}
    assert ask(running, "/api/start", **BEARER, **own)[0] == 403


def test_headers_that_protect_the_page(running: Server) -> None:
    with urllib.request.urlopen(running.url) as answer:
        policy = answer.headers["Content-Security-Policy"]
        assert "script-src 'self'" in policy and "unsafe" not in policy
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        html = answer.read().decode()
    assert "<style" not in html and " style=" not in html and " onclick" not in html


@pytest.mark.parametrize(
    "name",
    ["../outside.png", "link.png", "up/outside.png", "up/photos/../outside.png", "/etc/passwd", "",
     "..", ".", "photo.png\0.png", "a" * 5000, "up/outside.png/../../photos/../outside.png"],
)  # fmt: skip
def test_out_of_the_folder(running: Server, name: str) -> None:
    body = json.dumps({"name": name}).encode()
    status, text = ask(running, "/api/open", body, **BEARER)
    assert status == 400
    assert "\n" not in json.loads(text)["error"]
    from urllib.parse import quote

    assert ask(running, f"/api/thumbnail?name={quote(name)}", **BEARER)[0] == 400
    alive(running)


@pytest.mark.parametrize(
    "path", ["/page/../server.py", "/page/%2e%2e/server.py", "/page/..%2fserver.py", "/page//etc/passwd",
             "/page/ui/../../server.py", "/page/index.html"],
)  # fmt: skip
def test_other_files_than_the_pages(running: Server, path: str) -> None:
    status, text = ask(running, path, **BEARER)
    assert status in (400, 404), text
    assert "import" not in text


def test_an_upload_that_says_it_is_too_large(running: Server) -> None:
    with socket.create_connection(("127.0.0.1", running.port), timeout=10) as own:
        own.sendall(
            f"POST /api/upload?name=x.png HTTP/1.1\r\nHost: 127.0.0.1:{running.port}\r\n"
            f"Authorization: Bearer {TOKEN}\r\nContent-Length: 10000000000\r\n\r\n".encode()
        )
        began = time.monotonic()
        answer = own.recv(200)
        assert answer.startswith(b"HTTP/1.1 413") and time.monotonic() - began < 5
    alive(running)


def test_an_upload_without_an_end(running: Server) -> None:
    before, sent = memory(running), 0
    with socket.create_connection(("127.0.0.1", running.port), timeout=10) as own:
        own.sendall(
            f"POST /api/upload?name=x.png HTTP/1.1\r\nHost: 127.0.0.1:{running.port}\r\n"
            f"Authorization: Bearer {TOKEN}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        )
        chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
        try:
            while sent < 64 << 20:
                own.sendall(chunk)
                sent += len(chunk)
        except OSError:
            pass  # the server has hung up
    assert sent < 64 << 20
    assert memory(running) - before < 100
    alive(running)


def test_a_bomb_of_headers(running: Server) -> None:
    with socket.create_connection(("127.0.0.1", running.port), timeout=10) as own:
        answer = b""
        try:
            own.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")
            for number in range(20_000):
                own.sendall(f"X-{number}: {'a' * 1000}\r\n".encode())
        except OSError:
            pass
        with contextlib.suppress(OSError):
            answer = own.recv(100)
        assert answer[:12] in (b"", b"HTTP/1.1 400", b"HTTP/1.1 431")
    long = {f"X-{n}": "a" * 5000 for n in range(8)}
    assert ask(running, "/api/start", **BEARER, **long)[0] in (400, 431)
    alive(running)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 200_000, b'{"painting": 3}', b'{"painting": {}}',
     b'{"painting": {"strokes": [{"kind": "paint", "points": [[1, 1e308]], "radius": 1e308}]}}',
     b'{"painting": {"strokes": [{"radius": 1, "points": [[1, NaN]], "color": "red"}]}}',
     b'{"painting": {"mode": "rm", "strokes": []}}',
     b'{"painting": {"options": {"prior": "/etc/passwd"}}}',
     b'{"painting": {"options": {"start": "outside.png"}}}',
     b'{"painting": {"imports": ["../../x"]}}',
     b'{"painting": {}, "kind": "../x"}', b'{"painting": {}, "kind": "result", "suffix": "/../../x.png"}',
     b'{"painting": {}, "kind": "result", "suffix": ".exe"}',
     b'{"painting": {}, "kind": "result", "quality": "NaN"}'],
)  # fmt: skip
def test_hostile_requests(running: Server, body: bytes) -> None:
    key = opened(running)
    status, text = ask(running, f"/api/{key}/export", body, **BEARER)
    assert status == 400, text
    assert json.loads(text)["error"]
    assert ask(running, "/api/nothing/export", b'{"painting": {}}', **BEARER)[0] == 400
    assert {p.name for p in running.folder.iterdir()} == {"photo.png", "link.png", "up"}
    alive(running)


def connect(server: Server, key: str, query: str = f"token={TOKEN}", **more: Any) -> Any:
    more.setdefault("origin", server.address)
    address = f"ws://127.0.0.1:{server.port}/live/{key}?{query}"
    return websockets.connect(address, max_size=None, open_timeout=10, **more)


def test_sockets_of_others(running: Server) -> None:
    key = opened(running)
    for query, origin in [("", running.address), (f"token={TOKEN}", "http://evil.example")]:
        with pytest.raises(Exception, match="403"), connect(running, key, query, origin=origin):
            pass
    with pytest.raises(Exception, match="403"), connect(running, key, origin=None):
        pass
    alive(running)


def test_hostile_messages(running: Server) -> None:
    key = opened(running)
    texts = [
        "", "{", "[]", "3", "null", "[" * 100_000, '{"type": 3}', '{"type": "edit"}',
        '{"type": "edit", "seq": 1e400}', '{"type": "edit", "seq": 1, "strokes": {}}',
        '{"type": "edit", "seq": 1, "keep": 5, "base": -1, "strokes": []}',
        '{"type": "edit", "seq": 1, "strokes": [{"radius": 1e9, "points": [[1,1]], "color": "red"}]}',
        '{"type": "edit", "seq": 1, "imports": [[1]]}', '{"type": "view", "name": "../x"}',
        '{"type": "edit", "seq": 1, "options": {"threads": -5}}', '{"type": "suggest", "x": 1e999, "y": 0}',
        '{"type": "edit", "seq": 1, "options": {"memory": "/etc/passwd"}}',
    ]  # fmt: skip
    with connect(running, key) as own:
        for text in texts:
            own.send(text)
            own.send(text.encode())
        own.send(json.dumps({"type": "edit", "seq": 9, "base": 0, "keep": 0, "strokes": []}))
        kinds = set()
        while "preview" not in kinds:
            found = own.recv(timeout=60)
            kinds.add("preview" if isinstance(found, bytes) else json.loads(found)["type"])
        assert "error" in kinds
    alive(running)


def test_a_message_that_is_too_long(running: Server) -> None:
    before = memory(running)
    with pytest.raises(Exception, match=r"1009|too big|closed|close frame|reset|pipe"):  # noqa: SIM117
        with connect(running, opened(running)) as own:
            own.send("x" * (80 << 20))
            own.recv(timeout=20)
    assert memory(running) - before < 300
    alive(running)


def test_a_hundred_connections(running: Server) -> None:
    key = opened(running)
    before = memory(running)
    stack = contextlib.ExitStack()
    sockets = [stack.enter_context(connect(running, key)) for _ in range(50)]
    idle = [socket.create_connection(("127.0.0.1", running.port)) for _ in range(50)]
    for own in sockets:
        own.send(json.dumps({"type": "edit", "seq": 1, "base": 0, "keep": 0, "strokes": []}))
    for own in sockets:
        assert isinstance(own.recv(timeout=60), bytes)
    alive(running)
    stack.close()
    for own in idle:
        own.close()
    assert memory(running) - before < 300
    alive(running)


def test_others_need_a_token_that_is_chosen(tmp_path: Path) -> None:
    from varcolor.cli import run

    assert run(["paint", str(tmp_path), "--host", "0.0.0.0", "--no-browser"]) == 2
    assert run(["paint", str(tmp_path), "--token", "short", "--no-browser"]) == 2
    assert run(["paint", str(tmp_path / "nothing"), "--no-browser"]) == 3
    assert run(["paint", str(tmp_path), "--port", "99999", "--no-browser"]) == 2


def test_a_port_that_is_taken(running: Server, tmp_path: Path, capsys: Any) -> None:
    from varcolor.cli import run

    assert run(["paint", str(tmp_path), "--port", str(running.port), "--no-browser"]) == 3
    assert "choose another --port" in capsys.readouterr().err


def test_autosaves_are_for_the_user_alone(running: Server) -> None:
    key = opened(running)
    stroke = {"kind": "paint", "color": "red", "radius": 1, "points": [[3, 3]]}
    body = json.dumps({"painting": {"strokes": [stroke]}}).encode()
    assert ask(running, f"/api/{key}/autosave", body, **BEARER)[0] == 200
    place = running.state / "varcolor" / "paintings"
    assert [p.name for p in place.iterdir()] == [f"{key}.varcolor"]
    if os.name == "posix":
        assert place.stat().st_mode & 0o077 == 0
