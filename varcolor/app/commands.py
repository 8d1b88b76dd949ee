"""The command line and the Python lines that give the result on the page."""

from __future__ import annotations

import shlex
from pathlib import Path

from varcolor.app.document import Document, Painting
from varcolor.project import SUFFIX


def lines(document: Document, painting: Painting) -> dict[str, str]:
    """Return ``shell`` and ``python``, for the strokes or the project saved beside the photo."""
    stem, settings = Path(document.name).stem, painting.settings
    if painting.imports:
        project = f"{stem}{SUFFIX}"
        shell = shlex.join(["varcolor", "colorize", project])
        python = [
            "from varcolor.project import read_project",
            "",
            f"project = read_project({project!r})",
            "photo = project.picture('.')",
            "result = project.settings.solved(photo, project.cues(), None)",
        ]
        return {"shell": shell, "python": "\n".join([*python, _saved(stem)])}
    strokes = f"{stem}.strokes.json"
    words = ["varcolor", settings.mode, document.name, "--strokes", strokes]
    arguments = []
    for name, value in settings.options.items():
        if name == "set":
            words += [word for k, v in value.items() for word in ("--set", f"{k}={v}")]
        elif value is True:
            words.append(f"--{name.replace('_', '-')}")
            arguments.append(f"{name}=True")
        elif value is not None and value is not False:
            words += [f"--{name.replace('_', '-')}", str(value)]
            arguments.append(f"{name}={value!r}")
    chosen = settings.options.get("set")
    if chosen:
        arguments = [a for a in arguments if not a.startswith("method=")]
        arguments.append(f"method={settings.arguments()['method']!r}")
    python = [
        "import varcolor as vc",
        "",
        f"photo = vc.read({document.name!r})",
        f"cues = vc.read_cues({strokes!r}, photo)",
        f"result = vc.{settings.mode}({', '.join(['photo', 'cues', *arguments])})",
    ]
    return {"shell": shlex.join(words), "python": "\n".join([*python, _saved(stem)])}


def _saved(stem: str) -> str:
    return f"result.save({f'{stem}.colour.png'!r})"
