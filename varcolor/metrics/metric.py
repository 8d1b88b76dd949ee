"""What a metric is: a function of a pair of pictures with a unit and a direction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from varcolor.errors import InputError
from varcolor.image.picture import Picture
from varcolor.metrics.pair import Pair, make_pair
from varcolor.typing import Array

if TYPE_CHECKING:
    from varcolor.cues.cues import Cues

#: What is good: high values, low values, values near zero; "none" describes without judging.
Better: TypeAlias = Literal["higher", "lower", "zero", "none"]


@dataclass(frozen=True, eq=False)
class Metric:
    """A named metric; call it with a reference and a result."""

    name: str
    value: Callable[[Pair], float]
    """The metric of a checked pair."""
    unit: str
    """Unit of the values; empty for plain numbers."""
    better: Better
    masks: bool = True
    """Whether pixels can be left out."""

    @property
    def about(self) -> str:
        """The first sentence of its documentation."""
        return (self.value.__doc__ or "").strip().split("\n")[0]

    def of(self, pair: Pair) -> float:
        """Return the metric of a checked pair.

        Raises
        ------
        InputError
            If the metric is not defined for this pair; the message says why.
        """
        if pair.mask is not None and not self.masks:
            raise InputError(
                f"{self.name}: its windows and scales mix pixels inside and outside of a mask; "
                "it takes none"
            )
        return float(self.value(pair))

    def __call__(
        self,
        reference: Picture | Array,
        result: Picture | Array,
        mask: Array | None = None,
        *,
        cues: Cues | None = None,
    ) -> float:
        """Return the metric of two pictures of one size.

        Parameters
        ----------
        reference, result : Picture or ndarray
            8 bit, 16 bit or float, of equal or different depth; grey counts as equal R, G, B.
        mask : ndarray of bool, shape (H, W), optional
            The pixels that count; all without it.
        cues : Cues, optional
            Needed by the metrics of cue compliance, ignored by the others.

        Raises
        ------
        InputError
            If the sizes differ, the mask does not fit, or the metric is not defined here.
        """
        return self.of(make_pair(reference, result, mask, cues))


def metric(
    name: str, unit: str, better: Better, *, masks: bool = True
) -> Callable[[Callable[[Pair], float]], Metric]:
    """Make a `Metric` of a function of a pair; its documentation is kept."""

    def decorate(value: Callable[[Pair], float]) -> Metric:
        made = Metric(name, value, unit, better, masks)
        object.__setattr__(made, "__doc__", value.__doc__)
        return made

    return decorate
