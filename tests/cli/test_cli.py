"""The command line as a user types it: results, exit codes, one clear line per error."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

import varcolor as vc
from varcolor.cli import run


@pytest.fixture
def folder(tmp_path, cat, cat_cues, monkeypatch):
    """Return a folder with a grey photo, its marked copy, an overlay, cues, points and the truth."""
    monkeypatch.chdir(tmp_path)
    gray = vc.to_gray(cat)
    vc.write(gray, tmp_path / "photo.png")
    vc.write(cat, tmp_path / "colour.png")
    marked = np.repeat(gray[..., None], 3, axis=2)
    marked[10:13, 5:40] = 200, 120, 60
    vc.write(marked, tmp_path / "marked.png")
    overlay = np.zeros((60, 80, 4), np.uint8)
    overlay[30:33, 20:60] = 30, 30, 30, 255
    vc.write(overlay, tmp_path / "overlay.png")
    vc.save_cues(cat_cues, tmp_path / "cues.json")
    (tmp_path / "points.csv").write_text("7,50,#808080\n")
    stroke = {"kind": "paint", "color": "#a03010", "radius": 2, "points": [[5, 55], [70, 55]]}
    keep = {"kind": "keep", "radius": 2, "points": [[5, 5], [70, 5]]}
    frame = {"format": "varcolor-strokes", "version": 1, "width": 80, "height": 60}
    (tmp_path / "strokes.json").write_text(json.dumps({**frame, "strokes": [stroke]}))
    (tmp_path / "keep.json").write_text(json.dumps({**frame, "strokes": [stroke, keep]}))
    return tmp_path


def outputs(capsys):
    captured = capsys.readouterr()
    return captured.out, captured.err


def test_colorize_from_all_sources_at_once(folder, capsys):
    code = run(
        [
            "colorize",
            "photo.png",
            "--marked",
            "marked.png",
            "--overlay",
            "overlay.png",
            "--strokes",
            "strokes.json",
            "--strokes",
            "cues.json",
            "--points",
            "points.csv",
            "--cue",
            "1,2,#0f0",
            "--cue",
            "2,2,#00ff00",
            "--save-cues",
            "used.json",
            "--method",
            "harmonic",
            "--set",
            "affinity=gauss4",
            "--space",
            "lab",
            "--json",
        ]
    )
    out, _ = outputs(capsys)
    assert code == 0
    facts = json.loads(out)
    assert facts["output"] == "photo.colour.png"
    assert facts["method"] == "harmonic"
    assert facts["space"] == "lab"
    assert facts["status"] == "converged"
    assert facts["error"] <= 0.5
    used = vc.read_cues("used.json")
    assert facts["cues"] == len(used)
    result = vc.read("photo.colour.png")
    np.testing.assert_array_equal(vc.to_gray(result, "lab").pixels, vc.read("photo.png").pixels)
    again = vc.colorize(
        vc.read("photo.png"), used, method=vc.Harmonic(affinity="gauss4"), space="lab"
    )
    np.testing.assert_array_equal(again.rgb, result.pixels)


def test_without_colours_the_result_is_grey(folder, capsys):
    assert run(["colorize", "photo.png"]) == 0
    out, err = outputs(capsys)
    assert out == "photo.colour.png\n"
    assert "no cues" in err
    assert vc.read("photo.colour.png").pixels.shape == (60, 80, 3)


def test_recolor(folder, capsys, cat):
    assert (
        run(["recolor", "colour.png", "--strokes", "keep.json", "--keep-outside", "-o", "out.tif"])
        == 0
    )
    result = vc.read("out.tif").pixels
    np.testing.assert_array_equal(result[4:6, 10:60], cat[4:6, 10:60])
    assert (result != cat).any()


def test_on_exists(folder, capsys):
    assert run(["colorize", "photo.png"]) == 0
    before = (folder / "photo.colour.png").stat().st_mtime_ns
    assert run(["colorize", "photo.png"]) == 2
    assert "--on-exists" in outputs(capsys)[1]
    assert run(["colorize", "photo.png", "--on-exists", "skip"]) == 0
    assert "skipped" in outputs(capsys)[1]
    assert (folder / "photo.colour.png").stat().st_mtime_ns == before
    assert run(["colorize", "photo.png", "--on-exists", "number"]) == 0
    assert (folder / "photo.colour-2.png").exists()
    assert run(["colorize", "photo.png", "--on-exists", "overwrite"]) == 0
    assert (folder / "photo.colour.png").stat().st_mtime_ns != before


def test_output_may_be_a_folder_and_lossy_photos_become_png(folder, cat, capsys):
    Image.fromarray(vc.to_gray(cat)).save("scan.jpg")
    assert run(["colorize", "scan.jpg", "-o", "new/"]) == 0
    assert (folder / "new" / "scan.colour.png").exists()
    assert run(["colorize", "photo.png", "-o", "new"]) == 0
    assert (folder / "new" / "photo.colour.png").exists()
    assert run(["colorize", "photo.png", "-o", "out.jpg", "--quality", "80"]) == 0
    assert "lossy" in outputs(capsys)[1]


def test_quiet(folder, capsys):
    assert run(["colorize", "photo.png", "--cue", "1,1,#f00", "--quiet"]) == 0
    assert outputs(capsys)[1] == ""


def test_info(folder, capsys):
    assert run(["info", "photo.png"]) == 0
    assert "width" in outputs(capsys)[0]
    assert run(["info", "overlay.png", "--json"]) == 0
    facts = json.loads(outputs(capsys)[0])
    assert facts["alpha"] is True
    assert facts["transparent_pixels"] == 60 * 80 - 120
    assert run(["info", "keep.json", "--json"]) == 0
    assert json.loads(outputs(capsys)[0])["keep"] > 100


def test_a_solve_that_does_not_converge_is_exit_code_1(folder, capsys):
    cues = ["--cue", "1,1,#f00", "--cue", "70,50,#00f"]
    code = run(["colorize", "photo.png", *cues, "--solver", "cg", "--max-steps", "2", "--json"])
    assert code == 1
    out, err = outputs(capsys)
    assert "step limit" in err
    facts = json.loads(out, parse_constant=pytest.fail)
    assert facts["status"] == "step limit"
    assert facts["error"] is None  # not known
    assert (folder / "photo.colour.png").exists()


USAGE = {
    "unknown option": "colorize photo.png --metod levin",
    "unknown command": "colourise photo.png",
    "no photo": "colorize",
    "unknown method": "colorize photo.png --method levinn",
    "unknown space": "colorize photo.png --space rgb",
    "unknown solver": "colorize photo.png --solver lu",
    "method option": "colorize photo.png --set radios=2",
    "method option form": "colorize photo.png --set radius",
    "tolerance": "colorize photo.png --tolerance 0",
    "tolerance type": "colorize photo.png --tolerance small",
    "quality": "colorize photo.png --quality 200",
    "cue form": "colorize photo.png --cue 1,2",
    "cue colour": "colorize photo.png --cue 1,2,redd",
    "cue outside": "colorize photo.png --cue 80,2,#fff",
    "marked size": "colorize photo.png --marked small.png",
    "overlay size": "colorize photo.png --overlay small-overlay.png",
    "nothing marked": "colorize photo.png --marked photo.png",
    "strokes schema": "colorize photo.png --strokes schema.json",
    "strokes NaN": "colorize photo.png --strokes nan.json",
    "strokes outside": "colorize photo.png --strokes outside.json",
    "strokes of another picture": "colorize small.png --strokes strokes.json",
    "keep on grey": "colorize photo.png --strokes keep.json",
    "recolor grey": "recolor photo.png --strokes strokes.json",
    "output is input": "colorize photo.png -o photo.png --on-exists overwrite",
    "output is marked copy": "colorize photo.png --marked marked.png -o marked.png "
    "--on-exists overwrite",
    "save-cues over input": "colorize photo.png --strokes strokes.json --save-cues strokes.json "
    "--on-exists overwrite",
}
FILES = {
    "missing photo": "colorize missing.png",
    "missing marked": "colorize photo.png --marked missing.png",
    "missing strokes": "colorize photo.png --strokes missing.json",
    "empty": "colorize empty.png",
    "text": "colorize text.png",
    "truncated PNG": "colorize cut.png",
    "truncated JPEG": "colorize cut.jpg",
    "truncated TIFF": "colorize cut.tif",
    "folder": "colorize . -o text.png",
    "file as parent": "colorize photo.png -o text.png/out.png",
    "unknown format": "colorize photo.png -o out.gif",
    "GPU": "colorize photo.png --backend gpu",
    "info": "info missing.png",
}


@pytest.fixture
def broken(folder, cat):
    """Add the files that must be refused."""
    vc.write(vc.to_gray(cat)[:-1], "small.png")
    vc.write(np.full((59, 80, 4), 255, np.uint8) - np.uint8([0, 0, 0, 255]) * 0, "opaque.png")
    overlay = np.zeros((59, 80, 4), np.uint8)
    overlay[5, 5] = 255
    vc.write(overlay, "small-overlay.png")
    (folder / "empty.png").touch()
    (folder / "text.png").write_text("not a picture")
    for extension in ("png", "jpg", "tif"):
        vc.write(cat, f"whole.{extension}")
        data = (folder / f"whole.{extension}").read_bytes()
        (folder / f"cut.{extension}").write_bytes(data[: len(data) * 2 // 3])
    good = json.loads((folder / "strokes.json").read_text())
    for name, change in {
        "schema": {"kind": "brush"},
        "nan": {"radius": float("nan")},
        "outside": {"points": [[500, 5]]},
    }.items():
        document = {**good, "strokes": [{**good["strokes"][0], **change}]}
        (folder / f"{name}.json").write_text(json.dumps(document))
    return folder


@pytest.mark.parametrize(
    ("command", "code"),
    [*((c, 2) for c in USAGE.values()), *((c, 3) for c in FILES.values())],
    ids=[*USAGE, *FILES],
)
def test_refused_with_one_line_and_nothing_written(broken, capsys, command, code):
    before = {p.name: p.read_bytes() for p in broken.iterdir() if p.is_file()}
    assert run(command.split()) == code
    out, err = outputs(capsys)
    assert out == ""
    lines = [line for line in err.splitlines() if not line.startswith(("note:", "warning:"))]
    assert len(lines) == 1
    assert lines[0].startswith("varcolor: ")
    assert "Traceback" not in err
    assert {p.name: p.read_bytes() for p in broken.iterdir() if p.is_file()} == before


def test_messages_name_the_file_and_the_way_out(broken, capsys):
    run(["colorize", "cut.jpg"])
    assert "cut.jpg" in outputs(capsys)[1]
    run(["colorize", "photo.png", "--marked", "small.png"])
    assert "small.png: is 80 x 59, but photo.png is 80 x 60" in outputs(capsys)[1]
    run(["colorize", "photo.png", "--strokes", "outside.json"])
    assert "outside.json: stroke 1 has a point at 500, 5" in outputs(capsys)[1]
    run(["colourise", "photo.png"])
    assert 'Did you mean "colorize"' in outputs(capsys)[1]


def test_a_jpeg_marked_copy_is_warned_about(folder, capsys, cat):
    noisy = np.repeat(vc.to_gray(cat)[..., None], 3, axis=2)
    noisy[10:30, 10:30] = 255, 0, 0
    noise = np.random.default_rng(0).integers(-3, 4, noisy.shape)
    vc.write(np.clip(noisy + noise, 0, 255).astype(np.uint8), "marked.png")
    (folder / "marked.png").rename("noisy.png")
    assert run(["colorize", "photo.png", "--marked", "noisy.png"]) == 0
    assert "warning: noisy.png" in outputs(capsys)[1]


def test_cues_as_people_give_them(folder, capsys):
    options = ["--cue", "20,20,tan,3", "--cue", "60,50,rgb(60, 90, 160)", "--points", "dots.csv"]
    (folder / "dots.csv").write_text("x;y;color;radius\n40;30;#c08040;2\n")
    assert run(["colorize", "photo.png", *options, "--save-cues", "used.json", "--quiet"]) == 0
    capsys.readouterr()
    assert len(vc.read_cues("used.json")) == 29 + 1 + 13
    assert run(["colorize", "photo.png", "--cue", "20,20,tan,-3", "-o", "b.png"]) == 2
    assert "--cue 20,20,tan,-3: the radius -3" in outputs(capsys)[1]


def test_strokes_of_another_size_are_scaled_and_said(folder, capsys, cat):
    vc.write(vc.to_gray(cat)[::2, ::2], "half.png")
    assert run(["colorize", "half.png", "--strokes", "strokes.json", "--json"]) == 0
    out, err = outputs(capsys)
    said = "strokes.json: made for a 80 x 60 picture: scaled 0.5 times, to the photo's 40 x 30"
    assert f"note: {said}" in err
    assert said in json.loads(out)["notes"]


def test_marked_copies_and_overlays_say_what_was_left_out(folder, capsys, cat):
    copy = Image.fromarray(vc.to_gray(cat)).convert("RGB")
    layer = Image.new("RGBA", (160, 120))
    ImageDraw.Draw(layer).line([(20, 30), (130, 80)], fill=(200, 90, 90, 255), width=14)
    soft = layer.filter(ImageFilter.GaussianBlur(2)).resize((80, 60), Image.Resampling.BOX)
    mask = soft.getchannel("A")
    copy.paste(Image.new("RGB", (80, 60), (200, 90, 90)), mask=mask)
    copy.save("soft.png")
    assert run(["colorize", "photo.png", "--marked", "soft.png", "--json"]) == 0
    out, err = outputs(capsys)
    assert "note: soft.png: " in err
    assert any("half-mixed rims" in note for note in json.loads(out)["notes"])
    every = ["--every-difference", "--json", "-o", "every.png"]
    assert run(["colorize", "photo.png", "--marked", "soft.png", *every]) == 0
    assert json.loads(outputs(capsys)[0])["cues"] > json.loads(out)["cues"]
    layer.save("large.png")
    assert run(["colorize", "photo.png", "--overlay", "large.png", "--json", "-o", "c.png"]) == 0
    assert "large.png: made for a 160 x 120 picture: scaled" in outputs(capsys)[1]


def test_a_doubt_is_printed_once_and_told_to_programs(folder, capsys, cat):
    copy = np.repeat(vc.to_gray(cat)[..., None], 3, axis=2)
    copy[10:30, 10:30] = 255, 0, 0
    vc.write(np.minimum(copy.astype(int) + 20, 255).astype(np.uint8), "bright.png")
    assert run(["colorize", "photo.png", "--marked", "bright.png", "--json"]) == 0
    out, err = outputs(capsys)
    assert err.count("other brightness") == 1
    assert "warning: bright.png: " in err
    assert any("other brightness" in note for note in json.loads(out)["notes"])


def test_configuration_file_and_environment(folder, capsys, monkeypatch):
    (folder / "varcolor.toml").write_text('[colorize]\nmethod = "harmonic"\nspace = "oklab"\n')
    assert run(["colorize", "photo.png", "--json", "--space", "lab"]) == 0
    facts = json.loads(outputs(capsys)[0])
    assert (facts["method"], facts["space"]) == ("harmonic", "lab")
    monkeypatch.setenv("VARCOLOR_COLORIZE_SOLVER", "cg")
    assert run(["colorize", "photo.png", "--cue", "1,1,#f00", "--json", "-o", "b.png"]) == 0
    assert json.loads(outputs(capsys)[0])["solver"] == "cg"


def test_16_bit_alpha_and_rotated_files(folder, capsys, cat, rng):
    deep = np.dstack([vc.to_gray(cat).astype(np.uint16) * 257, np.full((60, 80), 65535, np.uint16)])
    deep[0, 0, 1] = 0
    vc.write(deep, "deep.tif")
    assert run(["colorize", "deep.tif", "--cue", "9,9,#c04020"]) == 0
    result = vc.read("deep.colour.tif")
    assert result.pixels.dtype == np.uint16
    assert result.alpha is not None
    np.testing.assert_array_equal(vc.to_gray(result).pixels, deep[..., 0])
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(vc.to_gray(cat)).save("turned.png", exif=exif)
    assert run(["colorize", "turned.png", "--cue", "59,79,#c04020"]) == 0  # upright: 60 x 80
    assert vc.read("turned.colour.png").shape == (80, 60)


def test_demo_writes_and_measures(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run(["demo", "--method", "harmonic", "--json"]) == 0
    facts = json.loads(outputs(capsys)[0])
    assert len(facts["photos"]) == 3
    for photo in facts["photos"]:
        assert photo["status"] == "converged"
        assert photo["psnr"] > photo["psnr_grey"] + 4
    names = {p.name for p in (tmp_path / "varcolor-demo").iterdir()}
    assert "sheet.png" in names
    assert len(names) == 13


def test_demo_fails_when_the_result_is_poor(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("varcolor.cli.demo.REQUIRED_GAIN", 60.0)
    monkeypatch.setattr("varcolor.cli.demo.PHOTOS", ("chelsea",))
    assert run(["demo", "out"]) == 1
    assert "less than 60 dB" in outputs(capsys)[1]


def test_python_dash_m_and_interrupts(folder):
    done = subprocess.run(
        [sys.executable, "-m", "varcolor", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == vc.__version__


def test_interrupt_is_130(folder, capsys, monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("varcolor.colorization.colorize", interrupt)
    assert run(["colorize", "photo.png"]) == 130
    assert "interrupted" in outputs(capsys)[1]


class TestPrior:
    def test_prior_confidence_and_start(self, folder):
        common = ["colorize", "photo.png", "--strokes", "cues.json", "--method", "harmonic"]
        assert run([*common, "-o", "plain.png"]) == 0
        given = ["--prior", "colour.png", "--confidence", "100", "--start", "plain.png"]
        assert run([*common, *given, "-o", "firm.png"]) == 0
        truth = vc.read(folder / "colour.png")
        firm, plain = (
            vc.compare(truth, vc.read(folder / name), metrics=("psnr",))["psnr"]
            for name in ("firm.png", "plain.png")
        )
        assert firm > plain + 3

    def test_a_map_of_confidences(self, folder):
        Image.fromarray(np.full((60, 80), 128, np.uint8)).save(folder / "trust.png")
        given = ["--prior", "colour.png", "--confidence", "trust.png", "-o", "out.png"]
        assert run(["colorize", "photo.png", *given]) == 0

    @pytest.mark.parametrize(
        ("given", "message"),
        [
            (["--prior", "gpp"], "did you mean 'gp'"),
            (["--prior", "missing.png"], "missing.png"),
            (["--prior", "colour.png", "--confidence", "-1"], "confidence -1"),
            (["--prior", "colour.png", "--confidence", "nan"], "confidence nan"),
            (["--method", "levin", "--confidence", "1"], "without a prior"),
            (["--prior", "small.png"], "small.png: is 4 x 4, but the photo is 80 x 60"),
            (["--start", "small.png"], "small.png: is 4 x 4, but the photo is 80 x 60"),
        ],
    )
    def test_refusals(self, folder, capsys, given, message):
        Image.fromarray(np.zeros((4, 4, 3), np.uint8)).save(folder / "small.png")
        assert run(["colorize", "photo.png", "--strokes", "cues.json", *given]) in (2, 3)
        assert message in capsys.readouterr().err
