"""Photos in colour as samples of training: the network's planes and the truth, cell by cell."""

from __future__ import annotations

import io

import numpy as np

from varcolor.image.color import SPACES, lab
from varcolor.prior.learned.planes import HAND_MADE, planes_of
from varcolor.typing import Array, FloatArray

#: Share of the photos whose grey is made like that of an old one.
_OLD = 0.35


def sample_of(rgb: FloatArray, rng: np.random.Generator | None) -> Array:
    """Return a photo (s, s, 3), 0..1, as (20, s/2, s/2) float16: planes, L* / 100, a*, b*.

    Parameters
    ----------
    rgb : ndarray, shape (s, s, 3)
        The photo, s even.
    rng : Generator, optional
        Draws whether and how the grey is that of an old photo; None: it is not.
    """
    luma, chroma = lab.split(rgb)
    seen = luma if rng is None or rng.random() >= _OLD else aged(luma, rng)
    planes = planes_of(seen, None, SPACES["lab"]).values
    half = rgb.shape[0] // 2

    def cells(values: FloatArray) -> FloatArray:
        return np.asarray(values.reshape(half, 2, half, 2, -1).mean(axis=(1, 3)))

    return (
        np.concatenate([planes, cells(luma), cells(chroma)], axis=2)
        .transpose(2, 0, 1)
        .astype(np.float16)
    )


#: A mirrored sample has the two columns of its four luma values exchanged.
MIRRORED = [*range(HAND_MADE), *(HAND_MADE + k for k in (1, 0, 3, 2)), *range(HAND_MADE + 4, 20)]


def aged(luma: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Return a grey as an old print and its scan may have it, (s, s), 0..1.

    Gamma, contrast and fog, blur, a vignette, grain and JPEG, each drawn or left out.
    """
    from PIL import Image
    from scipy.ndimage import gaussian_filter

    if rng.random() < 0.6:
        luma = np.clip(luma, 0, 1) ** np.exp(rng.normal(0, 0.25))
    if rng.random() < 0.5:
        luma = (luma - 0.5) * np.exp(rng.normal(0, 0.2)) + 0.5 + rng.normal(0, 0.04)
    if rng.random() < 0.3:
        luma = gaussian_filter(luma, rng.uniform(0.4, 1.3))
    if rng.random() < 0.3:
        rows, columns = (np.linspace(-1, 1, n) ** 2 for n in luma.shape)
        luma = luma * (1 - rng.uniform(0.05, 0.4) * np.add.outer(rows, columns) / 2)
    if rng.random() < 0.5:
        luma = luma + rng.normal(0, rng.uniform(0.005, 0.05), luma.shape)
    luma = np.clip(luma, 0, 1)
    if rng.random() < 0.5:
        file = io.BytesIO()
        levels = np.rint(255 * luma).astype(np.uint8)
        Image.fromarray(levels).save(file, "JPEG", quality=int(rng.integers(25, 85)))
        luma = np.asarray(Image.open(file)) / 255.0
    return np.asarray(luma)
