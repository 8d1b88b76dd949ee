"""A network with its weights: pictures in the units of CIELAB in, chroma and distributions out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from varcolor.checks import within
from varcolor.errors import InputError
from varcolor.neural import runtime
from varcolor.neural.networks.inputs import planes_of
from varcolor.typing import Array, FloatArray

#: Height and width of what a network takes are multiples of this; cells of its distribution.
MULTIPLE, CELL = 8, 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Conventions:
    """How numbers go in and come out, apart from the weights."""

    l_cent: float = 50.0
    """Subtracted from L*."""
    l_scale: float = 100.0
    """What L* is divided by then."""
    ab_scale: float = 110.0
    """What a* and b* of hints are divided by."""
    ab_out: float = 110.0
    """What the answer is multiplied by."""
    mask_cent: float = 0.0
    """Subtracted from the mask of hints: 0, or 0.5 for weights retrained in PyTorch."""
    temperature: float = 1.0
    """T of the annealed mean softmax(logits / T), for means of distributions."""
    level: bool = False
    """Whether the network sees the grey level of L*, 0 to 1, scaled to 0 to 100, in its place."""


@dataclass(frozen=True, slots=True)
class Form:
    """A network without weights."""

    name: str
    build: Callable[[], Any]
    conventions: Conventions
    chroma: Callable[..., Any]
    logits: Callable[..., Any] | None
    both: Callable[..., Any] | None
    bins: Callable[[], FloatArray] | None
    hints: bool
    """Whether it takes local hints."""
    channels: int = 0
    """Channels of its input; 0: 4 with hints, 1 without."""
    cell: int = 4
    """Side of the cells of its distribution, in pixels."""
    variant: Callable[[Mapping[str, Any]], Form] | None = None
    """Returns the same network with other settings, such as the number of channels."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """The settings that it was made with."""

    def with_settings(self, settings: Mapping[str, Any]) -> Form:
        """Return the same network with these settings.

        Raises
        ------
        InputError
            If it has none, or not these.
        """
        if not settings:
            return self
        if self.variant is None:
            raise InputError(f"the network {self.name!r} has no settings")
        return replace(self.variant(settings), name=self.name, settings=dict(settings))


@dataclass(slots=True, eq=False)
class Network:
    """A network that is ready to run."""

    form: Form
    module: Any
    """torch.nn.Module in evaluation mode."""
    conventions: Conventions
    device: str
    source: str = ""
    """The file of its weights."""
    sha256: str = ""
    threads: int | None = None
    precision: str = "float32"
    """Of the numbers on a GPU: float32, bfloat16, float16 or auto."""
    notes: tuple[str, ...] = ()
    """What happened on the way, in words."""

    @property
    def name(self) -> str:
        """Name of the network."""
        return self.form.name

    @property
    def bins(self) -> FloatArray:
        """(B, 2): a* and b* of the bins of `distribution`."""
        found = self._require_bins()
        own = getattr(self.module, "bins", None)  # bins of a network's own lie in its file
        return found() if own is None else np.asarray(own.cpu().numpy(), np.float64)

    @property
    def has_distribution(self) -> bool:
        """Whether it has a head that tells a distribution."""
        return self.form.bins is not None

    def chroma(
        self,
        L: Array,
        ab: Array | None = None,
        mask: Array | None = None,
        *,
        histogram: Array | None = None,
        saturation: float | None = None,
        temperature: float | None = None,
    ) -> FloatArray:
        """Return the network's own answer.

        Parameters
        ----------
        L : ndarray, shape (H, W)
            L*, 0 to 100; H and W multiples of 8. Or (N, H, W): several pictures.
        ab : ndarray, shape (H, W, 2), optional
            a* and b* of the hints, in units of CIELAB; None: no hints (automatic colouring).
        mask : ndarray, shape (H, W), optional
            1 where there is a hint, else 0.
        histogram : ndarray, shape (313,), optional
            For ``global-hints``: shares of colours (`varcolor.neural.networks.bins`).
        saturation : float, optional
            For ``global-hints``: mean saturation of HSV, 0..1.
        temperature : float, optional
            For ``eccv16``: T of the annealed mean; default the network's own output, T = 1.

        Returns
        -------
        ndarray, shape (H, W, 2)
            a*, b*, float64.

        Raises
        ------
        InputError
            For sizes and values that do not fit, and hints that the network does not take.
        """
        own = self._own(temperature)
        x = self._input(L, ab, mask)
        extra = self._extra(x.shape[0], histogram, saturation)

        def work(net: Any, y: Any, more: Any) -> Any:
            return self.form.chroma(net, y, own, more)

        return _pictures(runtime.run(self, work, x, extra), np.ndim(L) == 2)

    def distribution(
        self,
        L: Array,
        ab: Array | None = None,
        mask: Array | None = None,
        *,
        temperature: float = 1.0,
    ) -> FloatArray:
        """Return the distribution of colours at every cell of 4 x 4 pixels.

        Parameters
        ----------
        L, ab, mask
            As in `chroma`.
        temperature : float
            softmax(logits / T): above 1 flatter, below 1 sharper.

        Returns
        -------
        ndarray, shape (H/4, W/4, B)
            Shares of the bins (see `bins`), adding up to 1.
        """
        self._require_bins()
        within("temperature", temperature, 1e-3, 1e3)
        x = self._input(L, ab, mask)

        def work(net: Any, y: Any, more: Any) -> Any:
            assert self.form.logits is not None
            return _softmax(self.form.logits(net, y, self.conventions, more), temperature)

        return _pictures(runtime.run(self, work, x, None), np.ndim(L) == 2)

    def chroma_and_distribution(
        self,
        L: Array,
        ab: Array | None = None,
        mask: Array | None = None,
        *,
        temperature: float | None = None,
    ) -> tuple[FloatArray, FloatArray]:
        """Return both, from one forward pass; ``temperature`` as in `chroma`."""
        self._require_bins()
        own = self._own(temperature)
        x = self._input(L, ab, mask)

        def work(net: Any, y: Any, more: Any) -> Any:
            assert self.form.both is not None
            mean, logits = self.form.both(net, y, own, more)
            return mean, _softmax(logits, 1.0)

        found = runtime.run(self, work, x, None)
        alone = np.ndim(L) == 2
        return _pictures(found[0], alone), _pictures(found[1], alone)

    def _own(self, temperature: float | None) -> Conventions:
        if temperature is None:
            return self.conventions
        within("temperature", temperature, 1e-3, 1e3)
        return replace(self.conventions, temperature=float(temperature))

    def _require_bins(self) -> Callable[[], FloatArray]:
        if self.form.bins is None:
            raise InputError(f"the network {self.name!r} has no distribution of colours")
        return self.form.bins

    def _input(self, L: Array, ab: Array | None, mask: Array | None) -> Array:
        """Return the tensor (N, C, H, W), float32, in the units of the network."""
        light = np.asarray(L, np.float32)
        if light.ndim not in (2, 3) or any(s % MULTIPLE or not s for s in light.shape[-2:]):
            raise InputError(
                f"L of shape {light.shape}: expected (H, W), both multiples of {MULTIPLE}"
            )
        if not np.isfinite(light).all() or light.min() < -1e-3 or light.max() > 100.001:
            raise InputError("L lies outside of 0 to 100")
        lights = light.reshape(-1, *light.shape[-2:])
        if not self.form.hints:
            if mask is not None and np.any(np.asarray(mask)):
                raise InputError(f"the network {self.name!r} takes no local hints")
            return planes_of(self.form, self.conventions, lights, None, None)
        if (ab is None) != (mask is None):
            raise InputError("hints need both: ab and mask")
        colours = np.zeros((*light.shape, 2), np.float32) if ab is None else np.asarray(ab)
        where = np.zeros(light.shape, np.float32) if mask is None else np.asarray(mask)
        if colours.shape != (*light.shape, 2) or where.shape != light.shape:
            raise InputError(
                f"hints of shapes {colours.shape} and {where.shape}; expected "
                f"{(*light.shape, 2)} and {light.shape}"
            )
        if not np.isfinite(colours).all() or where.min() < 0 or where.max() > 1:
            raise InputError("ab must be finite, and the mask lie in 0 to 1")
        own = colours.reshape(*lights.shape, 2), where.reshape(lights.shape)
        return planes_of(self.form, self.conventions, lights, *own)

    def _extra(self, count: int, histogram: Array | None, saturation: float | None) -> Any:
        """Return histogram (N, 314, 1, 1) and saturation (N, 2, 1, 1) for the global network."""
        if self.form.name != "global-hints":
            if histogram is not None or saturation is not None:
                raise InputError(f"the network {self.name!r} takes no global hints")
            return None
        shares = np.zeros((count, 314, 1, 1), np.float32)
        if histogram is not None:
            given = np.asarray(histogram, np.float64)
            total = float(given.sum())
            if given.shape != (313,) or given.min() < 0 or abs(total - 1) > 1e-3:
                raise InputError("histogram: expected 313 shares that add up to 1")
            shares[:, :313, 0, 0], shares[:, 313] = given, 1
        colour = np.zeros((count, 2, 1, 1), np.float32)
        if saturation is not None:
            within("saturation", saturation, 0.0, 1.0)
            colour[:, 0], colour[:, 1] = saturation, 1
        return shares, colour


def _softmax(logits: Any, temperature: float) -> Any:
    return (logits.float() / temperature).softmax(dim=1)


def _pictures(found: Array, alone: bool) -> FloatArray:
    """Return (N, C, H, W) as (N, H, W, C), or (H, W, C) of the only picture."""
    pictures = np.moveaxis(found, 1, -1).astype(np.float64)
    return pictures[0] if alone else pictures
