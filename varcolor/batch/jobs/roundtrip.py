"""Encode and decode a photo in one go, and measure."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from varcolor.batch.jobs.codec import Encode, facts_of
from varcolor.batch.naming import Placed, place
from varcolor.image.formats import FORMATS, require_size
from varcolor.image.read import read
from varcolor.image.write import content
from varcolor.ir.coding import decode_picture
from varcolor.metrics.scores import compare

if TYPE_CHECKING:
    from varcolor.batch.task import Facts, Task
    from varcolor.neural.using import NetworkOptions
    from varcolor.typing import Progress


@dataclass(frozen=True, slots=True)
class Roundtrip(Encode):
    """Photos to representations and back; the representations may be kept."""

    name: ClassVar[str] = "roundtrip"
    decoder: str = "auto"
    out: Path | None = None
    """Folder of the decoded pictures, whose sub-folders the representations' mirror."""
    kept: Path | None = None
    """Folder of the representations; None: they are not kept."""
    network: NetworkOptions | None = None
    """Of a decoder that is a network."""

    def targets(self, task: Task) -> tuple[Path, ...]:
        """Return the decoded picture."""
        return (task.output.with_name(f"{task.output.name}.colour.png"),)

    def run(self, task: Task, progress: Progress | None) -> Facts | None:
        """Encode, decode, compare."""
        (target,) = self.targets(task)
        photo = read(task.input)
        require_size(photo.shape, FORMATS["PNG"], target)
        began = time.perf_counter()
        ir = self.encode(photo, progress)
        middle = time.perf_counter()
        decoded = decode_picture(ir, decoder=self.decoder, progress=progress, network=self.network)
        end = time.perf_counter()
        data, lost = content(decoded.picture, FORMATS["PNG"], name=str(target))
        placed = place({target: data}, task.on_exists, task.output.name)
        if placed is None:
            return None
        notes = [*ir.notes, *decoded.notes, *lost]
        if self.kept is not None:
            stem = task.output
            below = stem.name if self.out is None else stem.relative_to(self.out)
            stored = self.save(ir, replace(task, output=self.kept / below))
            if stored is None:
                notes.append("its encoded files exist already: left as they are")
            else:
                placed = Placed((*placed.paths, *stored.paths), (*placed.notes, *stored.notes))
        reference = photo if not photo.is_gray else decoded.picture
        scores = compare(reference, decoded.picture, ("psnr", "ciede2000"))
        return facts_of(ir, placed, notes) | {
            "psnr": scores["psnr"],
            "ciede2000": scores["ciede2000"],
            "stages": {"encode": middle - began, "decode": end - middle},
        }
