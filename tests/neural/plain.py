"""The networks once more: functions on a state_dict, written from the papers' tables of layers.

Nothing here is imported from varcolor; convolutions are matrix products over unfolded windows.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np


def state_of_shapes(shapes, seed):
    """Random tensors of small size, so that tanh is not saturated."""
    import torch

    rng = np.random.default_rng(seed)
    state = {}
    for key, shape in shapes.items():
        if key.endswith("num_batches_tracked"):
            state[key] = torch.tensor(7)
            continue
        if key.endswith("running_var"):
            values = rng.uniform(0.5, 2.0, shape)
        elif len(shape) == 4:
            values = rng.normal(0, (1.6 / (shape[1] * shape[2] * shape[3])) ** 0.5, shape)
        elif key.endswith(".weight"):
            values = rng.uniform(0.5, 1.5, shape)
        else:
            values = rng.normal(0, 0.1, shape)
        state[key] = torch.from_numpy(values.astype(np.float32))
    return state


def _norm(key, count):
    own = ("weight", "bias", "running_mean", "running_var")
    return {f"{key}.{name}": (count,) for name in own} | {f"{key}.num_batches_tracked": ()}


def _conv(key, out, into, size=3, bias=True):
    return {f"{key}.weight": (out, into, size, size)} | ({f"{key}.bias": (out,)} if bias else {})


def encoder_shapes(first):
    shapes = {}
    for name, widths in (
        ("model1", (first, 64, 64)),
        ("model2", (64, 128, 128)),
        ("model3", (128, 256, 256, 256)),
        *((f"model{k}", (256 if k == 4 else 512, 512, 512, 512)) for k in (4, 5, 6, 7)),
    ):
        for k, (into, out) in enumerate(pairwise(widths)):
            shapes |= _conv(f"{name}.{2 * k}", out, into)
        shapes |= _norm(f"{name}.{2 * len(widths) - 2}", widths[-1])
    return shapes


def siggraph_shapes(first=4):
    shapes = encoder_shapes(first)
    shapes |= {"model8up.0.weight": (512, 256, 4, 4), "model8up.0.bias": (256,)}
    shapes |= _conv("model3short8.0", 256, 256)
    shapes |= _conv("model8.1", 256, 256) | _conv("model8.3", 256, 256) | _norm("model8.5", 256)
    shapes |= {"model9up.0.weight": (256, 128, 4, 4), "model9up.0.bias": (128,)}
    shapes |= _conv("model2short9.0", 128, 128) | _conv("model9.1", 128, 128)
    shapes |= _norm("model9.3", 128)
    shapes |= {"model10up.0.weight": (128, 128, 4, 4), "model10up.0.bias": (128,)}
    shapes |= _conv("model1short10.0", 128, 64) | _conv("model10.1", 128, 128)
    shapes |= _conv("model_out.0", 2, 128, 1)
    return shapes if first == 1 else shapes | _conv("model_class.0", 529, 256, 1)


def global_shapes():
    shapes = siggraph_shapes(1)
    shapes |= _conv("global_histogram", 512, 314, 1) | _conv("global_saturation", 512, 2, 1)
    for k in range(3):
        shapes |= _conv(f"global.{3 * k + 2}", 512, 512, 1)
    for k in range(4):
        shapes |= _norm(f"global.{3 * k + 1}", 512)
    return shapes


def eccv_shapes():
    shapes = encoder_shapes(1)
    shapes |= {"model8.0.weight": (512, 256, 4, 4), "model8.0.bias": (256,)}
    shapes |= _conv("model8.2", 256, 256) | _conv("model8.4", 256, 256)
    shapes |= _conv("model8.6", 313, 256, 1)
    return shapes | _conv("model_out", 2, 313, 1, bias=False)


def conv(state, key, x, stride=1, dilation=1):
    import torch

    kernel = state[f"{key}.weight"]
    size = kernel.shape[-1]
    pad = dilation * (size // 2)
    columns = torch.nn.functional.unfold(x, size, dilation=dilation, padding=pad, stride=stride)
    height = -(-x.shape[2] // stride)
    found = kernel.reshape(kernel.shape[0], -1) @ columns
    if f"{key}.bias" in state:
        found = found + state[f"{key}.bias"][:, None]
    return found.reshape(x.shape[0], kernel.shape[0], height, -1)


def up(state, key, x):
    """Transposed convolution 4 x 4, step 2, border 1: every input pixel adds a scaled kernel."""
    import torch

    kernel = state[f"{key}.weight"]
    n, _, h, w = x.shape
    out = torch.zeros(n, kernel.shape[1], 2 * h + 2, 2 * w + 2)
    for i in range(4):
        for j in range(4):
            part = torch.einsum("nchw,cd->ndhw", x, kernel[:, :, i, j])
            out[:, :, i : i + 2 * h : 2, j : j + 2 * w : 2] += part
    return out[:, :, 1:-1, 1:-1] + state[f"{key}.bias"][:, None, None]


def norm(state, key, x):
    def column(name):
        return state[f"{key}.{name}"][:, None, None]

    scaled = (x - column("running_mean")) / (column("running_var") + 1e-5).sqrt()
    return scaled * column("weight") + column("bias")


def _block(state, name, count, x, dilation=1, stride=1):
    for k in range(count):
        own = stride if k == count - 1 else 1
        x = conv(state, f"{name}.{2 * k}", x, own, dilation).clamp(min=0)
    return norm(state, f"{name}.{2 * count}", x)


def siggraph(state, x, added=None):
    """(N, C, H, W) in the network's units -> tanh answer, logits (None without that head)."""

    def relu(y):
        return y.clamp(min=0)

    one = _block(state, "model1", 2, x)
    two = _block(state, "model2", 2, one[:, :, ::2, ::2])
    three = _block(state, "model3", 3, two[:, :, ::2, ::2])
    deep = _block(state, "model4", 3, three[:, :, ::2, ::2])
    if added is not None:
        deep = deep + added
    for name, dilation in (("model5", 2), ("model6", 2), ("model7", 1)):
        deep = _block(state, name, 3, deep, dilation)
    y = relu(up(state, "model8up.0", deep) + conv(state, "model3short8.0", three))
    y = relu(conv(state, "model8.3", relu(conv(state, "model8.1", y))))
    eight = norm(state, "model8.5", y)
    y = relu(up(state, "model9up.0", eight) + conv(state, "model2short9.0", two))
    nine = norm(state, "model9.3", relu(conv(state, "model9.1", y)))
    y = relu(up(state, "model10up.0", nine) + conv(state, "model1short10.0", one))
    y = conv(state, "model10.1", y)
    y = y.clamp(min=0) + 0.2 * y.clamp(max=0)
    logits = conv(state, "model_class.0", eight) if "model_class.0.weight" in state else None
    return conv(state, "model_out.0", y).tanh(), logits


def eccv(state, x, temperature=1.0):
    """(N, 1, H, W) -> answer in units of 110, logits."""
    import torch

    for name, count, dilation, stride in (
        ("model1", 2, 1, 2),
        ("model2", 2, 1, 2),
        ("model3", 3, 1, 2),
        ("model4", 3, 1, 1),
        ("model5", 3, 2, 1),
        ("model6", 3, 2, 1),
        ("model7", 3, 1, 1),
    ):
        x = _block(state, name, count, x, dilation, stride)
    x = up(state, "model8.0", x).clamp(min=0)
    for key in ("model8.2", "model8.4"):
        x = conv(state, key, x).clamp(min=0)
    logits = conv(state, "model8.6", x)
    shares = torch.exp(logits / temperature - (logits / temperature).amax(1, keepdim=True))
    shares = shares / shares.sum(1, keepdim=True)
    return _four_times(conv(state, "model_out", shares)), logits


def _four_times(x):
    """Bilinear, four times as large, centres of pixels at +1/2."""
    import torch

    for axis in (2, 3):
        size = x.shape[axis]
        at = ((torch.arange(4 * size) + 0.5) / 4 - 0.5).clamp(0, size - 1)
        low = at.floor().long()
        high = (low + 1).clamp(max=size - 1)
        part = (at - low).float()
        part = part[:, None] if axis == 2 else part
        x = x.index_select(axis, low) * (1 - part) + x.index_select(axis, high) * part
    return x


def global_branch(state, histogram, saturation):
    """(314,), (2,) -> (512, 1, 1)."""
    x = state["global_histogram.weight"][:, :, 0, 0] @ histogram + state["global_histogram.bias"]
    x = x + state["global_saturation.weight"][:, :, 0, 0] @ saturation
    x = (x + state["global_saturation.bias"])[None, :, None, None]
    x = norm(state, "global.1", x.clamp(min=0))
    for k in (2, 5, 8):
        x = norm(state, f"global.{k + 2}", conv(state, f"global.{k}", x).clamp(min=0))
    return x
