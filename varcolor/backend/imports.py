"""Packages whose first import several threads must not begin at once."""

from __future__ import annotations

import threading

from varcolor.backend.forks import held_over_forks

_FIRST = held_over_forks(threading.Lock())


def import_scipy() -> None:
    """Import SciPy, unless it is there; other threads wait until its package is whole.

    Its package and parts of it need each other. Where one thread has begun with the package and
    another with such a part, each waits for the other; Python ends that by giving one of them half
    a module, and both fail.
    """
    with _FIRST:
        import scipy  # noqa: F401
