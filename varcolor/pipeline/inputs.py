"""The inputs of a run, made uniform: photo, luma, cues, working space."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from varcolor.cues.cues import Cues
from varcolor.energy.prior import Data
from varcolor.errors import CueError
from varcolor.image.color import Space, as_space
from varcolor.image.luma import luma_of
from varcolor.image.picture import Picture, PictureLike, as_picture
from varcolor.typing import BoolArray, FloatArray, Shape


@dataclass(slots=True, eq=False)
class Inputs:
    """What a run begins with."""

    photo: Picture
    cues: Cues
    """Those on visible pixels."""
    space: Space
    notes: list[str] = field(default_factory=list)
    """What a user should know; the run adds to them."""
    given_luma: FloatArray | None = None
    """(H, W): the photo's luma, if it is at hand."""

    @property
    def luma(self) -> FloatArray:
        """(H, W), 0..1: the photo's in the working space; made again where it was dropped."""
        if self.given_luma is None:
            self.given_luma = luma_of(self.photo, self.space)
        return self.given_luma

    def drop_luma(self) -> None:
        """Make room: eight bytes a pixel that are quickly made again."""
        self.given_luma = None

    @property
    def shape(self) -> Shape:
        """Height and width."""
        return self.photo.shape

    @property
    def visible(self) -> BoolArray | None:
        """(H, W): where colour may go; None = everywhere. Protected pixels are left out."""
        visible, protected = self.photo.visible, self.cues.protected
        if len(protected):
            visible = np.ones(self.shape, bool) if visible is None else visible.copy()
            visible.flat[protected] = False
        return visible

    def data(self) -> Data:
        """Return the chroma (N, 2) of the cues; keep cues have the photo's own."""
        color = self.cues.color.astype(np.float64)
        at = self.cues.at[self.cues.keep]
        if len(at):
            color[self.cues.keep] = self.photo.pixels[at[:, 0], at[:, 1]] / self.photo.maximum
        weight = self.cues.weight.astype(np.float64)
        return Data(self.cues.flat, weight, self.space.split(color)[1])


def read_inputs(
    photo: PictureLike,
    cues: Cues | None,
    space: str | Space,
    luma: FloatArray | None = None,
) -> Inputs:
    """Return the inputs, checked.

    Parameters
    ----------
    photo : Picture, path or ndarray
        Grey or colour.
    cues : Cues or None
        Known colours; those on transparent pixels are left out, with a note.
    space : str or Space
        Working space.
    luma : ndarray, shape (H, W), optional
        The photo's, if it is known.

    Raises
    ------
    InputError
        For what is no picture and unknown spaces.
    CueError
        For cues that do not fit the photo.
    """
    picture = as_picture(photo)
    space = as_space(space)
    cues = Cues.none(picture.shape) if cues is None else cues
    if not isinstance(cues, Cues):
        raise CueError(f"cues of type {type(cues).__name__}; expected Cues (see vc.Cues)")
    cues.must_fit(picture)
    if cues.keep.any() and picture.is_gray:
        raise CueError(
            f"{picture.meta.source}: is grey; keep strokes need the colours of a colour photo"
        )
    notes = [*picture.meta.notes, *cues.notes]
    visible = picture.visible
    if visible is not None:
        seen = visible[cues.at[:, 0], cues.at[:, 1]]
        if not seen.all():
            notes.append(f"{(~seen).sum()} cues on transparent pixels are left out")
            cues = cues.select(seen)
    return Inputs(picture, cues, space, notes, luma)


def note_colour(inputs: Inputs) -> None:
    """Say what becomes of a photo that is not stored as grey."""
    if inputs.photo.is_gray:
        return
    values = inputs.photo.pixels
    if (values[..., 0] != values[..., 1]).any() or (values[..., 1] != values[..., 2]).any():
        inputs.notes.append(
            f"a colour photo: only its luma ({inputs.space.name}) is used; to change some of its "
            "colours and keep the rest, use recolor"
        )
