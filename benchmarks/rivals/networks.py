"""Networks: alone as the originals run them, and fused with the solver.

Names: ``siggraph17``, ``eccv16`` (alone, `varcolor.neural.alone`), ``siggraph17-fused``,
``eccv16-fused`` (as the prior of harmonic). Weights as ``varcolor models`` finds them, or in the
folder ``VARCOLOR_WEIGHTS``.
"""

from __future__ import annotations

from typing import Any

from varcolor.neural.weights import card_for, find

FUSED = "-fused"
NAMES = ("siggraph17", "eccv16", f"siggraph17{FUSED}", f"eccv16{FUSED}")


def arguments_of(name: str) -> dict[str, Any]:
    """Return the arguments of `varcolor.colorize` for a name.

    Raises
    ------
    FileError
        If its weights are not here; the message says what is missing.
    """
    network = name.removesuffix(FUSED)
    find(card_for(network))
    if name.endswith(FUSED):
        return {"method": "harmonic", "prior": network}
    return {"method": network}
