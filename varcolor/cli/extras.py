"""What a result can be written as beside the picture: a layer, its chroma, its confidence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from varcolor.cli.naming import checked
from varcolor.errors import FileError, InputError
from varcolor.image.formats import EXTENSIONS, format_of, require_size

if TYPE_CHECKING:
    from varcolor.cli.options import OutputOptions
    from varcolor.pipeline.result import Result
    from varcolor.prior.given import Given
    from varcolor.typing import Shape

#: Share of the pixels whose true colour lies within the radius that is drawn.
LEVEL = 0.9


@dataclass(frozen=True, slots=True)
class Extras:
    """Files that are written beside the picture; None = not asked for, or skipped."""

    layer: Path | None
    chroma: Path | None
    confidence_map: Path | None

    @classmethod
    def of(cls, out: OutputOptions, prior: Given, shape: Shape, others: Iterable[Path]) -> Extras:
        """Check the names before any work is done.

        Parameters
        ----------
        out : OutputOptions
            What was asked for.
        prior : Given
            The prior; a map of the confidence needs ``"learned"``.
        shape : (int, int)
            The photo's height and width.
        others : iterable of Path
            Files that are read or written besides.

        Raises
        ------
        InputError, FileError
            As `varcolor.cli.naming.checked`; for a layer in a format without transparency or too
            small for it, a chroma that is no .npy, a map that is no .png or without its prior, and
            one name for two files.
        """
        taken = list(others)

        def allowed(path: Path) -> Path | None:
            found = checked(path, out.on_exists, taken)
            taken.extend([] if found is None else [found])
            return found

        layer, chroma, drawn = out.layer, out.chroma, out.confidence_map
        if layer is not None:
            if not format_of(layer).alpha:
                able = " ".join(
                    name for name, fmt in EXTENSIONS.items() if fmt.alpha and fmt.writable
                )
                raise FileError(f"{layer}: a layer needs transparency; use one of {able}")
            require_size(shape, format_of(layer), layer)
            layer = allowed(layer)
        if chroma is not None:
            if chroma.suffix.lower() != ".npy":
                raise InputError(f"{chroma}: chroma is written as a NumPy file; name it .npy")
            chroma = allowed(chroma)
        if drawn is not None:
            if prior != "learned":
                raise InputError(f"{drawn}: only the prior learned says how certain colours are")
            if drawn.suffix.lower() != ".png":
                raise InputError(f"{drawn}: the confidence is written as a PNG; name it .png")
            drawn = allowed(drawn)
        return cls(layer, chroma, drawn)

    def contents(self, result: Result) -> tuple[dict[Path, bytes], list[str]]:
        """Return the files' contents, and what the formats could not hold, in words."""
        from varcolor.image.picture import as_picture
        from varcolor.image.write import content

        files: dict[Path, bytes] = {}
        notes: list[str] = []
        if self.layer is not None:
            files[self.layer], left_out = content(
                result.layer, format_of(self.layer), name=str(self.layer)
            )
            notes += (f"layer: {note}" for note in left_out)
        if self.chroma is not None:
            files[self.chroma] = _npy(result)
        if self.confidence_map is not None:
            drawn = as_picture(result.interval(LEVEL).drawn)
            files[self.confidence_map], _ = content(
                drawn, format_of(self.confidence_map), name=str(self.confidence_map)
            )
        return files, notes

    def facts(self) -> dict[str, str]:
        """Return the names of the files for the report."""
        named = (
            ("layer", self.layer),
            ("chroma", self.chroma),
            ("confidence_map", self.confidence_map),
        )
        return {name: str(path) for name, path in named if path is not None}


def _npy(result: Result) -> bytes:
    import io

    import numpy as np

    buffer = io.BytesIO()
    np.save(buffer, result.chroma)
    return buffer.getvalue()
