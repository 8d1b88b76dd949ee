"""Second implementations, written straight from the papers: slow, plain, with nothing shared."""

from __future__ import annotations

import cmath
import math

import numpy as np
from scipy.signal import convolve2d

YIQ = [(0.299, 0.587, 0.114), (0.596, -0.274, -0.322), (0.211, -0.523, 0.312)]


def same(x, kernel):
    """MATLAB's conv2(x, kernel, 'same')."""
    full = convolve2d(x, kernel)
    r, c = kernel.shape[0] // 2, kernel.shape[1] // 2
    return full[r : r + x.shape[0], c : c + x.shape[1]]


def channel(rgb, weights):
    return sum(w * rgb[..., k].astype(float) for k, w in enumerate(weights))


def shrunk(x, f):
    return same(x, np.ones((f, f)) / f**2)[::f, ::f]


def s(a, b, c):
    return (2 * a * b + c) / (a * a + b * b + c)


def haarpsi(x, y):
    (y1, i1, q1), (y2, i2, q2) = ([shrunk(channel(p, w), 2) for w in YIQ] for p in (x, y))
    num = den = 0.0
    weights = []

    def sigmoid(v):
        return 1 / (1 + np.exp(-4.2 * v))

    for vertical in (True, False):
        g = []
        for p in (y1, y2):
            for j in (1, 2, 3):
                h = np.ones((2**j, 2**j)) / 2**j
                h[: 2**j // 2] *= -1
                g.append(abs(same(p, h if vertical else h.T)))
        local = (s(g[0], g[3], 30) + s(g[1], g[4], 30)) / 2
        w = np.maximum(g[2], g[5])
        weights.append(w)
        num += (sigmoid(local) * w).sum()
        den += w.sum()
    box = np.ones((2, 2)) / 4
    local = sum(s(abs(same(a, box)), abs(same(b, box)), 30) / 2 for a, b in ((i1, i2), (q1, q2)))
    w = (weights[0] + weights[1]) / 2
    num += (sigmoid(local) * w).sum()
    den += w.sum()
    v = num / den
    return (math.log(v / (1 - v)) / 4.2) ** 2


def factor(x):
    return max(1, math.floor(min(x.shape[:2]) / 256 + 0.5))


def steep(x, kernel):
    return np.sqrt(same(x, kernel) ** 2 + same(x, kernel.T) ** 2)


def mdsi(x, y):
    f = factor(x)
    lhm = [(0.2989, 0.587, 0.114), (0.3, 0.04, -0.35), (0.34, -0.6, 0.17)]
    (l1, h1, m1), (l2, h2, m2) = ([shrunk(channel(p, w), f) for w in lhm] for p in (x, y))
    prewitt = np.array([[1, 0, -1]] * 3) / 3
    g1, g2, g3 = (steep(p, prewitt) for p in (l1, l2, (l1 + l2) / 2))
    gs = s(g1, g2, 140) + s(g2, g3, 55) - s(g1, g3, 55)
    cs = (2 * (h1 * h2 + m1 * m2) + 550) / (h1**2 + h2**2 + m1**2 + m2**2 + 550)
    roots = [cmath.exp(cmath.log(v) / 4) if v else 0 for v in (0.6 * gs + 0.4 * cs).flat]
    mean = sum(roots) / len(roots)
    return (sum(abs(v - mean) for v in roots) / len(roots)) ** 0.25


def phase(plane):
    """Phase congruency with explicit loops over scales and pairs of scales, as in Kovesi's text."""
    rows, cols = plane.shape

    def axis(n):
        if n % 2:
            return np.arange(-(n - 1) / 2, (n - 1) / 2 + 1) / (n - 1)
        return np.arange(-n / 2, n / 2) / n

    x, y = np.meshgrid(axis(cols), axis(rows))
    radius, theta = np.fft.ifftshift(np.sqrt(x**2 + y**2)), np.fft.ifftshift(np.arctan2(-y, x))
    low = 1 / (1 + (radius / 0.45) ** (2 * 15))
    radius[0, 0] = 1
    spectrum = np.fft.fft2(plane)
    energy_all, an_all = np.zeros(plane.shape), np.zeros(plane.shape)
    for o in range(4):
        angle = o * np.pi / 4
        ds = np.sin(theta) * np.cos(angle) - np.cos(theta) * np.sin(angle)
        dc = np.cos(theta) * np.cos(angle) + np.sin(theta) * np.sin(angle)
        spread = np.exp(-(np.arctan2(ds, dc) ** 2) / (2 * (np.pi / 4 / 1.2) ** 2))
        even, odd, kernels, em = [], [], [], None
        for scale in range(4):
            f0 = 1 / (6 * 2**scale)
            gabor = np.exp(-(np.log(radius / f0) ** 2) / (2 * np.log(0.55) ** 2)) * low
            gabor[0, 0] = 0
            gabor = gabor * spread
            response = np.fft.ifft2(spectrum * gabor)
            even.append(response.real)
            odd.append(response.imag)
            kernels.append(np.fft.ifft2(gabor).real * np.sqrt(rows * cols))
            if scale == 0:
                em = (gabor**2).sum()
        sum_e, sum_o = sum(even), sum(odd)
        length = np.sqrt(sum_e**2 + sum_o**2) + 1e-4
        mean_e, mean_o = sum_e / length, sum_o / length
        energy = sum(
            e * mean_e + q * mean_o - abs(e * mean_o - q * mean_e)
            for e, q in zip(even, odd, strict=True)
        )
        median = np.median(even[0] ** 2 + odd[0] ** 2)
        power = -median / np.log(0.5) / em
        an2 = sum((k**2).sum() for k in kernels)
        cross = sum((kernels[i] * kernels[j]).sum() for i in range(3) for j in range(i + 1, 4))
        tau = np.sqrt((2 * power * an2 + 4 * power * cross) / 2)
        threshold = (tau * np.sqrt(np.pi / 2) + 2 * np.sqrt((2 - np.pi / 2) * tau**2)) / 1.7
        energy_all += np.maximum(energy - threshold, 0)
        an_all += sum(np.hypot(e, q) for e, q in zip(even, odd, strict=True))
    return energy_all / an_all


def fsimc(x, y):
    f = factor(x)
    (y1, i1, q1), (y2, i2, q2) = ([shrunk(channel(p, w), f) for w in YIQ] for p in (x, y))
    p1, p2 = phase(y1), phase(y2)
    scharr = np.array([[3, 0, -3], [10, 0, -10], [3, 0, -3]]) / 16
    g = s(steep(y1, scharr), steep(y2, scharr), 160)
    colour = (s(i1, i2, 200) * s(q1, q2, 200)).astype(complex)
    pm = np.maximum(p1, p2)
    return (s(p1, p2, 0.85) * g * (colour**0.03).real * pm).sum() / pm.sum()


def uqi(x, y, n=8):
    """Window by window, with the sums of Wang & Bovik's definition."""
    values = []
    for r in range(x.shape[0] - n + 1):
        for c in range(x.shape[1] - n + 1):
            a, b = x[r : r + n, c : c + n].astype(float), y[r : r + n, c : c + n].astype(float)
            ma, mb = a.mean(), b.mean()
            spread = ((a - ma) ** 2).sum() + ((b - mb) ** 2).sum()
            means = ma**2 + mb**2
            if means == 0:
                values.append(1.0)
            elif spread == 0:
                values.append(2 * ma * mb / means)
            else:
                values.append(4 * ((a - ma) * (b - mb)).sum() * ma * mb / (spread * means))
    return sum(values) / len(values)
