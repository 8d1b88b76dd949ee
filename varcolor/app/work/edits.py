"""Edits of a painting as they come from the page, checked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from varcolor.app.work.document import Document, Painting
from varcolor.cues.strokes import FORMAT, VERSION, Stroke, strokes_from_document
from varcolor.errors import CueError, InputError
from varcolor.project import Settings
from varcolor.typing import Shape

#: What one painting may hold.
MOST_STROKES = 50_000
MOST_POINTS = 2_000_000
_FARTHEST = 1e7


@dataclass(frozen=True, slots=True)
class Edit:
    """Keep some strokes, append others, and change what else is named."""

    seq: int
    base: int
    keep: int
    strokes: list[Any]
    live: bool
    imports: list[Any] | None
    mode: Any
    options: Any

    @classmethod
    def of(cls, request: dict[str, Any]) -> Edit:
        """Return the edit of a message.

        Raises
        ------
        InputError
            If a part is missing or of the wrong kind.
        """
        numbers = [request.get(name, 0) for name in ("seq", "base", "keep")]
        if not all(type(n) is int and -1 <= n < 1 << 53 for n in numbers):
            raise InputError("an edit needs the whole numbers seq, base and keep")
        strokes, imports = request.get("strokes", []), request.get("imports")
        if not isinstance(strokes, list) or not isinstance(imports, list | None):
            raise InputError("the strokes and imports of an edit must be lists")
        seq, base, keep = numbers
        mode, options = request.get("mode"), request.get("options")
        return cls(seq, base, keep, strokes, request.get("live") is True, imports, mode, options)


def edited(painting: Painting, edit: Edit, document: Document) -> Painting:
    """Return a painting after an edit.

    Raises
    ------
    InputError, CueError
        If the edit cannot be used; nothing has changed then.
    """
    if not 0 <= edit.keep <= len(painting.strokes):
        raise InputError("an edit keeps more strokes than there are")
    new = parsed(edit.strokes, document.picture.shape)
    strokes = (*painting.strokes[: edit.keep], *new)
    if len(strokes) > MOST_STROKES or sum(len(s.points) for s in strokes) > MOST_POINTS:
        raise CueError(f"too many strokes: {MOST_STROKES} with {MOST_POINTS} points at most")
    changed = replace(painting, strokes=strokes)
    if edit.imports is not None:
        document.base(edit.imports)
        changed = replace(changed, imports=tuple(map(str, edit.imports)))
    if edit.mode is not None or edit.options is not None:
        mode = painting.settings.mode if edit.mode is None else edit.mode
        options = painting.settings.values if edit.options is None else edit.options
        changed = replace(changed, settings=Settings.of(mode, options))
    return changed


def parsed(entries: list[Any], shape: Shape) -> tuple[Stroke, ...]:
    """Return the strokes of JSON entries, which follow the schema of strokes.

    Raises
    ------
    CueError
        If one does not, or is far outside of any picture.
    """
    frame = {"format": FORMAT, "version": VERSION, "width": shape[1], "height": shape[0]}
    strokes, _ = strokes_from_document({**frame, "strokes": entries})
    for number, stroke in enumerate(strokes, 1):
        if stroke.radius > _FARTHEST or any(max(map(abs, p)) > _FARTHEST for p in stroke.points):
            raise CueError(f"stroke {number}: lies far outside of any picture")
    return tuple(strokes)
