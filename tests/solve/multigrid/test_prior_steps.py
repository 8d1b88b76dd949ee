"""A prior ties every pixel a little, and tall pictures are smoothed in parts: few more steps."""

import numpy as np
import pytest

import varcolor as vc

# Taller than a pair of the smoother's strips, so that links are dropped where two pairs meet.
TALL, WIDTH = 1100, 300


def photo(kind, seed):
    """Return a grey picture (H, W) in which links of all strengths lie side by side."""
    rng = np.random.default_rng(seed)
    if kind == "noise":
        luma = rng.uniform(size=(TALL, WIDTH))
    else:
        luma = np.kron(rng.uniform(size=(-(-TALL // 3), WIDTH // 3)), np.ones((3, 3)))[:TALL]
        luma = (luma + 0.1 * rng.uniform(size=luma.shape)) / 1.1
    return luma.astype(np.float32)


def painted(seed, count=60):
    """Return dots of a few colours."""
    rng = np.random.default_rng(seed)
    colours = rng.uniform(0.2, 0.8, (5, 3))
    mask, colour = np.zeros((TALL, WIDTH), bool), np.zeros((TALL, WIDTH, 3))
    for _ in range(count):
        row, column = rng.integers(TALL - 5), rng.integers(WIDTH - 5)
        box = slice(row, row + 5), slice(column, column + 5)
        mask[box], colour[box] = True, colours[rng.integers(len(colours))]
    return mask, colour


def solved(gray, mask, colour, prior=None, solver="multigrid"):
    own = {"method": "harmonic", "prior": prior, "solver": solver, "threads": 1}
    return vc.colorize(gray, vc.Cues.from_mask(mask, colour), **own)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("kind", ["noise", "patches"])
def test_tall_pictures_take_few_more_steps(kind, seed):
    gray, paint = photo(kind, seed), painted(seed)
    short = solved(gray[:1000], *(part[:1000] for part in paint))
    tall = solved(gray, *paint)
    assert tall.status is vc.Status.CONVERGED
    assert tall.steps <= 1.5 * short.steps


@pytest.mark.parametrize("prior", ["gp", "agreed"])
@pytest.mark.parametrize("kind", ["noise", "patches"])
def test_a_prior_takes_few_more_steps(kind, prior):
    gray, paint = photo(kind, 0), painted(0)
    alone, found = solved(gray, *paint), solved(gray, *paint, prior)
    assert found.status is vc.Status.CONVERGED
    assert found.steps <= 1.4 * alone.steps
    exact = solved(gray, *paint, prior, "direct")
    assert np.abs(found.rgb - exact.rgb).max() <= 1e-4  # of 1


def lines(seed, height=400, width=300):
    """Return thin lines (H, W) that wander downwards, on paper: strong links along them alone."""
    rng = np.random.default_rng(seed)
    luma = np.full((height, width), 0.9)
    for _ in range(width // 3):
        first = rng.integers(width)
        steps = rng.integers(-1, 2, height) * (rng.random(height) < 0.1)
        luma[np.arange(height), (first + np.cumsum(steps)) % width] = rng.uniform(0, 0.5)
    return (luma + rng.normal(0, 0.002, luma.shape)).clip(0, 1)


def test_a_prior_that_outweighs_links_across_lines():
    # Interpolation that takes pixels amid four coarse ones for fixed takes 33 steps.
    steps = 0
    for seed in (1, 3):
        gray, rng = lines(seed), np.random.default_rng(seed)
        height, width = gray.shape
        points = np.column_stack([rng.integers(0, width, 40), rng.integers(0, height, 40)])
        cues = vc.Cues.from_points(gray, points, rng.uniform(0.2, 0.8, (40, 3)))
        blocks = rng.uniform(0.2, 0.8, (height // 50 + 1, width // 50 + 1, 3))
        prior = np.kron(blocks, np.ones((50, 50, 1)))[:height, :width]
        own = {"method": "harmonic", "solver": "multigrid", "threads": 1}
        found = vc.colorize(gray, cues, prior=prior, confidence=1e-4, **own)
        assert found.status is vc.Status.CONVERGED
        steps += found.steps
    assert steps <= 29
