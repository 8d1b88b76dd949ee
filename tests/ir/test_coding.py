"""Encode and decode: the laws that hold for every method, budgets, and inputs of all kinds."""

import numpy as np
import pytest

import varcolor as vc
from tests.conftest import photo
from varcolor.errors import FormatError, InputError
from varcolor.ir.codecs import ALIASES, CODECS, codec_of
from varcolor.ir.stream import HEADER, pack, unpack
from varcolor.ir.tree.codec import SMALLEST, Tree

METHODS = tuple(CODECS)


def psnr(a, b):
    return vc.compare(a, b, "psnr")["psnr"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_the_grey_is_kept_at_every_pixel(method, depth, cat):
    rgb = cat if depth == np.uint8 else cat.astype(np.uint16) * 257 - (cat > 90)
    rgb = rgb.astype(depth)
    ir = vc.encode(rgb, method)
    result = vc.decode(ir)
    assert result.dtype == depth
    assert (vc.to_gray(result) == vc.to_gray(rgb)).all()
    assert (ir.gray == vc.to_gray(rgb)).all()


@pytest.mark.parametrize("method", METHODS)
def test_encode_is_deterministic_and_survives_a_file(method, cat, tmp_path):
    ir, again = vc.encode(cat, method), vc.encode(cat, method)
    assert ir.color == again.color
    assert ir.to_bytes() == again.to_bytes()
    assert ir.method == method
    (path,) = ir.save(tmp_path / "x.vcir")
    loaded = vc.IR.load(path)
    assert loaded.color == ir.color
    assert loaded.method == method
    np.testing.assert_array_equal(vc.decode(loaded), vc.decode(ir))


@pytest.mark.parametrize("budget", [10, 11, 20, 50, 100, 333, 1000, 5000])
def test_a_budget_is_never_exceeded(budget, cat):
    assert len(vc.encode(cat, budget=budget).color) <= budget


@pytest.mark.parametrize("budget", [10, 17, 60, 400])
def test_a_budget_is_never_exceeded_by_noise(budget, rng):
    rgb = rng.integers(0, 256, (37, 53, 3)).astype(np.uint8)
    assert len(vc.encode(rgb, budget=budget).color) <= budget


def test_more_bytes_are_better():
    rgb = photo("coffee")[100:250, 150:400]
    found = [psnr(rgb, vc.decode(vc.encode(rgb, budget=b))) for b in (30, 120, 480, 1900)]
    assert found == sorted(found)
    assert found[-1] > found[0] + 6


def test_smoothing_is_worth_more_than_flat_regions():
    from varcolor.ir.plot import given

    rgb = photo("chelsea")[:200, :260]
    ir = vc.encode(rgb, budget=150)
    assert psnr(rgb, vc.decode(ir)) > psnr(rgb, given(ir).pixels) + 0.5


def test_quality_is_reached_in_few_bytes(cat):
    ir = vc.encode(cat, quality=2.0)
    assert vc.compare(cat, vc.decode(ir), "ciede2000")["ciede2000"] <= 2.0
    assert len(ir.color) < len(vc.encode(cat, quality=1.0).color)
    assert any("out of reach" in note for note in vc.encode(cat, quality=0.01).notes)


def test_budget_zero_stores_no_colours(cat):
    ir = vc.encode(cat, budget=0)
    assert ir.color == b""
    assert ir.method == "none"
    assert (vc.decode(ir) == ir.gray[..., None]).all()
    loaded = vc.IR.from_bytes(ir.to_bytes())
    assert (vc.decode(loaded) == ir.gray[..., None]).all()


@pytest.mark.parametrize("budget", [-1, 1, 3, SMALLEST - 1, 2.5, True, "10"])
def test_impossible_budgets(budget, cat):
    with pytest.raises(InputError, match="budget"):
        vc.encode(cat, budget=budget)


def test_the_message_names_the_smallest_stream(cat):
    with pytest.raises(InputError, match=str(SMALLEST)):
        vc.encode(cat, budget=3)


def test_a_grey_photo_takes_a_few_bytes(cat):
    ir = vc.encode(cat[..., 1])
    assert len(ir.color) <= SMALLEST
    assert "grey photo" in ir.notes[0]
    assert (vc.decode(ir) == cat[..., 1][..., None]).all()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (5, 1), (2, 2), (40, 3)])
def test_tiny_pictures(method, shape, rng):
    rgb = rng.integers(0, 256, (*shape, 3)).astype(np.uint8)
    ir = vc.encode(rgb, method)
    assert (vc.to_gray(vc.decode(ir)) == ir.gray).all()


def test_a_long_narrow_picture(rng):
    rgb = rng.integers(0, 256, (5000, 3, 3)).astype(np.uint8)
    ir = vc.encode(rgb, budget=300)
    assert len(ir.color) <= 300
    assert (vc.to_gray(vc.decode(ir)) == ir.gray).all()


def test_alpha_is_kept_and_hidden_colours_cost_nothing(cat):
    alpha = np.full(cat.shape[:2], 255, np.uint8)
    alpha[:, :50] = 0
    hidden = cat.copy()
    hidden[:, :50] = [255, 0, 0]
    hidden[:, :50] = np.where(np.arange(60)[:, None, None] % 2 == 0, [255, 0, 0], [0, 90, 255])
    rgba = np.dstack([hidden, alpha])
    ir = vc.encode(rgba, step=40.0)
    assert (vc.decode(ir)[..., 3] == alpha).all()
    assert (vc.decode(vc.IR.from_bytes(ir.to_bytes()))[..., 3] == alpha).all()
    assert len(ir.color) < 0.8 * len(vc.encode(hidden, step=40.0).color)


def test_floats_are_stored_with_16_bits(cat):
    ir = vc.encode(cat / np.float32(255), budget=100)
    assert ir.gray.dtype == np.uint16
    assert any("16 bits" in note for note in ir.notes)


def test_a_lossy_grey_carries_its_colours(cat):
    ir = vc.encode(cat, budget=200, gray_quality=30)
    assert (ir.gray != vc.to_gray(cat)).any()
    loaded = vc.IR.from_bytes(ir.to_bytes())
    np.testing.assert_array_equal(loaded.gray, ir.gray)
    np.testing.assert_array_equal(vc.decode(loaded), vc.decode(ir))
    assert len(ir.to_bytes()) < len(vc.encode(cat, budget=200).to_bytes())
    with pytest.raises(InputError, match="8 bits"):
        vc.encode(cat.astype(np.uint16), gray_quality=30)
    with pytest.raises(InputError, match="quality"):
        vc.encode(cat, gray_quality=0)


@pytest.mark.parametrize("alias", ALIASES)
def test_aliases(alias, cat):
    assert vc.encode(cat, alias).method == ALIASES[alias]


def test_unknown_methods_and_options(cat):
    with pytest.raises(InputError, match="did you mean 'tree'"):
        vc.encode(cat, "tre")
    with pytest.raises(InputError, match="its own options"):
        vc.encode(cat, "grid", budget=50)
    with pytest.raises(InputError, match="choose one"):
        vc.encode(cat, budget=50, quality=2.0)
    with pytest.raises(InputError, match="options of the method"):
        vc.encode(cat, Tree(step=30.0), budget=100)
    with pytest.raises(InputError, match="expected a name or options"):
        vc.encode(cat, codec_of("tree"))
    for options in ({"quality": 0.0}, {"step": 1.0}, {"quality": float("nan")}):
        with pytest.raises(InputError):
            vc.encode(cat, **options)


def test_a_decoder_must_exist(cat):
    with pytest.raises(InputError, match="none but its own"):
        vc.decode(vc.encode(cat, budget=50), decoder="levin")
    ir = vc.encode(cat, "grid")
    with pytest.raises(InputError, match="unknown method"):
        vc.decode(ir, decoder="leviin")
    assert (vc.decode(ir, decoder="levin") != vc.decode(ir)).any()
    with pytest.raises(InputError, match="takes an IR"):
        vc.decode(ir.color)


def test_streams_of_other_pictures_and_versions_are_refused(cat):
    ir = vc.encode(cat, budget=60)
    other = vc.encode(cat[::-1], budget=60)
    with pytest.raises(FormatError, match="another grey"):
        vc.decode(vc.IR(other.picture, ir.color))
    later = bytes([ir.color[0] + 16]) + ir.color[1:]
    with pytest.raises(FormatError, match="version 2"):
        vc.decode(vc.IR(ir.picture, later))
    for number in (0, 12, 15):
        with pytest.raises(FormatError, match="unknown method"):
            vc.decode(vc.IR(ir.picture, pack(number, ir.gray, b"abc")))


def test_every_damaged_byte_is_seen(cat):
    ir = vc.encode(cat, budget=80)
    for k in range(len(ir.color)):
        bad = bytearray(ir.color)
        bad[k] ^= 0x55
        with pytest.raises(FormatError):
            vc.decode(vc.IR(ir.picture, bytes(bad)))
    for length in range(len(ir.color)):
        if length:
            with pytest.raises(FormatError):
                vc.decode(vc.IR(ir.picture, ir.color[:length]))


def test_the_header_is_short(cat):
    assert HEADER.size <= 10
    stream = unpack(vc.encode(cat, budget=40).color)
    assert stream.codec == 1


def test_progress_is_reported(cat):
    seen = []
    vc.encode(cat, budget=40, progress=lambda stage, fraction, preview=None: seen.append(fraction))
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
