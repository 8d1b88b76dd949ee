"""Other codecs as coders of colour alone: how many bytes for what chroma.

The colour bytes of a peer at a setting are those of the better of two ways: (1) the colour file
less a grey file whose decoded luma is as good; (2) both chroma planes, side by side, as one grey
picture, reduced 1 to 32 times and enlarged again (bicubic), less what a picture of one level takes,
plus 2 bytes for the mean colour, which all peers have for nothing else. The slow presets go the
second way only, and skip large planes.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from PIL import Image

from varcolor.image.color import yuv

Coder = Callable[[Any, Any], bytes]
#: Colour bytes that count.
_LEAST, _MOST = 40, 16000


def _pillow(form: str, image: Any, quality: Any, **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, form, quality=quality, **options)
    return buffer.getvalue()


def _jpeg(image: Any, quality: Any) -> bytes:
    return _pillow("JPEG", image, quality, progressive=True, optimize=True)


def _webp(image: Any, quality: Any) -> bytes:
    return _pillow("WEBP", image, quality, method=6)


def _avif(image: Any, quality: Any, speed: int = 6) -> bytes:
    kind = "4:0:0" if image.ndim == 2 else "4:2:0"
    if image.ndim == 2:
        image = np.repeat(image[:, :, None], 3, axis=2)
    return _pillow("AVIF", image, quality, speed=speed, subsampling=kind)


def _jpegxl(image: Any, distance: Any, effort: int = 7) -> bytes:
    import imagecodecs

    return bytes(imagecodecs.jpegxl_encode(image, distance=distance, effort=effort))


def _jpeg2000(image: Any, rate: Any) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).save(
        buffer, "JPEG2000", quality_mode="rates", quality_layers=[rate], irreversible=True
    )
    return buffer.getvalue()


def decoded(data: bytes) -> Any:
    """Return the pixels of a file."""
    if data[:2] == b"\xff\x0a" or data[4:8] == b"JXL ":
        import imagecodecs

        return imagecodecs.jpegxl_decode(data)
    return np.asarray(Image.open(io.BytesIO(data)))


@dataclass(frozen=True, slots=True)
class Peer:
    """A codec with its settings, from coarse to fine, for whole pictures and for planes."""

    name: str
    code: Coder
    whole: Sequence[float]
    planes: Sequence[float]
    shrink: Sequence[int] = (1, 2, 4, 8, 16, 32)


_JXL_PLANES = (12, 7, 4, 2.5, 1.5, 0.8, 0.4)
#: The slow presets go this way only, which is the better one up to some 2000 bytes.
_SMALL = (4, 8, 16, 32)

PEERS = (
    Peer("JPEG", _jpeg, (5, 10, 20, 35, 50, 70, 85, 93), (5, 15, 30, 50, 70, 85, 94)),
    Peer("WebP", _webp, (1, 10, 25, 45, 65, 80, 90, 96), (1, 15, 35, 55, 75, 88, 96)),
    Peer("AVIF", _avif, (5, 15, 25, 35, 50, 65, 80, 90), (10, 25, 40, 55, 70, 82, 92)),
    Peer("AVIF speed 2", partial(_avif, speed=2), (), (10, 25, 40, 60, 80), _SMALL),
    Peer("JPEG XL e7", _jpegxl, (15, 9, 6, 4, 2.5, 1.5, 1, 0.6), _JXL_PLANES),
    Peer("JPEG XL e9", partial(_jpegxl, effort=9), (), _JXL_PLANES, _SMALL),
    Peer(
        "JPEG 2000",
        _jpeg2000,
        (400, 200, 100, 60, 30, 15, 8),
        (300, 150, 80, 40, 20, 10, 5),
        (1, 2, 4, 8, 16),
    ),
)


def points(peer: Peer, rgb: Any) -> Iterator[tuple[float, Any]]:
    """Yield colour bytes and decoded chroma (H, W, 2), -0.5 to 0.5, of every setting."""
    chroma = yuv.split(rgb / 255)[1]
    yield 2, np.broadcast_to(chroma.mean(axis=(0, 1)), chroma.shape)
    for size, found in itertools.chain(_whole(peer, rgb), _planes(peer, chroma)):
        # Fewer bytes than this are the noise of the differences.
        if _LEAST <= size <= _MOST:
            yield size, found


def _whole(peer: Peer, rgb: Any) -> Iterator[tuple[float, Any]]:
    if not peer.whole:
        return
    luma = yuv.luma(rgb / 255)
    gray = np.floor(luma * 255 + 0.5).astype(np.uint8)
    greys = []
    for setting in peer.whole:
        data = peer.code(gray, setting)
        back = decoded(data)
        back = back[..., 0] if back.ndim == 3 else back
        greys.append((_psnr(back / 255, luma), len(data)))
    greys.sort()
    quality, size = (np.array(v, float) for v in zip(*greys, strict=True))
    for setting in peer.whole:
        data = peer.code(rgb, setting)
        back_luma, chroma = yuv.split(decoded(data)[..., :3] / 255)
        at = _psnr(back_luma, luma)
        if quality[0] <= at <= quality[-1]:
            alone = float(np.exp(np.interp(at, quality, np.log(size))))
            yield max(len(data) - alone, 0) + 2, chroma


def _planes(peer: Peer, chroma: Any) -> Iterator[tuple[float, Any]]:
    height, width = chroma.shape[:2]
    mean = chroma.mean(axis=(0, 1))
    for shrink in peer.shrink:
        size = (-(-width // shrink), -(-height // shrink))
        small = [
            np.asarray(Image.fromarray(p.astype(np.float32)).resize(size, Image.Resampling.BOX))
            for p in np.moveaxis(chroma - mean, -1, 0)
        ]
        both = np.clip(np.rint(np.concatenate(small, axis=1) * 255 + 128), 0, 255).astype(np.uint8)
        flat = len(peer.code(np.full_like(both, 128), peer.planes[len(peer.planes) // 2]))
        for setting in peer.planes:
            data = peer.code(both, setting)
            back = decoded(data)
            back = (back[..., 0] if back.ndim == 3 else back).astype(np.float32)
            parts = (back - 128)[:, : size[0]], (back - 128)[:, size[0] :]
            large = [
                np.asarray(Image.fromarray(p).resize((width, height), Image.Resampling.BICUBIC))
                for p in parts
            ]
            yield max(len(data) - flat, 0) + 2, np.stack(large, axis=-1) / 255 + mean


def _psnr(a: Any, b: Any) -> float:
    return float(-10 * np.log10(max(np.mean((a - b) ** 2), 1e-12)))
