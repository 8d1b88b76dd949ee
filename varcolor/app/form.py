"""The form of the options, from the dataclasses and registries that define them."""

from __future__ import annotations

from typing import Any


def form() -> dict[str, Any]:
    """Return fields, and the methods, solvers and priors that they may name."""
    import dataclasses

    from varcolor.cli.describe import entry_of
    from varcolor.methods import METHODS

    return {
        "fields": [],
        "methods": [dataclasses.asdict(entry_of(name, METHODS[name])) for name in METHODS],
    }
