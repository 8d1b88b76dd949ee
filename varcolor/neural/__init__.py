"""The optional neural backend: published colorization networks beside the solver.

It needs the extra ``neural`` (PyTorch, pooch, safetensors) and a file of weights; none is shipped,
and none is fetched unasked. PyTorch is imported when a network is loaded, and nowhere else.

>>> from varcolor.neural import load_network
>>> net = load_network("siggraph17", weights="siggraph17-df00044c.pth")     # doctest: +SKIP
>>> ab = net.chroma(L)                                                      # doctest: +SKIP
"""

from __future__ import annotations

from varcolor.neural.loading import load_network

__all__ = ["load_network"]
