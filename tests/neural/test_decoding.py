"""The six methods of the program that had them first, with networks, through the command line."""

from __future__ import annotations

import json

import numpy as np
import pytest

import varcolor as vc
from varcolor.cli import run
from varcolor.errors import FileError, InputError
from varcolor.image.color import lab, yuv
from varcolor.neural import loading, using
from varcolor.neural.framing import Frame

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.usefixtures("nowhere")
METHODS = (
    "ideepcolor-px-grid",
    "ideepcolor-px-grid-exclude",
    "ideepcolor-px-selective",
    "ideepcolor-px-grid+selective",
    "ideepcolor-global",
    "ideepcolor-stock",
)


@pytest.fixture
def photos(tmp_path):
    from PIL import Image
    from skimage import data

    folder = tmp_path / "photos"
    folder.mkdir()
    image = Image.fromarray(data.chelsea())
    for k in range(3):
        image.crop((20 * k, 0, 300 + 20 * k, 300)).resize((64, 56)).save(folder / f"{k}.png")
    return folder


@pytest.fixture
def loads(monkeypatch):
    """Count the networks that are read from files."""
    using._loaded.cache_clear()
    found = []
    read = loading.read_state

    def counted(path, form):
        found.append(form.name)
        return read(path, form)

    monkeypatch.setattr(loading, "read_state", counted)
    yield found
    using._loaded.cache_clear()


@pytest.mark.parametrize("kind", ["", "-alone"])
def test_all_methods_by_command_line_with_one_load_each(
    photos, weights, tmp_path, loads, capsys, kind
):
    names = []
    for method in METHODS:
        ir, out = tmp_path / method, tmp_path / f"{method}-out"
        size = [] if method.endswith(("global", "stock")) else ["-s", "64"]
        assert run(["encode", str(photos), "-m", method, "-o", str(ir), "--quiet", *size]) == 0
        capsys.readouterr()
        words = ["decode", str(ir), "--decoder", f"siggraph17{kind}", "--weights", str(weights)]
        assert run([*words, "-o", str(out), "--net-size", "64", "--json", "--quiet"]) == 0
        rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert [row["status"] for row in rows] == ["done"] * 3
        assert sorted(p.name for p in out.iterdir()) == [f"{k}.colour.png" for k in range(3)]
        for row in rows:
            rgb = vc.read(row["outputs"][0])
            gray = vc.IR.load(row["input"]).gray
            np.testing.assert_array_equal(vc.to_gray(rgb, "yuv").pixels, gray)
            assert np.ptp(rgb.pixels.astype(int), axis=2).max() > 10
        names.append(row["method"])
    assert len(set(names)) == 6
    assert sorted(loads) == ["global-hints", "siggraph17"]


def test_roundtrip_does_both(photos, weights, tmp_path, loads, capsys):
    words = [
        "roundtrip",
        str(photos),
        "-m",
        "ideepcolor-px-grid",
        "-s",
        "64",
        "-o",
        str(tmp_path / "o"),
    ]
    words += ["--decoder", "siggraph17", "--weights", str(weights), "--json", "--quiet"]
    assert run(words) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert all(row["psnr"] > 15 for row in rows)
    assert loads == ["siggraph17"]


@pytest.fixture
def stored(photos):
    photo = vc.read(photos / "0.png")
    return vc.encode(photo, "ideepcolor-px-grid"), photo


def test_cues_are_exact_with_the_solver_and_drift_without(stored, weights):
    from varcolor.ir.network import cued_pixels
    from varcolor.ir.stream import unpack

    ir, _ = stored
    at, chroma, size = cued_pixels(unpack(ir.color).payload, ir.gray)
    gaps = []
    for decoder in ("siggraph17", "siggraph17-alone"):
        from varcolor.ir.coding import decode_picture
        from varcolor.neural.using import NetworkOptions

        own = NetworkOptions(weights=str(weights))
        found = decode_picture(ir, decoder=decoder, network=own).chroma
        gaps.append(np.abs(found[at[:, 0], at[:, 1]] - chroma).max())
    assert gaps[0] < 1e-5
    assert gaps[1] > 1e-2
    assert size == 256


def test_the_network_sees_the_cells_as_the_originals_show_them(stored, weights, networks):
    """The decoder alone, once more by hand: squashed to S x S, hints in the cells, bilinear."""
    from varcolor.ir.network import cued_pixels
    from varcolor.ir.stream import unpack

    _, photo = stored
    from varcolor.ir.points.codecs import Grid

    ir = vc.encode(photo, Grid(size=64, grid=8))
    at, chroma, _ = cued_pixels(unpack(ir.color).payload, ir.gray)
    rgb = vc.decode(ir, decoder="siggraph17-alone", weights=weights)
    frame = Frame.of(ir.gray.shape, 64, "squash")
    luma = ir.gray / 255.0
    light = 100 * lab.luma_of_gray(np.clip(frame.enter(luma), 0, 1))
    ab, mask = np.zeros((64, 64, 2)), np.zeros((64, 64))
    for (row, column), own in zip(at, chroma, strict=True):
        colour = lab.split(yuv.merge(luma[row, column], own))[1]
        cell = int((row + 0.5) * 64 / ir.gray.shape[0]), int((column + 0.5) * 64 / ir.gray.shape[1])
        ab[cell], mask[cell] = colour, 1
    answer = networks["siggraph17"].chroma(
        light, *_spread(ab, mask, at, ir.gray.shape, luma, chroma)
    )
    small = yuv.split(lab.merge(light / 100, answer))[1]
    from PIL import Image

    planes = [
        np.asarray(
            Image.fromarray(small[..., k].astype(np.float32)).resize(
                ir.gray.shape[::-1], Image.Resampling.BILINEAR
            )
        )
        for k in range(2)
    ]
    expected = yuv.merge(luma, np.stack(planes, axis=2))
    inside = ((expected >= 0) & (expected <= 1)).all(axis=2)
    gap = np.abs(rgb[inside] - 255 * expected[inside])
    assert inside.mean() > 0.5
    assert np.quantile(gap, 0.99) < 2


def _spread(ab, mask, at, shape, luma, chroma):
    """Enlarged photos: every pixel of the network whose photo pixel is cued has its hint."""
    cued = {(int(r), int(c)): k for k, (r, c) in enumerate(at)}
    for i in range(64):
        for j in range(64):
            k = cued.get((i * shape[0] // 64, j * shape[1] // 64))
            if k is not None:
                r, c = at[k]
                ab[i, j] = lab.split(yuv.merge(luma[r, c], chroma[k]))[1]
                mask[i, j] = 1
    return ab, mask


def test_what_a_network_cannot_decode_is_refused(photos, weights):
    ir = vc.encode(vc.read(photos / "0.png"), budget=100)
    with pytest.raises(InputError, match="'tree' has none but its own"):
        vc.decode(ir, decoder="siggraph17", weights=weights)
    ir = vc.encode(vc.read(photos / "0.png"), "global")
    with pytest.raises(FileError, match="weights of the network 'global-hints'"):
        vc.decode(ir, decoder="siggraph17", weights=weights / "siggraph17.pth")


def test_old_sidecars_are_decoded_by_the_network(photos, weights, tmp_path):
    for method in ("ideepcolor-px-grid", "ideepcolor-px-grid+selective", "ideepcolor-global"):
        ir, out = tmp_path / method, tmp_path / f"{method}-out"
        words = ["-o", str(ir), "--legacy", "--quiet"]
        assert run(["encode", str(photos / "0.png"), "-m", method, *words]) == 0
        words = ["--decoder", "siggraph17", "--weights", str(weights), "-o", str(out), "--quiet"]
        assert run(["decode", str(ir), *words]) == 0
        assert (out / "0.colour.png").exists()
