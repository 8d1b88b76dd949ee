"""Any colorizer in ONNX: ``onnx:FILE[,size=256][,lightness=SCALE][,ab=SCALE]``.

The input of 1 channel gets L*, one of 3 channels the grey three times in 0..1, one of 4 channels
L*, a*, b* and the mask of hints; one of 2 channels a* and b* of the hints. An output of 2
channels is a*, b*, one of 3 channels RGB in 0..1. ``lightness=centred`` (default): (L* - 50) / 100;
``percent``: L*; ``unit``: L* / 100. ``ab`` is what a* and b* are divided by, in and out (110).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

import varcolor as vc
from benchmarks.rivals import Adapter
from varcolor.errors import FileError, InputError, MissingExtra
from varcolor.image.color import lab
from varcolor.neural.framing import Frame
from varcolor.neural.predict import hints_in_lab
from varcolor.prior.features import resized
from varcolor.typing import Array, FloatArray

PREFIX = "onnx:"
_LIGHTNESS = {
    "centred": lambda light: (light - 50) / 100,
    "percent": lambda light: light,
    "unit": lambda light: light / 100,
}


def colorizer(name: str) -> Adapter:
    """Return the adapter for ``onnx:FILE,…``.

    Raises
    ------
    MissingExtra, FileError, InputError
        Without onnxruntime, for a file that it does not read, and unknown options.
    """
    file, *rest = name.removeprefix(PREFIX).split(",")
    options = {"size": "256", "lightness": "centred", "ab": "110"}
    for text in rest:
        key, _, value = text.partition("=")
        if key not in options:
            raise InputError(f"{name}: unknown option {key!r}; known: {', '.join(options)}")
        options[key] = value
    if options["lightness"] not in _LIGHTNESS:
        raise InputError(f"{name}: lightness is one of {', '.join(_LIGHTNESS)}")
    size, scale = int(options["size"]), float(options["ab"])
    session = _session(Path(file))

    def run(gray: FloatArray, cues: vc.Cues) -> FloatArray:
        light = 100 * lab.luma_of_gray(gray)
        frame = Frame.of((gray.shape[0], gray.shape[1]), size, "squash")
        small = np.clip(frame.enter(light), 0, 100)
        ab, mask = np.zeros((*frame.outer, 2)), np.zeros(frame.outer)
        if len(cues):
            chroma = lab.split(cues.color.astype(np.float64))[1]
            weight = cues.weight.astype(np.float64)
            ab, mask = hints_in_lab(frame, cues.flat, weight, chroma, light / 100, lab)
        own = _LIGHTNESS[options["lightness"]](small)
        planes = _planes(own, resized(gray, frame.outer), ab / scale, mask)
        feed = {port.name: planes[_channels(port, name)] for port in session.get_inputs()}
        answer = np.asarray(session.run(None, feed)[0][0], np.float64)
        return _merged(answer, light, scale, name)

    return run


def _planes(light: Array, gray: Array, ab: Array, mask: Array) -> dict[int, Array]:
    """Return what an input of so many channels gets, (1, C, H, W)."""
    hints = [ab[..., 0], ab[..., 1], mask]
    own = {1: [light], 2: hints[:2], 3: [gray] * 3, 4: [light, *hints]}
    return {count: np.stack(p)[None].astype(np.float32) for count, p in own.items()}


def _channels(port: Any, name: str) -> int:
    count = port.shape[1] if len(port.shape) == 4 else None
    if count not in (1, 2, 3, 4):
        raise InputError(f"{name}: its input {port.name!r} has the shape {port.shape}")
    return int(count)


def _merged(answer: Array, light: FloatArray, scale: float, name: str) -> FloatArray:
    """Return the colours (H, W, 3) of an answer (C, h, w), with the lightness of the grey."""
    shape = (light.shape[0], light.shape[1])
    planes = [resized(plane, shape) for plane in answer]
    if len(planes) == 2:
        ab = scale * np.stack(planes, axis=2)
    elif len(planes) == 3:
        ab = lab.split(np.clip(np.stack(planes, axis=2), 0, 1))[1]
    else:
        raise InputError(f"{name}: its output has {len(planes)} channels, not 2 or 3")
    return np.asarray(np.clip(lab.merge(light / 100, ab), 0, 1))


def _session(file: Path) -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise MissingExtra(
            f"onnx:{file}: needs onnxruntime ({error}): pip install onnxruntime"
        ) from None
    if not file.is_file():
        raise FileError(f"onnx:{file}: no such file")
    try:
        return onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    except Exception as error:  # its classes are not public
        raise FileError(
            f"{file}: onnxruntime cannot read it ({str(error).splitlines()[0]})"
        ) from None
