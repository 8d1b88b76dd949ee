"""Start the server of the painting page."""

from __future__ import annotations

import secrets
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute

from varcolor.app.guard import MOST_HEADERS, Guard
from varcolor.app.live import live
from varcolor.app.routes import HANDLERS, routes
from varcolor.app.shot.film import Film
from varcolor.app.work.recovery import Autosaves, state_folder
from varcolor.app.work.workspace import Workspace
from varcolor.errors import BackendError

#: Largest message of the WebSocket, in bytes.
_MOST_MESSAGE = 64 << 20
#: Connections at a time; more are answered "busy".
_MOST_CONNECTIONS = 200
LOOPBACK = "127.0.0.1"


def application(
    workspace: Workspace,
    token: str,
    hosts: frozenset[str],
    most: int,
    saves: Autosaves | None = None,
    film: Film | None = None,
) -> Guard:
    """Return the ASGI application.

    Parameters
    ----------
    workspace : Workspace
        Where photos come from and results go.
    token : str
        What requests must carry.
    hosts : frozenset of str
        Values of the Host header that are ours; empty: any.
    most : int
        Largest upload in bytes.
    saves : Autosaves, optional
        Where paintings are kept; by default in the user's state folder.
    film : Film, optional
        The film that is painted on.
    """
    own = Starlette(
        routes=[*routes(), WebSocketRoute("/live/{key}", live)], exception_handlers=HANDLERS
    )
    own.state.workspace, own.state.film = workspace, film
    own.state.autosaves = Autosaves(state_folder()) if saves is None else saves
    own.state.autosaves.tidy()
    return Guard(own, token, hosts, most)


def listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens; port 0 takes a free one.

    Raises
    ------
    BackendError
        If the address cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    own = socket.socket(family, socket.SOCK_STREAM)
    own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        own.bind((host, port))
    except OSError as error:
        own.close()
        raise BackendError(
            f"{host}:{port}: cannot be listened at ({error.strerror or error}); choose another "
            "--port, or 0 for any that is free"
        ) from None
    return own


def serve(
    workspace: Workspace,
    *,
    host: str = LOOPBACK,
    port: int = 0,
    token: str | None = None,
    browser: bool = True,
    most: int = 1 << 30,
    say: Callable[[str], None] = print,
    film: Film | None = None,
) -> None:
    """Serve the page until the program is interrupted.

    Parameters
    ----------
    workspace : Workspace
        Where photos come from and results go.
    host, port : str, int
        Where to listen.
    token : str, optional
        By default a random one.
    browser : bool
        Whether the page is opened in the user's browser.
    most : int
        Largest upload in bytes.
    say : callable
        Is given the address of the page.
    film : Film, optional
        The film that is painted on.

    Raises
    ------
    BackendError
        If the address cannot be had.
    """
    token = secrets.token_urlsafe(24) if token is None else token
    own = listening(host, port)
    port = own.getsockname()[1]
    local = host == LOOPBACK
    hosts = (
        frozenset(f"{name}:{port}" for name in (LOOPBACK, "localhost")) if local else frozenset()
    )
    app = application(workspace, token, hosts, most, film=film)
    config = uvicorn.Config(
        app,
        log_level="error",
        access_log=False,
        lifespan="off",
        ws="websockets-sansio",
        ws_max_size=_MOST_MESSAGE,
        ws_per_message_deflate=False,
        h11_max_incomplete_event_size=MOST_HEADERS,
        limit_concurrency=_MOST_CONNECTIONS,
        timeout_graceful_shutdown=2,
        server_header=False,
    )
    shown = host if host not in ("0.0.0.0", "::") else socket.gethostname()
    address = f"http://{shown}:{port}/?token={token}"
    say(address)
    sys.stdout.flush()
    if browser:
        threading.Timer(0.3, webbrowser.open, [address]).start()
    try:
        uvicorn.Server(config).run(sockets=[own])
    finally:
        if film is not None:
            film.close()


def workspace_of(path: Path | None, film: bool = False) -> Workspace:
    """Return the workspace for what was named on the command line: a photo, project or folder.

    That of a film is the folder in which it lies.
    """
    if film and path is not None:
        return Workspace(path.absolute().parent, film=True)
    if path is None:
        return Workspace(Path.cwd())
    if path.is_dir():
        return Workspace(path, table=True)
    return Workspace(path.parent, first=path)
