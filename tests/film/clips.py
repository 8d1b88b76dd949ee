"""Small films made of a photo that moves, and of things that come and go."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import varcolor as vc
from tests.conftest import photo
from varcolor.energy.prior import Data
from varcolor.film.motion.flow import flow_between
from varcolor.film.shot import NOTHING
from varcolor.image.color import as_space

YUV = as_space("yuv")


def moving(frames=5, shape=(48, 64), step=(1.0, 1.5)):
    """A window that moves over a photo: colours (T, H, W, 3), 0..1."""
    cv2 = pytest.importorskip("cv2", reason="OpenCV is missing: pip install 'varcolor[film]'")
    image = photo("chelsea")[40:240, 60:300].astype(np.float32) / 255
    found = []
    for t in range(frames):
        shift = np.array([[1, 0, 5 + step[1] * t], [0, 1, 5 + step[0] * t]], np.float32)
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        found.append(cv2.warpAffine(image, shift, (shape[1], shape[0]), flags=flags))
    return np.clip(np.array(found, np.float64), 0, 1)


def split(clip):
    """Luma (T, H, W) and chroma (T, H, W, 2)."""
    parts = [YUV.split(frame) for frame in clip]
    return np.array([p[0] for p in parts]), np.array([p[1] for p in parts])


def points(chroma, count, seed=0):
    """Exact keys at random pixels of a frame's chroma (H, W, 2)."""
    flat = chroma.reshape(-1, 2)
    at = np.sort(np.random.default_rng(seed).choice(len(flat), count, replace=False))
    return Data(at, np.full(count, np.inf), flat[at])


def whole(chroma):
    """Return all of a frame as exact keys."""
    flat = chroma.reshape(-1, 2)
    return Data(np.arange(len(flat)), np.full(len(flat), np.inf), flat)


def flows(luma):
    return [flow_between(a, b) for a, b in itertools.pairwise(luma)]


def bytes_of(clip):
    return np.round(clip * 255).astype(np.uint8)


def grays(clip):
    return [vc.to_gray(frame) for frame in bytes_of(clip)]


__all__ = ["NOTHING", "YUV", "bytes_of", "flows", "grays", "moving", "points", "split", "whole"]
