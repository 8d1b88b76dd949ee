"""How good a coloured picture is.

>>> import varcolor as vc
>>> vc.metrics.available()[:3]
('psnr', 'psnr_luma', 'psnr_ab')

Every metric is a function ``metric(reference, result, mask=None) -> float`` that carries its unit
and its direction; `varcolor.compare` evaluates several of them. Alpha is not looked at: leave
pixels out with a mask.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from varcolor.registry import Registry

if TYPE_CHECKING:
    from varcolor.metrics.metric import Metric

METRICS: Registry[Metric] = Registry(
    "metric",
    {
        "psnr": "varcolor.metrics.fidelity:psnr",
        "psnr_luma": "varcolor.metrics.fidelity:psnr_luma",
        "psnr_ab": "varcolor.metrics.fidelity:psnr_ab",
        "psnr_cbcr": "varcolor.metrics.fidelity:psnr_cbcr",
        "mse": "varcolor.metrics.fidelity:mse",
        "mae": "varcolor.metrics.fidelity:mae",
        "ssim": "varcolor.metrics.similarity.structure:ssim",
        "ssim_luma": "varcolor.metrics.similarity.structure:ssim_luma",
        "ssim_ab": "varcolor.metrics.similarity.structure:ssim_ab",
        "ms_ssim": "varcolor.metrics.similarity.structure:ms_ssim",
        "ms_ssim_luma": "varcolor.metrics.similarity.structure:ms_ssim_luma",
        "ms_ssim_ab": "varcolor.metrics.similarity.structure:ms_ssim_ab",
        "uqi": "varcolor.metrics.similarity.uqi:uqi",
        "uqi_luma": "varcolor.metrics.similarity.uqi:uqi_luma",
        "vifp": "varcolor.metrics.similarity.vif:vifp",
        "vifp_luma": "varcolor.metrics.similarity.vif:vifp_luma",
        "vifp_ab": "varcolor.metrics.similarity.vif:vifp_ab",
        "haarpsi": "varcolor.metrics.similarity.haarpsi:haarpsi",
        "mdsi": "varcolor.metrics.similarity.mdsi:mdsi",
        "fsimc": "varcolor.metrics.similarity.fsim:fsimc",
        "ciede2000": "varcolor.metrics.colour:ciede2000",
        "ciede2000_median": "varcolor.metrics.colour:ciede2000_median",
        "ciede2000_p95": "varcolor.metrics.colour:ciede2000_p95",
        "ciede2000_above_1": "varcolor.metrics.colour:ciede2000_above_1",
        "ciede2000_above_2_3": "varcolor.metrics.colour:ciede2000_above_2_3",
        "ciede2000_above_5": "varcolor.metrics.colour:ciede2000_above_5",
        "ab_error": "varcolor.metrics.histogram:ab_error",
        "ab_histogram": "varcolor.metrics.histogram:ab_histogram",
        "ab_bins": "varcolor.metrics.histogram:ab_bins",
        "ab_bins_difference": "varcolor.metrics.histogram:ab_bins_difference",
        "ab_same_bin": "varcolor.metrics.histogram:ab_same_bin",
        "ab_within_1": "varcolor.metrics.histogram:ab_within_1",
        "ab_within_2": "varcolor.metrics.histogram:ab_within_2",
        "colourfulness": "varcolor.metrics.vividness:colourfulness",
        "colourfulness_difference": "varcolor.metrics.vividness:colourfulness_difference",
        "saturation": "varcolor.metrics.vividness:saturation",
        "saturation_difference": "varcolor.metrics.vividness:saturation_difference",
        "bleeding": "varcolor.metrics.bleeding:bleeding",
        "cue_error": "varcolor.metrics.compliance:cue_error",
        "cue_error_max": "varcolor.metrics.compliance:cue_error_max",
        "lpips": "varcolor.metrics.learned:lpips",
    },
)

#: Metrics that need something besides two pictures (cues, weights): in no set.
_ASKED_FOR = ("cue_error", "cue_error_max", "lpips")
_COLOUR_ONLY = (
    "psnr_ab",
    "ssim_ab",
    "ms_ssim_ab",
    "vifp_ab",
    "ab_error",
    "ab_histogram",
    "bleeding",
)
_WHOLE_COLOUR = ("psnr", "ssim", "ms_ssim", "ciede2000", "haarpsi", "mdsi", "fsimc")

#: What `available` and the command line offer as a set.
SETS = ("ab", "rgb", "all")


def available() -> tuple[str, ...]:
    """Return the names of all metrics."""
    return METRICS.names()


def names_of(choice: str) -> tuple[str, ...]:
    """Return the names in a set: ``ab`` (chroma alone), ``rgb`` or ``all``.

    Raises
    ------
    InputError
        If there is no such set.
    """
    if choice == "ab":
        return _COLOUR_ONLY
    if choice == "rgb":
        return _WHOLE_COLOUR
    if choice == "all":
        return tuple(name for name in METRICS if name not in _ASKED_FOR)
    from varcolor.errors import InputError

    raise InputError(f"unknown set {choice!r}; known: {', '.join(SETS)}")
