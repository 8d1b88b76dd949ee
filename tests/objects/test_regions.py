"""Regions: they cover the photo, and merging is what an exhaustive one does."""

import numpy as np
import pytest

import varcolor as vc
from tests.conftest import photo
from varcolor.image.picture import Picture
from varcolor.objects.instance import label_map
from varcolor.objects.regions import Felzenszwalb, Slic, block_means, merged


def naive_merged(labels, values, count):
    """Merge the pair that costs least, all pairs looked at again each time."""
    labels = labels.copy()
    while len(found := np.unique(labels)) > count:
        best = None
        for one in found:
            for other in found[found > one]:
                a, b = labels == one, labels == other
                near = (a[:, 1:] & b[:, :-1]).any() or (a[:, :-1] & b[:, 1:]).any()
                near = near or (a[1:] & b[:-1]).any() or (a[:-1] & b[1:]).any()
                if near:
                    gap = values[a].mean(axis=0) - values[b].mean(axis=0)
                    cost = a.sum() * b.sum() / (a.sum() + b.sum()) * (gap @ gap)
                    best = min(best or (cost, one, other), (cost, one, other))
        labels[labels == best[2]] = best[1]
    return labels


def test_merging(rng):
    labels = np.kron(np.arange(20).reshape(4, 5), np.ones((3, 4), int))
    values = rng.random((*labels.shape, 2))
    for count in (12, 5, 1):
        fast, slow = merged(labels, values, count), naive_merged(labels, values, count)
        pairs = {*zip(fast.ravel().tolist(), slow.ravel().tolist(), strict=True)}
        assert len(pairs) == len(np.unique(slow)) == len(np.unique(fast)) == count


def test_means_of_blocks(rng):
    values = rng.random((7, 9, 2))
    found = block_means(values, 4)
    assert found.shape == (2, 3, 2)
    np.testing.assert_allclose(found[1, 2], values[4:, 8:].mean(axis=(0, 1)))


@pytest.mark.parametrize("provider", [Slic(regions=7), Felzenszwalb(scale=100), Slic(pixels=900)])
@pytest.mark.parametrize("gray", [False, True])
def test_regions_cover_the_photo(provider, gray):
    picture = photo()[60:141, 100:205]
    picture = picture[..., 1] if gray else picture
    found = provider.segment(Picture(np.ascontiguousarray(picture)))
    assert sum(own.area for own in found) == picture.shape[0] * picture.shape[1]
    assert (label_map(found, picture.shape[:2]) > 0).all()
    assert len(found) == (len(found) if not isinstance(provider, Slic) else provider.regions)


def test_two_halves_are_found():
    picture = np.full((60, 80), 60, np.uint8)
    picture[:, 40:] = 160
    for name, options in (("slic", {"regions": 2}), ("felzenszwalb", {"smallest": 0.2})):
        found = vc.segment(picture, name, **options)
        assert len(found) == 2
        assert {(own.box[0], own.box[2]) for own in found} == {(0, 40), (40, 80)}
