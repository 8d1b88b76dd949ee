"""The WebSocket: edits come in, previews and progress go out, and the newest edit wins.

From the page (JSON)::

    {"type": "edit", "seq": 8, "base": 7, "keep": 3, "strokes": [...], "live": false,
     "imports": [...], "mode": "colorize", "options": {...}}
    {"type": "view", "name": "difference"}
    {"type": "suggest", "x": 30.5, "y": 12}
    {"type": "next"}
    {"type": "cancel"}

An edit keeps the first ``keep`` strokes of the one before, whose number is ``base``, and appends
others; ``imports``, ``mode`` and ``options`` stay as they are where they are missing. ``live`` is a
stroke that is being drawn: only a preview is made. To the page: binary frames
(`varcolor.app.frames`) of type ``preview`` and ``view``; JSON of type ``progress``, ``final``,
``suggestions``, ``place``,
``resync`` (the base is not known: send all strokes) and ``error``.
"""

from __future__ import annotations

import asyncio
import json
import math
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from varcolor.app.frames import finite, packed
from varcolor.app.work.document import Document, Painting
from varcolor.app.work.edits import Edit, edited
from varcolor.app.work.suggest import next_place, suggestions
from varcolor.app.work.views import Views
from varcolor.app.work.workspace import Workspace
from varcolor.errors import Cancelled, InputError, VarcolorError
from varcolor.pipeline.result import Result

_SECONDS_BETWEEN = 0.1
#: Seconds after a preview in which no full-size solve begins, at least and at most; between them a
#: part of what the last one took: a long solve gives way to previews late, and can wait.
_PAUSE, _LONGEST_PAUSE, _PART = 0.1, 3.0, 0.15


@dataclass(slots=True, eq=False)
class _Order:
    """A solve that was asked for."""

    seq: int
    painting: Painting
    live: bool
    began: float
    stopped: threading.Event = field(default_factory=threading.Event)

    def progress(self, tell: Callable[[str, float], None]) -> Callable[..., None]:
        def report(stage: str, fraction: float, preview: Any = None) -> None:
            if self.stopped.is_set():
                raise Cancelled("a newer stroke came")
            tell(stage, fraction)

        return report


class Connection:
    """One page on one photo."""

    def __init__(self, socket: WebSocket, workspace: Workspace, document: Document) -> None:
        self.socket, self.workspace, self.document = socket, workspace, document
        self.painting, self.seq = Painting(), -1
        self.views = Views()
        self._loop = asyncio.get_running_loop()
        self._sending = asyncio.Lock()
        self._next: dict[str, _Order] = {}
        self._running: dict[str, _Order] = {}
        self._wake = {kind: asyncio.Event() for kind in ("preview", "full")}
        self._told = 0.0
        self._pause = _PAUSE

    async def run(self) -> None:
        """Serve the page until it goes."""
        workers = [asyncio.create_task(self._work(kind)) for kind in self._wake]
        try:
            while True:
                await self._take(await self.socket.receive())
        except WebSocketDisconnect:
            pass
        finally:
            self._stop("preview", "full")
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)

    async def _take(self, message: Any) -> None:
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1000))
        try:
            request = json.loads(message.get("text") or "")
            kind = request["type"]
            if kind == "edit":
                await self._edit(request)
            elif kind == "view":
                await self._view(str(request["name"]))
            elif kind in ("suggest", "next"):
                await self._advise(request)
            elif kind == "cancel":
                self._stop("preview", "full")
            else:
                await self._say({"type": "error", "text": f"unknown message {str(kind)[:40]!r}"})
        except VarcolorError as error:
            await self._say({"type": "error", "text": str(error)[:500]})
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            await self._say({"type": "error", "text": "a message that cannot be understood"})

    async def _edit(self, request: dict[str, Any]) -> None:
        edit = Edit.of(request)
        if edit.keep and edit.base != self.seq:
            await self._say({"type": "resync", "seq": edit.seq})
            return
        self._stop("full")
        if not edit.live:
            self._stop("preview")
        self.painting = edited(self.painting, edit, self.document)
        self.seq = edit.seq
        order = _Order(edit.seq, self.painting, edit.live, self._loop.time())
        self._next["preview"] = order
        self._wake["preview"].set()

    async def _work(self, kind: str) -> None:
        """Carry out orders of one kind, the newest first; older ones are dropped."""
        while True:
            await self._wake[kind].wait()
            self._wake[kind].clear()
            order = self._next.pop(kind, None)
            if order is None or order.stopped.is_set():
                continue
            self._running[kind] = order
            if kind == "full":
                await asyncio.sleep(self._pause)  # the next stroke may come
                if order.stopped.is_set():
                    continue
            try:
                await self._solve(kind, order)
            except Cancelled:
                pass
            except (VarcolorError, MemoryError, OSError) as error:
                words = str(error) or "out of memory"
                await self._say({"type": "error", "seq": order.seq, "text": words[:500]})
            except WebSocketDisconnect:
                return
            except Exception as error:  # a bug of ours must not end the painting
                traceback.print_exc()
                words = f"an error of the program itself ({type(error).__name__}: {error})"
                await self._say({"type": "error", "seq": order.seq, "text": words[:500]})
            finally:
                self._running.pop(kind, None)

    async def _solve(self, kind: str, order: _Order) -> None:
        painting, document = order.painting, self.document
        tell = self._teller(order) if kind == "full" else lambda stage, fraction: None
        progress = order.progress(tell)

        def work() -> tuple[Result, int, bytes]:
            engine = document.engine(painting.settings)
            base = document.base(painting.imports)
            if not (painting.strokes or painting.imports) and kind == "full":
                engine.warm()
            solve = engine.preview if kind == "preview" else engine.full
            result = solve(painting.strokes, base, progress)
            if kind == "preview":
                facts = {"type": "preview", "seq": order.seq, "live": order.live, **_facts(result)}
                return result, 0, packed(result.picture, **facts)
            return result, document.show(result), b""

        pool = self.workspace.pool if kind == "preview" else self.workspace.slow
        result, version, frame = await self._loop.run_in_executor(pool, work)
        if order.stopped.is_set():
            return
        if kind == "full":
            took = result.seconds.get("total", 0.0)
            self._pause = min(_LONGEST_PAUSE, max(_PAUSE, _PART * took))
            told = {"type": "final", "seq": order.seq, "version": version, **_facts(result)}
            await self._say(told)
            return
        self.views.add(result, painting, document)
        await self._send(frame)
        if not order.live and self.seq == order.seq:
            self._next["full"] = replace(order, stopped=threading.Event())
            self._wake["full"].set()

    async def _view(self, name: str) -> None:
        picture, facts = await self._loop.run_in_executor(
            self.workspace.pool, self.views.view, name
        )
        await self._send(packed(picture, type="view", name=name, **facts))

    async def _advise(self, request: dict[str, Any]) -> None:
        """Answer ``suggest`` (colours for a place) and ``next`` (a place for a colour)."""
        document, painting = self.document, self.painting
        pool = self.workspace.pool
        if request["type"] == "next":
            x, y = await self._loop.run_in_executor(pool, next_place, document, painting)
            await self._say({"type": "place", "x": x, "y": y})
            return
        place = float(request["x"]), float(request["y"])
        if not all(map(math.isfinite, place)):
            raise InputError("the place is not finite")
        colors = await self._loop.run_in_executor(pool, suggestions, document, painting, *place)
        await self._say({"type": "suggestions", "colors": colors})

    def _teller(self, order: _Order) -> Callable[[str, float], None]:
        """Return what sends progress from a worker thread, a few times a second."""

        def tell(stage: str, fraction: float) -> None:
            now = self._loop.time()
            if now - self._told < _SECONDS_BETWEEN:
                return
            self._told = now
            told = {"type": "progress", "seq": order.seq, "stage": stage, "fraction": fraction}
            asyncio.run_coroutine_threadsafe(self._say(told), self._loop)

        return tell

    def _stop(self, *kinds: str) -> None:
        for kind in kinds:
            for order in (self._running.get(kind), self._next.pop(kind, None)):
                if order is not None:
                    order.stopped.set()

    async def _say(self, facts: dict[str, Any]) -> None:
        async with self._sending:
            await self.socket.send_text(json.dumps(facts))

    async def _send(self, frame: bytes) -> None:
        async with self._sending:
            await self.socket.send_bytes(frame)


def _facts(result: Result) -> dict[str, Any]:
    """Return what the badge says."""
    return {
        "status": str(result.status),
        "error": finite(result.error),
        "gap": finite(result.gap),
        "method": result.method,
        "solver": result.solver,
        "choice": result.choice,
        "seconds": round(result.seconds.get("total", 0.0), 4),
        "notes": list(result.notes),
    }


async def live(socket: WebSocket) -> None:
    """Serve ``/live/{key}``."""
    workspace: Workspace = socket.app.state.workspace
    await socket.accept()
    try:
        document = workspace.document(socket.path_params["key"])
    except VarcolorError as error:
        await socket.send_text(json.dumps({"type": "gone", "text": str(error)}))
        await socket.close(1008)
        return
    with document.on_page():
        await Connection(socket, workspace, document).run()
