"""Colours that other programs have saved, as cues for the photo."""

from __future__ import annotations

import io
import warnings

import numpy as np

from varcolor.cues.cues import Cues
from varcolor.cues.files import parse_cues
from varcolor.cues.table import parse_table
from varcolor.errors import CueError
from varcolor.image.color import lab, yuv
from varcolor.image.luma import luma_of
from varcolor.image.picture import Picture
from varcolor.image.read import parse
from varcolor.typing import Array

#: Largest array that is taken from a .npy file, in bytes.
_MOST_NPY = 2 << 30


def imported(photo: Picture, files: list[tuple[str, bytes]], kind: str = "auto") -> Cues:
    """Return the cues of a file, or of a pair ``im_ab.npy`` and ``im_mask.npy``.

    Parameters
    ----------
    photo : Picture
        What they are for.
    files : list of (str, bytes)
        Names and contents.
    kind : {"auto", "marked", "overlay", "mask"}
        What a picture is: a copy of the photo with colour drawn on it, a transparent layer, or a
        mask of colormaskerapp (black where nothing is drawn). "auto": an overlay if it has
        transparency, a mask if most of it is black and the photo is not, else a marked copy.

    Raises
    ------
    CueError, FileError
        If the content cannot be used.
    """
    arrays = {n.lower(): _array(n, data) for n, data in files if n.lower().endswith(".npy")}
    if arrays:
        return _of_ideepcolor(photo, arrays)
    name, data = files[0]
    if data[:1] in (b"{", b"[") or data[:4] == b"\xef\xbb\xbf{":
        return parse_cues(data.decode("utf-8-sig"), photo.shape)
    if name.lower().endswith((".csv", ".txt", ".tsv")):
        try:
            return parse_table(data.decode("utf-8-sig"), photo.shape)
        except UnicodeDecodeError:
            raise CueError(f"{name}: neither JSON nor CSV text") from None
    return _of_picture(photo, parse(data, name), kind)


def _of_picture(photo: Picture, other: Picture, kind: str) -> Cues:
    if kind == "auto":
        kind = "marked"
        if other.visible is not None:
            kind = "overlay"
        elif not other.is_gray and (other.pixels == 0).all(axis=2).mean() > 0.5:
            same = other.shape == photo.shape
            dark = (photo.pixels == 0).mean() > 0.25
            kind = "mask" if same and not dark else "marked"
    if kind == "overlay":
        return Cues.from_overlay(other, photo)
    if kind == "mask":
        if other.is_gray:
            raise CueError(f"{other.meta.source}: a mask of colours must be in colour")
        drawn = (other.pixels > 0).any(axis=2)
        if drawn.shape != photo.shape:
            raise CueError(f"{other.meta.source}: the mask must have the size of the photo")
        return Cues.from_mask(drawn, other.as_float())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Cues.from_marked(photo, other)


def _array(name: str, data: bytes) -> Array:
    """Return the array of a .npy file; never runs code."""
    if len(data) > _MOST_NPY:
        raise CueError(f"{name}: too large")
    try:
        found: Array = np.load(io.BytesIO(data), allow_pickle=False)
    except (ValueError, OSError, EOFError, SyntaxError, MemoryError) as error:
        raise CueError(f"{name}: no array of NumPy ({error})") from None
    if found.dtype.kind not in "fiub":
        raise CueError(f"{name}: an array of {found.dtype}; expected numbers")
    return found


def _of_ideepcolor(photo: Picture, arrays: dict[str, Array]) -> Cues:
    """Return the cues of ``im_ab.npy`` (2, h, w), a* and b*, and ``im_mask.npy`` (1, h, w).

    The arrays have the network's size; each hint becomes the pixels of the photo under it.
    """
    chroma = next((a for n, a in arrays.items() if "ab" in n.rsplit("/", 1)[-1]), None)
    mask = next((a for n, a in arrays.items() if "mask" in n), None)
    if chroma is None or mask is None:
        raise CueError("choose both files together: im_ab.npy and im_mask.npy")
    mask = mask.reshape(mask.shape[-2:]) > 0
    if chroma.ndim != 3 or chroma.shape[0] != 2 or chroma.shape[1:] != mask.shape:
        raise CueError(f"im_ab has the shape {chroma.shape}; expected (2, {mask.shape})")
    if not np.isfinite(chroma).all():
        raise CueError("im_ab holds numbers that are not finite")
    height, width = photo.shape
    rows = np.minimum(np.arange(height) * mask.shape[0] // height, mask.shape[0] - 1)
    columns = np.minimum(np.arange(width) * mask.shape[1] // width, mask.shape[1] - 1)
    known = mask[np.ix_(rows, columns)]
    at = np.argwhere(known)
    if not len(at):
        raise CueError("im_mask.npy marks no pixel")
    ab = chroma[:, rows[at[:, 0]], columns[at[:, 1]]].T.astype(np.float64)
    gray = yuv.gray_of_luma(luma_of(photo, yuv))[at[:, 0], at[:, 1]]
    rgb = np.clip(lab.merge(lab.luma_of_gray(gray), ab), 0, 1)
    none = np.zeros(len(at), bool)
    return Cues(photo.shape, at, rgb.astype(np.float32), np.full(len(at), np.inf), none)
