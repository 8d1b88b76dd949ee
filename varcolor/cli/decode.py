"""`varcolor decode`: grey pictures with a few bytes of colour back to colour photos."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from varcolor.cli.codec_options import FolderOptions
from varcolor.cli.options import NetworkParameters, network_from

_DEFAULT_FILES, _DEFAULT_NETWORK = FolderOptions(), NetworkParameters()


def decode(
    *paths: Annotated[
        Path, Parameter(help="NAME.vcir, NAME.vcc, NAME.gray.png, NAME.mask, …, or folders.")
    ],
    decoder: Annotated[
        str,
        Parameter(
            help="For stored cues: the method that spreads them, e.g. levin; or siggraph17 or "
            "eccv16, a network with the solver, and -alone without it."
        ),
    ] = "auto",
    network: NetworkParameters = _DEFAULT_NETWORK,
    files: FolderOptions = _DEFAULT_FILES,
) -> int:
    """Decode what `varcolor encode` wrote to NAME.colour.png; the method stands in the file."""
    from varcolor.cli import batch
    from varcolor.cli.codec_job import (
        decode_file,
        is_encoded,
        network_options,
        stem_of_encoded,
    )

    own = network_options(decoder, network_from(network))
    found = batch.find(
        paths, files.out, is_encoded, stem_of_encoded, files.on_exists, companions=True
    )
    return batch.run(
        found,
        lambda item, bar: decode_file(item, decoder, files.plot, found.on_exists, bar, own),
        _line,
        files.json,
        files.quiet,
    )


def _line(facts: Mapping[str, Any]) -> str:
    return str(facts["outputs"][0])
