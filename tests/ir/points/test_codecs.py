"""Codecs of cues: where they lie, what they cost, and what the seed program got wrong."""

import numpy as np
import pytest

import varcolor as vc
from tests.conftest import photo
from varcolor.errors import FormatError, InputError
from varcolor.ir.points.cells import Cells
from varcolor.ir.points.codecs import Grid, GridExclude, GridSelective, Selective
from varcolor.ir.points.coder import Points, pack_points, unpack_points
from varcolor.ir.points.fit import fitted
from varcolor.ir.points.interpolate import Interpolation
from varcolor.ir.points.sample import palette_of, unlike_neighbours
from varcolor.ir.points.selective import Picking, pick
from varcolor.ir.stream import unpack


def points_of(ir):
    return unpack_points(unpack(ir.color).payload, ir.gray.shape)


def psnr(a, b):
    return vc.compare(a, b, "psnr")["psnr"]


@pytest.mark.parametrize("shape", [(1, 1), (3, 5000), (60, 80), (512, 512)])
@pytest.mark.parametrize("size", [1, 10, 256])
def test_cells_are_square_and_hold_their_pixels(shape, size):
    cells = Cells(shape, size)
    rows, columns = cells.shape
    assert max(rows, columns) == min(size, max(shape))
    everything = cells.grid(-1)
    assert len(everything) == rows * columns
    pixels = cells.pixels(everything)
    assert (pixels >= 0).all()
    assert (pixels < shape).all()
    np.testing.assert_array_equal(cells.of_pixels(pixels), everything)


def test_grids():
    cells = Cells((64, 64), 64)
    assert len(cells.grid(0)) == 0
    assert len(cells.grid(-1)) == 4096
    assert len(cells.grid(16)) == 16
    assert len(cells.grid(1000)) == 1


def test_a_radius_keeps_every_centre_its_own():
    cells = Cells((20, 20), 20)
    at = np.array([[5, 5], [5, 6], [0, 19]])
    where, values = cells.dilated(at, np.array([10, 20, 30]), 2)
    table = dict(zip(map(tuple, where.tolist()), values.tolist(), strict=True))
    assert table[5, 5] == 10
    assert table[5, 6] == 20
    assert table[5, 4] == 10
    assert table[2, 17] == 30
    assert len(table) == 5 * 6 + 9


@pytest.mark.parametrize("grid", [None, 4, 0, -1])
def test_points_come_back(grid, rng):
    shape = (60, 90)
    cells = Cells(shape, 30)
    at = cells.grid(grid) if grid is not None else cells.grid(-1)[rng.random(600) < 0.1]
    values = rng.integers(-40, 40, (len(at), 2))
    points = Points(30, grid, 3, 5, at, values, np.zeros((0, 2), np.int64))
    back = unpack_points(pack_points(points, shape), shape)
    np.testing.assert_array_equal(back.cells, at)
    np.testing.assert_array_equal(back.values, values)
    assert (back.grid, back.radius, back.step) == (grid, 3, 5)


def test_large_values_come_back():
    values = np.array([[4000, -4000], [0, 17], [-18, 19]])
    points = Points(
        3, None, 0, 1, np.array([[0, 0], [1, 1], [2, 0]]), values, np.zeros((0, 2), int)
    )
    np.testing.assert_array_equal(unpack_points(pack_points(points, (3, 3)), (3, 3)).values, values)


def test_a_palette_saves_bytes():
    rgb = photo("astronaut")[:256, 120:376]
    plain = vc.encode(rgb, Grid(size=256, grid=8, step=1))
    few = vc.encode(rgb, Grid(size=256, grid=8, quantise=8))
    assert len(few.color) < 0.6 * len(plain.color)
    assert len(np.unique(points_of(few).values, axis=0)) <= 8
    assert points_of(few).values.shape == points_of(plain).values.shape


def test_palettes_are_deterministic(rng):
    values = rng.normal(0, 30, (500, 2))
    one, two = palette_of(values, 12), palette_of(values, 12)
    np.testing.assert_array_equal(one[0], two[0])
    assert len(one[0]) <= 12
    with pytest.raises(InputError):
        palette_of(values, 0)


def test_excluded_are_cues_among_their_like():
    cells = Cells((32, 32), 32).grid(4)
    values = np.where(cells[:, 1:] < 16, [[0.0, 0.0]], [[100.0, 50.0]])
    keep = unlike_neighbours(cells, values, 25)
    columns = np.unique(cells[keep][:, 1])
    assert columns.tolist() == [14, 18]
    assert unlike_neighbours(cells, np.zeros_like(values), 25).sum() == 1


@pytest.mark.parametrize("size", [(30, 40), (300, 260), (7, 7), (1, 12)])
def test_a_blobs_cue_lies_in_the_blob(size):
    y, x = np.mgrid[: size[0], : size[1]]
    ring = np.abs(np.hypot(y - size[0] / 2, x - size[1] / 2) - min(size) / 3) < max(
        2, min(size) / 9
    )
    chroma = np.where(ring[..., None], [60.0, -40.0], [-30.0, 20.0])
    at = pick(chroma, Picking(blur=0.0, smallest=1))
    assert len(at) >= 1
    inside = ring[at[:, 0], at[:, 1]]
    if ring.any() and not ring.all() and min(size) > 10:
        assert inside.any()
        assert (~inside).any()


def test_large_blobs_get_further_cues():
    chroma = np.zeros((240, 240, 2))
    assert len(pick(chroma, Picking())) == 1 + 5
    assert len(pick(chroma, Picking(extra=False))) == 1


def test_fitted_colours_are_better():
    rgb = photo("coffee")[100:300, 200:440]
    sampled = vc.encode(rgb, Grid(size=240, grid=24))
    best = vc.encode(rgb, Grid(size=240, grid=24, fit=True))
    gain = psnr(rgb, vc.decode(best)) - psnr(rgb, vc.decode(sampled))
    assert gain > 0.5


def test_a_few_steps_are_nearly_the_exact_interpolation(cat):
    for method in (Grid(size=40, grid=5), Selective(size=80)):
        ir = vc.encode(cat, method)
        exact, bounded = vc.decode(ir, decoder="harmonic"), vc.decode(ir)
        assert np.abs(exact.astype(int) - bounded).mean() < 0.2
        assert abs(psnr(cat, exact) - psnr(cat, bounded)) < 0.05


def test_the_transpose_is_one(rng, cat):
    gray = vc.to_gray(cat)
    at = Cells(gray.shape, 20).pixels(Cells(gray.shape, 20).grid(5))
    by = Interpolation(gray, at)
    c = rng.normal(size=(len(at), 2))
    p = rng.normal(size=(2, *gray.shape)).astype(np.float32)
    forward = by.forward(c)
    left, right = (forward * p).sum(), (c * by.backward(p)).sum()
    assert abs(left - right) < 1e-3 * np.linalg.norm(forward) * np.linalg.norm(p)


def test_a_fit_of_a_picture_in_reach_finds_it(rng, cat):
    gray = vc.to_gray(cat)
    at = Cells(gray.shape, 16).pixels(Cells(gray.shape, 16).grid(5))
    truth = rng.normal(0, 30, (len(at), 2))
    target = np.moveaxis(Interpolation(gray, at).forward(truth), 0, -1)
    found = fitted(gray, at, target, np.zeros_like(truth), steps=25)
    reached = np.moveaxis(Interpolation(gray, at).forward(found), 0, -1)
    assert np.abs(reached - target).mean() < 0.05 * np.abs(target).mean()


@pytest.mark.parametrize(
    "options",
    [
        lambda: Grid(size=0),
        lambda: Grid(grid=-2),
        lambda: Grid(p=-1),
        lambda: Grid(quantise=300),
        lambda: Grid(step=0),
        lambda: Selective(smallest=0),
        lambda: Selective(blur=-1.0),
        lambda: GridExclude(round_to=0),
        lambda: GridSelective(grid=2.5),
    ],
)
def test_impossible_options(options):
    with pytest.raises(InputError):
        options()


def test_damaged_payloads_are_told(rng):
    shape = (40, 50)
    seen = 0
    for _ in range(300):
        try:
            unpack_points(rng.bytes(int(rng.integers(0, 40))), shape)
        except FormatError:
            seen += 1
    assert seen > 200


def test_many_equal_cues_come_back():
    rgb = np.full((200, 300, 3), (90, 120, 60), np.uint8)
    ir = vc.encode(rgb, Grid(size=300, grid=-1))
    assert len(points_of(ir).cells) == 60000
    assert np.abs(vc.decode(ir).astype(int) - rgb).max() <= 6
