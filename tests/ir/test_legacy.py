"""The older program's files: their sizes, what they hold, and its old mistakes."""

import struct

import numpy as np
import pytest

import varcolor as vc
from varcolor.errors import FileError, FormatError, InputError
from varcolor.image.publish import write_files
from varcolor.ir import legacy
from varcolor.ir.masks import (
    Mask,
    bins_of_old,
    pack_histogram,
    pack_mask,
    unpack_histogram,
    unpack_mask,
)
from varcolor.ir.points.codecs import Grid, GridSelective


def grid_mask(size, grid, p=0):
    lines = np.arange(0, size, grid)
    cells = np.stack(np.meshgrid(lines, lines, indexing="ij"), -1).reshape(-1, 2)
    return Mask(size, p, grid, cells, (cells % 100).astype(np.int8))


@pytest.mark.parametrize(
    ("size", "grid", "expected"),
    [
        (256, 1, 131076),
        (256, 4, 8196),
        (256, 8, 2052),
        (256, 10, 1356),
        (256, 16, 516),
        (512, 16, 2052),
    ],
)
def test_sizes_of_grids(size, grid, expected):
    mask = grid_mask(size, grid)
    data = pack_mask(mask)
    assert len(data) == expected
    back = unpack_mask(data)
    np.testing.assert_array_equal(back.cells, mask.cells)
    np.testing.assert_array_equal(back.ab, mask.ab)


@pytest.mark.parametrize(("size", "each"), [(200, 4), (256, 4), (257, 6), (600, 6)])
def test_sizes_of_lists(size, each, rng):
    cells = np.unique(rng.integers(0, size, (50, 2)), axis=0)
    mask = Mask(size, 2, None, cells, rng.integers(-128, 128, cells.shape).astype(np.int8))
    data = pack_mask(mask)
    assert len(data) == 3 + each * len(cells)
    back = unpack_mask(data)
    np.testing.assert_array_equal(back.cells, cells)
    np.testing.assert_array_equal(back.ab, mask.ab)
    assert back.p == 2


def test_an_old_grid_with_a_radius_is_told_by_its_count():
    size, grid, p = 256, 16, 1
    lines = [y for y in range(0, size, grid) if y >= p]
    filled = [y + d for y in lines for d in (-1, 0, 1) if y + d < size]
    assert len(filled) ** 2 == 2025
    ab = np.array([(round(r / grid), round(c / grid)) for r in filled for c in filled], np.int8)
    data = struct.pack("<HBB", size, p | 0x80, grid) + ab.tobytes()
    mask = unpack_mask(data)
    assert len(mask.cells) == 225
    np.testing.assert_array_equal(mask.ab, mask.cells // grid)
    with pytest.raises(FormatError, match="cues"):
        unpack_mask(data[:-2])


@pytest.mark.parametrize("data", [b"", b"\0", b"\0\0\0", b"\x10\0\x80", b"\x10\0\0abc"])
def test_broken_masks(data):
    with pytest.raises(FormatError):
        unpack_mask(data)


def test_a_cue_outside():
    with pytest.raises(FormatError, match="outside"):
        unpack_mask(struct.pack("<HB", 16, 0) + bytes([16, 0, 1, 1]))


def test_bins():
    bins = bins_of_old()
    assert bins.shape == (313, 2)
    assert bins.min(axis=0).tolist() == [-90, -110]
    assert bins.max(axis=0).tolist() == [100, 100]


def test_histograms():
    shares = np.zeros(313)
    shares[[3, 100, 312]] = [0.25, 0.5, 0.25]
    data = pack_histogram(shares)
    assert len(data) == 18
    np.testing.assert_array_equal(unpack_histogram(data), shares)
    for bad in (data[:-1], struct.pack("<hf", 313, 0.5), struct.pack("<hf", 1, float("nan"))):
        with pytest.raises(FormatError):
            unpack_histogram(bad)


@pytest.mark.parametrize(
    ("method", "names"),
    [
        (Grid(size=80, grid=8, p=1), ["x.gray.png", "x.mask"]),
        ("selective", ["x.gray.png", "x.mask"]),
        (GridSelective(size=80, grid=20), ["x.gray.png", "x_1.mask", "x_2.mask"]),
        ("global", ["x.gray.png", "x.glob_dist"]),
        ("stock", ["x.gray.png"]),
    ],
)
def test_files_are_written_and_read(method, names, cat, tmp_path):
    ir = vc.encode(cat, method)
    write_files(legacy.files_of(ir, tmp_path / "x"))
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(names)
    sidecar = tmp_path / names[-1]
    if legacy.is_legacy(sidecar):
        back = legacy.load(tmp_path / names[1])
        result = vc.decode(back)
        assert (vc.to_gray(result) == ir.gray).all()
        wanted = vc.decode(ir)
        assert np.abs(result.astype(int) - wanted).mean() < 12
        again = vc.IR.from_bytes(back.to_bytes())
        np.testing.assert_array_equal(vc.decode(again), result)


def test_the_tree_has_no_such_form(cat, tmp_path):
    with pytest.raises(InputError, match="tree"):
        legacy.files_of(vc.encode(cat, budget=50), tmp_path / "x")


def test_a_missing_grey_is_named(tmp_path):
    (tmp_path / "x.mask").write_bytes(pack_mask(grid_mask(16, 8)))
    with pytest.raises(FileError, match=r"x\.gray\.png"):
        legacy.load(tmp_path / "x.mask")


def test_a_broken_sidecar_is_named(cat, tmp_path):
    vc.write(vc.to_gray(cat), tmp_path / "x.gray.png")
    (tmp_path / "x.mask").write_bytes(b"ab")
    with pytest.raises(FormatError, match=r"x\.mask"):
        legacy.load(tmp_path / "x.mask")


def hostile_mask(rng, cues=123):
    """Return a file of 498 bytes for 123 cues: the most cells, the largest radius."""
    cells = np.unique(rng.integers(0, 2048, (cues, 2)), axis=0)
    ab = rng.integers(-60, 60, cells.shape).astype(np.int8)
    return Mask(2048, 127, None, cells, ab)


@pytest.mark.parametrize("shape", [(7, 5), (64, 64), (90, 300)])
@pytest.mark.parametrize(("size", "p"), [(64, 0), (64, 3), (200, 7), (33, 127)])
def test_masks_paint_what_a_plain_loop_paints(rng, shape, size, p):
    masks = []
    for _ in range(2):
        cells = np.unique(rng.integers(0, size, (20, 2)), axis=0)
        masks.append(Mask(size, p, None, cells, rng.integers(-60, 60, cells.shape).astype(np.int8)))
    table = {}
    for mask in masks:
        cells, ab = mask.dilated()
        for (r, c), color in zip(mask.pixels(cells, shape), ab, strict=True):
            table[int(r), int(c)] = color
    at, ab = legacy.painted(masks, shape)
    assert [tuple(pixel) for pixel in at.tolist()] == sorted(table)
    np.testing.assert_array_equal(ab, [table[pixel] for pixel in sorted(table)])


def test_a_small_mask_with_a_large_radius_costs_little(rng):
    import time
    import tracemalloc

    gray = rng.integers(0, 256, (64, 64), dtype=np.uint8)
    mask = pack_mask(hostile_mask(rng))
    assert len(mask) < 800
    ir = vc.IR(vc.Picture(gray), legacy.pack(8, gray, len(mask).to_bytes(4, "little") + mask))
    flat = np.zeros((2048, 2048, 3), np.uint8)
    vc.decode(ir)
    start = time.process_time()
    vc.to_gray(flat)  # the peer: one conversion of as many pixels as the mask has cells
    peer, start = time.process_time() - start, time.process_time()
    vc.decode(ir)
    assert time.process_time() - start < 20 * peer + 0.1
    tracemalloc.start()
    vc.decode(ir)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 300e6


@pytest.mark.parametrize("kind", ["dangling", "folder", "empty", "short"])
@pytest.mark.parametrize("suffix", [".glob_dist", ".mask"])
def test_sidecars_that_cannot_be_read_are_errors_of_that_file(tmp_path, rng, kind, suffix):
    vc.write(rng.integers(0, 255, (8, 8), dtype=np.uint8), tmp_path / "a.gray.png")
    sidecar = tmp_path / f"a{suffix}"
    if kind == "dangling":
        sidecar.symlink_to("nowhere")
    elif kind == "folder":
        sidecar.mkdir()
    else:
        sidecar.write_bytes(b"" if kind == "empty" else b"\1")
    with pytest.raises((FileError, FormatError), match=f"a{suffix}"):
        legacy.load(sidecar)
