"""A mask from clicks or rough strokes: a random walker, solved exactly by our multigrid.

With s = 1 at pixels that are said to lie inside, 0 at those outside, and weights w_rs that are
small across edges of luma (and of colour in a colour photo), minimise

    E(s) = sum over edges of w_rs (s_r - s_s)^2 + sum_r k_r (s_r - t_r)^2:

s is the probability that a random walker from r meets an inside pixel first. The second sum says
what the clicks tell of pixels that no path of equal colours joins to them: t_r is 1 where the
log-odds u_r of `varcolor.objects.evidence` are positive, and k_r grows with |tanh(u_r / 2)|. The
photo's edge is weakly outside. The object is where s is above a threshold, as far as it hangs
together with a click, without holes.

The system is solved on a copy of at most ``pixels`` pixels, whose weights are kept from click to
click; its border is brought to the photo's pixels by joint bilateral upsampling along the luma.

References
----------
L. Grady, "Random walks for image segmentation", PAMI 2006. J. Kopf et al., "Joint bilateral
upsampling", SIGGRAPH 2007.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from varcolor.checks import whole
from varcolor.energy.color_weights import color_weights
from varcolor.energy.harmonic import Harmonic
from varcolor.energy.problem import Problem
from varcolor.energy.stencil import Stencil
from varcolor.energy.weights import default
from varcolor.errors import InputError
from varcolor.image.color import oklab
from varcolor.image.downsample import step_for
from varcolor.image.picture import PictureLike, as_picture
from varcolor.objects.evidence import COLOUR, GREY, Evidence, Model
from varcolor.objects.instance import Instance
from varcolor.objects.regions import block_means
from varcolor.solve.multigrid.solver import Multigrid
from varcolor.solve.solver import Goal
from varcolor.typing import Array, BoolArray, FloatArray, Shape

#: x, y in pixels: column and row; the centre of the first pixel is 0.5, 0.5.
Points = Sequence[tuple[float, float]]

#: Pixels of the copy that is solved on, and the tolerance of s there, in 1/255.
PIXELS, _TOLERANCE = 4_000, 4.0
#: What Oklab's lightness and chroma count in the weights, and the smallest weight.
_GUIDE, _FLOOR = (0.7, 2.5, 2.5), 1e-5


class Clicks:
    """Clicks on one photo, again and again; what depends on the photo alone is kept.

    It may be used from several threads; its calls take turns.

    Parameters
    ----------
    photo : Picture, path or ndarray
        Grey or colour; of grey photos the lightness is all there is.
    pixels : int
        Size of the copy that is solved on, at most.
    model : Model
        What clicks tell of pixels that are far from them; default: one for colour photos, and one
        for grey ones.

    Examples
    --------
    >>> clicks = vc.Clicks("cat.jpg")                              # doctest: +SKIP
    >>> cat = clicks.object([(320, 200)], [(20, 20)])              # doctest: +SKIP
    """

    def __init__(
        self, photo: PictureLike, pixels: int = PIXELS, model: Model | None = None
    ) -> None:
        whole("pixels", pixels, 64)
        self.photo = as_picture(photo)
        self.model = model or (GREY if self.photo.is_gray else COLOUR)
        self.step = step_for(self.photo.shape, pixels)
        values = _oklab(self.photo.as_float())
        self._luma = values[..., 0]
        self._small = block_means(values, self.step) if self.step > 1 else values
        own = np.ascontiguousarray(self._small)
        if values.shape[2] == 1:
            stencil = default(own[..., 0], None, 0.03, _FLOOR)
        else:
            stencil = color_weights(own * _GUIDE, None, _FLOOR)
        self._terms = (Harmonic(_raised(stencil, self.model.power)),)
        self._evidence = Evidence(self._luma, self._small, self.step, self.model)
        self._solver = Multigrid(threads=1)
        self._state: Any = None
        self._lock = threading.Lock()

    @property
    def small_shape(self) -> Shape:
        """Height and width of the copy that is solved on."""
        return (self._small.shape[0], self._small.shape[1])

    def object(self, inside: Points, outside: Points = (), label: str = "") -> Instance:
        """Return the object that lies under the clicks.

        Parameters
        ----------
        inside, outside : sequence of (float, float)
            x, y of pixels of the object (one at least), and of others. A stroke is its points.
        label : str
            What it is.

        Raises
        ------
        InputError
            Without a click inside, for clicks outside of the photo or on one pixel with both signs.
        """
        return Instance.of(self.mask(inside, outside), 1.0, label)

    def mask(self, inside: Points, outside: Points = ()) -> BoolArray:
        """Return the mask (H, W) of the object; as `object`."""
        seeds = [_places(points, self.photo.shape) for points in (inside, outside)]
        if not len(seeds[0]):
            raise InputError("a mask needs at least one click inside the object")
        share = self.share(*seeds)
        own = _hanging_together(
            share > self.model.threshold, _cells(seeds[0], self.step, self.small_shape)
        )
        fine = self._fine(share, own)
        for points, value in zip(seeds, (True, False), strict=True):
            fine[points[:, 0], points[:, 1]] = value
        return fine

    def share(self, inside: Array, outside: Array) -> FloatArray:
        """Return s (h, w), 0..1, on the copy, for rows and columns (N, 2), (M, 2) of the photo."""
        shape = self.small_shape
        small = [_cells(points, self.step, shape) for points in (inside, outside)]
        flat = [np.unique(np.ravel_multi_index(tuple(_around(p, shape).T), shape)) for p in small]
        flat[1] = np.setdiff1d(flat[1], flat[0])
        told = self._evidence.log_odds(*small)
        found = self._solved(told, flat)
        for _ in range(self.model.turns if self.model.look > 0 else 0):
            found = self._solved(told + self._evidence.of_kinds(found, flat[0]), flat)
        return found

    def _solved(self, told: FloatArray, clicked: list[Array]) -> FloatArray:
        """Return s (h, w) for log-odds (h, w) and the cells clicked, inside and outside."""
        target, weight = self._held(told)
        for places, value in zip(clicked, (1.0, 0.0), strict=True):
            target.flat[places], weight.flat[places] = value, np.inf
        known = np.flatnonzero(weight)
        problem = Problem(self.small_shape, None, self._terms, known, weight.ravel()[known])
        values = target.reshape(-1, 1)[known]
        with self._lock:
            self._state = self._solver.prepare(problem, self._state)
            found = self._solver.run(self._state, values, None, Goal(tolerance=_TOLERANCE))
        return np.clip(found.u[..., 0].astype(np.float64), 0, 1)

    def _held(self, told: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return t and k, (h, w) both."""
        target = (told > 0).astype(np.float64)
        weight = self.model.look * np.abs(np.tanh(told / 2))
        edge = np.zeros(told.shape, bool)
        edge[[0, -1]] = edge[:, [0, -1]] = True
        total = weight[edge] + self.model.edge
        target[edge] *= np.divide(weight[edge], total, out=np.zeros_like(total), where=total > 0)
        weight[edge] = total
        return target, weight

    def _fine(self, share: FloatArray, inside: BoolArray) -> BoolArray:
        """Return the mask (H, W): that of the copy, and s along the luma near its border."""
        from scipy.ndimage import maximum_filter, minimum_filter

        height, width = self.photo.shape
        if self.step == 1:
            return inside.copy()
        rows = np.minimum(np.arange(height) // self.step, share.shape[0] - 1)
        columns = np.minimum(np.arange(width) // self.step, share.shape[1] - 1)
        result = np.ascontiguousarray(inside[np.ix_(rows, columns)])
        near = maximum_filter(inside, 3) != minimum_filter(inside, 3)
        y, x = np.nonzero(near[np.ix_(rows, columns)])
        result[y, x] = self._upsampled(share, y, x) > self.model.threshold
        return result

    def _upsampled(self, share: FloatArray, y: Array, x: Array) -> FloatArray:
        """Return s at pixels of the photo: means of nine cells, weighed by place and luma."""
        (h, w), step = share.shape, self.step
        row, column, luma = y // step, x // step, self._luma[y, x]
        total, mean = np.full(len(y), 1e-30), np.zeros(len(y))
        for dr in (-1, 0, 1):
            for dc in (-1, 0, 1):
                r, c = np.clip(row + dr, 0, h - 1), np.clip(column + dc, 0, w - 1)
                far = ((y + 0.5) / step - r - 0.5) ** 2 + ((x + 0.5) / step - c - 0.5) ** 2
                unlike = (luma - self._small[r, c, 0]) ** 2
                weight = np.exp(-far - unlike / (2 * 0.05**2))
                total += weight
                mean += weight * share[r, c]
        return np.asarray(mean / total)


def _oklab(values: FloatArray) -> FloatArray:
    """Return lightness, and the chroma of a colour photo, (H, W, 1 or 3)."""
    if values.ndim == 2:
        return np.asarray(oklab.luma_of_gray(values))[..., None]
    lightness, chroma = oklab.split(values)
    return np.concatenate([lightness[..., None], chroma], axis=2)


def _places(points: Points, shape: Shape) -> Array:
    """Return rows and columns (N, 2) of points x, y."""
    own = np.asarray(points, np.float64).reshape(-1, 2)
    if not np.isfinite(own).all():
        raise InputError("a click is not finite")
    places = np.floor(own[:, ::-1]).astype(np.int64)
    outside = (places < 0) | (places >= shape)
    if outside.any():
        x, y = own[outside.any(axis=1)][0]
        raise InputError(f"a click at {x:g},{y:g}: the photo is {shape[1]} x {shape[0]}")
    return places


def _around(places: Array, shape: Shape) -> Array:
    """Return places (N, 2) and their eight neighbours: a click is as large as a finger's tip."""
    steps = np.stack(np.meshgrid((-1, 0, 1), (-1, 0, 1), indexing="ij"), axis=-1).reshape(-1, 2)
    return np.asarray(np.clip(places[:, None] + steps, 0, np.array(shape) - 1).reshape(-1, 2))


def _cells(places: Array, step: int, shape: Shape) -> Array:
    return np.asarray(np.minimum(places // step, np.array(shape) - 1))


def _raised(stencil: Stencil, power: float) -> Stencil:
    """Return a power of weights, none below the smallest one."""
    raised = np.where(stencil.weights > 0, np.maximum(stencil.weights**power, _FLOOR), 0.0)
    return Stencil(stencil.offsets, raised, True, least=_FLOOR)


def _hanging_together(mask: BoolArray, inside: Array) -> BoolArray:
    """Return the parts of a mask that hold a click, without holes."""
    from scipy.ndimage import binary_fill_holes, label

    parts, count = label(mask)
    own = np.zeros(count + 1, bool)
    own[parts[inside[:, 0], inside[:, 1]]] = True
    own[0] = False
    return np.asarray(binary_fill_holes(own[parts]))
