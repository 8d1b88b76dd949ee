"""Recolouring to palettes: laws, against a dense solve, in Session, batch and the command line."""

from __future__ import annotations

import json

import numpy as np
import pytest

import varcolor as vc
from varcolor.cli import run
from varcolor.energy.color_weights import color_weights
from varcolor.energy.harmonic import Harmonic
from varcolor.errors import FileError, InputError
from varcolor.image.color import as_space, yuv
from varcolor.image.luma import gray_levels
from varcolor.metrics import histogram
from varcolor.metrics.colour import ciede2000_map
from varcolor.options import serial
from varcolor.palette.extract import main_colors
from varcolor.palette.palette import from_oklab, to_oklab
from varcolor.palette.plan import Plan
from varcolor.palette.shift import shift_of
from varcolor.pipeline.palettes.analysis import color_analysis

FLAT = np.array([[190, 60, 50], [40, 90, 150], [230, 220, 200]], np.uint8)


def poster(height=24):
    """Three flat colours with a gradient of light and some noise, (height, 48, 3)."""
    index = np.repeat([0, 1, 2], 16)
    light = np.linspace(0.85, 1.1, height)[:, None, None]
    noise = np.random.default_rng(5).normal(0, 2, (height, 48, 1))
    return np.clip(FLAT[index] * light + noise, 0, 255).astype(np.uint8)


def number(photo, k, count=3):
    """Return the number, of some main colours, of the one that is nearest to a flat colour."""
    gap = main_colors(photo, count).lab - to_oklab(FLAT[k] / 255)
    return int((gap**2).sum(axis=1).argmin()) + 1


WAYS = [
    {"palette": "1=#208040"},
    {"scheme": "1920s"},
    {"palette_from": poster()[:, ::-1, ::-1]},
    {"transfer": poster()[:, :, [1, 2, 0]]},
]


@pytest.mark.parametrize("options", WAYS)
@pytest.mark.parametrize("space", ["yuv", "lab", "oklab"])
def test_luma_is_kept_at_every_pixel(options, space):
    photo = poster()
    found = vc.recolor(photo, None, space=space, **options)
    own = as_space(space)
    np.testing.assert_array_equal(gray_levels(found.rgb, own), gray_levels(photo, own))
    assert found.status is vc.Status.CONVERGED
    assert float(ciede2000_map(photo, found.picture).mean()) > 2


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_a_palette_that_changes_nothing_changes_no_bit(cat, dtype):
    white = 1 if dtype is np.float32 else np.iinfo(dtype).max
    photo = (cat / 255 * white).astype(dtype)
    found = vc.recolor(photo, None, palette="1=keep")
    np.testing.assert_allclose(found.rgb, photo, atol=1e-6 if white == 1 else 0)
    assert "the palette changes no colour" in found.notes


def test_one_color_moves_and_the_others_stay():
    photo = poster()
    found = vc.recolor(photo, None, palette_colors=3, palette=f"{number(photo, 0)}=#2e8b3d")
    red, blue, pale = (found.rgb[:, k * 16 + 3 : k * 16 + 13].astype(int) for k in range(3))
    assert (red[..., 1] > red[..., 0]).all()  # green now
    before = photo.astype(int)
    for k, part in ((1, blue), (2, pale)):
        assert np.abs(part - before[:, k * 16 + 3 : k * 16 + 13]).max() <= 6
    # Gradients stay: rows are as bright as they were.
    np.testing.assert_array_equal(gray_levels(found.rgb, yuv), gray_levels(photo, yuv))


def test_locked_colors_stay_bit_for_bit():
    photo = poster()
    red, blue = number(photo, 0), number(photo, 1)
    text = f"{red}=#2e8b3d {blue}=lock"
    for more in ({}, {"palette_luma": "move"}, {"palette_luma": "match"}, {"snap": True}):
        found = vc.recolor(photo, None, palette_colors=3, palette=text, **more)
        part = slice(18, 30)
        np.testing.assert_array_equal(found.rgb[:, part], photo[:, part])
        assert found.untouched[:, part].all()
    assert [row["what"] for row in found.palette].count("locked") == 1


def test_the_change_is_that_of_a_dense_solve():
    """The reference: all of the energy's matrix, solved by NumPy, and colours by plain formulas."""
    photo = poster(8)
    plan = Plan.keeping(main_colors(photo, 3)).changed((("1", "#2e8b3d"),))
    lab = to_oklab(photo / 255.0)
    wanted, sure = shift_of(lab, plan.at_own_lightness())
    term = Harmonic(color_weights(lab * (0.7, 2.5, 2.5), None, 1e-4))
    matrix = np.asarray(term.matrix().todense(), np.float64)
    confidence = sure.ravel()
    dense = np.linalg.solve(
        matrix + np.diag(confidence), confidence[:, None] * wanted[..., 1:].reshape(-1, 2)
    )
    lab[..., 1:] += dense.reshape(8, 48, 2)
    expected = from_oklab(lab)
    inside = (expected > 0.02).all(axis=-1) & (expected < 0.98).all(axis=-1)
    found = vc.recolor(photo, None, palette_colors=3, palette="1=#2e8b3d").rgb / 255.0
    shift = yuv.split(found)[1] - yuv.split(expected)[1]
    assert np.abs(shift[inside]).max() < 0.012


def test_luma_becomes_that_of_the_new_color_by_choice():
    photo = poster()
    which = number(photo, 1)
    options = {"palette_colors": 3, "palette": f"{which}=#9ac4f0"}
    kept = vc.recolor(photo, None, **options)
    moved = vc.recolor(photo, None, palette_luma="match", **options)
    before, after = (gray_levels(own, yuv).astype(int) for own in (photo, moved.rgb))
    part = slice(20, 28)
    gain = (after - before)[:, part]
    expected = 255 * float(yuv.luma(np.array([0x9A, 0xC4, 0xF0]) / 255.0)) - before[:, part].mean()
    assert abs(gain.mean() - expected) < 12
    assert np.abs((after - before)[:, 34:46]).max() <= 4
    # Light from above to below and noise stay in the part.
    assert np.corrcoef(before[:, part].ravel(), after[:, part].ravel())[0, 1] > 0.98
    np.testing.assert_array_equal(gray_levels(kept.rgb, yuv), before)


@pytest.mark.parametrize("space", ["yuv", "lab"])
def test_luma_moves_and_contrasts_of_edges_stay(space):
    """Lettering on a ground that becomes lighter: every step is as high as it was."""
    photo = np.repeat(poster(120), 4, axis=1)
    ink = np.zeros(photo.shape[:2], bool)
    ink[20:100:6, 70:126] = ink[50:60, 80:84] = True  # lines upon the blue part
    photo[ink] = photo[ink] + 50
    options = {"palette_colors": 4, "palette": f"{number(photo, 1, 4)}=#9ac4f0", "space": space}
    moved = vc.recolor(photo, None, palette_luma="move", **options)
    before, after = (gray_levels(own, as_space(space)).astype(int) for own in (photo, moved.rgb))
    assert (after - before)[5:-5, 80:110].mean() > 20
    assert np.abs(after - before)[:, :30].mean() < 3
    for old, new in zip(np.diff(before, axis=0), np.diff(after, axis=0), strict=True):
        edge = np.abs(old) >= 20
        assert np.abs(new - old)[edge].max(initial=0) <= 2  # rounding makes one


def test_moved_luma_stays_within_black_and_white():
    """White lines upon grey that would become lighter: they stay white and the ground follows."""
    photo = np.full((60, 90, 3), (120, 130, 150), np.uint8)
    photo[:, 30:60:5] = 255
    photo[:, 60:] = (30, 20, 20)
    main = main_colors(photo, 3)
    grey = 1 + int(np.abs(main.colors - photo[0, 0] / 255).sum(axis=1).argmin())
    options = {"palette_colors": 3, "palette": f"{grey}=#e8f0ff", "palette_luma": "move"}
    found = vc.recolor(photo, None, **options)
    before, after = (gray_levels(own, yuv).astype(int) for own in (photo, found.rgb))
    steps = [np.diff(own[30])[28:58] for own in (before, after)]
    edge = np.abs(steps[0]) > 20
    assert np.abs(steps[1] - steps[0])[edge].max() <= 3
    assert after[:, 30:60:5].min() >= 250
    assert (after - before)[:, :15].mean() > 15


def test_snapped_pixels_are_colors_of_the_palette(tmp_path):
    (tmp_path / "four.json").write_text('["#c08040", "#102030", "#f0e8d0", "#3060a0"]')
    found = vc.recolor(poster(), None, palette=str(tmp_path / "four.json"), snap=True)
    colors = {tuple(row) for row in found.rgb.reshape(-1, 3).tolist()}
    assert colors <= {(192, 128, 64), (16, 32, 48), (240, 232, 208), (48, 96, 160)}
    assert len(colors) >= 3


def test_there_and_back():
    photo = poster()
    first = main_colors(photo, 3).hexes[number(photo, 1) - 1]
    there = vc.recolor(photo, None, palette_colors=3, palette=f"{first}=#786428").picture
    back = vc.recolor(there, None, palette_colors=3, palette=f"#786428={first}")
    assert float(ciede2000_map(photo, there).mean()) > 8
    assert float(ciede2000_map(photo, back.picture).mean()) < 1


def test_there_and_back_where_main_colors_are_near():
    """One of two like blues turns red and back: it is all of it that turns, and the other none."""
    photo = poster(48)
    photo[:, 8:16] = photo[:, 24:32][:, ::-1] // 2 + 70  # a paler blue beside the first
    main = main_colors(photo, 4)
    own = int(((main.lab - to_oklab(FLAT[1] / 255)) ** 2).sum(axis=1).argmin())
    first = main.hexes[own]
    options = {"palette_colors": 4, "on_miss": "ignore"}
    there = vc.recolor(photo, None, palette=f"{own + 1}=#a05050", **options).picture
    turned = to_oklab(there.as_float()[:, 20:28]).mean(axis=(0, 1))
    wanted = to_oklab(np.array([0xA0, 0x50, 0x50]) / 255)
    assert np.hypot(*(turned - wanted)[1:]) < 0.04
    back = vc.recolor(there, None, palette=f"#a05050={first}", **options).picture
    assert float(ciede2000_map(photo, there).mean()) > 6
    assert float(ciede2000_map(photo, back).mean()) < 1


def test_transparent_pixels_do_not_count():
    photo = poster()
    alpha = np.full((*photo.shape[:2], 1), 255, np.uint8)
    alpha[:, :16] = 0
    rgba = np.concatenate([photo, alpha], axis=2)
    found = vc.recolor(rgba, None, scheme="1920s")
    np.testing.assert_array_equal(found.picture.alpha, alpha[..., 0])
    np.testing.assert_array_equal(found.rgb[:, :16], photo[:, :16])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"palette": "9=red", "palette_colors": 3}, "main colours are 1 to 3"),
        ({"palette": "#00ff00=red"}, "no main colour is like"),
        ({"palette": " "}, "names no change and no file"),
        ({"scheme": "1930s"}, "scheme '1930s'"),
        ({"scheme": "modern", "transfer": poster()}, "contradict"),
        ({"transfer": poster(), "snap": True}, "transfer goes without"),
        ({"scheme": "modern", "whole": True}, "go with strokes"),
        ({"snap": True}, "go with a palette"),
        ({"palette_luma": "move"}, "go with a palette"),
        ({"palette_colors": 1, "scheme": "modern"}, "palette_colors"),
        ({"palette_from": np.zeros((4, 4), np.uint8)}, "is grey"),
        ({"transfer": np.zeros((4, 4), np.uint8)}, "is grey"),
    ],
)
def test_what_is_asked_for_wrongly(options, said):
    with pytest.raises(InputError, match=said):
        vc.recolor(poster(), None, **options)


def test_palettes_of_one_and_of_500_colors_and_grey_photos(tmp_path):
    for count in (1, 500):
        file = tmp_path / f"{count}.json"
        file.write_text(json.dumps([f"#{k:06x}" for k in range(count)]))
        with pytest.raises(InputError, match=rf"{count}\.json: holds {count} colour"):
            vc.recolor(poster(), None, palette=str(file))
    with pytest.raises(FileError, match=r"no\.gpl"):
        vc.recolor(poster(), None, palette=str(tmp_path / "no.gpl"))
    with pytest.raises(InputError, match="is grey"):
        vc.recolor(poster()[..., 0], None, scheme="modern")
    cue = vc.Cues.from_points(poster(), [[1, 1]], [[255, 0, 0]])
    with pytest.raises(InputError, match="at once"):
        vc.recolor(poster(), cue, scheme="modern")
    flat = np.full((5, 6, 3), (200, 60, 40), np.uint8)
    assert vc.recolor(flat, None, scheme="modern").rgb.shape == (5, 6, 3)


def test_the_analysis_is_that_of_the_metrics(cat):
    photo, result = vc.Picture(cat), vc.recolor(cat, None, scheme="modern").picture
    found = color_analysis(photo, result)
    assert found.pop("ab_bins_photo") == histogram.ab_bins(result, photo)
    for name, value in found.items():
        assert value == pytest.approx(getattr(histogram, name)(photo, result)), name
    grey = vc.Picture(np.repeat(cat[..., :1], 3, axis=2))
    assert color_analysis(grey, result)["ab_within_1"] is None


def test_session_options_and_json(cat):
    session = vc.Session(cat)
    found = session.recolor(None, scheme="1920s")
    np.testing.assert_array_equal(found.rgb, vc.recolor(cat, None, scheme="1920s").rgb)
    options = vc.RecolorOptions(palette="1=teal", palette_luma="move")
    again = serial.from_json(vc.RecolorOptions, serial.to_json(options))
    assert (again.palette, again.palette_luma) == ("1=teal", "move")


def test_command_line_and_batch(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    vc.write(poster(), "a.png")
    vc.write(poster()[..., 0], "grey.png")
    assert run(["recolor", "a.png", "--palette", "1=teal", "--palette", "2=lock", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert [row["what"] for row in facts["palette"][:2]] == ["moved", "locked"]
    assert 0 < facts["colors"]["ab_same_bin"] < 1
    assert run(["recolor", "a.png", "--palette-from", "grey.png", "-o", "b.png"]) == 2
    assert "grey.png: is grey" in capsys.readouterr().err
    assert run(["recolor", "grey.png", "--scheme", "modern", "-o", "b.png"]) == 2
    (tmp_path / "empty.gpl").write_bytes(b"")
    assert run(["recolor", "a.png", "--palette", "empty.gpl", "-o", "b.png"]) == 3
    assert "empty.gpl: " in capsys.readouterr().err
    assert not (tmp_path / "b.png").exists()
    command = ["batch", "a.png", "-o", "out/", "--job", "recolor", "--scheme", "1920s", "--quiet"]
    assert run(command) == 0
    expected = vc.recolor(vc.read("a.png"), None, scheme="1920s").rgb
    np.testing.assert_array_equal(vc.read("out/a.colour.png").pixels, expected)
