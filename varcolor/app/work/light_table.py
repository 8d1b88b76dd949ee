"""The folder as a light table: photos, small pictures of them, and how far each is."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from varcolor.app.tiles import png, small
from varcolor.app.work.keeping import has_painting
from varcolor.app.work.recovery import Autosaves
from varcolor.app.work.workspace import Workspace
from varcolor.image.read import parse, read_bytes
from varcolor.project import SUFFIX

_SIDE = 240
_MOST = 5000


def entries(workspace: Workspace, saves: Autosaves) -> dict[str, Any]:
    """Return the photos of the folder, each with its state.

    "done": a coloured file lies beside it; "painted": strokes are kept for it; else "untouched".
    """
    photos = workspace.photos()
    found = []
    for path in photos[:_MOST]:
        status = path.stat()
        done = any(path.parent.glob(f"{_escaped(path.stem)}.colour*"))
        state = "done" if done else "untouched"
        if not done and has_painting(saves, _key(path, status.st_mtime_ns, status.st_size)):
            state = "painted"
        found.append({"name": path.name, "state": state, "bytes": status.st_size})
    projects = sorted(p.name for p in workspace.folder.glob(f"*{SUFFIX}") if p.is_file())
    return {"photos": found, "projects": projects, "more": max(0, len(photos) - _MOST)}


def thumbnail(workspace: Workspace, name: str) -> bytes:
    """Return a PNG of at most 240 pixels a side of a photo of the folder."""
    path = workspace.inside(name)
    return _thumbnail(path, path.stat().st_mtime_ns)


@lru_cache(1000)
def _thumbnail(path: Path, changed: int) -> bytes:
    return png(small(parse(read_bytes(path), path.name), _SIDE))


@lru_cache(10_000)
def _key(path: Path, changed: int, size: int) -> str:
    """Return the key of a photo as `Document` has it; the file is read once."""
    return hashlib.sha256(read_bytes(path)).hexdigest()[:20]


def _escaped(stem: str) -> str:
    return "".join(f"[{c}]" if c in "*?[" else c for c in stem)
