"""Pictures in parts: the same answer as in one piece."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import tifffile

import varcolor as vc
from tests.conftest import photo
from varcolor.backend.cpu import CpuBackend
from varcolor.cli import run
from varcolor.tiled import colorize as tiled
from varcolor.tiled import expected, kept
from varcolor.tiled.coarse import Coarse, Share
from varcolor.tiled.source import open_source
from varcolor.tiled.tile import BLOCK
from varcolor.tiled.window import tiles

SIDE = 400


@pytest.fixture
def scene(tmp_path):
    """A grey TIFF with edges everywhere, cues of its own colours, and its true colours."""
    rgb = np.ascontiguousarray(np.tile(photo("chelsea")[:300, :450], (2, 1, 1))[:SIDE, :SIDE])
    gray = vc.to_gray(rgb)
    rng = np.random.default_rng(5)
    xy = rng.integers(0, SIDE, (14, 2))
    cues = vc.Cues.from_points(gray, xy, rgb[xy[:, 1], xy[:, 0]], radius=3)
    # A stroke across the borders of all tiles.
    line = np.column_stack([np.arange(20, 380), np.full(360, 200)])
    cues |= vc.Cues.from_points(gray, line, "#806040", radius=1)
    path = tmp_path / "gray.tif"
    tifffile.imwrite(path, gray, tile=(64, 64), compression="zlib")
    return path, gray, cues


@pytest.fixture(autouse=True)
def small_tiles(monkeypatch):
    """Tiles as for a picture much larger than the tests can take."""
    monkeypatch.setattr(tiled, "side_of", lambda *_: 144)


@pytest.mark.parametrize("method", ["harmonic", "levin"])
def test_as_in_one_piece(scene, tmp_path, method):
    path, gray, cues = scene
    options = vc.SolveOptions(method=method, tolerance=0.5, threads=1, on_miss="ignore")
    result = vc.colorize_tiled(path, cues, tmp_path / "out.tif", options)
    assert result.status is vc.Status.CONVERGED and result.error <= 0.5
    assert result.tiles == 9 and result.sweeps <= 12
    exact = vc.colorize(gray, cues, options=options, solver="direct")
    made = vc.read(tmp_path / "out.tif").pixels
    assert np.abs(made.astype(int) - exact.rgb).max() <= 1
    assert (vc.to_gray(made) == gray).all()


@pytest.mark.parametrize(
    "own",
    [
        {},
        {"method": "harmonic", "prior": "gp", "confidence": 0.003},
        {"method": "levin", "prior": "agreed", "confidence": 1e-3},
    ],
)
@pytest.mark.parametrize("alpha", [False, True])
def test_a_prior_as_in_one_piece(scene, tmp_path, monkeypatch, own, alpha):
    path, gray, cues = scene
    monkeypatch.setattr(expected, "_BAND", 20_000)  # the reference picture is made of many bands
    shown = np.ones(gray.shape, bool)
    if alpha:
        shown[100:250, 140:146] = shown[100:250, 300:306] = False
        shown[100:106, 140:306] = shown[244:250, 140:306] = False  # a part without cues
        at = cues.at
        inside = (at[:, 0] > 99) & (at[:, 0] < 250) & (at[:, 1] > 139) & (at[:, 1] < 306)
        cues = cues.select(~inside)
        both = np.dstack([gray, np.where(shown, 255, 0).astype(np.uint8)])
        own_tags = {"extrasamples": ["unassalpha"], "photometric": "minisblack"}
        tifffile.imwrite(path, both, planarconfig="contig", **own_tags)
    options = vc.SolveOptions(**own, threads=1, on_miss="ignore")
    result = vc.colorize_tiled(path, cues, tmp_path / "out.tif", options)
    assert result.status is vc.Status.CONVERGED and result.tiles == 9
    exact = vc.colorize(vc.read(path), cues, options=options, solver="direct")
    without = vc.colorize(vc.read(path), cues, method=own.get("method", "harmonic"))
    made = vc.read(tmp_path / "out.tif").pixels.astype(int)
    assert np.abs(made - exact.rgb)[shown].max() <= 1
    assert np.abs(made - without.rgb)[shown].max() > 4, "the prior counts"


def test_islands_and_holes(scene, tmp_path):
    path, gray, cues = scene
    alpha = np.full(gray.shape, 255, np.uint8)
    alpha[100:250, 140:146] = alpha[100:250, 300:306] = 0
    alpha[100:106, 140:306] = alpha[244:250, 140:306] = 0  # a part of its own, across tiles
    inside = np.zeros(gray.shape, bool)
    inside[106:244, 146:300] = True
    cues = cues.select(~inside[cues.at[:, 0], cues.at[:, 1]])
    tifffile.imwrite(
        path,
        np.dstack([gray, alpha]),
        extrasamples=["unassalpha"],
        photometric="minisblack",
        planarconfig="contig",
    )
    options = vc.SolveOptions(method="harmonic", threads=1, on_miss="ignore")
    result = vc.colorize_tiled(path, cues, tmp_path / "out.tif", options)
    assert f"{inside.sum()} pixels are reached by no cue" in " ".join(result.notes)
    made = vc.read(tmp_path / "out.tif")
    whole = vc.colorize(vc.read(path), cues, options=options, solver="direct")
    assert (made.alpha == alpha).all()
    seen = alpha > 0
    assert np.abs(made.pixels.astype(int) - whole.rgb)[seen].max() <= 1
    assert (made.pixels[inside] == gray[inside][:, None]).all(), "no cue reaches it"


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"rowsperstrip": 7},
        {"rowsperstrip": 7, "compression": "lzw", "predictor": True},
        {"tile": (48, 32), "compression": "zlib"},
        {"tile": (48, 32), "bigtiff": True, "byteorder": ">"},
    ],
)
@pytest.mark.parametrize("shape", [(90, 70), (90, 70, 3), (90, 70, 4)])
@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_segments_are_the_picture(tmp_path, how, shape, dtype):
    pixels = np.random.default_rng(1).integers(0, 255, shape).astype(dtype) * (
        257 if dtype == "uint16" else 1
    )
    kind = "minisblack" if len(shape) == 2 else "rgb"
    tifffile.imwrite(tmp_path / "a.tif", pixels.astype(dtype), photometric=kind, **how)
    source = open_source(tmp_path / "a.tif", 1e9)
    found = np.zeros((*shape[:2], source.shape[2]), dtype)
    count = np.zeros(shape[:2], int)
    for rows, columns, part in source.parts():
        found[rows, columns] = part
        count[rows, columns] += 1
    assert (count == 1).all()
    np.testing.assert_array_equal(found.reshape(shape), pixels.astype(dtype))


def test_tiles_cover_a_picture_once():
    for shape in ((1000, 777), (64, 3000), (16, 16), (145, 144 * 9 + 1)):
        seen = np.zeros(shape, int)
        found = tiles(shape, 144)
        for box in found:
            seen[box.rows, box.columns] += 1
            assert box.top % 16 == box.left % 16 == 0
            assert max(box.shape) <= 144
        assert (seen == 1).all()
        widths = [box.shape[1] for box in found]
        assert max(widths) - min(widths) <= 32, "no slivers"


def test_few_cues_on_a_photo(tmp_path):
    """What is slow here: large regions of one grey, tied to the rest by little."""
    gray = np.ascontiguousarray(np.tile(vc.to_gray(photo("astronaut")), (1, 2))[:320, 300:780])
    xy = [(30, 40), (400, 300), (200, 160)]
    cues = vc.Cues.from_points(gray, xy, ["#c04020", "#20a040", "#3050d0"], radius=5)
    tifffile.imwrite(tmp_path / "g.tif", gray)
    options = vc.SolveOptions(method="harmonic", threads=1, on_miss="ignore")
    result = vc.colorize_tiled(tmp_path / "g.tif", cues, tmp_path / "o.tif", options)
    assert result.status is vc.Status.CONVERGED and result.tiles == 12 and result.sweeps <= 12
    exact = vc.colorize(gray, cues, options=options, solver="direct")
    made = vc.read(tmp_path / "o.tif").pixels
    assert np.abs(made.astype(int) - exact.rgb).max() <= 1


@pytest.mark.parametrize("memory", [1e12, 0.0])
def test_kept_tiles_are_the_same(scene, tmp_path, monkeypatch, memory):
    """In memory or on disk, or made anew every time: the same result but for rounding."""
    path, _, cues = scene
    options = vc.SolveOptions(method="harmonic", threads=1, on_miss="ignore")
    monkeypatch.setattr(tiled, "left_of", lambda *_: memory)
    vc.colorize_tiled(path, cues, tmp_path / "kept.tif", options)
    monkeypatch.setattr(tiled, "left_of", lambda *_: 0.0)
    monkeypatch.setattr(kept, "_PART", 0.0)
    vc.colorize_tiled(path, cues, tmp_path / "anew.tif", options)
    one, other = (vc.read(tmp_path / name).pixels for name in ("kept.tif", "anew.tif"))
    assert np.abs(one.astype(int) - other).max() <= 1 and (one != other).mean() < 1e-4


def test_gone_on_after_a_kill(scene, tmp_path):
    path, _, cues = scene
    vc.save_cues(cues, tmp_path / "cues.json")
    program = (
        "import sys, varcolor as vc; from varcolor.tiled import colorize as t; "
        "t.side_of = lambda *_: 144; "
        "vc.colorize_tiled(sys.argv[1], vc.read_cues(sys.argv[2]), sys.argv[3], "
        "vc.SolveOptions(method='harmonic', threads=1, tolerance=1e-3, on_miss='ignore'))"
    )
    names = [str(path), str(tmp_path / "cues.json"), str(tmp_path / "out.tif")]
    state = tmp_path / ".out.tif.varcolor-parts" / "state.json"
    with subprocess.Popen([sys.executable, "-c", program, *names]) as running:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            if state.exists() and "changes" in state.read_text():
                break
            time.sleep(0.02)
        running.kill()
    before = json.loads(state.read_text())["changes"]
    assert before and not (tmp_path / "out.tif").exists()
    options = vc.SolveOptions(method="harmonic", threads=1, tolerance=1e-3, on_miss="ignore")
    vc.colorize_tiled(path, cues, tmp_path / "other.tif", options)
    result = vc.colorize_tiled(path, cues, tmp_path / "out.tif", options)
    assert result.sweeps > len(before) >= 1
    assert not state.parent.exists()
    one, other = (vc.read(tmp_path / name).pixels for name in ("out.tif", "other.tif"))
    assert np.abs(one.astype(int) - other).max() <= 1 and (one != other).mean() < 1e-4


def test_on_the_command_line(scene, tmp_path, capsys, monkeypatch):
    path, gray, cues = scene
    vc.save_cues(cues, tmp_path / "cues.json")
    monkeypatch.setattr(tiled, "budget", lambda asked: 2e6 if asked else 1e12)
    command = ["colorize", str(path), "--strokes", str(tmp_path / "cues.json"), "--threads", "1"]
    assert run([*command, "--memory", "2MB", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["tiles"] == 9 and Path(facts["output"]) == tmp_path / "gray.colour.tif"
    assert facts["method"] == "auto"
    assert any("look-alikes are trusted" in note for note in facts["notes"])
    assert (vc.to_gray(vc.read(facts["output"])).pixels == gray).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "gtv"}, "take harmonic"),
        ({"prior": "learned"}, "take the priors gp and agreed"),
        ({"prior": "agreed", "loss": "l1"}, "no loss"),
    ],
)
def test_refused(scene, tmp_path, options, message):
    path, _, cues = scene
    with pytest.raises(vc.InputError, match=message):
        vc.colorize_tiled(path, cues, tmp_path / "o.tif", vc.SolveOptions(**options))
    assert not (tmp_path / "o.tif").exists()


def test_too_little_memory_says_how_much(scene, tmp_path, monkeypatch):
    monkeypatch.undo()
    path, _, cues = scene
    with pytest.raises(vc.OutOfMemoryError, match=r"--memory \d\.\dGB"):
        vc.colorize_tiled(path, cues, tmp_path / "o.tif", memory="100MB")


def test_zarr_there_and_back(scene, tmp_path):
    zarr = pytest.importorskip("zarr")
    _, gray, cues = scene
    zarr.create_array(store=str(tmp_path / "in.zarr"), data=gray, chunks=(100, 100))
    options = vc.SolveOptions(method="harmonic", threads=1, on_miss="ignore")
    vc.colorize_tiled(tmp_path / "in.zarr", cues, tmp_path / "out.zarr", options)
    made = zarr.open_array(str(tmp_path / "out.zarr"), mode="r")[:]
    assert (vc.to_gray(made) == gray).all()
    assert (made[..., 0] != made[..., 2]).any()


def test_coarse_pixels_that_stand_for_nothing_are_left_out():
    backend, rng = CpuBackend(1), np.random.default_rng(3)
    coarse, side = Coarse((20 * BLOCK, 20 * BLOCK), backend), 20
    w = rng.uniform(0.5, 1.0, (4, side, side)).astype(np.float32)
    w[0, :, -1] = w[1, :, 0] = w[3, :, -1] = w[1:, -1] = 0  # nothing beyond the borders
    reaction = rng.uniform(0.1, 0.2, (side, side)).astype(np.float32)
    for plane, down, across in ((0, 0, 1), (1, 1, -1), (2, 1, 0), (3, 1, 1)):
        w[plane, 9, 9] *= 1e-8  # to the one, and from those before it
        w[plane, 9 - down, 9 - across] *= 1e-8
    reaction[9, 9] = 1e-8
    b = rng.normal(size=(2, side, side)).astype(np.float32)
    every = slice(0, side), slice(0, side)
    restricted, step = rng.normal(size=(3, 2, side, side)).astype(np.float32), np.full((2, 2), 0.5)
    restricted[0] = b + restricted[1:].sum(axis=0) / 2
    coarse.add(Share(np.zeros((5, 2)), every, restricted, ((w, reaction),) * 2))
    found = coarse.solve(step)[:, 1:-1, 1:-1]
    assert not found[:, 9, 9].any()
    matrix = np.diag(reaction.ravel().astype(float))
    for plane, down, across in ((0, 0, 1), (1, 1, -1), (2, 1, 0), (3, 1, 1)):
        for y, x in np.argwhere(w[plane] > 0):
            i, j = y * side + x, (y + down) * side + x + across
            matrix[[i, j], [i, j]] += w[plane, y, x]
            matrix[[i, j], [j, i]] -= w[plane, y, x]
    others = np.arange(side * side) != 9 * side + 9
    right = np.linalg.solve(matrix[np.ix_(others, others)], b.reshape(2, -1)[:, others].T).T
    assert np.allclose(found.reshape(2, -1)[:, others], right, atol=1e-3 * np.abs(right).max())
