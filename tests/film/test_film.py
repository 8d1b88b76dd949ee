"""Whole films: keys forward and backward, cuts, what enters late, still films, films gone on with."""

from __future__ import annotations

import numpy as np
import pytest

import varcolor as vc
from tests.film.clips import bytes_of, grays, moving, points, split
from varcolor.cues.files import cues_to_json
from varcolor.film.colorize import colorize_film
from varcolor.film.frame import Frame
from varcolor.film.march import own_reach
from varcolor.film.motion.cuts import shots_text
from varcolor.film.suggest import suggested
from varcolor.methods import make_method
from varcolor.options import FilmOptions

cv2 = pytest.importorskip("cv2", reason="OpenCV is missing: pip install 'varcolor[film]'")
FAST = FilmOptions(threads=1)
EXACT = FilmOptions(exact=True, window=3, threads=1, sweeps=6)


def film(folder, frames, keys):
    """Write grey frames and finished key frames; return their folders."""
    (folder / "in").mkdir()
    (folder / "keys").mkdir()
    for t, gray in enumerate(grays(frames)):
        vc.write(gray, folder / "in" / f"f_{t:03d}.png")
    for t in keys:
        vc.write(bytes_of(frames)[t], folder / "keys" / f"{t:03d}.png")
    return folder / "in", folder / "keys", folder / "out"


def coloured(folder, count):
    return np.array([vc.read(folder / f"f_{t:03d}.png").pixels for t in range(count)])


def psnr(a, b):
    return 10 * np.log10(255**2 / np.mean((a.astype(float) - b) ** 2))


@pytest.mark.parametrize("options", [FAST, EXACT], ids=["frames", "windows"])
def test_a_key_colours_what_is_before_and_after_it(tmp_path, options):
    clip = moving(6, (48, 64))
    source, keys, out = film(tmp_path, clip, [2])
    result = colorize_film(source, keys, out, options)
    found, true = coloured(out, 6), bytes_of(clip)
    assert result.frames == 6
    assert len(result.shots) == 1
    np.testing.assert_array_equal([vc.to_gray(f) for f in found], grays(clip))
    for t in (0, 5):
        gray = np.repeat(grays(clip)[t][..., None], 3, axis=2)
        assert psnr(found[t], true[t]) > psnr(gray, true[t]) + 4
    assert not list(tmp_path.glob(".*"))


def test_a_still_film_has_the_keys_colours_and_no_flicker(tmp_path):
    clip = np.repeat(moving(1, (48, 64)), 5, axis=0)
    source, keys, out = film(tmp_path, clip, [])
    gray = grays(clip)[0]
    at = [(10, 10), (40, 30), (55, 12)]
    cues = vc.Cues.from_points(gray, at, [bytes_of(clip)[0][y, x] for x, y in at], radius=2)
    (keys / "000.json").write_text(cues_to_json(cues))
    for options in (FAST, FilmOptions(exact=True, threads=1)):
        colorize_film(source, keys, out, options)
        found = coloured(out, 5)
        alone = vc.colorize(gray, cues, method="harmonic", tolerance=0.01).rgb
        assert np.abs(found.astype(int) - alone).max() <= 1
        assert np.abs(np.diff(found.astype(int), axis=0)).max() <= 1


def test_no_colour_crosses_a_cut(tmp_path):
    first = moving(4, (48, 64))
    second = moving(4, (48, 64))[:, ::-1, ::-1] * 0.5 + 0.2
    clip = np.concatenate([first, np.clip(1 - second, 0, 1)])
    source, keys, out = film(tmp_path, clip, [1])
    shots = tmp_path / "shots.txt"
    shots.write_text(shots_text([0, 4]))
    result = colorize_film(source, keys, out, FAST, shots=shots)
    found = coloured(out, 8)
    assert [shot.frames for shot in result.shots] == [4, 4]
    assert (found[4:] == found[4:, ..., :1]).all()
    assert np.ptp(found[:4].astype(int), axis=-1).max() > 20
    assert any("has no key" in note for note in result.notes)
    (first_of_all, *_) = suggested(result)
    assert first_of_all.bare
    assert first_of_all.frame == 6


def test_a_key_reaches_as_far_in_large_frames_as_in_small_ones():
    """A second key holds in its own frame, whatever the film's size."""
    small = moving(1, (60, 80))[0]
    shares = []
    for factor in (1, 4):
        rgb = cv2.resize(small, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
        luma, chroma = (own[0] for own in split(np.clip(rgb, 0, 1)[None]))
        frame = Frame.of(luma, make_method("harmonic", {}), points(chroma, 60))
        shares.append((own_reach(frame)[1:-1, 1:-1] > 0.5).mean())
    assert shares[0] > 0.9
    assert shares[1] > 0.9


def entering(frames=6):
    """A square that comes in from the right from frame 3 on."""
    clip = moving(frames, (64, 96), (0.0, 0.0)) * 0.3 + 0.25
    for t in range(3, frames):
        left = 96 - 12 * (t - 2)
        clip[t, 20:44, left:] = (0.85, 0.9, 0.1)
    return clip


def test_what_enters_late_is_reported_and_not_guessed(tmp_path):
    clip = entering()
    source, keys, out = film(tmp_path, clip, [0])
    result = colorize_film(source, keys, out, FAST)
    found = coloured(out, 6).astype(int)
    own = np.s_[5, 24:40, 66:92]
    assert np.abs(np.diff(found[own], axis=-1)).max() <= 6  # grey
    assert result.unreached[5] > 0.8 * 24 * 36 / (64 * 96)
    assert max(result.unreached[:3]) < 0.01
    assert suggested(result)[0].frame >= 4
    (tmp_path / "keys" / "005.json").write_text(
        '{"format": "varcolor-strokes", "version": 1, "width": 96, "height": 64, "strokes": '
        '[{"color": "#d9e61a", "radius": 2, "points": [[68, 30], [90, 30]]}]}'
    )
    colorize_film(source, keys, out, FAST)
    found = coloured(out, 6).astype(int)
    assert (found[5, 24:40, 66:92, 0] - found[5, 24:40, 66:92, 2] > 100).mean() > 0.9
    before = np.abs(found[5, :, :50] - bytes_of(clip)[5, :, :50]).mean()
    assert before < 12  # the rest keeps the first key's colours


def test_a_prior_colours_what_no_key_reaches(tmp_path):
    source, keys, out = film(tmp_path, entering(), [0])
    colorize_film(source, keys, out, FilmOptions(threads=1, prior="gp"))
    assert np.ptp(coloured(out, 6)[5, 24:40, 66:92].astype(int), axis=-1).max() > 6


def test_an_interrupted_film_is_gone_on_with(tmp_path, monkeypatch):
    clip = np.concatenate([moving(3, (48, 64)), moving(3, (48, 64))[:, ::-1]])
    source, keys, out = film(tmp_path, clip, [0, 3])
    shots = tmp_path / "shots.txt"
    shots.write_text("0\n3\n")
    seen = []

    def stop(stage, fraction, preview=None):
        seen.append(stage)
        if stage == "solve" and fraction > 0.6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        colorize_film(source, keys, out, FAST, shots=shots, progress=stop)
    assert not out.exists()
    began = []
    from varcolor.film import shots as module

    monkeypatch.setattr(module, "march_all", _counting(module.march_all, began))
    result = colorize_film(source, keys, out, FAST, shots=shots)
    assert len(began) == 1  # the first shot was finished
    assert len(result.shots) == 2
    again = coloured(out, 6)
    colorize_film(source, keys, tmp_path / "other", FAST, shots=shots)
    np.testing.assert_array_equal(again, coloured(tmp_path / "other", 6))


def _counting(function, began):
    def call(*args, **kwargs):
        began.append(1)
        return function(*args, **kwargs)

    return call
