"""Options of the prior: colours that are expected before solving, and how far they are trusted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from varcolor.options.field import option
from varcolor.options.network import NetworkChoice, is_network

if TYPE_CHECKING:
    from varcolor.energy.prior import Loss
    from varcolor.image.picture import PictureLike
    from varcolor.prior.given import Confidence, Given
    from varcolor.prior.saturation import Saturation

_SECTION = "Expected colours"
Own = TypeVar("Own", bound="PriorOptions")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PriorOptions(NetworkChoice):
    """What is expected of the colours where no cue says anything.

    Raises
    ------
    InputError
        For values out of range.
    """

    prior: Given = option(
        None,
        "Colours that are expected everywhere, and that cues overrule: gp (guessed from the cues), "
        "agreed (the same, where look-alike cues agree), learned (from the cues and a network of "
        "our own; no cue is needed), siggraph17, eccv16 or a run of varcolor train (networks, "
        "likewise), reference or global-hints (with a reference picture), none, or a colour "
        "picture of the photo's size (a network's answer, an earlier result) [the method's own].",
        section=_SECTION,
    )
    confidence: Confidence = option(
        None,
        "How far the prior is trusted, in units of the weight between equal neighbours: a number, "
        "or a grey picture with levels 0..1 (in Python also an array (H, W)); for gp and agreed a "
        "number replaces their strength [0.01 for a picture].",
        section=_SECTION,
    )
    loss: Loss = option(
        "square",
        "How a prior that is far off pulls: square: more and more; huber or l1: no more than if it "
        "were off by about 0.02 of the chroma's range, so that wrong regions do little harm.",
        choices=("square", "huber", "l1"),
        section=_SECTION,
    )
    saturation: Saturation = option(
        "none",
        "How vivid the expected colours are, at the same luma: none (as they are), parabola (less "
        "in dark and bright places, as PatchColorization), or auto (brought half of the way to "
        "what photos of such lightness have, without leaving sRGB).",
        choices=("none", "parabola", "auto"),
        section=_SECTION,
    )
    start: PictureLike | None = option(
        None,
        "A colour picture of the photo's size that iterations begin with, or a network, siggraph17 "
        "or eccv16; it does not change the answer.",
        Path,
        section=_SECTION,
    )

    def files(self) -> Iterator[Path]:
        """Yield the files that are named."""
        from varcolor.prior.given import names_file

        for name in ("prior", "confidence", "start", "reference"):
            value = getattr(self, name)
            if isinstance(value, str) and name == "prior" and not names_file(value):
                continue
            if name == "start" and is_network(value):
                continue
            if isinstance(value, str | Path):
                yield Path(value)

    def read(self: Own) -> Own:
        """Return the same with pictures in place of the files that are named.

        Raises
        ------
        FileError
            If one cannot be read.
        """
        from varcolor.image.read import read
        from varcolor.prior.given import names_file

        found: dict[str, Any] = {}
        for name in ("prior", "confidence", "start", "reference"):
            value = getattr(self, name)
            if isinstance(value, str) and name == "prior" and not names_file(value):
                continue
            if name == "start" and is_network(value):
                continue
            if isinstance(value, str | Path):
                found[name] = read(value)
        return replace(self, **found)
