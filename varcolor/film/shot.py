"""One shot: what is known of its frames, on disk and at hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from varcolor.backend.cpu import CpuBackend
from varcolor.energy.prior import Data
from varcolor.film.frame import ONE_THREAD, Frame
from varcolor.film.motion.flow import Flow, flow_between
from varcolor.film.motion.links import Guide, Links, links_between
from varcolor.methods import Method
from varcolor.tiled.field import Field
from varcolor.typing import Array, FloatArray, Shape

#: Nothing is known.
NOTHING = Data(np.zeros(0, np.int64), np.zeros(0), np.zeros((0, 2)))
#: Weight of a link between equal pixels.
STRENGTH = 1.0
#: Kinds of Field per frame: bytes and channels.
_KINDS = {
    "chroma": (np.float32, 2),
    "reach": (np.uint8, 1),
    "flow": (np.float16, 4),
    "flux": (np.float32, 2),
}


@dataclass(slots=True, eq=False)
class Shot:
    """Frames that follow each other without a cut.

    Chroma, reach and flow lie in files of ``folder``, so that memory does not grow with the shot.
    """

    count: int
    shape: Shape
    luma: Callable[[int], FloatArray]
    """Returns the luma (H, W), 0..1, of a frame of the shot."""
    keys: Mapping[int, Data]
    """Known chroma, by the frame's number in the shot."""
    method: Method
    folder: Path
    expected: Callable[[int], Array] | None = None
    """Returns the chroma (2, H + 2, W + 2) that frames without keys are expected to have."""
    backend: CpuBackend = ONE_THREAD
    """Threads that solve a frame."""
    fields: dict[str, Field] = field(default_factory=dict)
    _flows: dict[int, tuple[float, float]] = field(default_factory=dict)
    _guides: dict[int, Guide] = field(default_factory=dict)

    def __post_init__(self) -> None:
        height, width = self.shape
        for name, (dtype, channels) in _KINDS.items():
            size = (self.count * height, width, channels)
            self.fields[name] = Field(self.folder / name, size, dtype)

    def close(self) -> None:
        """Close the files; they stay."""
        for own in self.fields.values():
            own.close()

    def read(self, name: str, t: int) -> Array:
        """Return what is kept of a frame, (H, W, C)."""
        height, width = self.shape
        rows = slice(t * height, (t + 1) * height)
        return self.fields[name].read(rows, slice(0, width))

    def write(self, name: str, t: int, values: Array) -> None:
        """Keep something of a frame, (H, W, C)."""
        height, width = self.shape
        rows = slice(t * height, (t + 1) * height)
        self.fields[name].write(rows, slice(0, width), values)

    def picture(self, t: int, name: str = "chroma") -> Array:
        """Return chroma or flux of a frame as a picture with a border, (2, H + 2, W + 2)."""
        inner = np.moveaxis(self.read(name, t), 2, 0)
        return np.pad(inner, ((0, 0), (1, 1), (1, 1)))

    def keep(self, t: int, u: Array, name: str = "chroma") -> None:
        """Keep chroma or flux (2, H + 2, W + 2) of a frame."""
        self.write(name, t, np.moveaxis(u[:, 1:-1, 1:-1], 0, 2))

    def reach(self, t: int) -> Array:
        """Return the reach of a frame, (H + 2, W + 2), 0..1."""
        return np.pad(self.read("reach", t)[..., 0].astype(np.float32) / 255, 1)

    def keep_reach(self, t: int, reach: Array) -> None:
        """Keep the reach (H + 2, W + 2) of a frame."""
        levels = np.round(255 * reach[1:-1, 1:-1]).astype(np.uint8)
        self.write("reach", t, levels[..., None])

    def frame(self, t: int, marched: bool = False) -> Frame:
        """Return a frame as a system; ``marched``: with the flux that has come to it."""
        data = self.keys.get(t, NOTHING)
        expected = self.expected(t) if self.expected is not None and not len(data.at) else None
        own = self.luma(t), self.method, data
        found = Frame.of(*own, expected=expected, backend=self.backend)
        if marched and not len(data.at):
            found.source = self.picture(t, "flux")
        return found

    def links(self, t: int) -> Links:
        """Return the links between frames t and t + 1; flow is found once."""
        flow = self._flow(t)
        both = self._guide(t), self._guide(t + 1)
        return links_between(*both, flow, STRENGTH, self.backend.team)

    def _guide(self, t: int) -> Guide:
        if t not in self._guides:
            while len(self._guides) > 3:
                del self._guides[next(iter(self._guides))]
            self._guides[t] = Guide.of(self.luma(t))
        return self._guides[t]

    def _flow(self, t: int) -> Flow:
        if t not in self._flows:
            found = flow_between(self.luma(t), self.luma(t + 1))
            both = np.concatenate([found.forward, found.backward], axis=2)
            both[~found.steady, :2] = np.nan
            both[~found.steady_back, 2:] = np.nan
            self.write("flow", t, both)
            self._flows[t] = found.gain, found.offset
        both = self.read("flow", t).astype(np.float32)
        steady, back = np.isfinite(both[..., 0]), np.isfinite(both[..., 2])
        both = np.nan_to_num(both)
        own = np.ascontiguousarray(both[..., :2]), np.ascontiguousarray(both[..., 2:])
        return Flow(*own, steady, back, *self._flows[t])
