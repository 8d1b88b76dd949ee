"""Decoders by a network: `siggraph17`, `eccv16`, and each with ``-alone``.

For stored cues the network sees the S x S cells as the program that had these methods first shows
them to it: photo and cues squashed to S x S pixels. Alone, its a* and b* are the answer; else it
is the prior of a solve that holds the cues exactly and knows the photo's edges. A stored histogram
goes to the network of global hints; without anything stored the network colours by itself.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from varcolor.cues.cues import Cues
from varcolor.errors import FormatError, InputError
from varcolor.image.color import lab, yuv
from varcolor.ir import legacy, masks
from varcolor.ir.histogram import unpack_histogram
from varcolor.ir.points.codecs import cued_pixels
from varcolor.neural.alone import Eccv16Alone, Siggraph17Alone
from varcolor.neural.global_prior import GlobalHint, GlobalHints
from varcolor.neural.networks.bins import hull_bins
from varcolor.neural.prior import Eccv16, Siggraph17
from varcolor.neural.trained import Trained, TrainedAlone
from varcolor.neural.using import NetworkOptions
from varcolor.prior.base import Scene
from varcolor.prior.runs import TRAINED
from varcolor.typing import Array

_ALONE = "-alone"
#: Names of the decoders.
DECODERS = tuple(f"{name}{kind}" for name in ("siggraph17", "eccv16") for kind in ("", _ALONE))
#: Largest picture that a network sees because so many cells are stored.
_LARGEST = 1024

Decoded = tuple[Array, tuple[str, ...]]


def decode(
    codec: str, payload: bytes, gray: Array, decoder: str, options: NetworkOptions | None = None
) -> Decoded:
    """Return the chroma (H, W, 2) of a payload in the units of the space yuv, and notes.

    Parameters
    ----------
    codec : str
        Name of the codec.
    payload : bytes
        Of the stream.
    gray : ndarray, shape (H, W)
        The grey picture, uint8 or uint16.
    decoder : str
        One of `DECODERS`.
    options : NetworkOptions, optional
        Weights, device, and the size of the network if it is not to follow from the cells.

    Raises
    ------
    InputError
        If the codec stores nothing that a network takes.
    """
    own = options or NetworkOptions()
    if codec in ("global", "glob_dist"):
        return _of_histogram(_hint(codec, payload), gray, decoder, own)
    if codec == "stock":
        if payload:
            raise FormatError("the colour stream is damaged: the method 'stock' stores nothing")
        return _of_cues(gray, Cues.none(gray.shape), decoder, own, 0)
    if codec == "mask":
        parts = legacy.masks_of(payload)
        at, ab = legacy.painted(parts, gray.shape)
        level = gray[at[:, 0], at[:, 1]] / _white(gray)
        color, size = lab.merge(lab.luma_of_gray(level), ab), parts[0].size
    elif codec in ("grid", "grid-exclude", "selective", "grid+selective"):
        at, chroma, size = cued_pixels(payload, gray)
        color = yuv.merge(gray[at[:, 0], at[:, 1]] / _white(gray), chroma)
    else:
        raise InputError(f"decoder {decoder!r}: the method {codec!r} has none but its own")
    count = len(at)
    cues = Cues(gray.shape, at, color, np.full(count, np.inf), np.zeros(count, bool))
    return _of_cues(gray, cues, decoder, own, size)


def _of_cues(gray: Array, cues: Cues, decoder: str, own: NetworkOptions, size: int) -> Decoded:
    """Return the chroma that cues and a network give; ``size``: cells a side, 0 for none."""
    from varcolor.colorization import colorize

    name = decoder.removesuffix(_ALONE)
    notes: tuple[str, ...] = ()
    if size:
        wanted = -(-size // 8) * 8
        if wanted > _LARGEST:
            notes = (f"{size} cells a side: the network sees {_LARGEST} pixels a side",)
        own = replace(own, net_size=min(wanted, _LARGEST), fit="squash")
    settings: dict[str, Any] = own.as_dict()
    if decoder.endswith(_ALONE):
        settings["fit"] = "squash"
        alone = {"siggraph17": Siggraph17Alone, "eccv16": Eccv16Alone, TRAINED: TrainedAlone}[name]
        result = colorize(gray, cues, method=alone(**settings))
    else:
        fused = {"siggraph17": Siggraph17, "eccv16": Eccv16, TRAINED: Trained}[name]
        result = colorize(gray, cues, method="harmonic", prior=fused(**settings))
    said = tuple(note for note in (result.choice, *result.notes) if note)
    return result.chroma, (*notes, *said)


def _hint(codec: str, payload: bytes) -> GlobalHint:
    """Return the hint that a stored histogram is."""
    if codec == "glob_dist":
        shares = masks.unpack_histogram(payload)
        if not np.isclose(shares.sum(), 1, atol=1e-3):
            raise FormatError("the histogram is damaged: its shares do not add up to 1")
        return GlobalHint.of_shares(hull_bins(), shares, None)
    found = unpack_histogram(payload)
    return GlobalHint.of_shares(found.centres, found.counts / 1.0, found.saturation / 255)


def _of_histogram(hint: GlobalHint, gray: Array, decoder: str, own: NetworkOptions) -> Decoded:
    from varcolor.colorization import colorize

    source = GlobalHints(hint=hint, **own.as_dict())
    if not decoder.endswith(_ALONE):
        result = colorize(gray, None, method="harmonic", prior=source)
        return result.chroma, tuple(n for n in (result.choice, *result.notes) if n)
    luma = yuv.luma_of_gray(gray / _white(gray))
    found, notes = replace(source, fit="squash").predict(Scene(luma, None, yuv))
    chroma = found.chroma(yuv, luma, along_luma=False)
    return chroma.astype(np.float32), ("the network global-hints alone", *notes)


def _white(gray: Array) -> int:
    return 255 if gray.dtype == np.uint8 else 65535
