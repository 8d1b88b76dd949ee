"""`varcolor evaluate`: how good a trained network is on pictures that it has not seen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from varcolor.cli import OK, output
from varcolor.cli.naming import WRITES, OnExists, checked, place
from varcolor.cli.options import Repeated, Whole

if TYPE_CHECKING:
    from varcolor.training.evaluation import Evaluation

_TOLD = ("psnr", "ciede2000", "ssim", "colourfulness", "ab_error", "ab_same_bin", "ab_within_1")


def evaluate(
    run: Annotated[str, Parameter(help="Folder of a training.")],
    /,
    *,
    data: Annotated[
        tuple[str, ...],
        Repeated,
        Parameter(help="Measure on these: a folder, zip or list [what the training held out]."),
    ] = (),
    size: Annotated[
        int | None, Whole, Parameter(help="Longer side, in pixels [1.5 times the training's].")
    ] = None,
    hints: Annotated[
        int, Whole, Parameter(help="Squares of true colour, for a network that takes hints.")
    ] = 0,
    most: Annotated[int, Whole, Parameter(help="Pictures at most.")] = 200,
    device: Annotated[str, Parameter(help="cpu, cuda, cuda:N or auto.")] = "cpu",
    sheet: Annotated[
        Path | None, WRITES, Parameter(help="Write grey, results and originals as one picture.")
    ] = None,
    csv: Annotated[
        Path | None, WRITES, Parameter(help="Write the scores of every picture as CSV.")
    ] = None,
    on_exists: Annotated[OnExists, WRITES, Parameter(help="For files that would be written.")] = (
        "error"
    ),
    json: Annotated[bool, Parameter(negative="", help="Print the figures as JSON.")] = False,
    quiet: Annotated[bool, Parameter(negative="", help="Print no notes and no progress.")] = False,
) -> int:
    """Measure a trained network: PSNR, CIEDE2000, colourfulness, histograms of colours, time.

    Scores are means over pictures +- their standard error; grey is what no colour at all scores.
    """
    from varcolor.image.formats import FORMATS
    from varcolor.image.picture import as_picture
    from varcolor.image.write import content
    from varcolor.training.evaluation import evaluate as measure

    targets = [None if path is None else checked(path, on_exists, ()) for path in (sheet, csv)]
    bar = output.Bar("evaluate", quiet)
    places = [Path(p) for p in data]
    try:
        found = measure(
            Path(run), places, size=size, hints=hints, most=most, device=device, tell=bar
        )
    finally:
        bar.clear()
    files: dict[Path, bytes] = {}
    if targets[0] is not None:
        files[targets[0]] = content(as_picture(found.sheet), FORMATS["PNG"])[0]
    if targets[1] is not None:
        files[targets[1]] = found.csv().encode()
    placed = place(files, on_exists) if files else None
    output.note(() if placed is None else placed.notes, quiet)
    if found.passed_over:
        output.note([f"{found.passed_over} pictures were passed over: near-grey or broken"], quiet)
    output.result(found.facts(), _text(found), json)
    return OK


def _text(found: Evaluation) -> str:
    facts = found.facts()
    lines = [
        f"{found.network}, {found.parameters / 1e6:.2f} million weights, {len(found.rows)} "
        f"pictures of {found.size} pixels" + (f", {found.hints} hints" if found.hints else "")
    ]
    for name in _TOLD:
        mean, error = found.mean(name)
        lines.append(f"{name:<14} {mean:8.3f} +- {error:.3f}")
    gray, _ = found.mean("psnr_grey")
    true, _ = found.mean("colourfulness_true")
    seconds, _ = found.mean("seconds")
    lines += [
        f"grey: psnr {gray:.3f}; over it {facts['gain_over_grey']:+.3f} +- "
        f"{facts['gain_error']:.3f} dB",
        f"originals: colourfulness {true:.1f}; bins of colours used {found.used_bins[0]} of "
        f"{found.used_bins[1]}",
        f"{1000 * seconds:.0f} ms a picture",
    ]
    return "\n".join(lines)
