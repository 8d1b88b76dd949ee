"""Which options say what is written, and what they mean."""

from __future__ import annotations

from varcolor.batch.naming import OnExists, Placed, checked, first_free, name_for, place, target_for

__all__ = [
    "WRITES",
    "OnExists",
    "Placed",
    "WritesFiles",
    "checked",
    "first_free",
    "name_for",
    "place",
    "target_for",
]


class WritesFiles:
    """Mark of an option that says what is written or replaced.

    Such options are taken from the command line and the environment only, never from a
    configuration file that lies in the folder, which may be another person's.
    """


WRITES = WritesFiles()
