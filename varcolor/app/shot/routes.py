"""What the page asks of a film over HTTP."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from varcolor.app.pool import off
from varcolor.app.shot.film import Film
from varcolor.errors import InputError

_NEVER = {"cache-control": "no-store"}


def _film(request: Request) -> Film:
    film: Film | None = request.app.state.film
    if film is None:
        raise InputError("the program was started without a film: varcolor paint FILM")
    return film


async def film_facts(request: Request) -> Response:
    """Return what is known of the film, its keys and its colouring by now."""
    return JSONResponse(await off(request, _film(request).facts), headers=_NEVER)


async def film_open(request: Request) -> Response:
    """Open a frame for painting."""
    try:
        place = json.loads(await request.body())["frame"]
    except (ValueError, KeyError, TypeError, RecursionError):
        place = None
    if type(place) is not int:
        raise InputError("the request names no frame")
    film, workspace = _film(request), request.app.state.workspace
    return JSONResponse(await off(request, lambda: film.open(workspace, place)))


async def film_thumbnail(request: Request) -> Response:
    """Return a small picture of a frame, grey (version 0) or coloured."""
    film, where = _film(request), request.path_params
    place, version = where["frame"], where["version"]

    def work() -> bytes:
        if version:
            return film.colouring.frame(version, place, small=True)
        return film.reel.thumbnail(place)

    return Response(await off(request, work), media_type="image/png", headers=_NEVER)


async def film_frame(request: Request) -> Response:
    """Return a coloured frame at the size of previews."""
    film, where = _film(request), request.path_params
    data = await off(
        request, lambda: film.colouring.frame(where["version"], where["frame"], small=False)
    )
    return Response(data, media_type="image/png", headers=_NEVER)


async def film_colour(request: Request) -> Response:
    """Begin to colour the film."""
    film = _film(request)
    film.colouring.start(request.app.state.workspace.slow)
    return JSONResponse(film.colouring.facts())


async def film_cancel(request: Request) -> Response:
    """Stop colouring."""
    film = _film(request)
    film.colouring.cancel()
    return JSONResponse(film.colouring.facts())


def film_routes() -> list[BaseRoute]:
    """Return the routes of films."""
    own: list[tuple[str, str, Callable[[Request], Awaitable[Any]]]] = [
        ("GET", "/api/film", film_facts),
        ("POST", "/api/film/open", film_open),
        ("GET", "/api/film/thumbnail/{version:int}/{frame:int}", film_thumbnail),
        ("GET", "/api/film/frame/{version:int}/{frame:int}", film_frame),
        ("POST", "/api/film/colour", film_colour),
        ("POST", "/api/film/cancel", film_cancel),
    ]
    return [Route(path, function, methods=[method]) for method, path, function in own]
