"""Phase congruency: where the waves of all scales agree, there is a feature.

Log-Gabor filters at 4 scales (wavelengths 6, 12, 24, 48 px; exp(-ln(f / f0)^2 / (2 ln(.55)^2))
times a Butterworth low pass, cut-off .45, order 15) and 4 orientations (Gaussian in the angle,
standard deviation pi / 4 / 1.2) give complex responses e_s. In each orientation, with E the
direction of sum_s e_s,

    energy = sum_s (e_s . E - |e_s x E|),   PC = sum_o max(energy - T, 0) / sum_o sum_s |e_s|

T is the energy that noise alone would have (Rayleigh, mean + 2 standard deviations, over 1.7),
its power estimated from the median of the finest scale.

References
----------
P. Kovesi, "Image features from phase congruency", 1999; parameters as in L. Zhang, L. Zhang,
X. Mou, D. Zhang, "FSIM: a feature similarity index for image quality assessment", 2011.
"""

from __future__ import annotations

import math

import numpy as np
from scipy import fft

from varcolor.typing import Array, FloatArray, Shape

_SCALES = 4
_ORIENTATIONS = 4
_FINEST = 6.0
_BANDWIDTH = 0.55
_SPREAD = math.pi / _ORIENTATIONS / 1.2
_NOISE_DEVIATIONS = 2.0
_SHRINK = 1.7
_TINY = 1e-4


def _frequencies(count: int) -> FloatArray:
    """Return the frequencies in FFT order; odd sides are scaled to reach +-1/2, as published."""
    whole = np.arange(count) - count // 2
    return fft.ifftshift(whole / max(count - 1 if count % 2 else count, 1))


def _radial(radius: FloatArray) -> list[FloatArray]:
    low_pass = 1 / (1 + (radius / 0.45) ** 30)
    safe = radius.copy()
    safe[0, 0] = 1
    filters = []
    for scale in range(_SCALES):
        ratio = np.log(safe * _FINEST * 2**scale)
        band = np.exp(-(ratio**2) / (2 * math.log(_BANDWIDTH) ** 2)) * low_pass
        band[0, 0] = 0
        filters.append(band)
    return filters


def _noise_energy(finest: Array, filters: list[FloatArray], shape: Shape) -> float:
    """Return the energy that noise of the finest scale's power would show."""
    passed = float((filters[0] ** 2).sum())
    if passed == 0:  # a single pixel has no frequency but 0
        return 0.0
    power = float(np.median(np.abs(finest) ** 2)) / math.log(2) / passed
    pixels = shape[0] * shape[1]
    kernels = [fft.ifft2(f).real * math.sqrt(pixels) for f in filters]
    squares = sum(float((k**2).sum()) for k in kernels)
    crossed = (float((np.sum(kernels, axis=0) ** 2).sum()) - squares) / 2
    scale = math.sqrt(max(2 * power * squares + 4 * power * crossed, 0.0) / 2)
    deviation = math.sqrt(2 - math.pi / 2) * scale
    return (scale * math.sqrt(math.pi / 2) + _NOISE_DEVIATIONS * deviation) / _SHRINK


def phase_congruency(plane: FloatArray) -> FloatArray:
    """Return the phase congruency of a plane, 0 (none) to 1; 0 for a constant plane."""
    shape = (plane.shape[0], plane.shape[1])
    y, x = np.meshgrid(*(_frequencies(side) for side in shape), indexing="ij")
    radial = _radial(np.hypot(x, y))
    angle = np.arctan2(-y, x)
    spectrum = fft.fft2(plane)
    spectrum[0, 0] = 0  # no filter passes the mean: without it, a constant plane is exactly empty
    energy, amplitude = np.zeros(shape), np.zeros(shape)
    for index in range(_ORIENTATIONS):
        off = angle - index * math.pi / _ORIENTATIONS
        off = np.arctan2(np.sin(off), np.cos(off))
        spread = np.exp(-(off**2) / (2 * _SPREAD**2))
        filters = [band * spread for band in radial]
        responses = [fft.ifft2(spectrum * f) for f in filters]
        total = sum(responses[1:], responses[0])
        direction = total / (np.abs(total) + _TINY)
        here = np.zeros(shape)
        for response in responses:
            turned = response * direction.conj()
            here += turned.real - np.abs(turned.imag)
            amplitude += np.abs(response)
        energy += np.maximum(here - _noise_energy(responses[0], filters, shape), 0)
    return np.divide(energy, amplitude, out=np.zeros(shape), where=amplitude > 0)
