"""`varcolor encode`: colour photos to grey pictures with a few bytes of colour."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from varcolor.cli.codec_options import CodecOptions, FolderOptions
from varcolor.errors import InputError

_DEFAULT_CODEC, _DEFAULT_FILES = CodecOptions(), FolderOptions()


def encode(
    *paths: Annotated[Path, Parameter(help="Colour photos, or folders of them.")],
    sidecar: Annotated[
        bool,
        Parameter(negative="", help="Write NAME.gray.png and NAME.vcc instead of NAME.vcir."),
    ] = False,
    legacy: Annotated[
        bool,
        Parameter(negative="", help="Write NAME.gray.png with .mask or .glob_dist files."),
    ] = False,
    codec: CodecOptions = _DEFAULT_CODEC,
    files: FolderOptions = _DEFAULT_FILES,
) -> int:
    """Store colour photos as grey pictures and a few hundred bytes of colour.

    Folders are searched with their sub-folders, which are mirrored in the output folder.
    """
    from varcolor.cli import batch
    from varcolor.cli.codec_job import Encoding, encode_file, is_photo

    if sidecar and legacy:
        raise InputError("--sidecar and --legacy: choose one")
    options = codec.make()
    found = batch.find(paths, files.out, is_photo, lambda path: path.stem, files.on_exists)
    how = Encoding(options, codec.gray_quality, sidecar, legacy, files.plot, found.on_exists)
    return batch.run(
        found, lambda item, bar: encode_file(item, how, bar), _line, files.json, files.quiet
    )


def _line(facts: Mapping[str, Any]) -> str:
    return f"{', '.join(facts['outputs'])}: {facts['color_bytes']} bytes of colour"
