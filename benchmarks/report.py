"""What every benchmark shares: the data folder, the machine's description, JSON results."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

#: Where the rows of single measurements are kept: not in the repository.
ROWS = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "varcolor-benchmarks"
PACKAGES = ("varcolor", "numpy", "scipy", "pyamg", "pillow", "imagecodecs", "scikit-image")


def data_argument(parser: argparse.ArgumentParser) -> None:
    """Add ``--data``, ``--out`` and ``--rows``."""
    parser.add_argument(
        "--data",
        type=Path,
        default=os.environ.get("VARCOLOR_DATA"),
        help="folder with the benchmark pictures [VARCOLOR_DATA]",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path(__file__).parent / "results",
        help="folder for the results [benchmarks/results]",
    )
    rows_argument(parser)


def rows_argument(parser: argparse.ArgumentParser) -> None:
    """Add ``--rows``."""
    parser.add_argument(
        "--rows", type=Path, default=ROWS, help=f"folder for rows that are not committed [{ROWS}]"
    )


def data_folder(arguments: argparse.Namespace) -> Path:
    """Return the data folder, or stop with a message."""
    if arguments.data is None or not Path(arguments.data).is_dir():
        sys.exit("name the folder with the pictures: --data DIR or VARCOLOR_DATA=DIR")
    return Path(arguments.data)


def rows_file(arguments: argparse.Namespace, name: str) -> Path:
    """Return the file of single measurements of a benchmark; its folder is made."""
    folder: Path = arguments.rows
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{name}.rows.jsonl"


def machine() -> dict[str, Any]:
    """Describe the machine and the software."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def write_result(folder: Path, name: str, rows: list[dict[str, Any]], columns: list[str]) -> None:
    """Write ``name``.json and a Markdown table of some columns, and print the table."""
    folder.mkdir(parents=True, exist_ok=True)
    document = {"machine": machine(), "rows": rows}
    (folder / f"{name}.json").write_text(json.dumps(document, indent=1) + "\n")
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    lines += ["| " + " | ".join(_cell(row.get(c)) for c in columns) + " |" for row in rows]
    text = "\n".join(lines)
    info = document["machine"]
    (folder / f"{name}.md").write_text(
        f"{text}\n\n{info['processor']}, {info['cores']} cores, Python {info['python']}, "
        f"{info['date']}.\n"
    )
    print(text)


def kept_rows(
    folder: Path, name: str, keys: Sequence[str]
) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Return the rows of an earlier `write_result` by the values of some columns."""
    file = folder / f"{name}.json"
    rows = json.loads(file.read_text())["rows"] if file.exists() else []
    return {tuple(row[key] for key in keys): row for row in rows}


def _cell(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else "" if value is None else str(value)
