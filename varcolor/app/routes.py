"""What the page asks for over HTTP: files, photos, tiles, exports, projects."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from importlib import resources
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from varcolor.app import tiles
from varcolor.app.frames import rgba
from varcolor.app.palettes import read_palette, write_palette
from varcolor.app.pool import off
from varcolor.app.shot.routes import film_routes
from varcolor.app.work import saving
from varcolor.app.work.document import Document, Dropped, Painting
from varcolor.app.work.edits import Edit, edited
from varcolor.app.work.imports import imported
from varcolor.app.work.keeping import keep, opened, project_of, restored
from varcolor.app.work.workspace import Workspace, plain_name
from varcolor.errors import InputError, VarcolorError
from varcolor.image.formats import WRITABLE
from varcolor.image.picture import Picture
from varcolor.project import SUFFIX, is_project, parse_project

_FOREVER = {"cache-control": "private, max-age=31536000, immutable"}
_NEVER = {"cache-control": "no-store"}
_KINDS = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


def _space(request: Request) -> Workspace:
    workspace: Workspace = request.app.state.workspace
    return workspace


def _document(request: Request) -> Document:
    return _space(request).document(request.path_params["key"])


async def _json(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body())
    except (ValueError, RecursionError):
        raise InputError("the request is not valid JSON") from None
    if not isinstance(body, dict):
        raise InputError("the request is no JSON object")
    return body


def painting_of(body: dict[str, Any], document: Document) -> Painting:
    """Return the painting that a request carries."""
    own = body.get("painting")
    if not isinstance(own, dict):
        raise InputError("the request holds no painting")
    return edited(Painting(), Edit.of({**own, "keep": 0}), document)


async def index(request: Request) -> Response:
    """Return the page."""
    text = (resources.files("varcolor.app") / "page" / "index.html").read_text("utf-8")
    return Response(text, media_type="text/html", headers=_NEVER)


async def part(request: Request) -> Response:
    """Return a file of the page."""
    path = request.path_params["path"]
    file = resources.files("varcolor.app") / "page"
    for step in path.split("/"):
        if step in ("", ".", ".."):
            return Response("no such file", 404)
        file = file / step
    suffix = "." + path.rsplit(".", 1)[-1]
    if suffix not in _KINDS or not file.is_file():
        return Response("no such file", 404)
    return Response(
        file.read_bytes(), media_type=_KINDS[suffix], headers={"cache-control": "no-cache"}
    )


async def start(request: Request) -> Response:
    """Return what the page needs first."""
    from varcolor import __version__

    facts = {"version": __version__, "formats": list(WRITABLE), "project": SUFFIX}
    return JSONResponse({**facts, **_space(request).facts()}, headers=_NEVER)


async def options(request: Request) -> Response:
    """Return the form of the options."""
    from varcolor.app.form import form

    return JSONResponse(await off(request, form), headers=_NEVER)


async def folder(request: Request) -> Response:
    """Return the photos of the folder with their states."""
    from varcolor.app.work.light_table import entries

    workspace, saves = _space(request), request.app.state.autosaves
    return JSONResponse(await off(request, lambda: entries(workspace, saves)), headers=_NEVER)


async def thumbnail(request: Request) -> Response:
    """Return a small picture of a photo of the folder."""
    from varcolor.app.work.light_table import thumbnail as make

    name, workspace = request.query_params.get("name", ""), _space(request)
    data = await off(request, lambda: make(workspace, name))
    return Response(data, media_type="image/png", headers=_NEVER)


async def open_photo(request: Request) -> Response:
    """Open a photo or project of the folder."""
    name = str((await _json(request)).get("name", ""))
    workspace, saves = _space(request), request.app.state.autosaves
    return JSONResponse(await off(request, lambda: opened(workspace, saves, name)))


async def upload(request: Request) -> Response:
    """Open a photo or project that comes with the request."""
    name = plain_name(request.query_params.get("name", ""))
    data = await request.body()
    workspace, saves = _space(request), request.app.state.autosaves

    def work() -> dict[str, Any]:
        if is_project(data):
            return restored(workspace, parse_project(data, name), workspace.folder)
        document = workspace.take(data, name)
        return opened(workspace, saves, name, document)

    return JSONResponse(await off(request, work))


async def tile(request: Request) -> Response:
    """Return a tile of the photo, its grey or a result."""
    document, where = _document(request), request.path_params

    def work() -> bytes:
        layer = where["layer"]
        if layer == "result":
            picture = document.shown(where["version"]).picture
        elif layer in ("grey", "photo"):
            picture = document.gray if layer == "grey" else document.picture
        else:
            raise InputError(f"layer {layer!r}: expected grey, photo or result")
        place = where["level"], where["column"], where["row"]
        return tiles.tile(picture, *place, exact=layer != "result")

    try:
        return Response(await off(request, work), media_type="image/png", headers=_FOREVER)
    except Dropped:  # the page has been told of a newer one
        return Response(status_code=204, headers=_NEVER)


async def export(request: Request) -> Response:
    """Save a result or strokes in the folder, or send them."""
    document, body = _document(request), await _json(request)
    painting = painting_of(body, document)
    quality = body.get("quality")
    if not (quality is None or type(quality) is int):
        raise InputError("the quality must be a whole number")
    wanted = str(body.get("kind")), str(body.get("suffix", ".png")), quality
    name, data, notes = await off(request, lambda: saving.exported(document, painting, *wanted))
    return await _delivered(request, body, name, data, notes)


async def project(request: Request) -> Response:
    """Save the project in the folder, or send it."""
    document, body = _document(request), await _json(request)
    made = await off(request, lambda: project_of(document, body, painting_of(body, document)))
    name = document.name.rsplit(".", 1)[0] + SUFFIX
    return await _delivered(request, body, name, made.content(), [])


async def _delivered(
    request: Request, body: dict[str, Any], name: str, data: bytes, notes: list[str]
) -> Response:
    if body.get("to") == "download":
        said = {"x-notes": quote(json.dumps(notes)), "x-name": quote(name)}
        kind = "application/octet-stream"
        return Response(data, media_type=kind, headers={**said, **_NEVER})
    path = await off(request, lambda: saving.place(_space(request).folder, name, data))
    return JSONResponse({"name": path.name, "bytes": len(data), "notes": notes})


async def autosave(request: Request) -> Response:
    """Keep a painting on disk; one without strokes and history is dropped."""
    document, body = _document(request), await _json(request)
    painting, saves = painting_of(body, document), request.app.state.autosaves

    await off(request, lambda: keep(document, saves, body, painting))
    return JSONResponse({"kept": True})


async def bring(request: Request) -> Response:
    """Import colours from files that come one after the other; ``files`` has names and sizes."""
    document, data = _document(request), await request.body()
    try:
        listed = json.loads(request.query_params.get("files", "[]"))
        files, at = [], 0
        for name, size in listed:
            files.append((str(name), data[at : at + int(size)]))
            at += int(size)
    except (ValueError, TypeError, RecursionError):
        raise InputError("the list of files cannot be understood") from None
    if not files or len(files) > 4:
        raise InputError("choose one file, or im_ab.npy and im_mask.npy together")
    kind, name = request.query_params.get("kind", "auto"), plain_name(files[0][0])

    def work() -> dict[str, Any]:
        cues = imported(document.picture, files, kind)
        key = document.add(name, cues)
        return {"key": key, "name": name, "count": len(cues), "notes": list(cues.notes)}

    return JSONResponse(await off(request, work))


async def import_overlay(request: Request) -> Response:
    """Return imported colours as a transparent picture, at most 2048 pixels a side."""
    document, key = _document(request), request.path_params["import"]

    def work() -> bytes:
        document.base([key])
        import numpy as np

        cues = document.imports[key].cues
        step = max(1, -(-max(cues.shape) // 2048))
        shape = -(-cues.shape[0] // step), -(-cues.shape[1] // step)
        pixels, alpha = np.zeros((*shape, 3), np.uint8), np.zeros(shape, np.uint8)
        at = cues.at // step
        pixels[at[:, 0], at[:, 1]] = np.rint(np.clip(cues.color, 0, 1) * 255)
        alpha[at[:, 0], at[:, 1]] = 255
        return tiles.png(rgba(Picture(pixels, alpha)))

    return Response(await off(request, work), media_type="image/png", headers=_FOREVER)


async def commands(request: Request) -> Response:
    """Return the command line and the lines of Python that do the same."""
    from varcolor.app.work.commands import lines

    document, body = _document(request), await _json(request)
    painting = painting_of(body, document)
    return JSONResponse(lines(document, painting))


async def failed(request: Request, error: Exception) -> Response:
    """Turn an error of ours into one line for the page."""
    return JSONResponse({"error": str(error)[:1000]}, 400)


def routes() -> list[BaseRoute]:
    """Return all routes but the WebSocket's."""
    own: list[tuple[str, str, Callable[[Request], Awaitable[Response]]]] = [
        ("GET", "/", index),
        ("GET", "/page/{path:path}", part),
        ("GET", "/api/start", start),
        ("GET", "/api/options", options),
        ("GET", "/api/folder", folder),
        ("GET", "/api/thumbnail", thumbnail),
        ("POST", "/api/open", open_photo),
        ("POST", "/api/upload", upload),
        ("POST", "/api/palette/read", read_palette),
        ("POST", "/api/palette/write", write_palette),
        ("GET", "/api/{key}/tile/{layer}/{version:int}/{level:int}/{column:int}/{row:int}", tile),
        ("POST", "/api/{key}/export", export),
        ("POST", "/api/{key}/project", project),
        ("POST", "/api/{key}/autosave", autosave),
        ("POST", "/api/{key}/import", bring),
        ("GET", "/api/{key}/import/{import}", import_overlay),
        ("POST", "/api/{key}/commands", commands),
    ]
    mine = [Route(path, function, methods=[method]) for method, path, function in own]
    return [*film_routes(), *mine]


HANDLERS: dict[Any, Any] = {VarcolorError: failed, MemoryError: failed, OSError: failed}
