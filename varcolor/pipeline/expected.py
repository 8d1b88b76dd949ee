"""The prior of a run: what is expected of the chroma before it is solved for."""

from __future__ import annotations

from dataclasses import replace

from varcolor.energy.prior import Data, Prior
from varcolor.errors import InputError
from varcolor.methods import Method
from varcolor.objects.instance import Instance
from varcolor.options.network import is_network
from varcolor.options.objects import ObjectOptions
from varcolor.pipeline.inputs import Inputs
from varcolor.pipeline.kept import Kept
from varcolor.pipeline.objects.instances import fused
from varcolor.pipeline.progress import Stages
from varcolor.prior.base import Scene
from varcolor.prior.given import source_of
from varcolor.prior.saturation import saturated

#: Where the losses huber and l1 of a prior begin to forgive, as a part of the chroma's range.
SMALL_ERROR = 0.02


def expected_chroma(
    inputs: Inputs,
    cues: Data,
    method: Method,
    options: ObjectOptions,
    kept: Kept,
    stages: Stages,
    instances: tuple[Instance, ...] = (),
) -> Prior | None:
    """Return the prior, or None if nothing is expected.

    Parameters
    ----------
    inputs : Inputs
        Photo and working space.
    cues : Data
        The chroma of the cues.
    method : Method
        It has a prior of its own if none is given.
    options : ObjectOptions
        What was asked for.
    kept : Kept
        What a source has prepared for this photo; it is renewed.
    stages : Stages
        Told about the stage ``prior``.
    instances : tuple of Instance
        The photo's objects, each of which a network colours by itself, too.

    Raises
    ------
    InputError
        For unknown names, pictures of another size, and a loss without a prior.
    """
    given = method.prior if options.prior is None else options.prior
    settings = options.network(getattr(options, "threads", None))
    if options.reference is not None:
        given = "reference" if options.prior is None else given
        settings["reference"] = options.reference
    source = source_of(given, options.confidence, inputs.shape, inputs.space, settings)
    if not is_network(options.start):
        options.require_network(method, source)
    if source is None and options.loss != "square":
        raise InputError("a loss without a prior: name a prior, too")
    if source is None and options.saturation != "none" and not hasattr(method, "answer"):
        raise InputError("a saturation without a prior: name a prior, too")
    if source is None:
        return None
    if isinstance(source, Prior):
        prior = source
    elif source.needs_cues and not len(cues.at):
        return None
    else:
        with stages.stage("prior", 0.05):
            source = fused(source, options, instances)
            made = kept.source
            if made is None or made[0] != source:
                scene = Scene(inputs.luma, inputs.visible, inputs.space)
                made = source, source.prepare(scene)
            prior = source.run(made[1], cues)
            kept.source = made if kept.reused else None
    if options.saturation != "none":
        luma, space, known = inputs.luma, inputs.space, prior.confidence > 0
        chroma = saturated(prior.chroma, luma, space, options.saturation, known)
        prior = replace(prior, chroma=chroma)
    if options.loss == "square":
        return prior
    width = SMALL_ERROR * (100.0 if inputs.space.name == "lab" else 1.0)
    return replace(prior, loss=options.loss, width=width)
