"""Options: bounds, JSON both ways, keywords of functions, the command line."""

import dataclasses
import inspect
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import varcolor as vc
from varcolor.options import MAX_STEPS, PriorOptions, RecolorOptions, SolveOptions
from varcolor.options.field import options_of
from varcolor.options.serial import from_json, to_json

#: Shared with mypy's run over the package.
CACHE = Path(__file__).parents[2] / ".mypy_cache"


@pytest.fixture(scope="module")
def scene():
    gray = np.add.outer(np.arange(24), np.arange(31)).astype(np.uint8) * 4
    return gray, vc.Cues.from_points(gray.shape, [(3, 4), (25, 20)], ["#c06030", "#3060c0"])


class TestBounds:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("tolerance", 0.0),
            ("tolerance", -1.0),
            ("tolerance", float("nan")),
            ("tolerance", float("inf")),
            ("tolerance", True),
            ("tolerance", "0.5"),
            ("max_steps", 0),
            ("max_steps", 2.5),
            ("max_steps", True),
            ("threads", 0),
            ("threads", -1),
            ("luma", "free"),
            ("luma", 3),
            ("loss", "hubr"),
            ("on_miss", "shout"),
            ("memory", "12 apples"),
            ("memory", 0),
            ("solver", 7),
        ],
    )
    def test_refused_with_the_name(self, name, value):
        with pytest.raises(vc.InputError, match=name):
            SolveOptions(**{name: value})

    def test_every_option_says_what_it_means(self):
        for own in options_of(RecolorOptions):
            assert len(own.spec.help) > 25
            assert own.spec.help[0].isupper()
            assert own.spec.help.endswith(".")

    def test_all_fields_are_options(self):
        for kind in (PriorOptions, SolveOptions, RecolorOptions):
            assert [o.name for o in options_of(kind)] == [f.name for f in dataclasses.fields(kind)]

    def test_they_are_frozen(self):
        with pytest.raises(dataclasses.FrozenInstanceError):
            SolveOptions().method = "levin"


class TestJson:
    @pytest.mark.parametrize(
        "options",
        [
            SolveOptions(),
            SolveOptions("levin", tolerance=0.25, threads=2, memory="2GB", luma="fit"),
            SolveOptions(vc.Levin(radius=2, floor=1e-5)),
            SolveOptions(0.3 * vc.Bilaplacian() + vc.GTV(), solver="block-direct"),
            SolveOptions(vc.Sum(parts=((1.0, vc.Harmonic(affinity="gauss4")),))),
            SolveOptions(prior=vc.GP(strength=1e-3), loss="huber", start="first.png"),
            SolveOptions(prior="photo.png", confidence=0.5, on_miss="raise", memory=float("inf")),
            RecolorOptions("harmonic", whole=True, space="oklab"),
        ],
    )
    def test_there_and_back(self, options):
        text = to_json(options)
        back = from_json(type(options), text)
        assert to_json(back) == text
        for own in options_of(options):
            one, two = getattr(options, own.name), getattr(back, own.name)
            if own.name == "memory" and one == float("inf"):
                assert two == "force"
            elif own.name != "start":
                assert one == two, own.name
        assert set(options.to_dict()) == {
            o.name for o in options_of(options) if getattr(options, o.name) != o.default
        }

    def test_defaults_are_not_written(self):
        assert SolveOptions().to_dict() == {}
        assert SolveOptions(max_steps=MAX_STEPS, method="auto").to_dict() == {}

    def test_a_picture_is_written_as_its_path(self, tmp_path, scene):
        path = tmp_path / "cat.png"
        vc.write(vc.Picture(np.zeros((4, 5, 3), np.uint8)), path)
        assert SolveOptions(prior=vc.read(path)).to_dict() == {"prior": str(path)}

    @pytest.mark.parametrize("name", ["prior", "start", "confidence"])
    def test_arrays_are_refused(self, name):
        with pytest.raises(vc.InputError, match=f"{name}.*give a file's path"):
            SolveOptions(**{name: np.zeros((4, 5))}).to_dict()

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("{", "not valid JSON"),
            ("[1]", "expected a JSON object"),
            ('{"metod": "levin"}', "did you mean 'method'"),
            ('{"method": {"name": "levn"}}', "did you mean 'levin'"),
            ('{"method": {"name": "levin", "radios": 2}}', "did you mean 'radius'"),
            ('{"space": {"name": "yuv"}}', "expected a name"),
            ('{"tolerance": -1}', "tolerance"),
        ],
    )
    def test_bad_ones(self, text, message):
        with pytest.raises(vc.InputError, match=message):
            from_json(SolveOptions, text)

    def test_the_same_picture(self, scene):
        options = SolveOptions(vc.Harmonic(affinity="gentle"), prior="gp", tolerance=0.1)
        back = SolveOptions.from_dict(json.loads(json.dumps(options.to_dict())))
        one, two = (vc.colorize(*scene, options=own) for own in (options, back))
        np.testing.assert_array_equal(one.chroma, two.chroma)


class TestKeywords:
    def test_signatures_have_every_option(self):
        for function, kind in ((vc.colorize, SolveOptions), (vc.recolor, RecolorOptions)):
            names = inspect.signature(function).parameters
            assert list(names)[:3] == ["photo", "cues", "method"]
            assert {o.name for o in options_of(kind)} <= set(names)
            for own in options_of(kind):
                assert names[own.name].default == own.default
                assert f"\n{own.name} : " in function.__doc__
        assert {o.name for o in options_of(SolveOptions)} <= set(
            inspect.signature(vc.Session).parameters
        )

    @pytest.mark.parametrize("function", [vc.colorize, vc.recolor])
    def test_misspelt(self, function, scene):
        with pytest.raises(TypeError, match=r"tolerence.*did you mean 'tolerance'"):
            function(*scene, tolerence=1)
        with pytest.raises(TypeError, match=rf"{function.__name__}\(\)"):
            function(scene[0])
        with pytest.raises(TypeError, match="SolveOptions"):
            function(*scene, options={"method": "levin"})

    def test_options_and_changes(self, scene):
        options = SolveOptions("levin", tolerance=0.1)
        plain = vc.colorize(*scene, method="levin", tolerance=0.1)
        given = vc.colorize(*scene, options=options)
        np.testing.assert_array_equal(plain.chroma, given.chroma)
        changed = vc.colorize(*scene, method="harmonic", options=options)
        assert changed.method == "harmonic"
        assert vc.Session(scene[0], options=options, space="lab").options.space.name == "lab"

    def test_photo_and_cues_by_name(self, scene):
        gray, cues = scene
        by_name = vc.colorize(cues=cues, photo=gray, method="harmonic")
        np.testing.assert_array_equal(by_name.rgb, vc.colorize(gray, cues, method="harmonic").rgb)

    def test_types_are_known_to_checkers(self, tmp_path):
        pytest.importorskip("mypy")
        (tmp_path / "use.py").write_text(
            "import varcolor as vc\n"
            "def f(cues: vc.Cues) -> vc.Result:\n"
            "    vc.Session('a.png', 'levin', tolerance=0.5)\n"
            "    return vc.colorize('a.png', cues, tolerance='much')\n"
        )
        found = subprocess.run(
            [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(CACHE), "use.py"],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            check=False,
        )
        assert 'use.py:4: error: Argument "tolerance"' in found.stdout, found.stdout + found.stderr
        assert found.stdout.count("error:") == 1


class TestCommandLine:
    def test_every_option_of_text_is_there(self):
        from varcolor.cli import options

        kinds = (
            *(options.GuessParameters, options.ObjectParameters, options.NetworkParameters),
            *(options.SolveParameters, options.RecolorParameters),
        )
        names = [f.name for kind in kinds for f in dataclasses.fields(kind)]
        assert set(names) == {o.name for o in options_of(RecolorOptions)} | {"set_", "force"}
        assert len(names) == len(set(names))

    def test_a_miss(self, tmp_path, monkeypatch, capsys, scene):
        from varcolor.cli import run

        monkeypatch.chdir(tmp_path)
        vc.write(vc.Picture(scene[0]), "photo.png")
        vc.save_cues(scene[1], "cues.json")
        short = [
            "colorize",
            "photo.png",
            "--strokes",
            "cues.json",
            "--solver",
            "cg",
            "--max-steps",
            "1",
            "--tolerance",
            "1e-9",
            "--on-exists",
            "overwrite",
        ]
        assert run(short) == 1
        assert "step limit" in capsys.readouterr().err
        assert run([*short, "--on-miss", "ignore"]) == 0
        (tmp_path / "photo.colour.png").unlink()
        assert run([*short, "--on-miss", "raise"]) == 1
        assert not (tmp_path / "photo.colour.png").exists()
        assert "varcolor: photo.png: step limit" in capsys.readouterr().err
