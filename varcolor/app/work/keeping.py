"""Paintings between a page, project files and autosaves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from varcolor.app.work.document import Document, Painting
from varcolor.app.work.recovery import Autosaves
from varcolor.app.work.saving import preview_png
from varcolor.app.work.workspace import Workspace
from varcolor.cues.strokes import strokes_to_json
from varcolor.errors import InputError, VarcolorError
from varcolor.project import SUFFIX, Project, read_project


def project_of(document: Document, body: dict[str, Any], painting: Painting) -> Project:
    """Return the project of a request.

    ``embed`` tells whether the photo goes into it, ``preview`` whether a small result does.
    """
    palette = body.get("palette", [])
    if not isinstance(palette, list) or len(palette) > 10_000:
        raise InputError("the palette must be a list of colours")
    preview = None
    if body.get("preview", True) and (painting.strokes or painting.imports):
        preview = preview_png(document, painting)
    return Project(
        name=document.name,
        sha256=document.sha256,
        photo=document.data() if body.get("embed", True) else None,
        shape=document.picture.shape,
        strokes=painting.strokes,
        imports=tuple(
            (document.imports[k].name, document.imports[k].cues) for k in painting.imports
        ),
        settings=painting.settings,
        palette=tuple(str(color)[:40] for color in palette),
        history=body.get("history"),
        preview=preview,
    )


def opened(
    workspace: Workspace, saves: Autosaves, name: str, document: Document | None = None
) -> dict[str, Any]:
    """Open a photo or project of the folder; return the photo and what was painted on it."""
    if document is None and name.lower().endswith(SUFFIX):
        path = workspace.inside(name)
        return restored(workspace, read_project(path), path.parent)
    document = workspace.open(name) if document is None else document
    kept = saves.find(document.key)
    facts: dict[str, Any] = {"photo": document.facts(), "painting": None}
    if kept is not None and kept.shape == document.picture.shape:
        facts |= {"painting": painting_json(document, kept), "recovered": True}
    return facts


def restored(workspace: Workspace, project: Project, beside: Path) -> dict[str, Any]:
    """Return the photo of a project and what was painted on it."""
    if project.photo is not None:
        document = workspace.take(project.photo, project.name)
        if document.sha256 != project.sha256:
            raise InputError(f"{project.name}: the photo in the project is not the one painted on")
    else:
        document = workspace.open(str((beside / project.name).relative_to(workspace.folder)))
        project.picture(beside)  # checks the hash
    if project.shape != document.picture.shape:
        raise InputError(f"{project.name}: the photo has another size than the project says")
    return {"photo": document.facts(), "painting": painting_json(document, project)}


def painting_json(document: Document, project: Project) -> dict[str, Any]:
    """Return a project's painting as the page holds it; its imports are kept for the photo."""
    imports = []
    for name, cues in project.imports:
        key = document.add(name, cues)
        imports.append({"key": key, "name": name, "count": len(cues)})
    strokes = json.loads(strokes_to_json(project.strokes, project.shape))["strokes"]
    return {
        "strokes": strokes,
        "imports": imports,
        "mode": project.settings.mode,
        "options": project.settings.values,
        "palette": list(project.palette),
        "history": project.history,
    }


def has_painting(saves: Autosaves, key: str) -> bool:
    """Tell whether something was painted on the photo with this key."""
    try:
        project = saves.find(key)
    except VarcolorError:
        return False
    return project is not None and bool(project.strokes or project.imports)


def keep(document: Document, saves: Autosaves, body: dict[str, Any], painting: Painting) -> None:
    """Keep a painting on disk, or drop it where nothing is left of it.

    Of a frame of a film, what has no colours is no key, and dropped.
    """
    slot = document.slot
    if slot is None:
        empty = not (painting.strokes or painting.imports or body.get("history"))
    else:
        empty = not len(document.cues(painting))
    saves, name = (saves, document.key) if slot is None else (slot.saves, slot.name)
    if empty:
        saves.forget(name)
        return
    saves.keep(name, project_of(document, {**body, "embed": False, "preview": False}, painting))
