"""What is measured of the short trainings, besides what `varcolor evaluate` measures."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

import varcolor as vc
from benchmarks.quality.summary import mean_and_error
from varcolor.image.color import lab
from varcolor.metrics.scores import compare
from varcolor.neural.trained import file_of, loaded
from varcolor.neural.using import NetworkOptions
from varcolor.training.config import read_config
from varcolor.training.evaluation import answer, levels
from varcolor.training.run import CONFIG
from varcolor.training.samples import Unusable, sample_of
from varcolor.training.sources import entries_of, split
from varcolor.typing import FloatArray

#: Frequencies from this on count as the Nyquist frequency, in cycles a pixel.
NYQUIST = 0.47
#: Temperatures of the annealed mean: nearly the mode, that of the paper, its other one, the mean.
TEMPERATURES = (0.1, 0.38, 0.77, 1.0)


def samples(run: Path, size: int, most: int) -> Any:
    """Yield numbers and pictures that a run held out, as its network sees them."""
    config = read_config(run / CONFIG)
    data = replace(config.data, fit="whole", size=size)
    entries = entries_of([Path(place) for place in config.data.places])
    for number, entry in enumerate(split(entries, config.data.held_out)[1][:most]):
        try:
            yield number, sample_of(entry, data, None, np.random.default_rng(0))
        except Unusable:
            continue


def nyquist_energy(ab: FloatArray) -> float:
    """Return the mean power density of a*, b* at the Nyquist frequency of rows or columns.

    In units of CIELAB squared a pixel of the spectrum: the discrete Fourier transform of the
    planes, their mean taken off, times a Hann window, |F|^2 / sum of the window's squares.
    """
    height, width = ab.shape[:2]
    window = np.hanning(height)[:, None] * np.hanning(width)[None]
    rows, columns = np.abs(np.fft.fftfreq(height)), np.abs(np.fft.fftfreq(width))
    at = (rows[:, None] >= NYQUIST) | (columns[None] >= NYQUIST)
    power = 0.0
    for k in range(2):
        plane = (ab[..., k] - ab[..., k].mean()) * window
        spectrum = np.abs(np.fft.fft2(plane)) ** 2 / (window**2).sum()
        power += float(spectrum[at].mean())
    return power


def checkerboard(run: Path, size: int, most: int) -> dict[str, float]:
    """Return the energy at the Nyquist frequency of a network's answers and of the originals."""
    net = loaded(NetworkOptions(weights=str(file_of(run)), threads=1))
    found = []
    for number, sample in samples(run, size, most):
        ab = answer(net, sample, 0, number)
        total = float(((ab - ab.mean(axis=(0, 1))) ** 2).mean())
        flat = nyquist_energy(ab) / max(total, 1e-9)
        found.append((nyquist_energy(ab), flat, nyquist_energy(sample.ab.astype(np.float64))))
    means = np.mean(found, axis=0)
    error = np.std(found, axis=0, ddof=1) / np.sqrt(len(found))
    return {
        "energy": float(means[0]),
        "energy_error": float(error[0]),
        "of_variance": float(means[1]),
        "of_variance_error": float(error[1]),
        "original": float(means[2]),
        "pictures": len(found),
    }


def merged_as_published(run: Path, size: int, most: int) -> dict[str, float]:
    """Return PSNR with the true L*, and with 100 times the grey level in its place."""
    net = loaded(NetworkOptions(weights=str(file_of(run)), threads=1))
    found = []
    for number, sample in samples(run, size, most):
        ab = answer(net, sample, 0, number)
        original = levels(lab.merge(sample.true_light / 100, sample.ab))
        level = lab.gray_of_luma(sample.light / 100)
        pictures = (lab.merge(sample.true_light / 100, ab), lab.merge(level, ab))
        found.append([compare(original, levels(p), ("psnr",))["psnr"] for p in pictures])
    means = np.mean(found, axis=0)
    gaps = np.subtract(*np.transpose(found))
    error = float(np.std(gaps, ddof=1) / np.sqrt(len(gaps)))
    own = {"psnr_true_light": float(means[0]), "psnr_level_as_light": float(means[1])}
    return {**own, "difference": float(gaps.mean()), "difference_error": error}


def by_temperature(run: Path, size: int, most: int) -> list[dict[str, float]]:
    """Return the gain over grey and the colourfulness by the temperature of the annealed mean."""
    net = loaded(NetworkOptions(weights=str(file_of(run)), threads=1))
    names = ("psnr", "colourfulness")
    found: dict[float, list[tuple[float, float]]] = {each: [] for each in TEMPERATURES}
    for number, sample in samples(run, size, most):
        light = sample.true_light / 100
        original, gray = (
            levels(lab.merge(light, ab)) for ab in (sample.ab, np.zeros_like(sample.ab))
        )
        before = compare(original, gray, ("psnr",))["psnr"]
        for each, rows in found.items():
            own = SimpleNamespace(chroma=partial(net.chroma, temperature=each))
            result = levels(lab.merge(light, answer(own, sample, 0, number)))
            scores = compare(original, result, names)
            rows.append((scores["psnr"] - before, scores["colourfulness"]))
    result = []
    for each, rows in found.items():
        gains, colourfulness = zip(*rows, strict=True)
        gain, error = mean_and_error(gains)
        own = {"temperature": each, "gain": gain, "gain_error": error}
        result.append({**own, "colourfulness": float(np.mean(colourfulness))})
    return result


def as_prior(run: Path, places: list[Path], size: int, most: int) -> dict[str, float]:
    """Return the gain over grey of the solver with a run as prior and no cue, at full size."""
    gains = []
    for entry in entries_of(places)[:most]:
        photo = vc.read(entry.path)
        gray = vc.to_gray(photo)
        result = vc.colorize(
            gray, None, method="harmonic", prior=str(run), net_size=size, threads=1
        )
        before, after = (compare(photo, p, ("psnr",))["psnr"] for p in (gray, result.picture))
        gains.append(after - before)
    error = float(np.std(gains, ddof=1) / np.sqrt(len(gains)))
    return {"gain": float(np.mean(gains)), "gain_error": error, "pictures": len(gains)}
