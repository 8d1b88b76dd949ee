"""`varcolor roundtrip`: encode and decode in one go, and measure."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from varcolor.cli.codec_options import CodecOptions, FolderOptions
from varcolor.cli.naming import WRITES
from varcolor.cli.options import NetworkParameters, network_from
from varcolor.errors import InputError

if TYPE_CHECKING:
    from varcolor.cli.batch import Item
    from varcolor.cli.codec_job import Encoding
    from varcolor.cli.output import Bar
    from varcolor.neural.using import NetworkOptions

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
            help="For stored cues: the method that spreads them, e.g. levin; or siggraph17 or "
            "eccv16, a network with the solver, and -alone without it."
        ),
    ] = "auto",
    network: NetworkParameters = _DEFAULT_NETWORK,
    sidecar: Annotated[
        bool, Parameter(negative="", help="With --ir: NAME.gray.png and NAME.vcc, not NAME.vcir.")
    ] = False,
    codec: CodecOptions = _DEFAULT_CODEC,
    files: FolderOptions = _DEFAULT_FILES,
) -> int:
    """Encode and decode photos in one go, and say what it cost and how close they are."""
    from varcolor.cli import batch
    from varcolor.cli.codec_job import Encoding, is_photo, network_options

    if (delete_gray or sidecar) and ir is None:
        raise InputError("--delete-gray and --sidecar need --ir DIR, the folder of encoded files")
    options = codec.make()
    own = network_options(decoder, network_from(network))
    found = batch.find(paths, files.out, is_photo, lambda path: path.stem, files.on_exists)
    pair = sidecar or delete_gray
    how = Encoding(options, codec.gray_quality, pair, False, files.plot, found.on_exists)

    def work(item: Item, bar: Bar) -> Mapping[str, Any] | None:
        kept = None if ir is None else _place(item, files.out, ir)
        return _work(item, how, (decoder, own), kept, delete_gray, bar)

    if not files.json and found.items:
        print(f"{'bytes':>7} {'PSNR':>6} {'dE2000':>6} {'encode':>7} {'decode':>7}  file")
    return batch.run(found, work, _line, files.json, files.quiet)


def _place(item: Item, out: Path | None, ir: Path) -> Path:
    """Return the stem of the encoded files in the folder ``ir``, mirrored as the outputs are."""
    return ir / (item.stem.name if out is None else item.stem.relative_to(out))


def _work(
    item: Item,
    how: Encoding,
    decoder: tuple[str, NetworkOptions | None],
    kept: Path | None,
    delete_gray: bool,
    bar: Bar,
) -> Mapping[str, Any] | None:
    from varcolor.cli.codec_job import encode, facts_of, save
    from varcolor.cli.naming import Placed, checked, place
    from varcolor.image.formats import FORMATS, require_size
    from varcolor.image.read import read
    from varcolor.image.write import content
    from varcolor.ir.coding import decode_picture
    from varcolor.metrics.scores import compare

    name = item.stem.name
    wanted = item.stem.with_name(f"{name}.colour.png")
    target = checked(wanted, how.on_exists, [item.path])
    if target is None:
        return None
    photo = read(item.path)
    require_size(photo.shape, FORMATS["PNG"], target)
    began = time.perf_counter()
    ir = encode(photo, how, bar)
    middle = time.perf_counter()
    decoded = decode_picture(ir, decoder=decoder[0], progress=bar, network=decoder[1])
    end = time.perf_counter()
    data, lost = content(decoded.picture, FORMATS["PNG"], name=str(target))
    placed = place({target: data}, how.on_exists, name)
    if placed is None:
        return None
    notes = [*ir.notes, *decoded.notes, *lost]
    if kept is not None:
        stored = save(ir, replace(item, stem=kept), how, delete_gray)
        if stored is None:
            notes.append("its encoded files exist already: left as they are")
        else:
            placed = Placed((*placed.paths, *stored.paths), (*placed.notes, *stored.notes))
    reference = photo if not photo.is_gray else decoded.picture
    scores = compare(reference, decoded.picture, ("psnr", "ciede2000"))
    facts = facts_of(item, ir, placed, notes)
    return facts | {
        "psnr": scores["psnr"],
        "ciede2000": scores["ciede2000"],
        "seconds": {"encode": middle - began, "decode": end - middle},
    }


def _line(facts: Mapping[str, Any]) -> str:
    seconds = facts["seconds"]
    return (
        f"{facts['color_bytes']:7d} {facts['psnr']:6.2f} {facts['ciede2000']:6.2f} "
        f"{seconds['encode']:6.2f}s {seconds['decode']:6.2f}s  {facts['outputs'][0]}"
    )
