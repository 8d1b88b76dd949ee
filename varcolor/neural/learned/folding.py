"""From a trained network to the file that the prior `learned` reads.

A convolution with batch normalisation, g (W x - mu) / sqrt(s^2 + e) + b, is the convolution with
the weights g W / sqrt(s^2 + e) and the bias b - g mu / sqrt(s^2 + e). Weights are stored as
float16, the covariance as float32.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from varcolor.typing import Array


def layers(net: Any) -> Iterator[tuple[str, Any, Any]]:
    """Yield name in the file, convolution and normalisation of a network's layers.

    The normalisation is None for those of 1 x 1 pixel, which have a bias of their own.
    """
    yield "stem", net.stem, net.stem_norm
    for side in ("encoder", "decoder"):
        for level, blocks in enumerate(getattr(net, side)):
            for number, block in enumerate(blocks):
                name = f"{side}.{level}.{number}"
                yield f"{name}.first", block.first, block.first_norm
                yield f"{name}.second", block.second, block.second_norm
    for side in ("down", "up"):
        for level, conv in enumerate(getattr(net, side)):
            yield f"{side}.{level}", conv, None
    yield "head", net.head, None


def folded(net: Any, kernel: Any) -> dict[str, Array]:
    """Return the arrays of a network and its covariance, named as the file has them.

    Parameters
    ----------
    net : LearnedNet
        `varcolor.neural.learned.net`.
    kernel : LearnedKernel
        `varcolor.neural.learned.kernel`.
    """
    found: dict[str, Any] = {}

    def put(name: str, weight: Any, bias: Any) -> None:
        found[f"{name}.weight"], found[f"{name}.bias"] = weight, bias

    for name, conv, norm in layers(net):
        if norm is None:
            put(name, conv.weight[:, :, 0, 0].T, conv.bias)
            continue
        scale = norm.weight / (norm.running_var + norm.eps).sqrt()
        weight = (conv.weight * scale[:, None, None, None]).permute(2, 3, 1, 0)
        put(name, weight, norm.bias - norm.running_mean * scale)
    put("global", net.overall.weight.T, net.overall.bias)
    found["input.mean"], found["input.deviation"] = net.mean, net.deviation
    for name, value in kernel.named_parameters():
        found[f"kernel.{name}"] = value.exp()
    return {
        name: np.ascontiguousarray(value.detach().float().cpu().numpy())
        for name, value in found.items()
    }


def file_of(arrays: Mapping[str, Array], told: Mapping[str, str]) -> bytes:
    """Return the contents of a safetensors file with arrays and strings (its metadata)."""
    header: dict[str, Any] = {"__metadata__": dict(told)}
    parts: list[bytes] = []
    size = 0
    for name, values in arrays.items():
        exact = name.startswith(("kernel.", "input."))
        part = values.astype("<f4" if exact else "<f2").tobytes()
        where = [size, size + len(part)]
        shape = list(values.shape)
        header[name] = {"dtype": "F32" if exact else "F16", "shape": shape, "data_offsets": where}
        parts.append(part)
        size += len(part)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return b"".join([len(text).to_bytes(8, "little"), text, *parts])
