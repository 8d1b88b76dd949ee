"""What containers say beside the pictures: turned, interlaced, timecode, subtitles, gaps."""

from __future__ import annotations

import struct
from fractions import Fraction

import numpy as np
import pytest

import varcolor as vc
from tests.film.clips import bytes_of, grays, moving
from tests.film.files.videos import video
from varcolor.cli import run
from varcolor.film.colorize import colorize_film
from varcolor.film.files.source import FrameFolder
from varcolor.film.files.video import VideoFile
from varcolor.options import FilmOptions

cv2 = pytest.importorskip("cv2", reason="OpenCV is missing: pip install 'varcolor[film]'")
av = pytest.importorskip("av", reason="PyAV is missing: pip install 'varcolor[film]'")
FAST = FilmOptions(threads=1)
CLIP = moving(4, (48, 64))


def key(folder, picture, number=0):
    folder.mkdir()
    vc.write(picture, folder / f"{number:04d}.png")
    return folder


def frames_of(path):
    with av.open(str(path)) as file:
        return list(file.decode(video=0))


def turned_in_its_header(path):
    """Write the matrix of a quarter turn into the track's header of a .mov or .mp4."""
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 4 + 40
    one = 1 << 16
    data[at : at + 36] = struct.pack(">9i", 0, one, 0, -one, 0, 0, 48 * one, 0, 1 << 30)
    path.write_bytes(data)


def test_a_display_matrix_turns_the_film(tmp_path):
    video(tmp_path / "a.mp4", CLIP, "libx264", options={"crf": "1"})
    flat = [own.gray for own in VideoFile(tmp_path / "a.mp4").frames()]
    turned_in_its_header(tmp_path / "a.mp4")
    upright = [own.gray for own in VideoFile(tmp_path / "a.mp4").frames()]
    assert upright[0].shape == (64, 48)  # a portrait
    np.testing.assert_array_equal(
        upright[2], np.rot90(flat[2], -1)
    )  # clockwise, as players show it
    keys = key(tmp_path / "keys", np.ascontiguousarray(np.rot90(bytes_of(CLIP)[0], -1)))
    result = colorize_film(tmp_path / "a.mp4", keys, tmp_path / "b.mp4", FAST)
    assert result.shape == (64, 48)
    assert any("turned by" in note for note in result.notes)
    made = frames_of(tmp_path / "b.mp4")
    assert (made[0].height, made[0].width, made[0].rotation) == (64, 48, 0)
    found = made[3].to_ndarray(format="rgb24").astype(int)
    true = np.rot90(bytes_of(CLIP)[3], -1).astype(int)
    assert np.abs(found - true).mean() < 12


def interlaced(path):
    """Write a film whose frames say that they are of two fields."""
    graph = av.filter.Graph()
    source = graph.add_buffer(width=64, height=48, format="yuv420p", time_base=Fraction(1, 25))
    field, sink = graph.add("setfield", "tff"), graph.add("buffersink")
    source.link_to(field)
    field.link_to(sink)
    graph.configure()
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=25, options={"x264-params": "tff=1"})
        stream.height, stream.width, stream.pix_fmt = 48, 64, "yuv420p"
        for t, rgb in enumerate(bytes_of(CLIP)):
            frame = av.VideoFrame.from_ndarray(rgb, format="rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = t, Fraction(1, 25)
            graph.push(frame)
            for packet in stream.encode(graph.pull()):
                out.mux(packet)
        for packet in stream.encode(None):
            out.mux(packet)


def test_an_interlaced_file_is_refused_with_advice(tmp_path, capsys):
    interlaced(tmp_path / "a.mkv")
    assert frames_of(tmp_path / "a.mkv")[0].interlaced_frame
    keys = key(tmp_path / "keys", bytes_of(CLIP)[0])
    given = [str(tmp_path / "a.mkv"), "--keys", str(keys), "-o", str(tmp_path / "b.mkv")]
    assert run(["film", *given]) == 2
    told = capsys.readouterr().err
    assert "interlaced" in told and "bwdif" in told and told.count("\n") == 1
    assert not (tmp_path / "b.mkv").exists()


def test_timecode_comes_through(tmp_path):
    path = tmp_path / "a.mov"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("prores_ks", rate=25)
        stream.height, stream.width, stream.pix_fmt = 48, 64, "yuv422p10le"
        stream.metadata["timecode"] = "01:02:03:04"
        for t, rgb in enumerate(bytes_of(CLIP)):
            frame = av.VideoFrame.from_ndarray(rgb, format="rgb24")
            frame = frame.reformat(format="yuv422p10le")
            frame.pts, frame.time_base = t, Fraction(1, 25)
            for packet in stream.encode(frame):
                out.mux(packet)
        for packet in stream.encode(None):
            out.mux(packet)
    colorize_film(path, key(tmp_path / "keys", bytes_of(CLIP)[0]), tmp_path / "b.mov", FAST)
    with av.open(str(path)) as old, av.open(str(tmp_path / "b.mov")) as new:
        told = [file.streams.video[0].metadata.get("timecode") for file in (old, new)]
    assert told == ["01:02:03:04"] * 2
    assert len(frames_of(tmp_path / "b.mov")) == 4


@pytest.mark.parametrize(
    ("name", "codec", "kind", "limit"),
    [
        ("b.mkv", "ffv1", "yuv444p", 1),
        ("b.mov", "prores", "yuv444p", 3),
        ("b.mp4", "h264", "yuv420p", 3),
        ("b.mkv", "h264", "yuv420p", 3),
    ],
)
@pytest.mark.parametrize("full", [False, True])
def test_range_and_matrix_are_tagged_right(tmp_path, name, codec, kind, limit, full):
    video(tmp_path / "a.mkv", CLIP, kind="yuv420p", color_range=2 if full else 1)
    keys = key(tmp_path / "keys", bytes_of(CLIP)[0])
    colorize_film(tmp_path / "a.mkv", keys, tmp_path / name, FAST, codec=codec)
    frames = frames_of(tmp_path / name)
    assert len(frames) == 4
    assert frames[0].format.name.replace("yuvj", "yuv").startswith(kind)
    assert frames[0].colorspace in (5, 6)  # BT.601, by either of its numbers
    old, new = (next(VideoFile(tmp_path / own).frames()).gray for own in ("a.mkv", name))
    old, new = (own.astype(float) / (257 if own.dtype == np.uint16 else 1) for own in (old, new))
    assert np.abs(old - new).mean() < limit  # read by its tags, the grey is the old one


def test_gaps_and_an_empty_folder(tmp_path, capsys):
    (tmp_path / "in").mkdir()
    keys = tmp_path / "keys"
    given = ["film", str(tmp_path / "in"), "--keys", str(keys), "-o", str(tmp_path / "out")]
    key(keys, bytes_of(CLIP)[1], 12)
    assert run(given) in (2, 3)
    told = capsys.readouterr().err
    assert "no numbered pictures" in told and told.count("\n") == 1
    for number, gray in zip((10, 12, 13, 40), grays(CLIP), strict=True):
        vc.write(gray, tmp_path / "in" / f"f{number}.png")
    assert run(given) == 0
    said = capsys.readouterr().err
    assert "11" in said and "missing" in said
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [
        f"f{number}.png" for number in (10, 12, 13, 40)
    ]
    assert FrameFolder(tmp_path / "in").expected == 4


def test_without_pyav_a_line_says_what_to_install(tmp_path, monkeypatch, capsys):
    import sys

    video(tmp_path / "a.mkv", CLIP)
    monkeypatch.setitem(sys.modules, "av", None)
    keys = key(tmp_path / "keys", bytes_of(CLIP)[0])
    assert run(["film", str(tmp_path / "a.mkv"), "--keys", str(keys)]) in (1, 2, 3)
    told = capsys.readouterr().err
    assert "pip install 'varcolor[film]'" in told and told.count("\n") == 1


@pytest.mark.parametrize("name", ["b.mkv", "b.mov", "b.mp4"])
def test_subtitles_come_through(tmp_path, name):
    """Or a line says that this kind of file cannot hold them."""
    video(tmp_path / "plain.mkv", CLIP)
    with_words(tmp_path / "plain.mkv", tmp_path / "a.mkv")
    keys = key(tmp_path / "keys", bytes_of(CLIP)[0])
    result = colorize_film(tmp_path / "a.mkv", keys, tmp_path / name, FAST)
    assert len(frames_of(tmp_path / name)) == result.frames == 4
    if name.endswith("mkv"):
        assert words_of(tmp_path / name) == words_of(tmp_path / "a.mkv") == WORDS
    else:
        assert not words_of(tmp_path / name)
        assert any("subtitle" in note for note in result.notes)


#: Begin and duration in milliseconds, and what is said.
WORDS = [(0, 80, b"First words"), (90, 60, b"and more")]


def with_words(path, to):
    """Copy a film, with subtitles."""
    clock = "00:00:00,{:03d}"
    lines = [
        f"{n}\n{clock.format(begin)} --> {clock.format(begin + length)}\n{text.decode()}\n"
        for n, (begin, length, text) in enumerate(WORDS, 1)
    ]
    words = path.with_suffix(".srt")
    words.write_text("\n".join(lines))
    with av.open(str(path)) as film, av.open(str(words)) as said, av.open(str(to), "w") as out:
        sources = [film.streams.video[0], said.streams.subtitles[0]]
        streams = [out.add_stream_from_template(source) for source in sources]
        packets = [(p, k) for k, source in enumerate((film, said)) for p in source.demux()]
        for packet, k in sorted(
            packets, key=lambda own: float((own[0].dts or 0) * own[0].time_base)
        ):
            if packet.dts is not None:
                packet.stream = streams[k]
                out.mux(packet)


def words_of(path):
    with av.open(str(path)) as file:
        if not file.streams.subtitles:
            return []
        unit = file.streams.subtitles[0].time_base * 1000
        packets = [p for p in file.demux(subtitles=0) if p.size]
        return [(int(p.pts * unit), int(p.duration * unit), bytes(p)) for p in packets]


@pytest.mark.parametrize(("name", "deep"), [("b.mkv", False), ("b.mkv", True), ("b.mp4", False)])
def test_a_folder_of_frames_becomes_a_video(tmp_path, name, deep):
    (tmp_path / "in").mkdir()
    for t, gray in enumerate(grays(CLIP)):
        own = gray.astype(np.uint16) * 257 if deep else gray
        vc.write(own, tmp_path / "in" / f"f_{t}.png")
    keys = key(tmp_path / "keys", bytes_of(CLIP)[0])
    colorize_film(tmp_path / "in", keys, tmp_path / name, FAST)
    with av.open(str(tmp_path / name)) as file:
        made = list(file.decode(video=0))
        times = [float(frame.pts * frame.time_base) for frame in made]
    np.testing.assert_allclose(times, np.arange(4) / 25, atol=1e-3)
    error = np.abs(made[0].to_ndarray(format="rgb24").astype(int) - bytes_of(CLIP)[0])
    assert error.mean() < 4
    assert not deep or made[0].format.name == "yuv444p16le"
