"""An installed package adds energy, solver, prior, file format, objects by entry points."""

import json
import subprocess
import sys
import textwrap

import pytest

MODULE = '''
import struct
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from varcolor.energy.harmonic import Harmonic as HarmonicTerm
from varcolor.energy.prior import Prior
from varcolor.energy.weights import AFFINITIES
from varcolor.image.decode.raw import Raw
from varcolor.image.formats import Format, FormatPlugin
from varcolor.methods.quadratic import Harmonic
from varcolor.objects.instance import Instance
from varcolor.solve.sparse.lu import Direct


@dataclass(frozen=True, slots=True, kw_only=True)
class Twice(Harmonic):
    """Harmonic, twice."""

    name: ClassVar[str] = "twice"

    def terms(self, guide, visible):
        weights = AFFINITIES[self.affinity](guide, visible, self.sigma, None)
        return (HarmonicTerm(weights), HarmonicTerm(weights))


@dataclass(frozen=True)
class Flat:
    """One chroma everywhere."""

    name: ClassVar[str] = "flat"
    needs_cues: ClassVar[bool] = False
    strength: float = 1.0

    def prepare(self, scene):
        return scene.luma.shape

    def run(self, prepared, cues):
        chroma = np.broadcast_to([-0.05, 0.08], (*prepared, 2))
        return Prior(chroma, np.full(prepared, self.strength))


@dataclass(frozen=True)
class Mine(Direct):
    """LU under another name."""

    name: str = "mine"

    def priority(self, problem, loaded):
        return 1000.0


@dataclass(frozen=True)
class Halves:
    """The right half."""

    name: ClassVar[str] = "halves"
    slow: ClassVar[bool] = False

    def version(self):
        return "1"

    def segment(self, picture):
        mask = np.zeros(picture.shape, bool)
        mask[:, picture.shape[1] // 2 :] = True
        return [Instance.of(mask)]


def decode(data, fmt):
    height, width = struct.unpack(">II", data[4:12])
    pixels = np.frombuffer(data, np.uint8, height * width * 3, 12)
    return Raw(pixels.reshape(height, width, 3).copy(), "rgb")


def encode(picture, quality):
    head = b"PLUG" + struct.pack(">II", *picture.shape)
    pixels = np.atleast_3d(picture.pixels)
    return head + np.broadcast_to(pixels, (*picture.shape, 3)).tobytes()


FORMAT = FormatPlugin(
    Format("Plug", (".plug",), 8, alpha=False, lossy=False, max_expansion=1),
    lambda head: head.startswith(b"PLUG"),
    decode,
    encode,
)
'''
ENTRIES = """
[varcolor.methods]
twice = plugged:Twice
[varcolor.priors]
flat = plugged:Flat
[varcolor.solvers]
mine = plugged:Mine
[varcolor.objects]
halves = plugged:Halves
[varcolor.formats]
plug = plugged:FORMAT
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plugged")
    (folder / "plugged.py").write_text(MODULE)
    info = folder / "plugged-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: plugged\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(ENTRIES)
    return folder


def told(folder, script, **environment):
    """Run a script with the package installed and return what it prints as JSON."""
    head = f"import json, sys; sys.path.insert(0, {str(folder)!r})\nimport numpy as np\n"
    head += "import varcolor as vc\n"
    head += "gray = np.add.outer(np.arange(20), np.arange(30)).astype(np.uint8) * 5\n"
    head += "cues = vc.Cues.from_points(gray.shape, [(2, 3), (25, 15)], ['tan', 'navy'])\n"
    found = subprocess.run(
        [sys.executable, "-c", head + textwrap.dedent(script)],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={"PATH": "", **environment},
    )
    assert found.returncode == 0, found.stderr
    return json.loads(found.stdout)


def test_an_energy(installed):
    script = """
        one = vc.colorize(gray, cues, method="twice")
        two = vc.colorize(gray, cues, method="harmonic")
        far = float(np.abs(one.chroma - two.chroma).max())
        print(json.dumps([one.method, one.status, one.solver, far]))
    """
    method, status, _, far = told(installed, script)
    assert (method, status) == ("twice", "converged")
    assert far < 1e-3  # twice the same energy has the same minimiser


def test_a_prior(installed):
    script = """
        result = vc.colorize(gray, None, prior="flat")
        print(json.dumps([result.chroma[4, 5].tolist(), result.notes]))
    """
    chroma, _ = told(installed, script)
    assert chroma == pytest.approx([-0.05, 0.08], abs=2e-3)


def test_a_solver(installed):
    script = """
        one = vc.colorize(gray, cues, method="harmonic", solver="mine")
        two = vc.colorize(gray, cues, method="harmonic", solver="direct")
        chosen = vc.colorize(gray, cues, method="harmonic")
        other = vc.colorize(gray, cues, method="gtv")
        same = bool((one.chroma == two.chroma).all())
        print(json.dumps([one.solver, same, chosen.solver, other.solver]))
    """
    assert told(installed, script) == ["mine", True, "mine", "block-direct"]


def test_a_way_to_find_objects(installed):
    script = """
        result = vc.colorize(gray, cues, "harmonic", objects="halves", cut=1.0)
        print(json.dumps([len(vc.segment(gray, "halves")), list(result.notes)]))
    """
    count, notes = told(installed, script)
    assert count == 1
    assert notes[0] == "1 objects (halves)"


def test_a_file_format(installed):
    script = """
        result = vc.colorize(gray, cues, method="harmonic")
        result.save("photo.plug")
        back = vc.read("photo.plug")
        from varcolor.cli import run
        vc.write(vc.Picture(gray), "gray.plug")
        vc.save_cues(cues, "cues.json")
        import contextlib, io
        with contextlib.redirect_stdout(io.StringIO()):
            code = run(["colorize", "gray.plug", "--strokes", "cues.json", "-o", "out.plug"])
        print(json.dumps([bool((back.pixels == result.rgb).all()), code,
                          vc.read("out.plug").pixels.shape]))
    """
    assert told(installed, script) == [True, 0, [20, 30, 3]]


def test_switched_off(installed):
    script = """
        from varcolor.methods import METHODS
        print(json.dumps("twice" in METHODS))
    """
    assert told(installed, script) is True
    assert told(installed, script, VARCOLOR_NO_PLUGINS="1") is False
