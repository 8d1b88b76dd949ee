"""A server on a folder of its own, and Chromium on its page; skipped where there is no Chromium."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import varcolor as vc
from tests.app.helpers import PATIENCE, final, until

TOKEN = "a-token-for-the-tests-only"
#: Chromium of Debian, in a network that is closed.
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
BROWSER_TESTS = pytest.mark.skipif(
    CHROMIUM is None, reason="no chromium on this machine (Debian: apt-get install chromium)"
)


@dataclass
class Server:
    """A running `varcolor paint`."""

    process: subprocess.Popen[str]
    port: int
    folder: Path
    state: Path
    what: str = "."

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.address}/?token={TOKEN}"

    def get(self, path: str, **headers: str) -> bytes:
        own = {"Authorization": f"Bearer {TOKEN}", **headers}
        with urllib.request.urlopen(urllib.request.Request(self.address + path, headers=own)) as a:
            return bytes(a.read())

    def stop(self) -> None:
        self.process.kill()
        self.process.wait(10)
        if self.process.stdout is not None:
            self.process.stdout.close()


def free_port() -> int:
    with socket.socket() as own:
        own.bind(("127.0.0.1", 0))
        return int(own.getsockname()[1])


def start(folder: Path, state: Path, what: str = ".", port: int = 0, *more: str) -> Server:
    port = port or free_port()
    command = [sys.executable, "-m", "varcolor", "paint", what, "--no-browser", "--port", str(port)]
    process = subprocess.Popen(
        [*command, "--token", TOKEN, *more],
        cwd=folder,
        env={**os.environ, "XDG_STATE_HOME": str(state)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    assert "http://127.0.0.1" in line, line + process.stdout.read()
    own = Server(process, port, folder, state, what)
    for _ in range(100):
        try:
            own.get("/api/start")
            return own
        except OSError:
            time.sleep(0.05)
    raise AssertionError("the server does not answer")


def photo_of(name: str, size: tuple[int, int] | None = None) -> np.ndarray[Any, Any]:
    """Return a grey photo that scikit-image carries."""
    import skimage

    original = vc.read(Path(skimage.__file__).parent / "data" / f"{name}.png")
    gray = np.asarray(vc.to_gray(original).pixels)
    return gray if size is None else gray[: size[0], : size[1]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a grey portrait of 8 bits, and a piece of it of 16 bits."""
    own = tmp_path / "photos"
    own.mkdir()
    vc.write(photo_of("astronaut", (240, 300)), own / "portrait.png")
    deep = photo_of("coffee", (120, 160)).astype(np.uint16) * 257
    vc.write(deep, own / "deep.tif")
    return own


@pytest.fixture
def server(folder: Path, tmp_path: Path) -> Iterator[Server]:
    own = start(folder, tmp_path / "state")
    yield own
    own.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with api.sync_playwright() as player:
        own = player.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield own
        own.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page of a new profile, 1280 by 800."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(1000 * PATIENCE)
    yield context.new_page()
    context.close()


@pytest.fixture
def page_errors() -> list[str]:
    return []


@pytest.fixture
def painting(page: Any, server: Server, page_errors: list[str]) -> Iterator[Any]:
    """The page with the portrait open; whatever the page complains of fails the test."""
    page.on("pageerror", lambda error: page_errors.append(str(error)))
    page.on("console", lambda m: page_errors.append(m.text) if m.type == "error" else None)
    page.goto(f"{server.url}&photo=portrait.png")
    until(page, "window.varcolor?.photo?.name === 'portrait.png'")
    final(page)
    yield page
    assert not page_errors
