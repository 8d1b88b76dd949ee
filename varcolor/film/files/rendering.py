"""A solved film, rendered frame by frame and written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from varcolor.film.files.source import FrameFolder, Source
from varcolor.film.files.store import Store
from varcolor.film.files.target import Codec, PictureFolder, VideoTarget, picture_names
from varcolor.image.color import Space
from varcolor.image.render import render
from varcolor.options import FilmOptions
from varcolor.tiled.field import Field


def write_film(
    target: Path,
    video: bool,
    codec: Codec,
    source: Source,
    store: Store,
    colour: Field,
    space: Space,
    options: FilmOptions,
    report: Callable[[str, float], None],
) -> list[str]:
    """Render and write all frames; return notes."""
    own = None if isinstance(source, FrameFolder) else source
    to: Any
    if video:
        to = VideoTarget(target, own, store.shape, store.state["dtype"], codec)
    else:
        names = picture_names(source.files) if isinstance(source, FrameFolder) else {}
        to = PictureFolder(target, names)
    whole, reduced = False, 0
    try:
        for t in range(store.count):
            frame, rows = store.read(t), slice(t * store.shape[0], (t + 1) * store.shape[0])
            chroma = colour.read(rows, slice(0, store.shape[1]))
            picture = store.picture(t)
            made = render(
                picture,
                store.luma(t, space),
                chroma,
                space,
                None,
                options.threads,
                options.luma == "fit",
            )
            reduced += int(made.reduced.sum())
            to.add(frame, replace(made.picture, meta=replace(picture.meta, source=str(target))))
            report("write", 0.9 + 0.1 * (t + 1) / store.count)
        whole = True
    finally:
        to.close(whole)
    notes = list(getattr(to, "notes", ()))
    if reduced:
        part = reduced / (store.count * store.shape[0] * store.shape[1])
        notes.append(
            f"{part:.1%} of all pixels: colour made paler, for sRGB has none so strong at their "
            "lightness"
        )
    return notes
