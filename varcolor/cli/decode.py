"""`varcolor decode`: grey pictures with a few bytes of colour back to colour photos."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from varcolor.cli.codec_options import FolderOptions

_DEFAULT_FILES = FolderOptions()


def decode(
    *paths: Annotated[
        Path, Parameter(help="NAME.vcir, NAME.vcc, NAME.gray.png, NAME.mask, …, or folders.")
    ],
    decoder: Annotated[
        str, Parameter(help="For stored cues: the method that spreads them, e.g. levin.")
    ] = "auto",
    files: FolderOptions = _DEFAULT_FILES,
) -> int:
    """Decode what `varcolor encode` wrote to NAME.colour.png; the method stands in the file."""
    from varcolor.cli import batch
    from varcolor.cli.codec_job import decode_file, is_encoded, stem_of_encoded

    found = batch.find(
        paths, files.out, is_encoded, stem_of_encoded, files.on_exists, companions=True
    )
    return batch.run(
        found,
        lambda item, bar: decode_file(item, decoder, files.plot, found.on_exists, bar),
        _line,
        files.json,
        files.quiet,
    )


def _line(facts: Mapping[str, Any]) -> str:
    return str(facts["outputs"][0])
