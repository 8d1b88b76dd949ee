"""The networks: which layers they have, under the names of the official weight files.

Every module here has ``build()``, a torch module with random weights, and ``forward(...)``, what it
computes; `varcolor.neural.networks.base.Network` turns pictures into tensors and back.
"""

from __future__ import annotations

from typing import Any

from varcolor.registry import Registry

#: Name -> module; each has `build`, `FORM` and the functions that `Form` names.
NETWORKS: Registry[Any] = Registry(
    "network",
    {
        "siggraph17": "varcolor.neural.networks.siggraph17:FORM",
        "eccv16": "varcolor.neural.networks.eccv16:FORM",
        "global-hints": "varcolor.neural.networks.global_hints:FORM",
        "colornet-gray": "varcolor.neural.networks.unet:COLORNET_GRAY",
        "colornet-l": "varcolor.neural.networks.unet:COLORNET_L",
        "poster-regression": "varcolor.neural.networks.poster:REGRESSION",
        "poster-394": "varcolor.neural.networks.poster:BINS",
        "cgan": "varcolor.neural.networks.cgan:FORM",
        "colornet-v2": "varcolor.neural.networks.unet:COLORNET_V2",
    },
)
