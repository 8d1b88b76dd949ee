"""A network on photos of any size: grey or colour, 8 or 16 bit, several at once.

The network sees the photo at its own size; `Prediction.chroma` enlarges the answer along the
photo's luma, and `varcolor.colorize` with the network as its prior leaves that to the solver.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from varcolor.energy.prior import Prior
from varcolor.image.color import Space, lab
from varcolor.image.luma import luma_of
from varcolor.image.picture import PictureLike, as_picture
from varcolor.neural.framing import Frame
from varcolor.neural.using import NetworkOptions, forward
from varcolor.prior.features import resized
from varcolor.prior.upsample import guided
from varcolor.typing import Array, FloatArray

#: Pixels of networks' pictures that are run at once.
_BATCH = 4 * 256 * 256
#: Pixels of the network's picture, as a part of the photo's, up from which all pixels get a prior.
_DENSE = 0.25


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """What a network says of a photo, at the network's size."""

    frame: Frame
    light: FloatArray
    """(h, w): L*, 0..100, of the inner part of the network's picture."""
    ab: FloatArray
    """(h, w, 2): a*, b*."""
    shares: FloatArray | None
    """(H/4, W/4, B): the distribution at cells of the whole picture, border included."""

    def inner_chroma(self, space: Space) -> tuple[FloatArray, FloatArray]:
        """Return luma (h, w) and chroma (h, w, 2) in a working space."""
        rgb = lab.merge(self.light / 100, self.ab)
        luma, chroma = space.split(rgb)
        return luma, chroma

    def as_prior(
        self, space: Space, luma: FloatArray, confidence: FloatArray, reason: str
    ) -> Prior:
        """Return the prior (H, W) for a photo, with confidences (h, w) at the inner size.

        A photo with up to four times as many pixels as the network's picture gets chroma and
        confidence at every pixel, enlarged along its luma. In a larger one each of the network's
        pixels has its say at one pixel, in the middle of what it saw, and the solve does the rest.
        Either way confidences add up to the same.
        """
        shape = (luma.shape[0], luma.shape[1])
        part = confidence.size / luma.size
        if part > _DENSE:
            k = np.maximum(resized(confidence * min(1.0, part), shape), 0.0)
            return Prior(self.chroma(space, luma), k, reason=reason)
        own = self.inner_chroma(space)[1]
        rows, columns = (
            (2 * np.arange(n) + 1) * side // (2 * n)
            for n, side in zip(self.frame.inner, shape, strict=True)
        )
        chroma, k = np.zeros((*shape, 2)), np.zeros(shape)
        chroma[np.ix_(rows, columns)], k[np.ix_(rows, columns)] = own, confidence
        return Prior(chroma, k, reason=reason)

    def chroma(self, space: Space, luma: FloatArray, along_luma: bool = True) -> FloatArray:
        """Return the chroma (H, W, 2) at the photo's size.

        Parameters
        ----------
        space : Space
            Working space.
        luma : ndarray, shape (H, W)
            The photo's luma in it.
        along_luma : bool
            Whether it follows the luma (a guided filter), or is enlarged bilinearly.
        """
        small, chroma = self.inner_chroma(space)
        if along_luma:
            return guided(chroma, small, luma)
        return np.stack([resized(chroma[..., k], luma.shape) for k in range(2)], axis=2)


def predict(
    photos: Sequence[PictureLike],
    name: str = "siggraph17",
    options: NetworkOptions | None = None,
    network: Any = None,
    **extra: Any,
) -> list[Prediction]:
    """Return what a network says of photos without any hint.

    Parameters
    ----------
    photos : sequence of Picture, path or ndarray
        Of any size; of colour photos the lightness is used.
    name : str
        Name of the network.
    options : NetworkOptions, optional
        Weights, device, size.
    network : Network, optional
        Instead of its name: one that is loaded.
    **extra
        For the network, e.g. ``histogram=`` and ``saturation=`` of global hints.

    Returns
    -------
    list of Prediction
        One a photo. Photos of one size are run together.
    """
    own = options or NetworkOptions()
    net = own.load(name) if network is None else network
    found: dict[int, Prediction] = {}
    frames, lights = [], []
    for photo in photos:
        picture = as_picture(photo)
        frame = Frame.of(picture.shape, own.net_size, own.fit)
        frames.append(frame)
        lights.append(np.clip(frame.enter(luma_of(picture, lab)) * 100, 0, 100))
    for group in _groups(frames):
        batch = np.stack([lights[k] for k in group])
        light = batch if len(group) > 1 else batch[0]
        ab, shares = forward(net, light, **extra)
        if len(group) == 1:
            ab, shares = ab[None], None if shares is None else shares[None]
        for k, one in enumerate(group):
            own_shares = None if shares is None else shares[k]
            inner = frames[one].leave(lights[one])
            found[one] = Prediction(frames[one], inner, frames[one].leave(ab[k]), own_shares)
    return [found[k] for k in range(len(frames))]


def _groups(frames: Sequence[Frame]) -> Iterator[list[int]]:
    """Yield numbers of frames that can run together."""
    by_shape: dict[Any, list[int]] = {}
    for k, frame in enumerate(frames):
        by_shape.setdefault(frame.outer, []).append(k)
    for shape, members in by_shape.items():
        step = max(1, _BATCH // (shape[0] * shape[1]))
        for begin in range(0, len(members), step):
            yield members[begin : begin + step]


def lightness(luma: FloatArray, space: Space, frame: Frame) -> FloatArray:
    """Return L* (H, W), 0..100, of the network's picture of a photo's luma."""
    small = frame.enter(luma)
    gray = np.clip(space.gray_of_luma(small), 0, 1)
    return np.clip(np.asarray(lab.luma_of_gray(gray)) * 100, 0, 100)


def hints_in_lab(
    frame: Frame, at: Array, weight: FloatArray, chroma: FloatArray, luma: FloatArray, space: Space
) -> tuple[FloatArray, FloatArray]:
    """Return hints a*, b* (H, W, 2) and mask (H, W) of cues with chroma (N, 2) in a space."""
    rgb = space.merge(luma.ravel()[at], chroma)
    ab = lab.split(rgb)[1]
    return frame.hints(at, weight, np.clip(ab, -110, 110))
