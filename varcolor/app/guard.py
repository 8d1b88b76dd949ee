"""Who may talk to the server, and how much: the outermost layer of the application.

The server listens to this machine alone unless it is told otherwise, but every page that is open in
a browser on this machine can send requests to it, too. So each request must name a host of ours
(no DNS rebinding), come from our own page (no foreign Origin) and carry the token.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Of all headers together, in bytes.
MOST_HEADERS = 32 * 1024
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = [
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
]
_OPEN = re.compile(r"/page/[a-z0-9_./-]+\Z")


@dataclass(frozen=True, slots=True)
class Guard:
    """An ASGI layer that refuses what does not come from the page.

    Parameters
    ----------
    app : ASGIApp
        What is protected.
    token : str
        What a request carries as ``Authorization: Bearer`` or, where headers cannot be set (the
        first page, the WebSocket), as ``?token=``.
    hosts : frozenset of str
        Values of Host that are ours, with port; empty: any (``--host``).
    most : int
        Largest body of a request in bytes.
    """

    app: ASGIApp
    token: str
    hosts: frozenset[str]
    most: int

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        reason = self._reason(scope)
        if reason is not None:
            await _refuse(scope, send, *reason)
            return
        if scope["type"] == "websocket":
            await self.app(scope, receive, send)
            return
        limited = _Limited(receive, self.most)
        try:
            await self.app(scope, limited, _with_headers(send))
        except TooLarge:
            await _refuse(scope, send, 413, too_large(self.most))

    def _reason(self, scope: Scope) -> tuple[int, str] | None:
        """Return why a request is refused, as status and words."""
        raw: list[tuple[bytes, bytes]] = list(scope["headers"])
        if sum(len(name) + len(value) for name, value in raw) > MOST_HEADERS:
            return 431, "the headers are too long"
        headers = {name.lower().decode("latin-1"): value.decode("latin-1") for name, value in raw}
        host = headers.get("host", "")
        if self.hosts and host not in self.hosts:
            return 421, f"this server does not answer for the host {host[:100]!r}"
        origin = headers.get("origin")
        if origin is not None and origin not in (f"http://{host}", f"https://{host}"):
            return 403, "the request comes from another site"
        if scope["type"] == "websocket" and origin is None:
            return 403, "the request does not say where it comes from"
        if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return 403, "the request comes from another site"
        if _OPEN.match(scope["path"]) and scope.get("method") == "GET":
            return None
        if not self._knows(scope, headers):
            return 401, "the token is missing or wrong: open the address that the program printed"
        length = headers.get("content-length", "0")
        if not length.isdigit() or len(length) > 15:
            return 400, "Content-Length is no number"
        return (413, too_large(self.most)) if int(length) > self.most else None

    def _knows(self, scope: Scope, headers: dict[str, str]) -> bool:
        bearer = headers.get("authorization", "").removeprefix("Bearer ")
        query = parse_qs(scope["query_string"].decode("latin-1"), max_num_fields=20)
        given = bearer or query.get("token", [""])[0]
        return hmac.compare_digest(given.encode(), self.token.encode())


class TooLarge(Exception):  # noqa: N818
    """More bytes came than one request may have."""


def too_large(most: int) -> str:
    """Say that a body is too large."""
    return f"larger than {most / 2**20:.0f} MiB, which is the limit of one upload (--upload-limit)"


class _Limited:
    """Counts what a request sends, for bodies that do not tell their length."""

    def __init__(self, receive: Receive, most: int) -> None:
        self._receive, self._left = receive, most

    async def __call__(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise TooLarge
        return message


def _with_headers(send: Send) -> Callable[[Message], Awaitable[None]]:
    async def sending(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", []), *_HEADERS]}
        await send(message)

    return sending


async def _refuse(scope: Scope, send: Send, status: int, words: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": words[:120]})
        return
    body = f"varcolor: {words}\n".encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
        *_HEADERS,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
