"""`varcolor metrics`, as somebody would use it on folders."""

import csv
import io
import json

import numpy as np
import pytest
from PIL import Image
from skimage import data

import varcolor as vc
from varcolor.cli import run

SUFFIXES = ("", "_levin", ".colour", "_noisy")


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """Three references, twelve results: one of another size, one corrupt."""
    root = tmp_path_factory.mktemp("tree")
    rng = np.random.default_rng(1)
    photos = {
        "img1": data.chelsea()[::4, ::4],
        "img10": data.coffee()[::6, ::6],
        "sub/astro": data.astronaut()[::6, ::6],
    }
    for name, photo in photos.items():
        vc.write(photo, root / "ref" / f"{name}.png")
        for k, suffix in enumerate(SUFFIXES):
            noise = rng.integers(-5 * k - 1, 5 * k + 2, photo.shape)
            result = np.clip(photo * (1 - 0.1 * k) + noise, 0, 255).astype(np.uint8)
            cut = 3 if (name, suffix) == ("img1", "_noisy") else 0
            vc.write(result[cut:], root / "out" / f"{name}{suffix}.png")
    broken = root / "out/sub/astro_levin.png"
    broken.write_bytes(broken.read_bytes()[:2000])
    (root / "out/notes.txt").write_text("no picture")
    return root


@pytest.fixture
def tree(original, tmp_path, monkeypatch):
    import shutil

    shutil.copytree(original, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def call(capsys, *arguments):
    code = run(["metrics", *map(str, arguments)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_the_tree(tree, capsys):
    code, out, err = call(capsys, "ref", "out", "--json")
    assert code == 1
    report = json.loads(out)
    assert len(report["results"]) == 10
    failed = {f["file"]: f["reason"] for f in report["failed"]}
    assert set(failed) == {"out/img1_noisy.png", "out/sub/astro_levin.png"}
    assert "sizes differ" in failed["out/img1_noisy.png"]
    assert "broken PNG" in failed["out/sub/astro_levin.png"]
    assert "sizes differ" in err
    assert "10 results measured, 2 files without scores" in err
    by_reference = {}
    for item in report["results"]:
        by_reference.setdefault(item["reference"], []).append(item["result"])
    assert by_reference == {
        "img1.png": ["img1.colour.png", "img1.png", "img1_levin.png"],
        "img10.png": [f"img10{s}.png" for s in (".colour", "", "_levin", "_noisy")],
        "sub/astro.png": [f"sub/astro{s}.png" for s in (".colour", "", "_noisy")],
    }
    assert report["metrics"]["psnr"] == {"unit": "dB", "better": "higher"}
    item = report["results"][0]
    pair = [vc.read(tree / "ref/img1.png"), vc.read(tree / "out/img1.colour.png")]
    assert item["scores"] == pytest.approx(dict(vc.compare(*pair)))
    values = [i["scores"]["psnr"] for i in report["results"]]
    assert report["mean"]["psnr"] == pytest.approx(np.mean(values))
    assert report["means"]["img1.png"]["psnr"] == pytest.approx(np.mean(values[:3]))


def test_formats_say_the_same(tree, capsys):
    _, table, _ = call(capsys, "ref", "out", "--digits", 3, "--metric", "psnr", "--metric", "mae")
    assert table.splitlines()[0].split() == ["psnr", "[dB]", "↑", "mae", "[1/255]", "↓"]
    _, text, _ = call(
        capsys, "ref", "out", "--csv", "--digits", 3, "--metric", "psnr", "--metric", "mae"
    )
    rows = list(csv.DictReader(io.StringIO(text)))
    assert list(rows[0]) == ["reference", "result", "psnr", "mae"]
    assert len(rows) == 10
    for row in rows:
        line = next(li for li in table.splitlines() if li.startswith(f"  {row['result']} "))
        assert line.split()[1:] == [row["psnr"], row["mae"]]
    _, markdown, _ = call(capsys, "ref", "out", "--markdown", "--set", "ab")
    assert markdown.count("## ") == 4
    assert "| mean of 10 results |" in markdown
    assert len({line.count("|") for line in markdown.splitlines() if line.startswith("|")}) == 1
    _, org, _ = call(capsys, "ref", "out", "--org", "--metric", "psnr")
    assert org.startswith("* Image quality\n** img1.png\n| result | psnr [dB] ↑ |\n|-+-|\n")
    assert org.count("| mean |") == 3


def test_all_metrics(tree, capsys):
    code, out, err = call(capsys, "ref/img1.png", "out/img1_levin.png", "--set", "all", "--json")
    scores = json.loads(out)["results"][0]["scores"]
    # Too small for MS-SSIM: said, but not asked for by name.
    assert code == 0
    assert scores["ms_ssim"] is None
    assert "ms_ssim: needs at least 161 x 161" in err
    assert sum(v is not None for v in scores.values()) == len(scores) - 3
    code, out, _ = call(capsys, "ref/img1.png", "out/img1_levin.png", "--metric", "ms_ssim")
    assert code == 1
    assert "–" in out


def test_identical_pictures_are_valid_json(tree, capsys):
    code, out, _ = call(capsys, "ref", "ref/img1.png", "ref/img1.png", "--json")
    assert code == 3  # a file is no result of itself
    code, out, _ = call(capsys, "ref/img1.png", "ref/img1.png", "--json")
    assert code == 0
    assert json.loads(out)["mean"]["psnr"] == "inf"


def test_maps_and_sheet(tree, capsys):
    code, _, _ = call(capsys, "ref", "out", "--heatmap", "maps", "--sheet", "sheet.png", "--quiet")
    assert code == 1
    made = sorted(p.relative_to(tree).as_posix() for p in (tree / "maps").rglob("*.png"))
    assert len(made) == 10
    assert "maps/sub/astro.colour.ciede2000.png" in made
    with Image.open(tree / "maps/img1.ciede2000.png") as image:
        pixels = np.asarray(image)
        # Enlarged by whole pixels, with the bar to the right of it.
        assert pixels.shape[0] == 300
        assert pixels.shape[1] > 4 * 113
        assert (pixels[:, :300].max(axis=-1) < 200).all()
        assert (pixels[:, -200:] == 255).any()
    with Image.open(tree / "sheet.png") as image:
        assert image.width == 940
        assert image.height > 10 * 220
    code, out, err = call(capsys, "ref", "out", "--heatmap", "maps")
    assert (code, out) == (2, "")
    assert "exists already" in err
    before = (tree / "maps/img1.ciede2000.png").stat().st_mtime_ns
    code, _, _ = call(capsys, "ref", "out", "--heatmap", "maps", "--on-exists", "skip")
    assert code == 1
    assert (tree / "maps/img1.ciede2000.png").stat().st_mtime_ns == before
    # Maps that lie among the results are not taken for results.
    call(capsys, "ref", "out", "--heatmap", "out", "--quiet")
    code, out, _ = call(capsys, "ref", "out", "--json")
    assert len(json.loads(out)["results"]) == 10


def test_maps_of_equal_names_do_not_collide(tree, capsys):
    for method in ("levin", "harmonic"):
        vc.write(vc.read(tree / "out/img1.png"), tree / method / "img1.png")
    code, _, _ = call(capsys, "ref/img1.png", "levin", "harmonic", "--heatmap", "maps")
    assert code == 0
    assert sorted(p.name for p in (tree / "maps").iterdir()) == [
        "img1-2.ciede2000.png",
        "img1.ciede2000.png",
    ]


def test_reports_in_folders(tree, capsys):
    code, _, _ = call(capsys, "ref", "out", "--report", "quality.json", "--quiet")
    assert code == 1
    top = json.loads((tree / "out/quality.json").read_text())
    sub = json.loads((tree / "out/sub/quality.json").read_text())
    assert (len(top["results"]), len(sub["results"])) == (7, 3)
    assert [f["file"] for f in sub["failed"]] == ["out/sub/astro_levin.png"]
    assert call(capsys, "ref", "out", "--report", "quality.json")[0] == 2
    (tree / "out/sub/quality.json").unlink()
    code, out, err = call(
        capsys, "ref", "out", "--report", "quality.json", "--skip-existing", "--json"
    )
    assert code == 1
    assert len(json.loads(out)["results"]) == 3
    assert "left out" in err
    code, out, _ = call(capsys, "ref", "out", "--report", "quality.json", "--skip-existing")
    assert (code, out) == (0, "")


def test_no_recursive_and_jobs(tree, capsys):
    code, out, _ = call(capsys, "ref", "out", "--no-recursive", "--json", "--jobs", 1)
    assert code == 1
    alone = json.loads(out)
    assert {r["reference"] for r in alone["results"]} == {"img1.png", "img10.png"}
    _, out, _ = call(capsys, "ref", "out", "--no-recursive", "--json", "--jobs", 3)
    assert json.loads(out) == alone


def test_unmatched_files_are_counted(tree, capsys):
    vc.write(vc.read(tree / "ref/img1.png"), tree / "out/stranger.png")
    vc.write(vc.read(tree / "ref/img1.png"), tree / "ref/lonely.png")
    code, out, err = call(capsys, "ref", "out", "nowhere", "--json")
    assert code == 1
    assert len(json.loads(out)["failed"]) == 5
    assert "out/stranger.png: no reference of that name" in err
    assert "ref/lonely.png: no result of that name" in err
    assert "nowhere: no such file" in err


def test_nothing_measured_is_3(tree, capsys):
    assert call(capsys, "ref/img1.png", "out/img10.png")[0] == 3
    assert call(capsys, "nowhere", "out")[0] == 3
    assert call(capsys, "out/notes.txt", "out/img1.png")[0] == 3


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("ref",),
        ("ref", "out", "--metric", "pnsr"),
        ("ref", "out", "--metric", "lpips"),
        ("ref", "out", "--set", "cmyk"),
        ("ref", "out", "--json", "--csv"),
        ("ref", "out", "--digits", "-1"),
        ("ref", "out", "--jobs", "0"),
        ("ref", "out", "--skip-existing"),
        ("ref", "out", "--report", "a/b.md"),
        ("ref", "out", "--report", "scores.pdf"),
        ("ref", "out", "--metric", "cue_error", "--nonsense"),
    ],
)
def test_usage_errors_are_2(tree, capsys, arguments):
    code, out, err = call(capsys, *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("varcolor: ")
    assert err.count("\n") == 1


def test_inputs_are_never_overwritten(tree, capsys):
    before = (tree / "out/img1.png").read_bytes()
    code, _, err = call(capsys, "ref", "out", "--sheet", "out/img1.png", "--on-exists", "overwrite")
    assert code == 2
    assert "is an input" in err
    assert (tree / "out/img1.png").read_bytes() == before


def test_list(capsys):
    code, out, _ = call(capsys, "--list")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()[1:]] == list(vc.metrics.available())
