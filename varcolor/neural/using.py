"""Which network to use and how: options that priors, methods and decoders share."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from varcolor.errors import InputError
from varcolor.neural.framing import check_fit
from varcolor.typing import Array, FloatArray, PathLike

#: Networks that are kept in memory; some 140 MB each.
_KEPT = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkOptions:
    """Where a network comes from, and where and how large it runs."""

    weights: str = ""
    """File of its weights, or a folder with it; empty: what ``varcolor models`` lists."""
    device: str = "cpu"
    """cpu, cuda, cuda:N or auto."""
    net_size: int = 256
    """Size of the picture that it sees, in pixels along the longer side; a multiple of 8."""
    fit: str = "pad"
    """pad: proportions are kept, with a reflected border; squash: a square, as the originals do."""
    precision: str = "float32"
    """Numbers on a GPU: float32, auto, bfloat16 or float16."""
    mask_cent: float = -1.0
    """0 or 0.5: what is subtracted from the mask of hints; -1: as the file's hash tells."""
    fetch: bool = False
    """Whether weights that are not here may be fetched."""
    threads: int = 0
    """Threads of PyTorch; 0: its own choice."""

    def __post_init__(self) -> None:
        check_fit(self.net_size, self.fit)
        if self.mask_cent not in (-1, 0, 0.5):
            raise InputError(f"mask_cent {self.mask_cent}: expected 0, 0.5, or -1")

    def as_dict(self) -> dict[str, Any]:
        """Return the options that all networks share, by name."""
        return {own.name: getattr(self, own.name) for own in fields(NetworkOptions)}

    def load(self, name: str) -> Any:
        """Return the network of this name, loaded once in a process."""
        import varcolor.neural as package
        from varcolor.neural import weights as files

        path = Path(self.weights) if self.weights else None
        if path is not None:
            path = files.given(path, name)
        stamp = None
        if path is not None:
            state = path.stat()
            stamp = state.st_mtime_ns, state.st_size
        own = (self.device, self.mask_cent, self.precision, self.threads, self.fetch)
        return _loaded(package.load_network, name, path, stamp, str(files.folder()), *own)


def with_weights(options: NetworkOptions | None, weights: PathLike | None) -> NetworkOptions | None:
    """Return options with this file or folder of weights."""
    if weights is None:
        return options
    return replace(options or NetworkOptions(), weights=str(weights))


@lru_cache(maxsize=_KEPT)
def _loaded(
    load: Any,
    name: str,
    path: Path | None,
    stamp: Any,
    folder: str,
    device: str,
    mask_cent: float,
    precision: str,
    threads: int,
    fetch: bool,
) -> Any:
    return load(
        name,
        weights=path,
        device=device,
        mask_cent=None if mask_cent < 0 else mask_cent,
        threads=threads or None,
        precision=precision,
        fetch=fetch,
    )


def forward(
    net: Any, light: Array, ab: Array | None = None, mask: Array | None = None, **options: Any
) -> tuple[FloatArray, FloatArray | None]:
    """Return chroma (H, W, 2) and the distribution (h, w, B), or None if there is none.

    ``net`` is a `Network`, or any object with its methods ``chroma`` and ``distribution``.
    """
    if hasattr(net, "chroma_and_distribution") and net.has_distribution:
        both = net.chroma_and_distribution(light, ab, mask, **options)
        return both[0], both[1]
    chroma = net.chroma(light, ab, mask, **taken_by(net, options))
    if not getattr(net, "has_distribution", True):
        return chroma, None
    return chroma, net.distribution(light, ab, mask)


def taken_by(net: Any, options: dict[str, Any]) -> dict[str, Any]:
    """Return the options that only a `Network` takes, for one; else none."""
    return options if hasattr(net, "form") else {}


def bins_of(net: Any, count: int) -> FloatArray:
    """Return a*, b* (B, 2) of the bins of a network's distribution."""
    from varcolor.neural.networks.bins import grid_bins, hull_bins

    if hasattr(net, "bins"):
        return np.asarray(net.bins)
    table = {529: grid_bins, 313: hull_bins}
    if count not in table:
        raise InputError(f"a distribution of {count} bins: expected 529 or 313")
    return table[count]()
