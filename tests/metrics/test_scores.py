"""compare, masks, depths, the registry, cue compliance and the Fréchet distance."""

import inspect
import subprocess
import sys

import numpy as np
import pytest

import varcolor as vc
from varcolor.errors import InputError, MissingExtra
from varcolor.image.color import yuv
from varcolor.metrics import METRICS, names_of
from varcolor.metrics.learned import fid, frechet_distance
from varcolor.metrics.metric import metric

GENERAL = names_of("all")
MASKED = [n for n in GENERAL if METRICS[n].masks]
UNMASKED = [n for n in GENERAL if not METRICS[n].masks]


def test_compare(cat_pair):
    scores = vc.compare(*cat_pair)
    assert list(scores) == ["psnr", "ciede2000", "ssim"]
    assert len(scores) == 3
    assert scores["psnr"] == METRICS["psnr"](*cat_pair)
    assert scores.units == {"psnr": "dB", "ciede2000": "dE", "ssim": ""}
    assert scores.better == {"psnr": "higher", "ciede2000": "lower", "ssim": "higher"}
    assert "psnr = " in str(scores)
    assert dict(vc.compare(*cat_pair, metrics="mae")) == {"mae": METRICS["mae"](*cat_pair)}


def test_compare_takes_metrics_of_ones_own(cat_pair):
    @metric("darkest", "", "none")
    def darkest(pair):
        """Darkest level of the result."""
        return float(pair.result.pixels.min())

    assert vc.compare(*cat_pair, metrics=("psnr", darkest))["darkest"] == cat_pair[1].min()
    assert darkest.about == "Darkest level of the result."


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"metrics": ("pnsr",)}, "did you mean 'psnr'"),
        ({"metrics": ()}, "no metric"),
        ({"mask": np.ones((3, 3), bool)}, "mask of shape"),
        ({"mask": np.ones((190, 200))}, "type float64"),
        ({"mask": np.zeros((190, 200), bool)}, "no pixel"),
    ],
)
def test_bad_arguments(cat_pair, arguments, message):
    with pytest.raises(InputError, match=message):
        vc.compare(*cat_pair, **arguments)


def test_sizes_must_agree(cat_pair):
    with pytest.raises(InputError, match=r"sizes differ.*200 x 190.*199 x 190"):
        vc.compare(cat_pair[0], cat_pair[1][:, :-1])


def test_registry():
    assert vc.metrics.available() == METRICS.names()
    assert set(GENERAL) | {"cue_error", "cue_error_max", "lpips"} == set(vc.metrics.available())
    for name in METRICS:
        entry = METRICS[name]
        assert entry.name == name
        assert entry.about.endswith(".")
        assert inspect.getdoc(entry.value)
        assert entry.better in {"higher", "lower", "zero", "none"}
    for choice in ("ab", "rgb", "all"):
        assert set(names_of(choice)) <= set(METRICS)
    with pytest.raises(InputError):
        names_of("cmyk")


def test_import_stays_light():
    code = (
        "import sys, varcolor; varcolor.metrics.available(); varcolor.metrics.names_of('all');"
        "print(*{'numpy', 'scipy', 'skimage', 'PIL', 'torch'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


@pytest.mark.parametrize("name", MASKED)
def test_a_mask_of_everything_changes_nothing(cat_pair, name):
    assert METRICS[name](*cat_pair, np.ones((190, 200), bool)) == METRICS[name](*cat_pair)


@pytest.mark.parametrize("name", MASKED)
def test_pixels_outside_of_the_mask_do_not_count(cat_pair, name):
    reference, result = cat_pair
    mask = np.zeros((190, 200), bool)
    mask[20:90, 30:120] = True
    # Windows reach 5 px beyond the mask: what is further away must not matter.
    elsewhere = np.ones_like(mask)
    elsewhere[10:100, 20:130] = False
    changed = result.copy()
    changed[elsewhere] = 255 - changed[elsewhere]
    assert METRICS[name](reference, changed, mask) == METRICS[name](reference, result, mask)
    if name not in {"ab_bins_difference"}:
        assert METRICS[name](reference, result, mask) != METRICS[name](reference, result)


def test_masked_ssim_is_the_mean_of_the_map(cat_pair):
    from skimage.metrics import structural_similarity

    mask = np.zeros((190, 200), bool)
    mask[40:80, 50:190] = True
    _, full = structural_similarity(
        *cat_pair,
        channel_axis=-1,
        gaussian_weights=True,
        use_sample_covariance=False,
        full=True,
    )
    assert METRICS["ssim"](*cat_pair, mask) == pytest.approx(full[mask].mean(), rel=1e-6)


@pytest.mark.parametrize("name", ["ssim", "uqi"])
def test_a_mask_at_the_border_leaves_no_window(cat_pair, name):
    mask = np.zeros((190, 200), bool)
    mask[0, 0] = True
    with pytest.raises(InputError, match="centre in the mask"):
        METRICS[name](*cat_pair, mask)


@pytest.mark.parametrize("name", UNMASKED)
def test_metrics_that_take_no_mask_say_so(cat_pair, name):
    mask = np.ones((190, 200), bool)
    mask[3] = False
    with pytest.raises(InputError, match="takes none"):
        METRICS[name](*cat_pair, mask)


@pytest.mark.parametrize("name", GENERAL)
def test_depths_agree(cat_pair, name):
    reference, result = cat_pair
    expected = pytest.approx(METRICS[name](reference, result), rel=1e-5, abs=1e-6)
    wide = [p.astype(np.uint16) * 257 for p in cat_pair]
    assert METRICS[name](*wide) == expected
    assert METRICS[name](reference, wide[1]) == expected
    assert METRICS[name](*(p / 255 for p in cat_pair)) == expected
    single = [(p / 255).astype(np.float32) for p in cat_pair]
    loose = pytest.approx(METRICS[name](reference, result), rel=1e-4, abs=1e-4)
    assert METRICS[name](*single) == loose


@pytest.mark.parametrize("name", GENERAL)
def test_sixteen_bits_are_not_rounded_to_eight(cat_pair, name):
    # A sixteenth of an 8-bit level is seen by all that measure values, not counts.
    reference = cat_pair[0].astype(np.uint16) * 200
    result = reference + np.arange(200, dtype=np.uint16)[:, None] % 16
    value = METRICS[name](reference, result)
    if METRICS[name].better == "lower" and "above" not in name:
        assert value > 0 or name == "ab_histogram"
    elif METRICS[name].unit == "dB":
        assert np.isfinite(value)


@pytest.mark.parametrize("name", [n for n in GENERAL if METRICS[n].better != "none"])
def test_grey_counts_as_equal_channels(cat_pair, name):
    gray = [vc.to_gray(p) for p in cat_pair]
    colour = [np.repeat(g[..., None], 3, axis=2) for g in gray]
    if name.startswith("ab_within"):
        pytest.skip("a grey reference has no coloured pixel")
    if name == "haarpsi":
        # The papers' formula for grey has no chroma terms.
        assert METRICS[name](*gray) == pytest.approx(METRICS[name](*colour), abs=0.05)
        return
    assert METRICS[name](*gray) == pytest.approx(METRICS[name](*colour), rel=1e-5, abs=1e-5)


def test_bands_do_not_matter(cat_pair, monkeypatch):
    expected = {name: METRICS[name](*cat_pair) for name in GENERAL}
    monkeypatch.setattr("varcolor.image.luma.BLOCK", 3000)
    for name, value in expected.items():
        assert METRICS[name](*cat_pair) == pytest.approx(value, rel=1e-6, abs=1e-9), name


def test_cue_compliance():
    from varcolor.cues.cues import Cues

    gray = np.full((4, 5), 0.5)
    cues = Cues.from_points((4, 5), [(1, 2), (3, 0)], ["#a06040", "#4060a0"])
    result = np.repeat(gray[..., None], 3, axis=2)
    for (row, column), color in zip(cues.at, cues.color, strict=True):
        result[row, column] = yuv.merge(gray[row, column], yuv.split(color.astype(float))[1])
    met = vc.compare(gray, result, ("cue_error", "cue_error_max"), cues=cues)
    assert met["cue_error_max"] == pytest.approx(0, abs=1e-4)
    result[2, 1] = 0.5
    missed = vc.compare(gray, result, ("cue_error", "cue_error_max"), cues=cues)
    assert missed["cue_error_max"] == pytest.approx(2 * missed["cue_error"], rel=1e-3)
    assert missed["cue_error_max"] > 10
    mask = np.zeros((4, 5), bool)
    mask[0] = True
    assert METRICS["cue_error_max"](gray, result, mask, cues=cues) == pytest.approx(0, abs=1e-4)
    with pytest.raises(InputError, match="no cue"):
        METRICS["cue_error"](gray, result, ~(mask | (gray > 0)) | (np.arange(5) == 4), cues=cues)
    with pytest.raises(InputError, match="cues"):
        METRICS["cue_error"](gray, result)
    with pytest.raises(InputError, match="belong"):
        METRICS["cue_error"](gray[1:], result[1:], cues=cues)


def test_frechet_distance():
    rng = np.random.default_rng(2)
    a = rng.normal(size=(400, 5)) @ rng.normal(size=(5, 5))
    b = rng.normal(size=(300, 5)) + 1
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-9)
    from scipy.linalg import sqrtm

    one, two = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    offset = a.mean(0) - b.mean(0)
    expected = offset @ offset + np.trace(one + two - 2 * sqrtm(one @ two).real)
    assert frechet_distance(a, b) == pytest.approx(expected, rel=1e-8)
    # Fewer pictures than features: singular covariances.
    assert frechet_distance(a[:3], b[:3]) >= 0
    with pytest.raises(InputError, match="two pictures"):
        frechet_distance(a[:1], b)


def test_fid_says_what_to_do(cat_pair):
    with pytest.raises(MissingExtra, match=r"pip install torch.*inception"):
        fid(cat_pair, cat_pair)
