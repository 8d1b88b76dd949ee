"""A network on photos of any size, several at once."""

from __future__ import annotations

import numpy as np
import pytest

from varcolor.image.color import lab
from varcolor.neural.predict import predict
from varcolor.neural.using import NetworkOptions

pytest.importorskip("torch")


def _photos():
    rng = np.random.default_rng(0)
    gray = rng.integers(30, 220, (30, 50), np.uint8)
    return [
        gray,
        gray[::-1].copy(),
        gray.astype(np.uint16) * 257,
        rng.integers(0, 255, (70, 40, 3), np.uint8),
        rng.random((9, 100)),
    ]


@pytest.mark.parametrize("fit", ["pad", "squash"])
def test_together_they_are_as_one_by_one(networks, fit):
    own = NetworkOptions(net_size=32, fit=fit)
    net, photos = networks["siggraph17"], _photos()
    together = predict(photos, options=own, network=net)
    for photo, found in zip(photos, together, strict=True):
        (alone,) = predict([photo], options=own, network=net)
        np.testing.assert_allclose(found.ab, alone.ab, atol=1e-3)
        np.testing.assert_allclose(found.shares, alone.shares, atol=1e-5)
        assert found.ab.shape[:2] == found.frame.inner
    np.testing.assert_allclose(together[0].ab, together[2].ab, atol=1e-3)  # 8 and 16 bit


def test_photos_of_one_size_run_together(networks, monkeypatch):
    net, seen = networks["siggraph17"], []
    own = type(net).chroma_and_distribution

    def counted(self, L, *rest, **options):
        seen.append(np.shape(L))
        return own(self, L, *rest, **options)

    monkeypatch.setattr(type(net), "chroma_and_distribution", counted)
    predict(_photos(), options=NetworkOptions(net_size=32), network=net)
    assert sorted(seen, key=len) == [(32, 24), (8, 32), (3, 24, 32)]


def test_the_answer_at_full_size_follows_the_luma():
    from varcolor.neural.framing import Frame
    from varcolor.neural.predict import Prediction

    gray = np.full((64, 96), 60, np.uint8)
    gray[:, 45:] = 180
    luma = lab.luma_of_gray(gray / 255)
    frame = Frame.of(gray.shape, 48, "pad")
    light = frame.leave(frame.enter(luma)) * 100
    ab = np.where(light[..., None] < 50, 30.0, -30.0) * np.ones(2)
    found = Prediction(frame, light, ab, None)
    sharp, smooth = (found.chroma(lab, luma, along_luma=own) for own in (True, False))
    jump = [np.abs(c[:, 45] - c[:, 44]).mean() for c in (sharp, smooth)]
    assert jump[0] > 1.2 * jump[1]
    truth = np.where(gray == 60, 30.0, -30.0)
    assert np.abs(sharp[..., 0] - truth).mean() < np.abs(smooth[..., 0] - truth).mean()


def test_hints_of_large_photos_keep_their_share():
    """The confidences of a large photo add up to those of a photo of the network's size."""
    from varcolor.neural.framing import Frame
    from varcolor.neural.predict import Prediction

    rng = np.random.default_rng(1)
    k = rng.uniform(1e-4, 1e-3, (24, 32))
    for shape in ((24, 32), (47, 63), (96, 128), (300, 400)):
        frame = Frame.of(shape, 32, "pad")
        light, ab = np.full((24, 32), 50.0), rng.normal(0, 20, (24, 32, 2))
        prior = Prediction(frame, light, ab, None).as_prior(lab, np.full(shape, 0.5), k, "")
        assert prior.confidence.sum() == pytest.approx(k.sum(), rel=0.03)
        if shape == (300, 400):
            assert (prior.confidence > 0).sum() == k.size
            np.testing.assert_allclose(
                prior.chroma[prior.confidence > 0].reshape(24, 32, 2), ab, atol=1e-3
            )
