"""The command line and the Python lines that give the result on the page."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

from varcolor.app.work.document import Document, Painting
from varcolor.project import SUFFIX


def lines(document: Document, painting: Painting) -> dict[str, str]:
    """Return ``shell`` and ``python``, for the strokes or the project saved beside the photo."""
    stem, settings = Path(document.name).stem, painting.settings
    if painting.imports or isinstance(settings.values.get("objects"), dict):
        project = f"{stem}{SUFFIX}"
        python = [
            "from varcolor.project import read_project",
            "",
            f"project = read_project({project!r})",
            "result = project.settings.solved(project.picture('.'), project.cues(), None)",
        ]
        shell = shlex.join(["varcolor", "colorize", project])
        return {"shell": shell, "python": "\n".join([*python, _saved(stem)])}
    strokes = f"{stem}.strokes.json"
    values, mode = settings.values, settings.mode
    words = ["varcolor", mode, document.name, "--strokes", strokes, *_words(values)]
    call = "photo, cues"
    if values:
        kind = "SolveOptions" if mode == "colorize" else "RecolorOptions"
        call += f", options=vc.{kind}.from_dict({values!r})"
    python = [
        "import varcolor as vc",
        "",
        f"photo = vc.read({document.name!r})",
        f"cues = vc.read_cues({strokes!r}, photo)",
        f"result = vc.{mode}({call})",
    ]
    return {"shell": shlex.join(words), "python": "\n".join([*python, _saved(stem)])}


def _words(values: dict[str, Any]) -> list[str]:
    """Return options as the command line has them."""
    words = []
    for name, value in values.items():
        flag = f"--{name.replace('_', '-')}"
        if isinstance(value, dict) and "sum" in value:
            words += [flag, "+".join(f"{part}:{factor:g}" for factor, part in value["sum"])]
        elif isinstance(value, dict):
            own = dict(value)
            words += [flag, str(own.pop("name"))]
            words += [word for k, v in own.items() for word in ("--set", f"{k}={v}")]
        elif value is True:
            words.append(flag)
        elif value is not None and value is not False:
            words += [flag, str(value)]
    return words


def _saved(stem: str) -> str:
    return f"result.save({f'{stem}.colour.png'!r})"
