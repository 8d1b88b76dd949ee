"""A .caffemodel, written here byte by byte, gives the network that it was made from."""

from __future__ import annotations

import numpy as np
import pytest

from varcolor.errors import FileError
from varcolor.neural import load_network

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.usefixtures("nowhere")


def _varint(value):
    parts = bytearray()
    while value > 127:
        parts.append(value & 127 | 128)
        value >>= 7
    return bytes([*parts, value])


def _bytes(number, data):
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _blob(values, old):
    """A BlobProto: dimensions as a shape, or as the four numbers of old files."""
    values = np.asarray(values, np.float32)
    if old and values.ndim == 4:
        head = b"".join(_varint(k << 3) + _varint(n) for k, n in enumerate(values.shape, 1))
    else:
        head = _bytes(7, _bytes(1, b"".join(map(_varint, values.shape))))
    return head + _bytes(5, values.astype("<f4").tobytes())


def _layer(name, kind, blobs=(), takes="x", gives="x", old=False):
    parts = [(1, name), (2, kind), (3, takes), (4, gives)]
    data = b"".join(_bytes(k, text.encode()) for k, text in parts)
    return _bytes(100, data + b"".join(_bytes(7, _blob(b, old)) for b in blobs))


def caffemodel(state, factor=3.0, old=False):
    """The layers in the order of a file: branch first, shortcuts beside the deconvolutions."""
    state = {key: value.numpy() for key, value in state.items()}

    def conv(key, name, kind="Convolution", takes="x", gives="x"):
        return _layer(name, kind, [state[f"{key}.weight"], state[f"{key}.bias"]], takes, gives, old)

    def norm(key, name, takes="x", gives="x"):
        blobs = [state[f"{key}.running_mean"] * factor, state[f"{key}.running_var"] * factor]
        return _layer(name, "BatchNorm", [*blobs, [factor]], takes, gives)

    out = [_bytes(1, b"global"), _layer("data_l", "Input")]
    out += [
        conv("global_histogram", "glob_1", gives="g1"),
        conv("global_saturation", "s_1", gives="g2"),
    ]
    out += [norm("global.1", "glob_1norm", takes="g1", gives="g3")]
    for k in (2, 5, 8):
        out += [conv(f"global.{k}", f"glob_{k}", takes="g3", gives="g4")]
        out += [norm(f"global.{k + 2}", f"glob_{k}norm", takes="g4", gives="g3")]
    for block, count in (("model1", 2), ("model2", 2), *((f"model{k}", 3) for k in range(3, 8))):
        for k in range(count):
            out += [conv(f"{block}.{2 * k}", f"conv_{block}_{k}"), _layer("relu", "ReLU")]
        out += [norm(f"{block}.{2 * count}", f"{block}norm")]
        out += [_layer(f"{block}norm_ss", "Convolution", [np.ones((64, 1, 1, 1))])]
    out += [conv("model8up.0", "conv8_1", "Deconvolution"), conv("model3short8.0", "conv3_3_short")]
    out += [
        conv("model8.1", "conv8_2"),
        conv("model8.3", "conv8_3"),
        norm("model8.5", "conv8_3norm"),
    ]
    out += [conv("model9up.0", "conv9_1", "Deconvolution"), conv("model2short9.0", "conv2_2_short")]
    out += [conv("model9.1", "conv9_2"), norm("model9.3", "conv9_2norm")]
    out += [conv("model10up.0", "conv10_1", "Deconvolution")]
    out += [conv("model1short10.0", "conv1_2_short"), conv("model10.1", "conv10_2")]
    out += [conv("model_out.0", "pred_ab_1"), _layer("pred_ab", "Scale", [np.full(2, 100.0)])]
    return b"".join(out)


@pytest.fixture(scope="module")
def converted(states):
    """Caffe's batch normalisation has neither scale nor shift."""
    state = dict(states["global-hints"])
    for key in list(state):
        if key.endswith("running_mean"):
            own = key.removesuffix("running_mean")
            state[f"{own}weight"] = torch.ones_like(state[key])
            state[f"{own}bias"] = torch.zeros_like(state[key])
    return state


@pytest.mark.parametrize("old", [False, True])
def test_a_caffemodel_is_the_network_that_it_was_made_from(converted, tmp_path, light, old):
    (tmp_path / "m.caffemodel").write_bytes(caffemodel(converted, old=old))
    torch.save(converted, tmp_path / "m.pth")
    shares = np.random.default_rng(7).dirichlet(np.full(313, 0.1))
    answers = [
        load_network("global-hints", tmp_path / f"m.{kind}").chroma(
            light, histogram=shares, saturation=0.3
        )
        for kind in ("caffemodel", "pth")
    ]
    np.testing.assert_allclose(answers[0], answers[1], atol=1e-3)
    assert answers[1].std() > 1


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda data: data[:-1000], "cut off"),
        (lambda data: b"", "no layers"),
        (lambda data: b"PK\x03\x04 something else", "no .caffemodel"),
        (lambda data: data.replace(b"conv3_3_short", b"conv3_3_other"), "shortcuts"),
        (lambda data: data.replace(b"BatchNorm", b"BatchNone"), "normalisations"),
    ],
)
def test_what_is_no_such_caffemodel_is_refused(converted, tmp_path, change, says):
    path = tmp_path / "m.caffemodel"
    path.write_bytes(change(caffemodel(converted)))
    with pytest.raises(FileError, match=says):
        load_network("global-hints", path)


def test_other_networks_have_no_caffemodel(tmp_path):
    path = tmp_path / "m.caffemodel"
    path.write_bytes(b"\x0a\x00")
    with pytest.raises(FileError, match="'global-hints' only"):
        load_network("eccv16", path)
