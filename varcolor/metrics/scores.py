"""Several metrics of one pair at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from varcolor.errors import InputError
from varcolor.image.picture import PictureLike
from varcolor.metrics import METRICS
from varcolor.metrics.metric import Better, Metric
from varcolor.metrics.pair import make_pair
from varcolor.typing import Array

if TYPE_CHECKING:
    from varcolor.cues.cues import Cues


@dataclass(frozen=True, slots=True)
class Scores(Mapping[str, float]):
    """What metrics say about one result: a mapping from names to values."""

    values_by_name: Mapping[str, float]
    units: Mapping[str, str]
    """Unit of each; empty for plain numbers."""
    better: Mapping[str, Better]
    """Direction of each: "higher", "lower", "zero" (nearest to 0) or "none" (not a judgement)."""

    def __getitem__(self, name: str) -> float:
        return self.values_by_name[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.values_by_name)

    def __len__(self) -> int:
        return len(self.values_by_name)

    def __str__(self) -> str:
        return "\n".join(
            f"{name} = {value:.6g} {self.units[name]}".rstrip() + f" ({self.better[name]})"
            for name, value in self.values_by_name.items()
        )


def compare(
    reference: PictureLike,
    result: PictureLike,
    metrics: Sequence[str | Metric] = ("psnr", "ciede2000", "ssim"),
    mask: Array | None = None,
    *,
    cues: Cues | None = None,
) -> Scores:
    """Say how close a result is to its reference.

    Parameters
    ----------
    reference, result : Picture, path or ndarray
        Two pictures of one size: 8 bit, 16 bit or float, of equal or different depth.
    metrics : sequence of str or Metric
        Names from `varcolor.metrics.available()`, or metrics of your own. ``psnr`` is over R, G
        and B.
    mask : ndarray of bool, shape (H, W), optional
        The pixels that count; all without it.
    cues : Cues, optional
        What the result was made from; needed by ``cue_error`` and ``cue_error_max``.

    Returns
    -------
    Scores
        ``scores["psnr"]``, with ``scores.units`` and ``scores.better``.

    Raises
    ------
    InputError
        If the sizes differ, a name is unknown, or a metric is not defined for this pair or takes
        no mask; the message says why.
    MissingExtra
        If a learned metric lacks its packages or weights.
    """
    if isinstance(metrics, str | Metric):
        metrics = (metrics,)
    chosen = [METRICS[m] if isinstance(m, str) else m for m in metrics]
    if not chosen:
        raise InputError("no metric was named")
    pair = make_pair(reference, result, mask, cues)
    return Scores(
        {m.name: m.of(pair) for m in chosen},
        {m.name: m.unit for m in chosen},
        {m.name: m.better for m in chosen},
    )
