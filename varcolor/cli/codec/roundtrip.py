"""`varcolor roundtrip`: encode and decode in one go, and measure."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from varcolor.cli.codec.options import CodecOptions, FolderOptions
from varcolor.cli.folders.options import DEFAULT_RUN, RunOptions
from varcolor.cli.folders.report import Telling, run_plan
from varcolor.cli.naming import WRITES
from varcolor.cli.networks.decoders import network_options
from varcolor.cli.options import NetworkParameters, network_from
from varcolor.errors import InputError

_DEFAULT_CODEC, _DEFAULT_FILES = CodecOptions(), FolderOptions()
_DEFAULT_NETWORK = NetworkParameters()


def roundtrip(
    *paths: Annotated[Path, Parameter(help="Colour photos, or folders of them.")],
    ir: Annotated[
        Path | None, WRITES, Parameter(help="Folder for the encoded files [they are not kept].")
    ] = None,
    delete_gray: Annotated[
        bool,
        WRITES,
        Parameter(negative="", help="With --ir: keep NAME.vcc alone, without the grey picture."),
    ] = False,
    decoder: Annotated[
        str,
        Parameter(
            help="For stored cues: the method that spreads them, e.g. levin; or siggraph17, "
            "eccv16 or a run of varcolor train, a network with the solver; -alone without it."
        ),
    ] = "auto",
    network: NetworkParameters = _DEFAULT_NETWORK,
    sidecar: Annotated[
        bool, Parameter(negative="", help="With --ir: NAME.gray.png and NAME.vcc, not NAME.vcir.")
    ] = False,
    codec: CodecOptions = _DEFAULT_CODEC,
    files: FolderOptions = _DEFAULT_FILES,
    run: RunOptions = DEFAULT_RUN,
) -> int:
    """Encode and decode photos in one go, and say what it cost and how close they are."""
    from varcolor.batch.find import find
    from varcolor.batch.jobs.codec import is_photo
    from varcolor.batch.jobs.roundtrip import Roundtrip
    from varcolor.batch.plan import plan_of

    if (delete_gray or sidecar) and ir is None:
        raise InputError("--delete-gray and --sidecar need --ir DIR, the folder of encoded files")
    own = network_options(decoder, network_from(network))
    pair = sidecar or delete_gray
    how = (codec.make(), codec.gray_quality, pair, False, files.plot, delete_gray)
    plan = plan_of(
        find(paths, files.out, is_photo),
        Roundtrip(*how, decoder, files.out, ir, own),
        files.on_exists,
    )
    if not (files.json or run.dry_run) and plan.tasks:
        print(f"{'bytes':>7} {'PSNR':>6} {'dE2000':>6} {'encode':>7} {'decode':>7}  file")
    return run_plan(plan, run, Telling(_line, files.json, files.quiet), small=True)


def _line(facts: Mapping[str, Any]) -> str:
    seconds = facts["stages"]
    return (
        f"{facts['color_bytes']:7d} {facts['psnr']:6.2f} {facts['ciede2000']:6.2f} "
        f"{seconds['encode']:6.2f}s {seconds['decode']:6.2f}s  {facts['outputs'][0]}"
    )
