"""The weights of a classifier of torchvision that gives features of the whole picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from varcolor.errors import InputError
from varcolor.neural.loading import fit, read_state
from varcolor.neural.networks.base import Form


def with_backbone(net: Any, form: Form, file: str) -> Any:
    """Return a network whose backbone has the weights of a file (a state_dict or safetensors).

    Raises
    ------
    InputError
        If there is a backbone and no file, or the other way round.
    FileError
        If the file does not fit.
    """
    if hasattr(net, "backbone") != bool(file):
        raise InputError(
            "network.backbone and options.backbone_weights go together: the name of a classifier "
            "of torchvision, and the file of its weights"
        )
    if file:
        path = Path(file)
        fit(net.backbone, read_state(path, form), form, path)
        net.backbone.requires_grad_(False)
    return net
