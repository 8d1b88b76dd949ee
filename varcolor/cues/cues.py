"""The one type that all sources of colour end in."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from varcolor.cues.checks import check_cues, protected_pixels, whole_points
from varcolor.cues.dots import dots
from varcolor.cues.marks.marked import find_marks
from varcolor.cues.overlay import strokes_of
from varcolor.cues.parse import array_of, parse_colors, radii_of, weights_of
from varcolor.cues.sizes import size
from varcolor.errors import CueError, CueWarning
from varcolor.image.accept import is_image, is_path
from varcolor.image.picture import Picture, PictureLike, as_picture
from varcolor.typing import Array, BoolArray, Shape

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Cues:
    """Pixels whose colour is known.

    Make them with `Cues.from_mask`, `from_points`, `from_marked`, `from_overlay` or
    `varcolor.read_cues`; combine them with ``|``, where the right-hand side wins.

    Raises
    ------
    CueError
        If positions leave the picture, colours are not finite, or weights are not positive.
    """

    shape: Shape
    """Height and width of the picture that the cues belong to."""
    at: Array
    """(N, 2) int32: row and column; unique and in raster order."""
    color: Array
    """(N, 3) float32: sRGB, 0..1 (may leave it: chroma can be stronger than sRGB shows)."""
    weight: Array
    """(N,) float32: weight of a soft cue, infinite for an exact one."""
    keep: BoolArray
    """(N,) bool: the pixel keeps the colour photo's own value bit for bit; `color` is unused."""
    notes: tuple[str, ...] = ()
    """What a user should know of how they were found, in words; results repeat it."""
    protected: Array = field(default_factory=lambda: np.zeros(0, np.int64))
    """(M,) int64: pixels that nothing spreads into or through, as indices into the flattened
    picture; sorted, unique, and without cues of their own."""

    def __post_init__(self) -> None:
        at = np.asarray(self.at).reshape(-1, 2)
        color = np.asarray(self.color, dtype=np.float32).reshape(-1, 3)
        weight = np.asarray(self.weight, dtype=np.float32).reshape(-1)
        keep = np.asarray(self.keep, dtype=bool).reshape(-1)
        if not len(at) == len(color) == len(weight) == len(keep):
            raise CueError(
                f"{len(at)} positions, {len(color)} colours and {len(weight)} weights: "
                "expected as many of each"
            )
        check_cues(self.shape, at, color, weight)
        flat = at[:, 0].astype(np.int64) * self.shape[1] + at[:, 1]
        if len(flat) > 1 and not (np.diff(flat) > 0).all():
            order = np.argsort(flat, kind="stable")
            last = np.append(np.diff(flat[order]) > 0, True)
            order = order[last]
            at, color, weight, keep = at[order], color[order], weight[order], keep[order]
        for name, value in (
            ("shape", (int(self.shape[0]), int(self.shape[1]))),
            ("at", np.ascontiguousarray(at, dtype=np.int32)),
            ("color", color),
            ("weight", weight),
            ("keep", keep),
            ("protected", protected_pixels(self.protected, self.shape, at)),
        ):
            object.__setattr__(self, name, value)

    def __repr__(self) -> str:
        """Say in a line how many there are."""
        kinds = (f"{int(self.keep.sum())} keep", f"{int(np.isfinite(self.weight).sum())} soft")
        more = "".join(f", {kind}" for kind in kinds if not kind.startswith("0 "))
        return f"<Cues: {len(self)} pixels{more} of a {size(self.shape)} picture>"

    def __len__(self) -> int:
        return len(self.at)

    def __or__(self, other: Cues) -> Cues:
        """Combine two sets for the same picture; where both know a pixel, ``other`` wins."""
        if not isinstance(other, Cues):
            return NotImplemented
        if self.shape != other.shape:
            raise CueError(
                f"cues for a {size(self.shape)} picture cannot be combined with cues for a "
                f"{size(other.shape)} picture"
            )
        under = self
        if len(other.protected):
            under = self.select(~np.isin(self.flat, other.protected))
        return Cues(
            self.shape,
            np.concatenate([under.at, other.at]),
            np.concatenate([under.color, other.color]),
            np.concatenate([under.weight, other.weight]),
            np.concatenate([under.keep, other.keep]),
            tuple(dict.fromkeys((*self.notes, *other.notes))),
            np.concatenate([self.protected, other.protected]),
        )

    @property
    def flat(self) -> Array:
        """(N,) int64: positions as indices into the flattened picture."""
        flat: Array = self.at[:, 0].astype(np.int64) * self.shape[1] + self.at[:, 1]
        return flat

    @property
    def xy(self) -> Array:
        """(N, 2) int32: column and row, as `from_points` takes them; `at` has row and column."""
        return self.at[:, ::-1].copy()

    def select(self, mask: BoolArray) -> Cues:
        """Return the cues where ``mask`` (N,) is true."""
        some = self.at[mask], self.color[mask], self.weight[mask], self.keep[mask]
        return Cues(self.shape, *some, self.notes, self.protected)

    def with_notes(self, *notes: str) -> Cues:
        """Return the same cues with further notes."""
        return replace(self, notes=(*self.notes, *notes))

    def must_fit(self, photo: Picture) -> None:
        """Raise a CueError unless the cues are for a picture of this size."""
        if self.shape != photo.shape:
            raise CueError(
                f"the cues are for a {size(self.shape)} picture, but {photo.meta.source} is "
                f"{size(photo.shape)}"
            )

    @classmethod
    def none(cls, shape: Shape) -> Cues:
        """Return an empty set for a picture of this height and width."""
        return cls(
            shape,
            np.empty((0, 2), np.int32),
            np.empty((0, 3), np.float32),
            np.empty(0, np.float32),
            np.empty(0, bool),
        )

    @classmethod
    def from_mask(cls, mask: ArrayLike, rgb: ArrayLike, weight: ArrayLike = np.inf) -> Cues:
        """Make cues from a mask of known pixels.

        Parameters
        ----------
        mask : array_like of bool, shape (H, W)
            True where the colour is known.
        rgb : array_like, shape (H, W, 3) or (3,), or str
            sRGB colours: whole numbers 0..255 (uint16: 0..65535) or floats 0..1; or one colour for
            all, also as text (``"#rrggbb"``, ``"rgb(r, g, b)"``, a name of CSS).
        weight : array_like, shape (H, W) or scalar, optional
            Weight of soft cues; infinite (the default) for exact ones.
        """
        known = np.asarray(mask)
        if known.ndim != 2:
            raise CueError(f"a mask of shape {known.shape}; expected (H, W)")
        if known.dtype.kind == "f" and np.isnan(known).any():
            raise CueError("the mask holds NaN; expected true or false")
        known = known.astype(bool)
        rgb = parse_colors([rgb])[0] if isinstance(rgb, str) else np.asarray(rgb)
        if rgb.shape not in ((3,), (*known.shape, 3)):
            raise CueError(
                f"colours of shape {rgb.shape} do not fit a mask of shape {known.shape}; "
                "expected (H, W, 3) or (3,)"
            )
        colors = np.broadcast_to(rgb, (*known.shape, 3))[known]
        weights = weights_of(weight, known.shape)[known]
        at = np.argwhere(known)
        return cls(known.shape, at, parse_colors(colors), weights, np.zeros(len(at), bool))

    @classmethod
    def from_points(
        cls,
        shape: Shape | PictureLike,
        points: ArrayLike,
        colors: ArrayLike | Sequence[str | Sequence[float]],
        weight: ArrayLike = np.inf,
        *,
        radius: ArrayLike = 0,
    ) -> Cues:
        """Make cues from single pixels, or from dots around them.

        Parameters
        ----------
        shape : (int, int), Picture or ndarray
            Height and width of the picture, or the picture itself.
        points : array_like of int, shape (N, 2)
            Column and row (x, y) in the upright picture, from 0.
        colors : array_like, shape (N, 3) or (3,), or sequence of str
            sRGB colours: whole numbers 0..255 (uint16: 0..65535), floats 0..1, or text
            (``"#rrggbb"``, ``"rgb(r, g, b)"``, names of CSS).
        weight : array_like, shape (N,) or scalar, optional
            Weight of soft cues; infinite (the default) for exact ones.
        radius : array_like, shape (N,) or scalar, optional
            Of the dots, in pixels: a pixel is cued if its centre is no farther from that of the
            point's pixel. 0 (the default): the pixel alone. What leaves the picture is cut off.

        Raises
        ------
        CueError
            If a point lies outside of the picture or is not a whole number.
        """
        if isinstance(shape, Picture) or is_path(shape) or is_image(shape):
            shape = as_picture(shape).shape
        elif not (isinstance(shape, tuple | list) and len(shape) == 2):
            raise CueError(f"a picture of shape {shape!r}; expected (height, width) or a picture")
        xy = whole_points(array_of(points, "points"))
        rgb = parse_colors(colors)
        if rgb.shape == (3,) or (len(rgb) == 1 and len(xy) > 1):
            rgb = np.broadcast_to(rgb, (len(xy), 3))
        weights, reach = weights_of(weight, (len(xy),)), radii_of(radius, len(xy))
        points_only = cls(shape, xy[:, ::-1], rgb, weights, np.zeros(len(xy), bool))
        if not (reach >= 1).any():
            return points_only
        at, owner = dots(xy[:, ::-1], reach, points_only.shape)
        return cls(shape, at, rgb[owner], weights[owner], np.zeros(len(at), bool))

    @classmethod
    def from_marked(
        cls, photo: PictureLike, marked: PictureLike, *, every_difference: bool = False
    ) -> Cues:
        """Make cues from Levin's pair: a photo and a copy of it with colour drawn on it.

        Marked is where sum over RGB of |marked - photo| > 0.01, levels in 0..1 (Levin et al.
        2004, published code). Of these, half-mixed rims of soft and antialiased strokes and the
        noise of JPEG coders and decoders are left out, and a copy of other brightness is evened
        out first; `notes` tell what was done. Marks of the same grey as the photo cannot be told
        from no mark.

        Parameters
        ----------
        photo, marked : Picture or ndarray
            The photo and its copy, in any depth.
        every_difference : bool
            Follow the published rule to the letter: every pixel that differs is a mark.

        Raises
        ------
        CueError
            If the sizes differ or no pixel is marked.

        Warns
        -----
        CueWarning
            If the copy is lossy or of other brightness, or more than half of the pixels are marked.
        """
        photo, marked = as_picture(photo), as_picture(marked, "the marked copy")
        name = marked.meta.source
        found = find_marks(photo, marked, every_difference)
        if not found.mask.any():
            raise CueError(f"{name}: no pixel differs from {photo.meta.source}: nothing is marked")
        for text in found.warnings:
            warnings.warn(f"{name}: {text}", CueWarning, stacklevel=2)
        notes = [f"{name}: {note}" for note in (*found.warnings, *found.notes)]
        return cls.from_mask(found.mask, found.levels / np.float32(255)).with_notes(*notes)

    @classmethod
    def from_overlay(cls, overlay: PictureLike, photo: PictureLike | None = None) -> Cues:
        """Make cues from a transparent picture that holds the strokes alone.

        Painted is where it is opaque, so that black, grey and white are colours like any other;
        half-transparent pixels (soft rims) are left out. Of a stroke that is opaque nowhere the
        most opaque pixels count.

        Parameters
        ----------
        overlay : Picture or ndarray
            The strokes.
        photo : Picture or ndarray, optional
            What they are for: an overlay of another size of the same picture is scaled to it.

        Raises
        ------
        CueError
            If the overlay has no transparency or no stroke, or cannot be scaled to the photo.
        """
        overlay = as_picture(overlay, "the overlay")
        wanted = None if photo is None else as_picture(photo)
        mask, levels, notes = strokes_of(overlay, wanted)
        name = overlay.meta.source
        return cls.from_mask(mask, levels).with_notes(*(f"{name}: {note}" for note in notes))
