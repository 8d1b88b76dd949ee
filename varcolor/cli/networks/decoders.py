"""Options of a network that decodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from varcolor.errors import InputError
from varcolor.options.network import NETWORKS
from varcolor.prior.runs import TRAINED, is_run

if TYPE_CHECKING:
    from varcolor.neural.using import NetworkOptions
    from varcolor.options.network import NetworkChoice


def network_options(decoder: str, choice: NetworkChoice) -> NetworkOptions | None:
    """Return the options of a decoder's network; None if it is none.

    Raises
    ------
    InputError
        If something was said of a network, and the decoder is none.
    """
    if choice.reference is not None:
        raise InputError("--reference: a decoder takes none")
    own = decoder.removesuffix("-alone")
    if own not in (*NETWORKS[:2], TRAINED) and not is_run(decoder):
        choice.require_network()
        return None
    from varcolor.neural.using import NetworkOptions

    return NetworkOptions(**choice.network())
