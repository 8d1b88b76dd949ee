"""Weight files: refused with one line, fetched only when asked, hashed before they get a name."""

from __future__ import annotations

import dataclasses
import hashlib
import http.server
import pickle
import threading

import numpy as np
import pytest

from varcolor.cli import run
from varcolor.errors import BackendError, FileError, InputError
from varcolor.neural import cards, fetching, load_network
from varcolor.neural import weights as files

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.usefixtures("nowhere")


def _digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _card(path, **changes):
    own = {
        "name": "fixture",
        "network": "eccv16",
        "file": "fixture.pth",
        "licence": "CC0-1.0",
        "source": "a test",
        "sha256": _digest(path),
        "size": path.stat().st_size,
    }
    return cards.Card(**{**own, **changes})


def _lines(capsys):
    return [line for line in capsys.readouterr().err.splitlines() if line.startswith("varcolor:")]


def test_no_weights_names_every_way(capsys):
    with pytest.raises(FileError) as error:
        load_network("siggraph17")
    text = str(error.value)
    assert "varcolor models fetch siggraph17-df00044c" in text
    assert "https://colorizers.s3.us-east-2.amazonaws.com/siggraph17-df00044c.pth" in text
    assert "df00044c0a4d7c3edcecf6f75437ce346a66e7a42612d9b968e1a7e17dbc6f66" in text
    assert "--weights FILE" in text
    assert "\n" not in text


def test_a_card_of_unknown_hash_is_never_fetched(monkeypatch):
    def called(*_, **__):
        raise AssertionError("fetched")

    monkeypatch.setattr(fetching.urllib.request, "urlopen", called)
    with pytest.raises(FileError, match="never published"):
        load_network("siggraph17-caffemodel", fetch=True)


def test_the_wrong_hash_is_refused(nowhere, weights):
    nowhere.mkdir()
    (nowhere / "siggraph17-df00044c.pth").write_bytes((weights / "eccv16.pth").read_bytes())
    with pytest.raises(FileError, match=r"is not siggraph17-df00044c: its SHA-256 is"):
        load_network("siggraph17")
    assert run(["models", "check"]) == 3


def test_a_cut_file_is_refused(weights, tmp_path):
    cut = tmp_path / "cut.pth"
    cut.write_bytes((weights / "eccv16.pth").read_bytes()[:1_000_000])
    with pytest.raises(FileError, match="damaged or cut off"):
        load_network("eccv16", cut)
    for data in (b"", b"garbage" * 100, b"PK\x03\x04" + b"x" * 50):
        cut.write_bytes(data)
        with pytest.raises(FileError, match="damaged or cut off"):
            load_network("eccv16", cut)
    cut.write_bytes(b"\x80")
    with pytest.raises(FileError, match="damaged or cut off"):
        load_network("eccv16", cut)


class _Code:
    def __reduce__(self):
        return exec, ("raise AssertionError('the code was run')",)


@pytest.mark.parametrize("plain", [True, False])
def test_code_in_a_pickle_is_not_run(tmp_path, plain):
    path = tmp_path / "code.pth"
    if plain:
        path.write_bytes(pickle.dumps({"model1.0.weight": _Code()}))
    else:
        torch.save({"model1.0.weight": _Code()}, path)
    with pytest.raises(FileError, match="code that would run"):
        load_network("eccv16", path)


def test_another_network_is_told_by_three_keys(weights):
    with pytest.raises(FileError) as error:
        load_network("siggraph17", weights / "eccv16.pth")
    text = str(error.value)
    assert "model1.0.weight is 64 x 1 x 3 x 3, not 64 x 4 x 3 x 3" in text
    assert text.count(";") == 2
    assert "more" in text


def test_numbers_that_are_not_finite_are_refused(states, tmp_path):
    state = dict(states["eccv16"])
    state["model4.2.bias"] = torch.full_like(state["model4.2.bias"], float("nan"))
    torch.save(state, tmp_path / "nan.pth")
    with pytest.raises(FileError, match=r"model4\.2\.bias holds numbers that are not finite"):
        load_network("eccv16", tmp_path / "nan.pth")


def test_cuda_where_there_is_none(weights, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(BackendError, match="no CUDA device"):
        load_network("eccv16", weights / "eccv16.pth", device="cuda")
    with pytest.raises(InputError, match="device 'tpu'"):
        load_network("eccv16", weights / "eccv16.pth", device="tpu")


def test_out_of_memory_on_the_device_falls_back(weights, light):
    net = load_network("eccv16", weights / "eccv16.pth")
    expected = net.chroma(light)
    whole, calls = net.form, []

    def chroma(module, x, own, extra):
        calls.append(x)
        if len(calls) == 1:
            raise torch.cuda.OutOfMemoryError("CUDA out of memory")
        return whole.chroma(module, x, own, extra)

    net.form = dataclasses.replace(whole, chroma=chroma)
    net.device = "meta"  # any device but the CPU
    found = None
    try:
        found = net.chroma(light)
    finally:
        net.form = whole
    np.testing.assert_array_equal(found, expected)
    assert net.device == "cpu"
    assert net.notes == ("eccv16: out of memory on meta, run on the CPU",)


def test_safetensors_are_read(states, tmp_path, networks, light):
    save_file = pytest.importorskip("safetensors.torch").save_file
    save_file(states["eccv16"], tmp_path / "eccv16.safetensors")
    net = load_network("eccv16", tmp_path)
    np.testing.assert_array_equal(net.chroma(light), networks["eccv16"].chroma(light))
    (tmp_path / "bad.safetensors").write_bytes(b"\xff" * 100)
    with pytest.raises(FileError, match="damaged or cut off"):
        load_network("eccv16", tmp_path / "bad.safetensors")


def test_a_file_with_its_card_is_loaded_by_name_and_hash(weights, nowhere, tmp_path, capsys):
    path = weights / "siggraph17.pth"
    card = _card(path, name="own", network="siggraph17", file="own.pth", mask_cent=0.5)
    (tmp_path / "card.toml").write_text(cards.text_of(card))
    assert run(["models", "add", str(path)]) == 3
    assert "no card knows" in capsys.readouterr().err
    assert run(["models", "add", str(path), "--card", str(tmp_path / "card.toml")]) == 0
    assert run(["models"]) == 0
    listed = capsys.readouterr().out
    assert any(line.split()[:2] == ["own", "here"] for line in listed.splitlines())
    net = load_network("own")
    assert (net.name, net.conventions.mask_cent) == ("siggraph17", 0.5)
    # The convention follows from the hash where the file is named, too; an option overrules it.
    assert load_network("siggraph17", path).conventions.mask_cent == 0.5
    assert load_network("siggraph17", path, mask_cent=0).conventions.mask_cent == 0
    with pytest.raises(FileError, match="weights of siggraph17, not of eccv16"):
        load_network("eccv16", path)
    with (nowhere / "own.pth").open("r+b") as file:
        file.seek(5000)
        file.write(b"\0\1\2\3")
    with pytest.raises(FileError, match="is not own"):
        load_network("own")
    assert run(["models", "check"]) == 3


def test_adding_what_is_of_another_network_leaves_nothing(weights, nowhere, tmp_path, capsys):
    card = _card(weights / "eccv16.pth", network="siggraph17", sha256="", size=0)
    (tmp_path / "card.toml").write_text(cards.text_of(card))
    code = run(
        ["models", "add", str(weights / "eccv16.pth"), "--card", str(tmp_path / "card.toml")]
    )
    assert code == 3
    assert len(_lines(capsys)) == 1
    assert not nowhere.exists() or not list(nowhere.iterdir())


class _Mirror(http.server.BaseHTTPRequestHandler):
    """Files of a dict; with ``most``, only so many bytes an answer."""

    def do_GET(self):
        data = self.server.files.get(self.path)
        if data is None:
            self.send_error(404)
            return
        begin = 0
        asked = self.headers.get("Range")
        if asked:
            begin = int(asked.removeprefix("bytes=").rstrip("-"))
        self.server.asked.append((self.path, begin))
        self.send_response(206 if asked else 200)
        self.send_header("Content-Length", str(len(data) - begin))
        self.end_headers()
        self.wfile.write(data[begin : begin + self.server.most])

    def log_message(self, *_):
        pass


@pytest.fixture
def mirror():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Mirror)
    server.files, server.asked, server.most = {}, [], 1 << 30
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


_DATA = bytes(range(256)) * 4000


def _remote(server, *paths, data=_DATA):
    return cards.Card(
        name="remote",
        network="eccv16",
        file="remote.pth",
        licence="CC0-1.0",
        source="a test",
        urls=tuple(server.url + path for path in paths),
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
    )


def test_mirrors_are_tried_in_turn(mirror, nowhere):
    mirror.files = {"/other": b"x" * len(_DATA), "/right": _DATA}
    seen = []
    path = fetching.fetch_card(
        _remote(mirror, "/none", "/other", "/right"), lambda stage, part, _=None: seen.append(part)
    )
    assert path.read_bytes() == _DATA
    assert [name for name, _ in mirror.asked] == ["/other", "/right"]
    assert seen[-1] == 1.0
    assert [p.name for p in nowhere.iterdir()] == ["remote.pth"]


def test_a_broken_transfer_goes_on_where_it_stopped(mirror, nowhere):
    mirror.files, mirror.most = {"/right": _DATA}, 600_000
    card = _remote(mirror, "/right")
    with pytest.raises(FileError, match="goes on from there"):
        fetching.fetch_card(card)
    assert not (nowhere / "remote.pth").exists()
    assert fetching.fetch_card(card).read_bytes() == _DATA
    assert mirror.asked == [("/right", 0), ("/right", 600_000)]


def test_nothing_wrong_gets_the_name(mirror, nowhere):
    mirror.files = {"/other": b"x" * len(_DATA), "/long": _DATA + b"more"}
    with pytest.raises(FileError) as error:
        fetching.fetch_card(_remote(mirror, "/other", "/none", "/long"))
    text = str(error.value)
    assert "another file" in text
    assert "404" in text
    assert text.count(mirror.url) == 3
    assert not (nowhere / "remote.pth").exists()


def test_cards_are_complete():
    found = cards.shipped()
    assert {card.network for card in found} == {
        *("siggraph17", "eccv16", "global-hints"),
        *cards.DETECTORS,
    }
    assert found[0].name == "siggraph17-df00044c"
    for card in found:
        assert card.training and card.citation and card.limits and card.urls, card.name


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"network": "vgg"}, "none of"),
        ({"sha256": "abc"}, "SHA-256"),
        ({"file": "../x.pth"}, "plain name"),
        ({"urls": ["file:///etc/passwd"]}, "https"),
        ({"mask_cent": 0.3}, "0 or 0.5"),
        ({"colour": "red"}, "unknown field"),
        ({"licence": ""}, "has no 'licence'"),
    ],
)
def test_bad_cards_are_refused(tmp_path, change, says):
    own = {"name": "n", "network": "eccv16", "file": "f.pth", "licence": "l", "source": "s"}
    with pytest.raises(FileError, match=says):
        cards.card_of({**own, **change}, tmp_path / "card.toml")


def test_files_of_old_pytorch_versions_are_read(states, tmp_path, networks, light):
    """Neither a zip archive nor the number of batches: as weights of 2018 are."""
    state = {k: v for k, v in states["eccv16"].items() if not k.endswith("num_batches_tracked")}
    torch.save(state, tmp_path / "old.pth", _use_new_zipfile_serialization=False)
    net = load_network("eccv16", tmp_path / "old.pth")
    np.testing.assert_array_equal(net.chroma(light), networks["eccv16"].chroma(light))


def test_weights_are_fetched_when_asked(mirror, weights, nowhere, monkeypatch):
    data = (weights / "eccv16.pth").read_bytes()
    mirror.files = {"/eccv16.pth": data}
    card = dataclasses.replace(_remote(mirror, "/eccv16.pth", data=data), name="eccv16-remote")
    monkeypatch.setattr(files, "shipped", lambda: (card,))
    with pytest.raises(FileError, match="varcolor models fetch eccv16-remote"):
        load_network("eccv16")
    assert not mirror.asked
    net = load_network("eccv16", fetch=True)
    assert net.sha256 == card.sha256
    assert (nowhere / "remote.pth").exists()
    load_network("eccv16", fetch=True)
    assert len(mirror.asked) == 1


def test_threads_are_obeyed_and_given_back(weights, light):
    net = load_network("eccv16", weights / "eccv16.pth", threads=2)
    before, seen = torch.get_num_threads(), []
    whole = net.form

    def chroma(module, x, own, extra):
        seen.append(torch.get_num_threads())
        return whole.chroma(module, x, own, extra)

    net.form = dataclasses.replace(whole, chroma=chroma)
    net.chroma(light)
    assert seen == [2]
    assert torch.get_num_threads() == before
