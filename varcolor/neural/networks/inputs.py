"""Settings of networks, and the tensors that they are fed with, in training and in use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from varcolor.errors import InputError
from varcolor.image.color import lab
from varcolor.typing import Array

if TYPE_CHECKING:
    from varcolor.neural.networks.base import Conventions, Form


def setting(settings: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings of a network, completed by the defaults ``known``.

    Raises
    ------
    InputError
        For unknown names, values of another type, and whole numbers below 1.
    """
    for name, value in settings.items():
        if name not in known:
            raise InputError(
                f"unknown setting {name!r} of a network; known: {', '.join(known) or 'none'}"
            )
        if type(value) is not type(known[name]) or (isinstance(value, int) and value < 1):
            raise InputError(f"setting {name} = {value!r}: expected such as {known[name]!r}")
    return {**known, **settings}


def planes_of(
    form: Form, own: Conventions, L: Array, ab: Array | None, mask: Array | None
) -> Array:
    """Return what a network is fed with, (N, C, H, W), float32; for training and for use.

    Parameters
    ----------
    form, own : Form, Conventions
        Of the network.
    L : ndarray, shape (N, H, W)
        L*, 0 to 100.
    ab, mask : ndarray, shapes (N, H, W, 2) and (N, H, W), optional
        Hints, in units of CIELAB, and where they are; for networks that take some.
    """
    light = np.asarray(L, np.float32)
    if own.level:
        light = 100 * np.asarray(lab.gray_of_luma(np.clip(light, 0, 100) / 100), np.float32)
    planes = [(light - own.l_cent) / own.l_scale]
    if form.hints:
        colours = np.zeros((*light.shape, 2)) if ab is None else np.asarray(ab)
        where = np.zeros(light.shape) if mask is None else np.asarray(mask)
        planes += [colours[..., k].astype(np.float32) / own.ab_scale for k in range(2)]
        planes.append(where.astype(np.float32) - own.mask_cent)
    return np.stack(planes, axis=1).astype(np.float32)
