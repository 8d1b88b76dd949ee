"""Options of all commands that work through folders, each once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Group, Parameter

from varcolor.cli.naming import WRITES
from varcolor.cli.options import Repeated, Whole
from varcolor.errors import InputError

_RUN = Group("Many files", sort_key=5)


@Parameter(name="*", group=_RUN)
@dataclass(frozen=True, slots=True)
class RunOptions:
    """How a run through many files is done; one file needs none of this."""

    jobs: Annotated[
        int | None, Whole, Parameter(help="Files at a time [one a core, as memory reaches].")
    ] = None
    journal: Annotated[
        Path | None,
        WRITES,
        Parameter(
            help="JSONL file that says what is finished; the same command goes on from there, "
            "whatever ended it, and replaces results of its own whose photo, cues or options "
            "have changed [batch, watch: varcolor-journal.jsonl in the output folder]."
        ),
    ] = None
    retry_failed: Annotated[
        bool, Parameter(negative="", help="Try files again that failed before, by the journal.")
    ] = False
    fail_fast: Annotated[
        bool, Parameter(negative="", help="Begin nothing new once a file has failed.")
    ] = False
    dry_run: Annotated[
        bool, Parameter(negative="", help="Print what would be done, a line a file, and stop.")
    ] = False
    scheduler: Annotated[
        str | None,
        Parameter(help="Address of a Dask scheduler that does the work (extra dask)."),
    ] = None
    local: Annotated[
        int | None,
        Whole,
        Parameter(help="Start a Dask cluster of so many workers here (extra dask)."),
    ] = None
    map_: Annotated[
        tuple[str, ...],
        Repeated,
        Parameter(
            name="--map",
            help="FROM=TO: folder FROM is called TO on the cluster's workers; repeatable.",
        ),
    ] = ()

    def check(self) -> None:
        """Refuse what contradicts itself.

        Raises
        ------
        InputError
            If it does.
        """
        if self.jobs is not None and self.jobs < 1:
            raise InputError(f"--jobs {self.jobs}: expected 1 or more")
        if self.scheduler is not None and self.local is not None:
            raise InputError("--scheduler and --local: choose one")
        if self.map_ and self.scheduler is None:
            raise InputError("--map: is for workers of a --scheduler")
        if self.retry_failed and self.journal is None:
            raise InputError("--retry-failed: needs --journal FILE, which says what failed")


DEFAULT_RUN = RunOptions()
