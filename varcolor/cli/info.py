"""`varcolor info`: what is in a picture or cue file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from varcolor.cli import OK, output


def info(
    file: Annotated[Path, Parameter(help="A picture, or strokes or saved cues in JSON.")],
    /,
    *,
    json: Annotated[bool, Parameter(negative="", help="Print JSON.")] = False,
) -> int:
    """Tell size, depth, metadata and needs of a picture, or what a cue file holds."""
    from varcolor.image.read import read_bytes

    with output.failures_in_json(json, file=str(file)):
        head = read_bytes(file)[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
        facts = _cue_facts(file) if head[:1] in (b"{", b"[") else _picture_facts(file)
    width = max(map(len, facts))
    lines = (f"{key:<{width}}  {_text(value)}" for key, value in facts.items())
    output.result(facts, "\n".join(lines), json)
    return OK


def _text(value: Any) -> str:
    if isinstance(value, list):
        return "; ".join(map(str, value)) or "none"
    if isinstance(value, dict):
        return ", ".join(f"{k} {v}" for k, v in value.items())
    return str(value)


def _picture_facts(file: Path) -> dict[str, Any]:
    from varcolor.backend.memory import human
    from varcolor.energy.problem import ProblemSummary
    from varcolor.image.formats import sniff
    from varcolor.image.read import read, read_bytes
    from varcolor.solve.selection import SOLVERS, needs

    picture = read(file)
    fmt = sniff(read_bytes(file)[:32])
    height, width = picture.shape
    visible = picture.visible
    return {
        "file": str(file),
        "format": fmt.name if fmt else "unknown",
        "width": width,
        "height": height,
        "channels": "grey" if picture.is_gray else "RGB",
        "type": str(picture.pixels.dtype),
        "alpha": picture.alpha is not None,
        "transparent_pixels": 0 if visible is None else int((~visible).sum()),
        "icc_profile": picture.meta.profiled,
        "exif": picture.meta.exif is not None,
        "dpi": list(picture.meta.dpi) if picture.meta.dpi else [],
        "solver_memory": {
            name: human(needs(name, ProblemSummary(width * height))) for name in SOLVERS.names()
        },
        "notes": list(picture.meta.notes),
    }


def _cue_facts(file: Path) -> dict[str, Any]:
    import numpy as np

    from varcolor.cues.files import read_cues

    cues = read_cues(file)
    return {
        "file": str(file),
        "width": cues.shape[1],
        "height": cues.shape[0],
        "cues": len(cues),
        "exact": int((np.isinf(cues.weight) & ~cues.keep).sum()),
        "soft": int(np.isfinite(cues.weight).sum()),
        "keep": int(cues.keep.sum()),
        "colours": len(np.unique(cues.color[~cues.keep], axis=0)),
    }
