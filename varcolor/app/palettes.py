"""Palettes of the page, from and to files: the package's own reader and writer do the work."""

from __future__ import annotations

import json
from urllib.parse import quote

import numpy as np
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from varcolor.app.work.workspace import plain_name
from varcolor.cues.parse import one_color
from varcolor.errors import InputError
from varcolor.palette.files import palette_content, parse_palette
from varcolor.palette.palette import Palette

#: Colours that a palette of the page may have.
_MOST = 4096


async def read_palette(request: Request) -> Response:
    """Return the colours of the palette file that comes with the request."""
    name = plain_name(request.query_params.get("name", ""))
    found = parse_palette(await request.body(), name)
    return JSONResponse({"colors": list(dict.fromkeys(found.hexes))})


async def write_palette(request: Request) -> Response:
    """Send a palette file: ``colors`` as #rrggbb, ``suffix`` one of .gpl, .json and .ase."""
    try:
        body = json.loads(await request.body())
        colors, suffix = body["colors"], str(body["suffix"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise InputError("the request holds no palette") from None
    if not isinstance(colors, list) or not 0 < len(colors) <= _MOST:
        raise InputError(f"the palette is empty, or has more than {_MOST} colours")
    palette = Palette.of(np.array([one_color(color) for color in colors]), name="palette")
    data = palette_content(palette, suffix)
    said = {"x-notes": "[]", "x-name": quote(f"palette{suffix}"), "cache-control": "no-store"}
    return Response(data, media_type="application/octet-stream", headers=said)
