"""The global-hints network from its ``.caffemodel``, without Caffe.

A ``.caffemodel`` is a NetParameter message: layers with a name, a type, the names of what they take
and give, and blobs of numbers. Layers are not looked up by name but by what they are: in the order
of the file, convolutions, deconvolutions and batch normalisations are those of the trunk; the
branch of global hints has kernels of 1 x 1 (314 and 2 channels in at its begin); the three
shortcuts have "short" in their names. Caffe's BatchNorm keeps sums of mean and variance and their
count, and has no scale and shift of its own.

Fields (caffe.proto): NetParameter.layer 100; LayerParameter.name 1, .type 2, .bottom 3, .top 4,
.blobs 7; BlobProto.num/channels/height/width 1 to 4, .data 5, .shape 7, .double_data 8.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from varcolor.errors import FileError, FormatError
from varcolor.neural.networks.protobuf import fields
from varcolor.typing import Array

#: Convolutions of the blocks: key of the block, indices, and the shape of each kernel.
_BLOCKS = (
    ("model1", 2),
    ("model2", 2),
    ("model3", 3),
    ("model4", 3),
    ("model5", 3),
    ("model6", 3),
    ("model7", 3),
)
_MOST_LAYERS, _MOST_DIMENSIONS = 10_000, 8


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """A layer with weights."""

    name: str
    kind: str
    takes: tuple[str, ...]
    gives: tuple[str, ...]
    blobs: tuple[Array, ...]


def read_layers(data: bytes) -> list[Layer]:
    """Return the layers of a ``.caffemodel`` in the order of the file.

    Raises
    ------
    FormatError
        If it is none.
    """
    layers = [
        _layer(value) for number, value in fields(memoryview(data)) if _message(number, value)
    ]
    if not layers or len(layers) > _MOST_LAYERS:
        raise FormatError("it holds no layers (field 100 of NetParameter)")
    return layers


def _message(number: int, value: int | memoryview) -> bool:
    return number == 100 and not isinstance(value, int)


def _layer(data: Any) -> Layer:
    texts: dict[int, list[str]] = {1: [], 2: [], 3: [], 4: []}
    blobs = []
    for number, value in fields(data):
        if isinstance(value, int):
            continue
        if number in texts:
            texts[number].append(bytes(value).decode("utf-8", "replace"))
        elif number == 7:
            blobs.append(_blob(value))
    name, kind = (texts[k][0] if texts[k] else "" for k in (1, 2))
    return Layer(name, kind, tuple(texts[3]), tuple(texts[4]), tuple(blobs))


def _blob(data: memoryview) -> Array:
    old, shape = {1: 1, 2: 1, 3: 1, 4: 1}, None
    parts: list[Array] = []
    for number, value in fields(data):
        if number in old and isinstance(value, int):
            old[number] = value
        elif number == 7 and not isinstance(value, int):
            shape = _dimensions(value)
        elif number in (5, 8) and not isinstance(value, int):
            kind = "<f8" if number == 8 else "<f4"
            if len(value) % np.dtype(kind).itemsize:
                raise FormatError("a blob is cut off")
            parts.append(np.frombuffer(value, kind).astype(np.float32))
    values = np.concatenate(parts) if parts else np.zeros(0, np.float32)
    dims = tuple(old.values()) if shape is None else shape
    if len(dims) > _MOST_DIMENSIONS or int(np.prod(dims, dtype=np.float64)) != values.size:
        raise FormatError(f"a blob of shape {dims} has {values.size} numbers")
    return values.reshape(dims)


def _dimensions(data: memoryview) -> tuple[int, ...]:
    from varcolor.neural.networks.protobuf import varint

    dims: list[int] = []
    for number, value in fields(data):
        if number != 1:
            continue
        if isinstance(value, int):
            dims.append(value)
            continue
        at = 0
        while at < len(value):
            size, at = varint(value, at)
            dims.append(size)
    return tuple(dims)


def state_of(path: Path) -> dict[str, Any]:
    """Return the state_dict of the global-hints network that a ``.caffemodel`` holds.

    Raises
    ------
    FileError
        If it is no such file, or of another network.
    """
    import torch

    try:
        state = converted(read_layers(path.read_bytes()))
    except OSError as error:
        raise FileError(f"{path}: cannot be read ({error.strerror or error})") from None
    except FormatError as error:
        raise FileError(f"{path}: is no .caffemodel of the global-hints network: {error}") from None
    return {
        key: torch.from_numpy(np.ascontiguousarray(value, np.float32))
        for key, value in state.items()
    }


def converted(layers: list[Layer]) -> dict[str, Array]:
    """Return arrays under the keys of `varcolor.neural.networks.global_hints`.

    Raises
    ------
    FormatError
        If a layer that the network needs is not there.
    """
    learned = [layer for layer in layers if layer.blobs]
    branch, trunk, shortcuts = _divided(learned)
    state: dict[str, Array] = {}
    _put_branch(state, branch)
    convolutions = [layer for layer in trunk if layer.kind in ("Convolution", "Deconvolution")]
    norms = [layer for layer in trunk if layer.kind == "BatchNorm"]
    keys = [f"{block}.{2 * k}" for block, count in _BLOCKS for k in range(count)]
    keys += ["model8up.0", "model8.1", "model8.3", "model9up.0", "model9.1", "model10up.0"]
    keys += ["model10.1", "model_out.0"]
    _put_all(state, keys, convolutions, "convolutions of the trunk")
    for key, layer in zip(
        ("model3short8.0", "model2short9.0", "model1short10.0"), shortcuts, strict=True
    ):
        _put(state, key, layer)
    norm_keys = [f"{block}.{2 * count}" for block, count in _BLOCKS] + ["model8.5", "model9.3"]
    if len(norms) != len(norm_keys):
        raise FormatError(f"it has {len(norms)} batch normalisations, not {len(norm_keys)}")
    for key, layer in zip(norm_keys, norms, strict=True):
        _put_norm(state, key, layer)
    return state


def _divided(layers: list[Layer]) -> tuple[list[Layer], list[Layer], list[Layer]]:
    """Return the layers of the branch, of the trunk, and the three shortcuts (8, 9, 10)."""
    branch: list[Layer] = []
    trunk: list[Layer] = []
    shortcuts: dict[int, Layer] = {}
    branched: set[str] = set()
    wide = {(64, 128): 2, (128, 128): 1, (256, 256): 0}
    for layer in layers:
        shape = layer.blobs[0].shape
        if layer.kind in ("Convolution", "Deconvolution"):
            if shape[1] == 1 and shape[2:] == (1, 1):
                continue  # fixed, one number a channel: every second pixel, or times 100
            if shape[2:] == (1, 1) and shape[0] == 512:
                branch.append(layer)
                branched.update(layer.gives)
                continue
            key = (shape[1], shape[0])
            if key in wide and layer.kind == "Convolution" and "short" in layer.name.lower():
                shortcuts[wide[key]] = layer
            else:
                trunk.append(layer)
        elif layer.kind == "BatchNorm":
            belongs = any(name in branched for name in layer.takes)
            (branch if belongs else trunk).append(layer)
            if belongs:
                branched.update(layer.gives)
        elif layer.kind == "Scale" and shape[0] > 2:
            raise FormatError(f"the layer {layer.name} scales channels, which is not known here")
    if len(shortcuts) != len(wide):
        raise FormatError(f"it has {len(shortcuts)} shortcuts, not {len(wide)}")
    return branch, trunk, [shortcuts[k] for k in range(3)]


def _put_branch(state: dict[str, Array], branch: list[Layer]) -> None:
    convolutions = [layer for layer in branch if layer.kind == "Convolution"]
    norms = [layer for layer in branch if layer.kind == "BatchNorm"]
    first = {layer.blobs[0].shape[1]: layer for layer in convolutions}
    rest = [layer for layer in convolutions if layer.blobs[0].shape[1] == 512]
    if 314 not in first or 2 not in first or len(rest) != 3 or len(norms) != 4:
        raise FormatError(
            f"its branch of global hints has {len(convolutions)} convolutions and {len(norms)} "
            "batch normalisations, not 5 and 4"
        )
    _put(state, "global_histogram", first[314])
    _put(state, "global_saturation", first[2])
    for k, layer in enumerate(rest):
        _put(state, f"global.{3 * k + 2}", layer)
    for k, layer in enumerate(norms):
        _put_norm(state, f"global.{3 * k + 1}", layer)


def _put_all(state: dict[str, Array], keys: list[str], layers: list[Layer], what: str) -> None:
    if len(keys) != len(layers):
        raise FormatError(f"it has {len(layers)} {what}, not {len(keys)}")
    for key, layer in zip(keys, layers, strict=True):
        _put(state, key, layer)


def _put(state: dict[str, Array], key: str, layer: Layer) -> None:
    """Store kernel and bias; a layer without one has a bias of zero."""
    kernel = layer.blobs[0]
    outputs = kernel.shape[1] if layer.kind == "Deconvolution" else kernel.shape[0]
    state[f"{key}.weight"] = kernel
    bias = layer.blobs[1].reshape(-1) if len(layer.blobs) > 1 else np.zeros(outputs, np.float32)
    state[f"{key}.bias"] = bias


def _put_norm(state: dict[str, Array], key: str, layer: Layer) -> None:
    """Store a batch normalisation: Caffe keeps mean and variance times a factor, and no scale."""
    if len(layer.blobs) != 3:
        raise FormatError(
            f"the batch normalisation {layer.name} has {len(layer.blobs)} blobs, not 3"
        )
    mean, variance, factor = (blob.reshape(-1).astype(np.float64) for blob in layer.blobs)
    scale = 0.0 if factor[0] == 0 else 1 / float(factor[0])
    state[f"{key}.running_mean"], state[f"{key}.running_var"] = mean * scale, variance * scale
    state[f"{key}.weight"], state[f"{key}.bias"] = np.ones_like(mean), np.zeros_like(mean)
