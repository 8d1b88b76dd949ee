"""The front door of the codec: a colour photo to grey + a few bytes, and back.

photo ─ grey ─ (lossy: its decoded form) ─┬─ grey file
          └─ codec.encode ─ stream ───────┴─ IR ─ codec.decode ─ chroma ─ render ─ photo
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from varcolor.errors import FormatError, InputError
from varcolor.image.color import yuv
from varcolor.image.encode.metadata import usable_resolution
from varcolor.image.luma import luma_of, to_gray
from varcolor.image.picture import Picture, PictureLike, as_picture
from varcolor.image.render import render
from varcolor.ir.codecs import Codec, codec_of, decode_of, name_of
from varcolor.ir.gray import pack_lossy, unpack_gray
from varcolor.ir.representation import IR, software
from varcolor.ir.stream import pack, require_gray, unpack
from varcolor.neural.using import NetworkOptions, with_weights
from varcolor.options.network import NETWORKS
from varcolor.prior.runs import TRAINED, is_run
from varcolor.typing import Array, PathLike, Progress


def encode(
    photo: PictureLike,
    method: str | Codec = "tree",
    *,
    budget: int | None = None,
    quality: float | None = None,
    step: float | None = None,
    gray_quality: int | None = None,
    progress: Progress | None = None,
) -> IR:
    """Encode a colour photo as a grey picture and a few bytes of colour.

    Parameters
    ----------
    photo : Picture or ndarray
        Colour photo (H, W, 3) or (H, W, 4); uint8, uint16 or floats in 0..1 (stored with 16
        bits). A grey one gets a stream of a few bytes.
    method : str or Codec
        ``"tree"`` (default), ``"grid"``, ``"grid-exclude"``, ``"selective"``,
        ``"grid+selective"``, ``"global"``, ``"stock"``, or options: ``Grid(size=128)``.
    budget : int, optional
        Largest number of colour bytes; never exceeded. 0: no colour stream. `tree` only; without
        any target it is 1000.
    quality : float, optional
        Mean CIEDE2000 to reach in as few bytes as possible. `tree` only.
    step : float, optional
        Step of the quantiser. `tree` only.
    gray_quality : int, optional
        1 to 100: store the grey as lossy AVIF (8 bit); the colours are encoded for what it
        decodes to. Without it the grey is lossless.
    progress : Progress, optional
        Called as ``progress(stage, fraction)``.

    Returns
    -------
    IR

    Raises
    ------
    InputError
        For arguments out of range, unknown methods, and a budget that no stream fits into.
    """
    picture = as_picture(photo)
    report = progress or _silent
    notes = list(picture.meta.notes)
    if picture.meta.dpi is not None and usable_resolution(picture.meta.dpi) is None:
        notes.append("its resolution is no positive number: left out")
    targets = {
        k: v for k, v in (("budget", budget), ("quality", quality), ("step", step)) if v is not None
    }
    codec = _options(method, targets)
    if picture.pixels.dtype not in (np.uint8, np.uint16):
        notes.append("floats are stored with 16 bits")
        picture = replace(
            picture,
            pixels=_sixteen(picture.pixels),
            alpha=None if picture.alpha is None else _sixteen(picture.alpha),
        )
    report("grey", 0.0)
    gray = to_gray(picture, yuv)
    gray_file = b""
    if gray_quality is not None:
        if gray.pixels.dtype != np.uint8:
            raise InputError(f"{picture.meta.source}: a lossy grey has 8 bits; this photo has 16")
        gray_file = pack_lossy(gray.pixels, gray_quality)
        pixels = unpack_gray(gray_file, "the grey").pixels
        gray = replace(gray, pixels=pixels)
    report("colour", 0.1)
    color = b""
    if codec is not None:
        if picture.is_gray:
            notes.append("a grey photo: there are no colours to encode")
            picture = replace(picture, pixels=np.repeat(picture.pixels[:, :, None], 3, axis=2))
        payload, more = codec.encode(_filled(picture), gray.pixels)
        notes += more
        color = pack(codec.number, gray.pixels, payload)
    report("done", 1.0)
    options = {} if codec is None else dataclasses.asdict(codec)  # type: ignore[call-overload]
    info = {"software": software(), "options": json.dumps(options)}
    return IR(gray, color, gray_file, info, tuple(notes))


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """A decoded picture, and what is to be said about it."""

    picture: Picture
    chroma: Array
    """(H, W, 2) in the units of the space yuv, before it was reduced to what sRGB can show."""
    notes: tuple[str, ...]


def decode(
    ir: IR,
    *,
    decoder: str = "auto",
    weights: PathLike | None = None,
    network: NetworkOptions | None = None,
) -> Array:
    """Return the colour photo (H, W, 3), or (H, W, 4) with alpha, of an encoded one.

    Its grey is ``ir.gray`` at every pixel (space yuv).

    Parameters
    ----------
    ir : IR
        From `encode` or `IR.load`.
    decoder : str
        For the cue codecs: name of the colorize method that spreads the cues, ``"levin"`` or
        ``"harmonic"``. ``"auto"`` takes the codec's own. For these, `global` and `stock`: a network
        (`varcolor.ir.network`), ``"siggraph17"`` or ``"eccv16"``, with ``"-alone"`` nothing else.
    weights : path, optional
        File or folder of the network's weights.
    network : NetworkOptions, optional
        Where the network runs (`varcolor.neural.using`).

    Returns
    -------
    ndarray
        uint8 or uint16, as the grey.

    Raises
    ------
    FormatError
        If the colour stream is damaged or belongs to another grey picture.
    InputError
        If the decoder is unknown, or the codec has none but its own.
    """
    own = with_weights(network, weights)
    picture = decode_picture(ir, decoder=decoder, network=own).picture
    if picture.alpha is None:
        return picture.pixels
    return np.concatenate([picture.pixels, picture.alpha[:, :, None]], axis=2)


def decode_picture(
    ir: IR,
    *,
    decoder: str = "auto",
    progress: Progress | None = None,
    network: NetworkOptions | None = None,
) -> Decoded:
    """Do what `decode` does, and return the picture with metadata and notes."""
    report = progress or _silent
    if not isinstance(ir, IR):
        raise InputError(f"decode takes an IR (see vc.encode, vc.IR.load), not {type(ir).__name__}")
    gray = ir.picture
    report("colour", 0.0)
    if ir.color:
        stream = unpack(ir.color)
        require_gray(stream, gray.pixels)
        codec = name_of(stream.codec)
        if is_run(decoder):
            network = replace(network or NetworkOptions(), weights=decoder)
            decoder = TRAINED
        if decoder.removesuffix("-alone") in (*NETWORKS[:2], TRAINED):
            from varcolor.ir.network import decode as by_network

            chroma, notes = by_network(codec, stream.payload, gray.pixels, decoder, network)
        else:
            chroma, notes = decode_of(codec)(stream.payload, gray.pixels, decoder)
        if not np.isfinite(chroma).all():
            raise FormatError("the colour stream is damaged: it decodes to no finite colours")
    else:
        chroma, notes = np.zeros((*gray.shape, 2), np.float32), ("no colour stream: grey",)
    report("render", 0.7)
    result = render(gray, luma_of(gray, yuv), chroma, yuv).picture
    report("done", 1.0)
    return Decoded(result, chroma, notes)


def _options(method: str | Codec, targets: dict[str, Any]) -> Codec | None:
    """Return the options of a codec; None for no colour stream."""
    for name, value in targets.items():
        whole = name == "budget"
        if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
            kind = "a whole number" if whole else "a number"
            raise InputError(f"{name} {value!r}: expected {kind}")
    if targets.get("budget") == 0 and len(targets) == 1:
        if isinstance(method, str):
            codec_of(method)  # raises for an unknown name
        return None
    if isinstance(method, str):
        chosen = codec_of(method)
        if targets and chosen.name != "tree":
            raise InputError(
                f"the codec {chosen.name!r} has no {' or '.join(targets)}: its size follows from "
                "its own options"
            )
        return chosen(**targets)
    if isinstance(method, type) or not hasattr(method, "encode"):
        raise InputError(f"method {method!r}: expected a name or options, e.g. vc.ir.Tree()")
    if targets:
        raise InputError(f"{' and '.join(targets)}: set them in the options of the method")
    return method


def _sixteen(values: Array) -> Array:
    return np.floor(values * 65535.0 + 0.5).astype(np.uint16)


def _filled(photo: Picture) -> Picture:
    """Return the photo with grey where it is fully transparent: no bytes for hidden colours."""
    visible = photo.visible
    if visible is None:
        return photo
    pixels = photo.pixels.copy()
    pixels[~visible] = to_gray(photo, yuv).pixels[~visible][:, None]
    return replace(photo, pixels=pixels)


def _silent(stage: str, fraction: float, preview: Any = None) -> None:
    """Report nothing."""
