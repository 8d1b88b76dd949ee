"""`varcolor decode`: grey pictures with a few bytes of colour back to colour photos."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from varcolor.cli.codec.options import FolderOptions
from varcolor.cli.folders.options import DEFAULT_RUN, RunOptions
from varcolor.cli.folders.report import Telling, run_plan
from varcolor.cli.networks.decoders import network_options
from varcolor.cli.options import NetworkParameters, network_from

_DEFAULT_FILES, _DEFAULT_NETWORK = FolderOptions(), NetworkParameters()


def decode(
    *paths: Annotated[
        Path, Parameter(help="NAME.vcir, NAME.vcc, NAME.gray.png, NAME.mask, …, or folders.")
    ],
    decoder: Annotated[
        str,
        Parameter(
            help="For stored cues: the method that spreads them, e.g. levin; or siggraph17, "
            "eccv16 or a run of varcolor train, a network with the solver; -alone without it."
        ),
    ] = "auto",
    network: NetworkParameters = _DEFAULT_NETWORK,
    files: FolderOptions = _DEFAULT_FILES,
    run: RunOptions = DEFAULT_RUN,
) -> int:
    """Decode what `varcolor encode` wrote to NAME.colour.png; the method stands in the file."""
    from varcolor.batch.find import find
    from varcolor.batch.jobs.codec import Decode, is_encoded, stem_of_encoded
    from varcolor.batch.plan import plan_of

    own = network_options(decoder, network_from(network))
    found = find(paths, files.out, is_encoded, stem_of_encoded, companions=True)
    plan = plan_of(found, Decode(decoder, files.plot, own), files.on_exists)
    return run_plan(plan, run, Telling(_line, files.json, files.quiet), small=True)


def _line(facts: Mapping[str, Any]) -> str:
    return str(facts["outputs"][0])
