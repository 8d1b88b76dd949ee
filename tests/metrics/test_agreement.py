"""Every metric against an implementation that somebody else wrote, or a second one of the paper."""

import math
import warnings

import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab, rgb2ycbcr
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

import varcolor as vc
from tests.metrics import plain
from varcolor.image.picture import as_picture
from varcolor.metrics import METRICS
from varcolor.metrics.colour import ciede2000_map
from varcolor.metrics.planes import lab_planes
from varcolor.metrics.similarity.uqi import uqi_of_plane

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import sewar

CLOSE = 1e-4


def close(value):
    return pytest.approx(value, rel=CLOSE)


def score(name, pair, mask=None):
    return METRICS[name](*pair, mask)


def lab(picture):
    return rgb2lab(picture)


def test_fidelity(pair):
    a, b = pair
    assert score("psnr", pair) == close(peak_signal_noise_ratio(a, b, data_range=255))
    assert score("psnr", pair) == close(sewar.psnr(a, b))
    assert score("mse", pair) == close(sewar.mse(a, b))
    assert score("mae", pair) == close(np.abs(a.astype(float) - b).mean())
    luma = [p @ [0.299, 0.587, 0.114] for p in pair]
    assert score("psnr_luma", pair) == close(peak_signal_noise_ratio(*luma, data_range=255))
    ab = [lab(p)[..., 1:] for p in pair]
    assert score("psnr_ab", pair) == close(peak_signal_noise_ratio(*ab, data_range=200))
    # skimage's Cb, Cr are studio levels: 224 steps for the whole range.
    cbcr = [rgb2ycbcr(p)[..., 1:] for p in pair]
    assert score("psnr_cbcr", pair) == close(peak_signal_noise_ratio(*cbcr, data_range=224))


def skimage_ssim(a, b, **options):
    return structural_similarity(
        a, b, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, **options
    )


def test_ssim(pair):
    a, b = pair
    assert score("ssim", pair) == close(skimage_ssim(a, b, channel_axis=-1))
    luma = [p @ [0.299, 0.587, 0.114] for p in pair]
    assert score("ssim_luma", pair) == close(skimage_ssim(*luma, data_range=255))
    ab = [lab(p)[..., 1:] for p in pair]
    assert score("ssim_ab", pair) == close(skimage_ssim(*ab, data_range=200, channel_axis=-1))


def test_ms_ssim_and_vifp_of_each_channel(pair):
    # Channel by channel: sewar's downsampling would mix the channels of a colour picture.
    channels = [(pair[0][..., k], pair[1][..., k]) for k in range(3)]
    assert score("ms_ssim", pair) == close(np.mean([sewar.msssim(*c) for c in channels]))
    assert score("vifp", pair) == close(np.mean([sewar.vifp(*c) for c in channels]))


def test_ms_ssim_and_vifp_of_luma_and_ab(cat_pair):
    luma = [p @ [0.299, 0.587, 0.114] for p in cat_pair]
    assert score("ms_ssim_luma", cat_pair) == close(sewar.msssim(*luma, MAX=255))
    assert score("vifp_luma", cat_pair) == close(sewar.vifp(*luma))
    ab = [lab(p)[..., 1:] for p in cat_pair]
    assert score("ms_ssim_ab", cat_pair) == close(
        np.mean([sewar.msssim(ab[0][..., k], ab[1][..., k], MAX=200) for k in (0, 1)])
    )
    theirs = np.mean([sewar.vifp(ab[0][..., k], ab[1][..., k]) for k in (0, 1)])
    assert score("vifp_ab", cat_pair) == close(theirs)


def test_uqi(cat_pair):
    # sewar confuses means and sums here, so the reference is the definition itself, …
    a, b = (p[:40, :50] for p in cat_pair)
    assert score("uqi", (a, b)) == close(
        np.mean([plain.uqi(a[..., k], b[..., k]) for k in range(3)])
    )
    # … and SSIM without its constants, which skimage offers for odd windows.
    x, y = (p[..., 1] / 255 for p in cat_pair)
    ours = uqi_of_plane(x, y, size=7)
    theirs = structural_similarity(
        x, y, win_size=7, K1=1e-9, K2=1e-9, use_sample_covariance=False, data_range=1
    )
    assert ours == close(theirs)
    gray = [vc.to_gray(p) for p in (a, b)]
    assert score("uqi_luma", gray) == close(plain.uqi(*gray))


@pytest.mark.parametrize("name", ["haarpsi", "mdsi", "fsimc"])
def test_perceptual_metrics(pair, name):
    assert score(name, pair) == pytest.approx(getattr(plain, name)(*pair), rel=1e-9)


@pytest.mark.parametrize("name", ["haarpsi", "mdsi", "fsimc"])
@pytest.mark.parametrize("shape", [(385, 401), (640, 700)])
def test_perceptual_metrics_shrink_large_pictures(name, shape):
    rng = np.random.default_rng(3)
    a = (rng.random((*shape, 3)) ** 2 * 255).astype(np.uint8)
    a[50:200, 30:300] //= 4
    b = np.roll(a, 1, axis=1)
    assert score(name, (a, b)) == pytest.approx(getattr(plain, name)(a, b), rel=1e-9)


def test_perceptual_metrics_where_similarities_are_negative():
    # Opposite colours: the chroma products are negative, the powers complex.
    a = np.zeros((40, 50, 3), np.uint8)
    a[:, :25], a[:20, 25:] = (255, 0, 40), (0, 255, 0)
    b = 255 - a
    assert score("mdsi", (a, b)) == close(plain.mdsi(a, b))
    assert score("fsimc", (a, b)) == close(plain.fsimc(a, b))


def test_lab_is_that_of_other_programs(pair):
    assert np.abs(lab_planes(as_picture(pair[0])) - lab(pair[0])).max() < 3e-4
    gray = vc.to_gray(pair[0])
    assert np.abs(lab_planes(as_picture(gray)) - lab(np.dstack([gray] * 3))).max() < 3e-4


def test_ciede2000(pair):
    theirs = deltaE_ciede2000(lab(pair[0]), lab(pair[1]))
    assert np.abs(ciede2000_map(*pair) - theirs).max() < 0.02
    assert score("ciede2000", pair) == close(theirs.mean())
    assert score("ciede2000_median", pair) == close(np.median(theirs))
    assert score("ciede2000_p95", pair) == close(np.percentile(theirs, 95))
    # The same statistics exactly, from the map itself.
    ours = ciede2000_map(*pair)
    for name, limit in (("1", 1), ("2_3", 2.3), ("5", 5)):
        share = score(f"ciede2000_above_{name}", pair)
        assert share == (ours > limit).mean()
        assert share == pytest.approx((theirs > limit).mean(), abs=2e-4)


def test_colourfulness(pair):
    def paper(picture):
        r, g, b = np.moveaxis(picture.astype(float), -1, 0)
        rg, yb = r - g, (r + g) / 2 - b
        return math.hypot(rg.std(), yb.std()) + 0.3 * math.hypot(rg.mean(), yb.mean())

    a, b = pair
    assert score("colourfulness", pair) == close(paper(b))
    assert score("colourfulness_difference", pair) == close(paper(b) - paper(a))


def test_colourfulness_by_hand():
    # Two pixels, red and blue: rg = 255, 0 and yb = 127.5, -255.
    picture = np.array([[[255, 0, 0], [0, 0, 255]]], np.uint8)
    spread = math.hypot(127.5, 191.25)
    mean = 0.3 * math.hypot(127.5, 63.75)
    assert METRICS["colourfulness"](picture, picture) == pytest.approx(spread + mean)


def test_saturation(pair):
    from skimage.color import rgb2hsv

    first, second = (rgb2hsv(p)[..., 1].mean() for p in pair)
    assert score("saturation", pair) == close(second)
    assert score("saturation_difference", pair) == close(second - first)


def test_histogram_statistics(pair):
    planes = [lab_planes(as_picture(p))[..., 1:].astype(float) for p in pair]
    edges = np.arange(33) * 8.0 - 132
    a, b = (np.histogram2d(p[..., 0].ravel(), p[..., 1].ravel(), [edges, edges])[0] for p in planes)
    count = a.sum()
    assert score("ab_histogram", pair) == close(np.abs(a - b).sum() / count)
    assert score("ab_bins", pair) == (b > 0).sum()
    assert score("ab_bins_difference", pair) == (b > 0).sum() - (a > 0).sum()
    one, two = (np.rint((p + 0.0) / 8) for p in planes)
    assert score("ab_same_bin", pair) == pytest.approx((one == two).all(-1).mean(), abs=1e-6)
    coloured = (one != 0).any(-1)
    for distance in (1, 2):
        off = np.abs(one - two).max(-1)[coloured]
        assert score(f"ab_within_{distance}", pair) == pytest.approx(
            (off <= distance).mean(), abs=1e-6
        )
    theirs = np.linalg.norm(lab(pair[0])[..., 1:] - lab(pair[1])[..., 1:], axis=-1).mean()
    assert score("ab_error", pair) == close(theirs)


def test_bleeding(cat_pair):
    from scipy.ndimage import distance_transform_edt

    luma = cat_pair[0] @ [0.299, 0.587, 0.114]
    steep = np.hypot(*np.gradient(luma))
    edges = steep >= np.quantile(steep, 0.9)
    near = distance_transform_edt(~edges) <= 2
    slopes = [np.gradient(lab(p)[..., 1:], axis=(0, 1)) for p in cat_pair]
    off = sum(((y - x) ** 2).sum(-1) for x, y in zip(*slopes, strict=True))
    assert score("bleeding", cat_pair) == close(np.sqrt(off)[near].mean())


def test_bleeding_grows_with_the_blur_of_colour_alone():
    from scipy.ndimage import gaussian_filter

    from varcolor.image.color import yuv

    rgb = np.full((60, 80, 3), (0.7, 0.4, 0.35))
    rgb[:, 40:] = (0.2, 0.3, 0.6)
    luma, chroma = yuv.split(rgb)
    scores = []
    for sigma in (0.0, 1.0, 3.0):
        blurred = gaussian_filter(chroma, (0, sigma, 0))
        result = np.clip(yuv.merge(luma, blurred), 0, 1)
        scores.append(METRICS["bleeding"](rgb, result))
    assert scores[0] == 0
    assert 0 < scores[1] < scores[2]
