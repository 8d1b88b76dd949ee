"""Videos in and out: frames, times, sound, depth, turned ones, broken ones."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

import varcolor as vc
from tests.film.clips import bytes_of, moving
from varcolor.cli import run
from varcolor.film.colorize import colorize_film
from varcolor.film.files.source import open_source
from varcolor.film.files.video import VideoFile
from varcolor.options import FilmOptions

cv2 = pytest.importorskip("cv2", reason="OpenCV is missing: pip install 'varcolor[film]'")
av = pytest.importorskip("av", reason="PyAV is missing: pip install 'varcolor[film]'")
FAST = FilmOptions(threads=1)
CLIP = (5, (48, 64))


def video(path, codec="ffv1", kind="yuv420p", times=None, sound=False, interlaced=False, sar=None):
    """Write a grey film; return its luma levels."""
    clip = bytes_of(moving(*CLIP))
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=25)
        stream.height, stream.width, stream.pix_fmt = 48, 64, kind
        stream.codec_context.time_base = Fraction(1, 1000)
        stream.time_base = Fraction(1, 1000)
        if sar:
            stream.codec_context.sample_aspect_ratio = sar
        if interlaced:
            stream.codec_context.flags |= av.codec.context.Flags.interlaced_dct
        voice = out.add_stream("pcm_s16le", rate=8000) if sound else None
        for t, rgb in enumerate(clip):
            gray = vc.to_gray(rgb)
            frame = av.VideoFrame.from_ndarray(np.repeat(gray[..., None], 3, 2), format="rgb24")
            frame = frame.reformat(format=kind)
            frame.pts = (times or range(0, 200, 40))[t]
            frame.time_base = Fraction(1, 1000)
            for packet in stream.encode(frame):
                out.mux(packet)
        if voice is not None:
            wave = (np.sin(np.arange(1600) / 5) * 9000).astype(np.int16)[None]
            tone = av.AudioFrame.from_ndarray(wave, format="s16", layout="mono")
            tone.sample_rate, tone.pts = 8000, 0
            for packet in [*voice.encode(tone), *voice.encode(None)]:
                out.mux(packet)
        for packet in stream.encode(None):
            out.mux(packet)
    return clip


def key(folder, clip, t=0):
    folder.mkdir()
    vc.write(clip[t], folder / f"{t:04d}.png")
    return folder


def frames_of(path):
    with av.open(str(path)) as file:
        frames = list(file.decode(video=0))
        times = [float(frame.pts * frame.time_base) for frame in frames]
        return frames, times, [(s.type, s.codec_context.name) for s in file.streams]


def test_times_sound_and_luma_come_through(tmp_path):
    times = [0, 40, 100, 110, 300]
    clip = video(tmp_path / "a.mkv", times=times, sound=True)
    keys = key(tmp_path / "keys", clip)
    result = colorize_film(tmp_path / "a.mkv", keys, tmp_path / "b.mkv", FAST)
    frames, found, streams = frames_of(tmp_path / "b.mkv")
    old, before, old_streams = frames_of(tmp_path / "a.mkv")
    assert result.frames == len(frames) == 5
    np.testing.assert_allclose(found, [t / 1000 for t in times], atol=1e-3)
    assert found == before
    assert ("audio", "pcm_s16le") in streams
    assert ("audio", "pcm_s16le") in old_streams
    with av.open(str(tmp_path / "a.mkv")) as a, av.open(str(tmp_path / "b.mkv")) as b:
        sounds = [[bytes(p) for p in f.demux(audio=0) if p.size] for f in (a, b)]
    assert sounds[0] == sounds[1]
    for a, b in zip(old, frames, strict=True):  # luma samples are the old ones
        np.testing.assert_array_equal(_luma(a), _luma(b))
    assert frames[0].colorspace == 6
    assert np.ptp(frames[4].to_ndarray(format="rgb24").astype(int), axis=2).max() > 30
    error = np.abs(frames[0].to_ndarray(format="rgb24").astype(int) - clip[0])
    assert error.mean() < 3


def _luma(frame):
    plane = frame.planes[0]
    return np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[: frame.height, :64]


def test_pixels_that_are_not_square(tmp_path):
    clip = video(tmp_path / "a.mp4", codec="libx264", sar=Fraction(4, 3))
    keys = key(tmp_path / "keys", clip)
    for name in ("b.mov", "b.mkv"):
        result = colorize_film(tmp_path / "a.mp4", keys, tmp_path / name, FAST)
        with av.open(str(tmp_path / name)) as file:
            aspect = file.streams.video[0].sample_aspect_ratio
        assert aspect == Fraction(4, 3) or any("4/3" in note for note in result.notes)
        assert aspect == Fraction(4, 3) or name.endswith("mkv")


@pytest.mark.parametrize(
    ("name", "kind"), [("b.mov", "yuv444p10le"), ("b.mp4", "yuv420p"), ("b.mkv", "yuv444p")]
)
def test_codecs_by_the_ending(tmp_path, name, kind):
    clip = video(tmp_path / "a.mkv")
    colorize_film(tmp_path / "a.mkv", key(tmp_path / "keys", clip), tmp_path / name, FAST)
    frames, times, _ = frames_of(tmp_path / name)
    assert len(frames) == 5
    assert frames[0].format.name.startswith(kind[:7])
    np.testing.assert_allclose(times, np.arange(5) * 0.04, atol=2e-3)


def test_ten_bits_stay_ten_bits(tmp_path):
    clip = video(tmp_path / "a.mkv", kind="yuv420p10le")
    colorize_film(tmp_path / "a.mkv", key(tmp_path / "keys", clip), tmp_path / "b.mkv", FAST)
    frames, _, _ = frames_of(tmp_path / "b.mkv")
    assert frames[0].format.name == "yuv444p10le"
    old = frames_of(tmp_path / "a.mkv")[0][2]
    a, b = (np.frombuffer(f.planes[0], np.uint16).reshape(48, -1)[:, :64] for f in (old, frames[2]))
    np.testing.assert_array_equal(a, b)


def test_a_broken_tail_ends_the_film(tmp_path):
    clip = video(tmp_path / "a.mkv", codec="mjpeg", kind="yuvj420p")
    data = (tmp_path / "a.mkv").read_bytes()
    (tmp_path / "c.mkv").write_bytes(data[: len(data) * 3 // 5])
    result = colorize_film(tmp_path / "c.mkv", key(tmp_path / "k", clip), tmp_path / "b.mkv", FAST)
    assert 1 <= result.frames < 5


def test_a_turned_video_is_upright(tmp_path, monkeypatch):
    video(tmp_path / "a.mkv")
    plain = [frame.gray for frame in VideoFile(tmp_path / "a.mkv").frames()]

    class Turned(VideoFile):
        def __init__(self, path):
            super().__init__(path)
            self.rotation, self.shape = 90, (64, 48)

    turned = list(Turned(tmp_path / "a.mkv").frames())
    np.testing.assert_array_equal(turned[1].gray, np.rot90(plain[1]))
    assert turned[1].luma.shape == (64, 48)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("picture.png", "is a picture"),
        ("text.mp4", "no video that can be read"),
        ("missing.mp4", "no such file"),
    ],
)
def test_what_is_no_film_is_told_in_a_line(tmp_path, name, said, capsys):
    vc.write(bytes_of(moving(1))[0], tmp_path / "picture.png")
    (tmp_path / "text.mp4").write_text("no film at all")
    keys = tmp_path / "keys"
    keys.mkdir()
    code = run(["film", str(tmp_path / name), "--keys", str(keys), "-o", str(tmp_path / "o.mkv")])
    err = capsys.readouterr().err
    assert code in (2, 3)
    assert said in err
    assert err.count("\n") == 1


def test_interlaced_video_is_refused_with_advice(tmp_path, monkeypatch):
    video(tmp_path / "a.mkv")
    first = VideoFile._first

    class Interlaced:
        def __init__(self, frame):
            self._frame = frame

        def __getattr__(self, name):
            return True if name == "interlaced_frame" else getattr(self._frame, name)

    monkeypatch.setattr(VideoFile, "_first", lambda own, c: Interlaced(first(own, c)))
    with pytest.raises(vc.InputError, match="interlaced"):
        open_source(tmp_path / "a.mkv")


def test_the_command(tmp_path, capsys):
    clip = video(tmp_path / "a.mkv")
    keys = key(tmp_path / "keys", clip)
    given = [str(tmp_path / "a.mkv"), "--keys", str(keys), "--threads", "1", "--quiet"]
    out = str(tmp_path / "b.mkv")
    assert run(["film", *given, "-o", out, "--json"]) == 0
    assert '"frames": 5' in capsys.readouterr().out
    assert run(["film", *given, "-o", out]) == 2  # it exists already
    assert "exists already" in capsys.readouterr().err
    assert run(["film", *given, "-o", out, "--on-exists", "skip"]) == 0
    capsys.readouterr()
    assert run(["film", "suggest-keys", *given]) == 0
    assert capsys.readouterr().out.strip()


def test_a_folder_of_films(tmp_path, capsys):
    (tmp_path / "films").mkdir()
    (tmp_path / "keys").mkdir()
    for name in "ab":
        clip = video(tmp_path / "films" / f"{name}.mkv")
        if name == "a":
            key(tmp_path / "keys" / name, clip)
    given = [str(tmp_path / "films"), "--keys", str(tmp_path / "keys"), "--quiet"]
    assert run(["film", *given, "-o", str(tmp_path / "out")]) == 1
    assert (tmp_path / "out" / "a.colour.mkv").exists()
    assert "no folder of keys b" in capsys.readouterr().err
