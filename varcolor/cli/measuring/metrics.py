"""`varcolor metrics`: how close results are to their references."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Group, Parameter

from varcolor.cli import FILES, OK, PARTLY, output
from varcolor.cli.naming import WRITES, OnExists
from varcolor.cli.options import Repeated, Whole
from varcolor.errors import InputError

_WHAT = Group("Metrics", sort_key=1)
_FORMAT = Group("Format", sort_key=2)
_FILES = Group("Files", sort_key=3)


@Parameter(name="*", group=_WHAT)
@dataclass(frozen=True, slots=True)
class MetricOptions:
    """What is measured."""

    metric: Annotated[
        tuple[str, ...], Repeated, Parameter(help="Name of a metric (see --list); repeatable.")
    ] = ()
    set_: Annotated[
        Literal["ab", "rgb", "all"] | None,
        Parameter(name="--set", help="ab: chroma alone; rgb: whole colours; or all."),
    ] = None
    lpips_weights: Annotated[
        Path | None, Parameter(help="AlexNet weights for the metric lpips.")
    ] = None

    def names(self) -> tuple[str, ...]:
        """Return the metrics that were asked for: the named ones first."""
        from varcolor.metrics import names_of

        chosen = (*self.metric, *(names_of(self.set_) if self.set_ else ()))
        return tuple(dict.fromkeys(chosen)) or ("psnr", "ciede2000", "ssim")


@Parameter(name="*", group=_FORMAT)
@dataclass(frozen=True, slots=True)
class FormatOptions:
    """How the scores are printed; a table without any of these."""

    json: Annotated[bool, Parameter(negative="", help="Print JSON.")] = False
    csv: Annotated[bool, Parameter(negative="", help="Print CSV, without means.")] = False
    markdown: Annotated[bool, Parameter(negative="", help="Print Markdown tables.")] = False
    org: Annotated[bool, Parameter(negative="", help="Print Org tables.")] = False
    digits: Annotated[int, Whole, Parameter(help="Digits after the point; JSON is exact.")] = 4

    def extension(self) -> str:
        """Return the extension that stands for the format.

        Raises
        ------
        InputError
            If several are asked for, or the digits are out of range.
        """
        if not 0 <= self.digits <= 15:
            raise InputError(f"--digits {self.digits}: expected 0 to 15")
        asked = {".json": self.json, ".csv": self.csv, ".md": self.markdown, ".org": self.org}
        chosen = [extension for extension, wanted in asked.items() if wanted]
        if len(chosen) > 1:
            raise InputError("choose one of --json, --csv, --markdown and --org")
        return chosen[0] if chosen else ".txt"


@Parameter(name="*", group=_FILES)
@dataclass(frozen=True, slots=True)
class FileOptions:
    """What is searched, and what is written besides the scores."""

    recursive: Annotated[bool, Parameter(help="Search sub-folders, too.")] = True
    jobs: Annotated[
        int | None, Whole, Parameter(help="Results at a time [one a core, as memory reaches].")
    ] = None
    report: Annotated[
        str | None,
        WRITES,
        Parameter(
            help="Also write the scores of every folder of results into a file of this name in it: "
            ".txt, .md, .org, .csv or .json."
        ),
    ] = None
    skip_existing: Annotated[
        bool, Parameter(negative="", help="Leave out folders that have their --report already.")
    ] = False
    heatmap: Annotated[
        Path | None,
        WRITES,
        Parameter(help="Write CIEDE2000 maps into this folder, sub-folders mirrored."),
    ] = None
    sheet: Annotated[
        Path | None, WRITES, Parameter(help="Write a contact sheet: reference, result, error map.")
    ] = None
    on_exists: Annotated[OnExists, WRITES, Parameter(help="For files that would be written.")] = (
        "error"
    )
    quiet: Annotated[bool, Parameter(negative="", help="Print no notes and no progress.")] = False


_DEFAULT_METRICS, _DEFAULT_FORMAT, _DEFAULT_FILES = MetricOptions(), FormatOptions(), FileOptions()


def metrics(
    reference: Annotated[Path | None, Parameter(help="The true picture, or a folder.")] = None,
    /,
    *results: Annotated[Path, Parameter(help="Results: files or folders.")],
    list_: Annotated[
        bool, Parameter(name="--list", negative="", help="List all metrics and stop.")
    ] = False,
    what: MetricOptions = _DEFAULT_METRICS,
    form: FormatOptions = _DEFAULT_FORMAT,
    files: FileOptions = _DEFAULT_FILES,
) -> int:
    """Say how close coloured pictures are to the true ones.

    Results in folders are matched to references by sub-folder and name: photo.png takes photo.jpg,
    photo_levin.png and photo.colour.png, but not photo2.png. One bad file does not stop the rest.
    """
    from varcolor.batch.jobs.measure import metrics_of
    from varcolor.cli.measuring.measure import measure, plan
    from varcolor.metrics.report import WRITERS

    if list_:
        print(_listing())
        return OK
    if reference is None or not results:
        raise InputError("name a reference and at least one result (or --list)")
    writer = WRITERS[form.extension()]
    names = what.names()
    chosen = tuple(metrics_of(names, what.lpips_weights))
    with output.failures_in_json(form.json, reference=str(reference)):
        job = plan(reference, results, chosen, frozenset(what.metric), files)
        report, unasked = measure(job, form.digits, files, what.lpips_weights)
    if report.rows or form.json:
        print(writer(report, form.digits))
    output.note([f"{file}: {reason}" for file, reason in job.skipped], files.quiet)
    if report.failures:
        output.note(
            [f"{len(report.rows)} results measured, {len(report.failures)} files without scores"],
            files.quiet,
        )
        return PARTLY if report.rows else FILES
    return PARTLY if unasked else OK


def _listing() -> str:
    from varcolor.metrics import METRICS

    lines = [("name", "unit", "better", "meaning")]
    lines += [(m.name, m.unit, m.better, m.about) for m in (METRICS[name] for name in METRICS)]
    widths = [max(len(line[i]) for line in lines) for i in range(3)]
    return "\n".join(
        "  ".join((*(c.ljust(w) for c, w in zip(line[:3], widths, strict=True)), line[3]))
        for line in lines
    )
