"""The objects of a run: found once a photo, and what they do to energy and prior."""

from __future__ import annotations

from typing import Any

from varcolor.energy.cut import cut_terms
from varcolor.energy.prior import Data
from varcolor.energy.problem import Term
from varcolor.image.luma import to_gray
from varcolor.image.picture import Picture
from varcolor.methods import Method
from varcolor.objects.borders import cut_of, objects_with_cues
from varcolor.objects.fusion import Fused
from varcolor.objects.instance import Instance
from varcolor.objects.segment import segment
from varcolor.options.objects import ObjectOptions
from varcolor.pipeline.inputs import Inputs
from varcolor.pipeline.kept import Kept
from varcolor.pipeline.progress import Stages

#: Bytes per pixel that borders take beside a solver.
BORDER_BYTES = 12.0


def find_instances(
    inputs: Inputs, options: ObjectOptions, kept: Kept, stages: Stages, colour: bool = False
) -> tuple[Instance, ...]:
    """Return the objects that the options name; none if they name none.

    Parameters
    ----------
    inputs : Inputs
        The photo; its notes are added to.
    options : ObjectOptions
        Where objects come from.
    kept : Kept
        They are kept there.
    stages : Stages
        Told about the stage ``objects``.
    colour : bool
        Whether the photo's own colours may help to find them.

    Raises
    ------
    InputError
        If they do not fit the photo, and as in `varcolor.segment`.
    """
    if options.objects is None:
        return ()
    if kept.instances is None:
        with stages.stage("objects", 0.04):
            kept.instances = tuple(objects_in(inputs.photo, options, colour))
    name = options.objects if isinstance(options.objects, str) else "given"
    inputs.notes.append(f"{len(kept.instances)} objects ({name})")
    return kept.instances


def objects_in(photo: Picture, options: ObjectOptions, colour: bool) -> list[Instance]:
    """Return the objects of a photo, found by its luma alone unless ``colour``."""
    if not (colour or photo.is_gray):
        photo = to_gray(photo)
    objects: Any = options.objects
    return segment(photo, objects)


def scoped_objects(
    inputs: Inputs, cues: Data, options: ObjectOptions, instances: tuple[Instance, ...]
) -> tuple[int, ...]:
    """Return the numbers of objects whose borders nothing passes."""
    if not options.scope:
        return ()
    return tuple(objects_with_cues(instances, inputs.shape, cues.at))


def terms_of(
    method: Method,
    inputs: Inputs,
    cut: float,
    instances: tuple[Instance, ...],
    scoped: tuple[int, ...],
) -> tuple[Term, ...]:
    """Return the method's terms, with weights that are lowered across the objects' borders."""
    terms = method.terms(inputs.luma, inputs.visible)
    if not instances or not (cut > 0 or scoped):
        return terms
    return cut_terms(terms, cut_of(instances, inputs.shape, cut, scoped))


def fused(source: Any, options: ObjectOptions, instances: tuple[Instance, ...]) -> Any:
    """Return a network's source, run on every object as well, where the options say so."""
    if not instances or options.fusion == "none" or not hasattr(source, "net_size"):
        return source
    return Fused(source, instances, options.fusion == "hard")
