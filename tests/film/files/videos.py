"""Small grey videos of many kinds."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

import varcolor as vc
from tests.film.clips import bytes_of


def video(path, clip, codec="ffv1", kind="yuv420p", times=None, **more):
    """Write a film (T, H, W, 3), 0..1, in grey; times in milliseconds."""
    av = pytest.importorskip("av", reason="PyAV is missing: pip install 'varcolor[film]'")
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=25)
        stream.height, stream.width, stream.pix_fmt = *clip.shape[1:3], kind
        stream.codec_context.time_base = stream.time_base = Fraction(1, 1000)
        for name, value in more.items():
            setattr(stream.codec_context, name, value)
        for t, rgb in enumerate(bytes_of(clip)):
            gray = np.repeat(vc.to_gray(rgb)[..., None], 3, 2)
            frame = av.VideoFrame.from_ndarray(gray, format="rgb24").reformat(format=kind)
            frame.pts = 40 * t if times is None else times[t]
            frame.time_base = Fraction(1, 1000)
            for packet in stream.encode(frame):
                out.mux(packet)
        for packet in stream.encode(None):
            out.mux(packet)
